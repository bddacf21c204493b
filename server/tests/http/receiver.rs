//! Other side of notification channels on loopback: takes messages over HTTP or SMTP, and keeps them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A message that came over HTTP.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// Status and headers.
type ScriptedAnswer = (u16, &'static [(&'static str, &'static str)]);

#[derive(Default)]
struct Mailbox {
    messages: Mutex<Vec<Received>>,
    /// Answers to the next messages, before it answers 200.
    answers: Mutex<Vec<ScriptedAnswer>>,
}

#[derive(Clone)]
pub struct Receiver {
    pub addr: SocketAddr,
    mailbox: Arc<Mailbox>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (addr, mailbox) = (listener.local_addr().unwrap(), Arc::new(Mailbox::default()));
        let router = Router::new().fallback(take).with_state(mailbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { addr, mailbox }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Value of the setting that lets SmartCache send here.
    pub fn allowance(&self) -> String {
        format!("127.0.0.1/32:{}", self.addr.port())
    }

    /// Answers the next message with a status and headers.
    pub fn answer(&self, status: u16, headers: &'static [(&'static str, &'static str)]) {
        self.mailbox.answers.lock().unwrap().push((status, headers));
    }

    pub fn messages(&self) -> Vec<Received> {
        self.mailbox.messages.lock().unwrap().clone()
    }

    /// Messages to a path.
    pub fn at(&self, path: &str) -> Vec<Received> {
        self.messages().into_iter().filter(|message| message.path == path).collect()
    }
}

async fn take(
    State(mailbox): State<Arc<Mailbox>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.to_string();
    mailbox.messages.lock().unwrap().push(Received { method, path, headers, body });
    let mut answers = mailbox.answers.lock().unwrap();
    let (status, headers) = if answers.is_empty() { (200, &[] as &[_]) } else { answers.remove(0) };
    let mut response = StatusCode::from_u16(status).unwrap().into_response();
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response
}

/// A mail server that takes all mail, or refuses all recipients.
#[derive(Clone)]
pub struct MailServer {
    pub addr: SocketAddr,
    mails: Arc<Mutex<Vec<String>>>,
    refuses: Arc<Mutex<bool>>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server =
            Self { addr: listener.local_addr().unwrap(), mails: Arc::default(), refuses: Arc::default() };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                tokio::spawn(async move { server.talk(stream).await });
            }
        });
        server
    }

    pub fn refuse(&self, refuses: bool) {
        *self.refuses.lock().unwrap() = refuses;
    }

    /// Mails with their envelopes, as they came.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    /// RFC 5321, as far as a client with one message needs it.
    async fn talk(&self, stream: TcpStream) -> Option<()> {
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        writing.write_all(b"220 mail.test ESMTP\r\n").await.ok()?;
        let (mut mail, mut is_data) = (String::new(), false);
        while let Some(line) = lines.next_line().await.ok()? {
            if is_data && line != "." {
                mail += &line;
                mail.push('\n');
                continue;
            }
            let verb: String = line.chars().take(4).collect::<String>().to_uppercase();
            let reply = match verb.as_str() {
                _ if is_data => {
                    is_data = false;
                    self.mails.lock().unwrap().push(std::mem::take(&mut mail));
                    "250 taken\r\n"
                }
                "EHLO" => "250-mail.test\r\n250 8BITMIME\r\n",
                "RCPT" if *self.refuses.lock().unwrap() => "550 no such user at inner.host\r\n",
                "MAIL" | "RCPT" => {
                    mail += &line;
                    mail.push('\n');
                    "250 fine\r\n"
                }
                "DATA" => {
                    is_data = true;
                    "354 go on\r\n"
                }
                "QUIT" => "221 bye\r\n",
                _ => "250 fine\r\n",
            };
            writing.write_all(reply.as_bytes()).await.ok()?;
        }
        Some(())
    }
}
