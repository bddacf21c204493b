//! The clients: many WebSockets that say hello, answer pings, and record the arrival of numbered frames.

use std::time::{Duration, Instant};

use futures::stream::FuturesUnordered;
use futures::{SinkExt, StreamExt, stream};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::{timeout, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// Connections opened concurrently.
const AT_ONCE: usize = 64;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens all sockets. Returns them with the milliseconds from each request to its first frame.
pub async fn open(base: &str, tokens: &[String]) -> (Vec<Socket>, Vec<f64>) {
    stream::iter(tokens).map(|token| connect(base, token)).buffer_unordered(AT_ONCE).unzip().await
}

async fn connect(base: &str, token: &str) -> (Socket, f64) {
    let mut request = format!("{}/ws", base.replace("http://", "ws://")).into_client_request().unwrap();
    request.headers_mut().insert("cookie", format!("smartcache_session={token}").parse().unwrap());
    let config = WebSocketConfig::default().read_buffer_size(4_096);
    let asked = Instant::now();
    let (mut socket, _) = connect_async_with_config(request, Some(config), true).await.unwrap();
    let greeting = socket.next().await.unwrap().unwrap();
    let took = asked.elapsed().as_secs_f64() * 1e3;
    assert!(greeting.to_text().unwrap().contains("connection_established"), "{greeting}");
    socket.send(Message::text(r#"{"type":"hello","after_seq":0}"#)).await.unwrap();
    (socket, took)
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
