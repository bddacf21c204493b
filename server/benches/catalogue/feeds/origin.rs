//! A hundred hosts on loopback with ten feeds each, with ETags, new items, and counts of the traffic.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::corpus::{Entry, Format, write};
use crate::text::Pen;

pub const HOSTS: usize = 100;
/// Number of hosts that hang, and for how long.
pub const HANGING: usize = 5;
const HANG: Duration = Duration::from_secs(30);

pub struct Origin {
    port: u16,
    feeds: usize,
    shelf: Arc<BlobDirectory>,
    servers: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct BlobDirectory {
    feeds: Mutex<Vec<Feed>>,
    hangs: AtomicBool,
    requests: AtomicU64,
    sent: AtomicU64,
    unchanged: AtomicU64,
}

struct Feed {
    name: String,
    base: String,
    entries: Vec<Entry>,
    version: usize,
    body: Bytes,
}

/// Traffic of the origin.
#[derive(Debug, Clone, Copy)]
pub struct Traffic {
    pub requests: u64,
    /// Requests answered with 304.
    pub unchanged: u64,
    /// Bytes of bodies.
    pub sent: u64,
}

impl Origin {
    pub async fn start(feeds: usize, items: usize) -> Self {
        let shelf = Arc::new(BlobDirectory::default());
        let first = TcpListener::bind((address(0), 0)).await.unwrap();
        let port = first.local_addr().unwrap().port();
        let mut listeners = vec![first];
        for host in 1..HOSTS {
            listeners.push(TcpListener::bind((address(host), port)).await.unwrap());
        }
        let mut pen = Pen::new(3);
        *shelf.feeds.lock().unwrap() = (0..feeds).map(|n| Feed::new(&mut pen, n, port, items)).collect();
        let serve = |(host, listener): (usize, TcpListener)| {
            let app =
                Router::new().route("/{n}", axum::routing::get(answer)).with_state((shelf.clone(), host));
            tokio::spawn(async move { axum::serve(listener, app).await.unwrap() })
        };
        let servers = listeners.into_iter().enumerate().map(serve).collect();
        Self { port, feeds, shelf, servers }
    }

    /// Egress allowance that a server needs for these hosts.
    pub fn allowance(&self) -> String {
        format!("127.0.1.0/24:{}", self.port)
    }

    pub fn urls(&self) -> Vec<String> {
        (0..self.feeds).map(|n| url(n, self.port)).collect()
    }

    /// Average size of a feed, in megabytes.
    pub fn size(&self) -> f64 {
        let feeds = self.shelf.feeds.lock().unwrap();
        feeds.iter().map(|feed| feed.body.len()).sum::<usize>() as f64 / feeds.len() as f64 / 1e6
    }

    /// Adds a new item to every n-th feed.
    pub fn publish(&self, one_in: usize) {
        let mut pen = Pen::new(self.shelf.requests.load(Ordering::Relaxed));
        for feed in self.shelf.feeds.lock().unwrap().iter_mut().step_by(one_in) {
            let entry = Entry::new(&mut pen, feed.entries.len());
            feed.entries.push(entry);
            feed.version += 1;
            feed.write();
        }
    }

    pub fn hang(&self, hangs: bool) {
        self.shelf.hangs.store(hangs, Ordering::Relaxed);
    }

    pub fn traffic(&self) -> Traffic {
        let count = |what: &AtomicU64| what.load(Ordering::Relaxed);
        let shelf = &self.shelf;
        Traffic {
            requests: count(&shelf.requests),
            unchanged: count(&shelf.unchanged),
            sent: count(&shelf.sent),
        }
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.servers.iter().for_each(JoinHandle::abort);
    }
}

fn address(host: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, 1 + host as u8)
}

fn url(n: usize, port: u16) -> String {
    format!("http://{}/{n}", SocketAddr::from((address(n % HOSTS), port)))
}

impl Feed {
    fn new(pen: &mut Pen, n: usize, port: u16, items: usize) -> Self {
        let entries = (0..items).map(|number| Entry::new(pen, number)).collect();
        let mut feed =
            Self { name: pen.title(), base: url(n, port), entries, version: 1, body: Bytes::new() };
        feed.write();
        feed
    }

    fn write(&mut self) {
        self.body = write(Format::Rss, &self.name, &self.base, &self.entries).into();
    }
}

async fn answer(
    State((shelf, host)): State<(Arc<BlobDirectory>, usize)>,
    Path(n): Path<usize>,
    headers: HeaderMap,
) -> Response {
    shelf.requests.fetch_add(1, Ordering::Relaxed);
    if shelf.hangs.load(Ordering::Relaxed) && host < HANGING {
        tokio::time::sleep(HANG).await;
    }
    let known = shelf.feeds.lock().unwrap().get(n).map(|feed| (feed.version, feed.body.clone()));
    let Some((version, body)) = known else { return StatusCode::NOT_FOUND.into_response() };
    let etag = format!("\"{n}-{version}\"");
    let marks = [(header::ETAG, etag.clone()), (header::CONTENT_TYPE, Format::Rss.mime_type().to_owned())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| *known == *etag) {
        shelf.unchanged.fetch_add(1, Ordering::Relaxed);
        return (StatusCode::NOT_MODIFIED, marks).into_response();
    }
    shelf.sent.fetch_add(body.len() as u64, Ordering::Relaxed);
    (marks, body).into_response()
}
