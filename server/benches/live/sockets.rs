//! The clients: many WebSockets that say hello, answer pings, and record the arrival of numbered frames.

use std::time::{Duration, Instant};

use futures::stream::FuturesUnordered;
use futures::{SinkExt, StreamExt, stream};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::{timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// Connections opened concurrently.
const AT_ONCE: usize = 64;

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Address that a client connects to, and the cookie it sends.
#[derive(Clone)]
pub struct Target {
    url: String,
    cookie: Option<String>,
}

impl Target {
    pub fn smartcache(base: &str, token: &str) -> Self {
        let url = format!("{}/ws", base.replace("http://", "ws://"));
        Self { url, cookie: Some(format!("smartcache_session={token}")) }
    }

    /// A server that neither knows users nor greets.
    pub fn bare(base: &str) -> Self {
        Self { url: format!("{}/", base.replace("http://", "ws://")), cookie: None }
    }

    /// Whether the server is SmartCache.
    pub fn greets(&self) -> bool {
        self.cookie.is_some()
    }
}

/// Opens all sockets. Returns them with the milliseconds from each request to its first frame.
pub async fn open(base: &str, tokens: &[String]) -> (Vec<Socket>, Vec<f64>) {
    let opening = stream::iter(tokens).map(async |token| {
        let asked = Instant::now();
        let (mut socket, _) = connect(&Target::smartcache(base, token)).await.unwrap();
        let took = asked.elapsed().as_secs_f64() * 1e3;
        hello(&mut socket, 0).await.unwrap();
        (socket, took)
    });
    opening.buffer_unordered(AT_ONCE).unzip().await
}

/// Opens a socket. Returns it with the number of the newest event, which SmartCache's greeting names.
pub async fn connect(target: &Target) -> Result<(Socket, i64), Error> {
    let mut request = target.url.as_str().into_client_request()?;
    if let Some(cookie) = &target.cookie {
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
    }
    let config = WebSocketConfig::default().read_buffer_size(4_096);
    let (mut socket, _) = connect_async_with_config(request, Some(config), true).await?;
    if !target.greets() {
        return Ok((socket, 0));
    }
    let greeting = socket.next().await.ok_or(Error::ConnectionClosed)??;
    assert!(greeting.to_text()?.contains("connection_established"), "{greeting}");
    let frame: Value = serde_json::from_str(greeting.to_text()?).unwrap_or_default();
    Ok((socket, frame["data"]["seq"].as_i64().unwrap_or_default()))
}

/// Asks for the frames after this number.
pub async fn hello(socket: &mut Socket, after: i64) -> Result<(), Error> {
    let text = format!(r#"{{"type":"hello","after_seq":{after}}}"#);
    socket.send(Message::text(text)).await
}

/// Answers pings for a while; any other message fails.
pub async fn rest(sockets: &mut [Socket], time: Duration) {
    let end = tokio::time::Instant::now() + time;
    let waits = sockets.iter_mut().map(async |socket| {
        while let Ok(Some(message)) = timeout_at(end, socket.next()).await {
            assert!(matches!(message.unwrap(), Message::Ping(_)));
        }
    });
    waits.collect::<FuturesUnordered<_>>().collect::<Vec<()>>().await;
}

/// Returns the milliseconds until each socket's first numbered frame, and the number of sockets without one.
pub async fn hear_one_each(sockets: &mut [Socket], since: Instant) -> (Vec<f64>, usize) {
    let hears = sockets.iter_mut().map(async |socket| {
        loop {
            let text = timeout(Duration::from_secs(30), socket.next()).await.ok()??.ok()?;
            let frame: Value = serde_json::from_str(text.to_text().unwrap_or_default()).unwrap_or_default();
            if frame["seq"].is_i64() {
                return Some(since.elapsed().as_secs_f64() * 1e3);
            }
        }
    });
    let all = hears.collect::<FuturesUnordered<_>>().collect::<Vec<Option<f64>>>().await;
    let times: Vec<f64> = all.iter().copied().flatten().collect();
    let lost = all.len() - times.len();
    (times, lost)
}
