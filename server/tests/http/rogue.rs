//! A publisher that sends exactly the scripted bytes: right, wrong, late or never.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// A received request.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub range: Option<String>,
    pub if_range: Option<String>,
    pub authorization: Option<String>,
    /// Query string of the target.
    pub query: String,
    /// Number of the request for this path, from 1.
    pub nth: usize,
}

impl Asked {
    /// First byte of the range, or 0.
    pub fn from(&self) -> usize {
        self.ends().and_then(|(from, _)| from.parse().ok()).unwrap_or_default()
    }

    /// Last byte of the range, if given.
    pub fn to(&self) -> Option<usize> {
        self.ends()?.1.parse().ok()
    }

    fn ends(&self) -> Option<(&str, &str)> {
        self.range.as_deref()?.strip_prefix("bytes=")?.split_once('-')
    }
}

/// A step on the connection, which is closed after the last one.
pub enum Step {
    Send(Vec<u8>),
    Wait(Duration),
    /// Waits for a permit, which later steps reuse.
    WaitFor(Arc<Semaphore>),
    /// Keeps the connection open without sending.
    Hang,
}

type Script = Arc<dyn Fn(&Asked) -> Vec<Step> + Send + Sync>;

#[derive(Clone)]
pub struct Rogue {
    addr: SocketAddr,
    shelf: Arc<BlobDirectory>,
}

#[derive(Default)]
struct BlobDirectory {
    scripts: Mutex<HashMap<String, Script>>,
    log: Mutex<HashMap<String, Vec<Asked>>>,
    sent: Mutex<HashMap<String, usize>>,
}

impl Rogue {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let rogue = Self { addr: listener.local_addr().unwrap(), shelf: Arc::default() };
        let shelf = rogue.shelf.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shelf.clone()));
            }
        });
        rogue
    }

    pub fn allowance(&self) -> String {
        format!("127.0.0.1/32:{}", self.addr.port())
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Sets the script of a path, with any query or a given one. The script receives each request.
    pub fn on(&self, path: &str, script: impl Fn(&Asked) -> Vec<Step> + Send + Sync + 'static) {
        self.shelf.scripts.lock().unwrap().insert(path.to_owned(), Arc::new(script));
    }

    /// Requests for a path so far.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.shelf.log.lock().unwrap().get(path).cloned().unwrap_or_default()
    }

    /// Bytes sent for a path, heads included, as far as the client accepted them.
    pub fn sent(&self, path: &str) -> usize {
        self.shelf.sent.lock().unwrap().get(path).copied().unwrap_or_default()
    }
}

async fn serve(mut stream: TcpStream, shelf: Arc<BlobDirectory>) {
    let Some((path, mut asked)) = read_head(&mut stream).await else { return };
    {
        let mut log = shelf.log.lock().unwrap();
        let before = log.entry(path.clone()).or_default();
        asked.nth = before.len() + 1;
        before.push(asked.clone());
    }
    let script = {
        let scripts = shelf.scripts.lock().unwrap();
        let bare = path.split('?').next().unwrap_or_default();
        scripts.get(&path).or_else(|| scripts.get(bare)).cloned()
    };
    let Some(script) = script else {
        let _ = stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .await;
        return;
    };
    for step in script(&asked) {
        match step {
            Step::Wait(time) => tokio::time::sleep(time).await,
            Step::WaitFor(gate) => drop(gate.acquire().await),
            Step::Hang => {
                // Until the client disconnects.
                let _ = stream.read(&mut [0]).await;
            }
            Step::Send(bytes) => {
                for piece in bytes.chunks(16 * 1024) {
                    if stream.write_all(piece).await.is_err() {
                        return;
                    }
                    *shelf.sent.lock().unwrap().entry(path.clone()).or_default() += piece.len();
                }
            }
        }
    }
    let _ = stream.shutdown().await;
}

async fn read_head(stream: &mut TcpStream) -> Option<(String, Asked)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let path = head.split_whitespace().nth(1)?.to_owned();
    let field = |name: &str| {
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let query = path.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
    let (range, if_range, authorization) = (field("range"), field("if-range"), field("authorization"));
    Some((path, Asked { range, if_range, authorization, query, nth: 0 }))
}

/// A response head with these fields and `Connection: close`.
pub fn head(status: &str, fields: &[(&str, &str)]) -> Step {
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    Step::Send(format!("HTTP/1.1 {status}\r\nConnection: close\r\n{fields}\r\n").into_bytes())
}

/// A correct response with all bytes.
pub fn proper(bytes: &[u8]) -> Vec<Step> {
    let length = bytes.len().to_string();
    vec![
        head("200 OK", &[("Content-Type", "audio/mpeg"), ("Content-Length", &length)]),
        Step::Send(bytes.to_vec()),
    ]
}

/// The response of a correct server: the whole, or the rest if the version is unchanged. Breaks off after
/// `most` bytes of the body.
pub fn version(bytes: &[u8], etag: &str, asked: &Asked, most: usize) -> Vec<Step> {
    let goes_on = asked.range.is_some() && asked.if_range.as_deref() == Some(etag);
    let from = if goes_on { asked.from() } else { 0 };
    let body = &bytes[from.min(bytes.len())..];
    let length = body.len().to_string();
    let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
    let fields = [("Content-Type", "audio/mpeg"), ("Content-Length", length.as_str()), ("ETag", etag)];
    let head = match goes_on {
        true => head("206 Partial Content", &[&fields[..], &[("Content-Range", &range)]].concat()),
        false => head("200 OK", &fields),
    };
    // Bytes sent just before a reset may be lost, so the client gets time to read them.
    vec![head, Step::Send(body[..body.len().min(most)].to_vec()), Step::Wait(Duration::from_millis(50))]
}
