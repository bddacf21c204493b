//! A publisher on loopback that is faster than every client and counts the bytes it sends.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::task::JoinHandle;

const PIECE: usize = 256 * 1024;
static NOISE: LazyLock<Bytes> = LazyLock::new(|| {
    let mut state = 7u64;
    let mut noise = Vec::with_capacity(PIECE);
    while noise.len() < PIECE {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        noise.extend_from_slice(&state.to_le_bytes());
    }
    noise.into()
});

pub struct Origin {
    addr: SocketAddr,
    shelf: Arc<BlobDirectory>,
    server: JoinHandle<()>,
}

struct BlobDirectory {
    faults: bool,
    pace: usize,
    sent: AtomicU64,
    asked: Mutex<HashMap<usize, usize>>,
    feed: Mutex<String>,
}

impl Origin {
    /// Starts an origin with the faults and the rate of a `Task`.
    pub async fn start(faults: bool, pace: usize) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let shelf =
            BlobDirectory { faults, pace, sent: 0.into(), asked: Mutex::default(), feed: Mutex::default() };
        let shelf = Arc::new(shelf);
        let router = Router::new().fallback(answer).with_state(shelf.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { addr, shelf, server }
    }

    pub fn allowance(&self) -> String {
        format!("127.0.0.1/32:{}", self.addr.port())
    }

    pub fn url(&self, bytes: usize, n: usize) -> String {
        format!("http://{}/{bytes}/{n}.mp3", self.addr)
    }

    /// Publishes a feed of `files` files of the given sizes. Returns its address.
    pub fn feed(&self, files: usize, bytes: impl Fn(usize) -> usize) -> String {
        let item = |n| {
            let bytes = bytes(n);
            let url = self.url(bytes, n);
            format!(
                "<item><guid>{n}</guid><title>{n}</title><enclosure url=\"{url}\" length=\"{bytes}\" type=\"audio/mpeg\"/></item>"
            )
        };
        let items: String = (0..files).map(item).collect();
        *self.shelf.feed.lock().unwrap() =
            format!("<rss version=\"2.0\"><channel><title>Bench</title>{items}</channel></rss>");
        format!("http://{}/feed.xml", self.addr)
    }

    /// Number of requests for files.
    pub fn asked(&self) -> usize {
        self.shelf.asked.lock().unwrap().values().sum()
    }

    /// Bytes of response bodies sent.
    pub fn sent(&self) -> u64 {
        self.shelf.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(shelf): State<Arc<BlobDirectory>>, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/feed.xml" {
        let feed = shelf.feed.lock().unwrap().clone();
        return ([(header::CONTENT_TYPE, "application/rss+xml")], feed).into_response();
    }
    let Some((bytes, n)) = path.trim_start_matches('/').split_once('/') else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (Ok(bytes), Ok(n)) = (bytes.parse::<usize>(), n.trim_end_matches(".mp3").parse::<usize>()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let first = {
        let mut asked = shelf.asked.lock().unwrap();
        let times = asked.entry(n).or_default();
        *times += 1;
        *times == 1
    };
    if shelf.faults && first && n % 10 == 3 {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let range = request.headers().get(header::RANGE).and_then(|r| r.to_str().ok()?.strip_prefix("bytes="));
    let (from, to) = range.and_then(|r| r.split_once('-')).unwrap_or_default();
    let from = from.parse().unwrap_or(0).min(bytes);
    let end = to.parse().map_or(bytes, |to: usize| to + 1).min(bytes);
    let until = if shelf.faults && first && n % 5 == 1 { bytes / 2 } else { end };
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, "audio/mpeg")
        .header(header::CONTENT_LENGTH, end - from)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::ETAG, format!("\"{bytes}-{n}\""));
    if range.is_some() {
        response = response
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, format!("bytes {from}-{}/{bytes}", end - 1));
    }
    response.body(body(shelf, n, from, until)).unwrap()
}

/// Body of a unique header, then noise. If cut short of the announced length, it aborts the connection.
fn body(shelf: Arc<BlobDirectory>, n: usize, from: usize, until: usize) -> Body {
    let stream = futures::stream::unfold((from, shelf), move |(at, shelf)| async move {
        if at >= until {
            return None;
        }
        let head = format!("ID3\x04\0\0\0\0\0\0 file {n:<20}").into_bytes();
        let piece = match at < head.len() {
            true => Bytes::from(head).slice(at..),
            false => NOISE.slice(at % PIECE..),
        };
        let piece = piece.slice(..piece.len().min(until - at));
        shelf.sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
        if shelf.pace > 0 {
            tokio::time::sleep(Duration::from_secs_f64(piece.len() as f64 / shelf.pace as f64)).await;
        }
        Some((Ok::<_, Infallible>(piece.clone()), (at + piece.len(), shelf)))
    });
    Body::from_stream(stream)
}
