//! A publisher on loopback that behaves well or badly as scripted, and counts its requests.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::identity::{Identity, Secured};

/// Behaviour of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// Sends the whole file, or the rest if the version is the same (`If-Range`).
    Proper,
    /// Announces the full length and disconnects in the middle.
    BreaksOff,
    /// Sends a piece of this many bytes every tenth of a second.
    Slow(usize),
    Redirects(String),
    NeverAnswers,
    /// Closes the connection without a response.
    Drops,
    Fails(u16),
    /// Requires this `Authorization`.
    Private(String),
}

#[derive(Debug, Clone)]
struct Thing {
    kind: &'static str,
    bytes: Bytes,
    manner: Manner,
}

#[derive(Clone)]
pub struct Origin {
    scheme: &'static str,
    /// Advertised address.
    addr: SocketAddr,
    shelf: Arc<BlobDirectory>,
}

#[derive(Default)]
struct BlobDirectory {
    things: Mutex<HashMap<String, Thing>>,
    asked: Mutex<HashMap<String, Vec<Parts>>>,
}

/// One entry of a feed; `None` omits an element.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entry<'a> {
    pub guid: Option<&'a str>,
    pub link: Option<&'a str>,
    pub title: &'a str,
    pub media: Option<&'a str>,
}

impl Origin {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (addr, shelf) = (listener.local_addr().unwrap(), Arc::new(BlobDirectory::default()));
        let router = Router::new().fallback(answer).with_state(shelf.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { scheme: "http", addr, shelf }
    }

    /// Starts an origin that serves https alone.
    pub async fn secured(identity: &Identity) -> Self {
        let listener = Secured::bind(identity).await;
        let (addr, shelf) = (listener.addr(), Arc::new(BlobDirectory::default()));
        let router = Router::new().fallback(answer).with_state(shelf.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { scheme: "https", addr, shelf }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The same origin at another address, such as a proxy's.
    pub fn by_way_of(&self, addr: SocketAddr) -> Self {
        Self { addr, ..self.clone() }
    }

    /// Value of the setting that lets SmartCache fetch from here.
    pub fn allowance(&self) -> String {
        format!("127.0.0.1/32:{}", self.addr.port())
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.addr)
    }

    pub fn put(&self, path: &str, kind: &'static str, bytes: impl Into<Bytes>, manner: Manner) -> String {
        let thing = Thing { kind, bytes: bytes.into(), manner };
        self.shelf.things.lock().unwrap().insert(path.to_owned(), thing);
        self.url(path)
    }

    /// Changes the behaviour of a path.
    pub fn change(&self, path: &str, manner: Manner) {
        if let Some(thing) = self.shelf.things.lock().unwrap().get_mut(path) {
            thing.manner = manner;
        }
    }

    /// Puts a unique sound of this many bytes at a path.
    pub fn sound(&self, path: &str, bytes: usize, manner: Manner) -> Vec<u8> {
        let sound = sound(path, bytes);
        self.put(path, "audio/mpeg", sound.clone(), manner);
        sound
    }

    /// Publishes a podcast feed. Returns its address.
    pub fn feed(&self, path: &str, title: &str, entries: &[Entry<'_>]) -> String {
        let entries: String = entries.iter().map(|entry| self.entry(entry)).collect();
        let feed = format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\">\
             <channel><title>{title}</title><link>{}</link><description>For tests</description>{entries}</channel></rss>",
            self.url("/")
        );
        self.put(path, "application/rss+xml", feed, Manner::Proper)
    }

    /// Publishes a feed with one episode. Returns the feed's address and the sound.
    pub fn podcast(&self, name: &str, bytes: usize, manner: Manner) -> (String, Vec<u8>) {
        let media = format!("/{name}.mp3");
        let sound = self.sound(&media, bytes, manner);
        let entry = Entry { guid: Some(name), title: name, media: Some(&media), ..Entry::default() };
        (self.feed(&format!("/{name}.xml"), name, &[entry]), sound)
    }

    /// Publishes a feed whose one episode is marked as explicit. Returns the feed's address.
    pub fn explicit_podcast(&self, name: &str) -> String {
        let media = format!("/{name}.mp3");
        self.sound(&media, 2_000, Manner::Proper);
        let item = format!(
            "<item><guid>{name}</guid><title>{name}</title><itunes:explicit>true</itunes:explicit>\
             <enclosure url=\"{media}\" type=\"audio/mpeg\"/></item>"
        );
        let itunes = "http://www.itunes.com/dtds/podcast-1.0.dtd";
        let feed = format!(
            "<rss version=\"2.0\" xmlns:itunes=\"{itunes}\"><channel><title>{name}</title>{item}</channel></rss>"
        );
        self.put(&format!("/{name}.xml"), "application/rss+xml", feed, Manner::Proper)
    }

    /// Publishes a feed whose one episode is at another address, of unknown size. Returns the feed's address.
    pub fn announce(&self, title: &str, media: &str) -> String {
        let item = format!(
            "<item><guid>{media}</guid><title>{title}</title><enclosure url=\"{media}\" type=\"audio/mpeg\"/></item>"
        );
        let feed = format!("<rss version=\"2.0\"><channel><title>Announced</title>{item}</channel></rss>");
        self.put(&format!("/{}.xml", sha256(media.as_bytes())), "application/rss+xml", feed, Manner::Proper)
    }

    /// Number of requests for a path.
    pub fn asked(&self, path: &str) -> usize {
        self.requests(path).len()
    }

    /// All requests for a path.
    pub fn requests(&self, path: &str) -> Vec<Parts> {
        self.shelf.asked.lock().unwrap().get(path).cloned().unwrap_or_default()
    }

    fn entry(&self, entry: &Entry<'_>) -> String {
        let tag = |name: &str, text: Option<String>| {
            text.map(|t| format!("<{name}>{t}</{name}>")).unwrap_or_default()
        };
        let length =
            |path: &str| self.shelf.things.lock().unwrap().get(path).map_or(0, |thing| thing.bytes.len());
        let media = entry.media.map(|path| {
            format!("<enclosure url=\"{}\" length=\"{}\" type=\"audio/mpeg\"/>", self.url(path), length(path))
        });
        format!(
            "<item>{}{}{}{}<pubDate>Fri, 20 Nov 2026 05:30:00 GMT</pubDate></item>",
            tag("guid", entry.guid.map(str::to_owned)),
            tag("title", Some(entry.title.to_owned())),
            tag("link", entry.link.map(|path| self.url(path))),
            media.unwrap_or_default()
        )
    }
}

/// Bytes with the header of an MP3 file, then noise.
pub fn sound(seed: &str, bytes: usize) -> Vec<u8> {
    let mut state =
        seed.bytes().fold(7u64, |state, byte| state.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut sound = b"ID3\x04\0\0\0\0\0\0".to_vec();
    while sound.len() < bytes {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        sound.push((state >> 33) as u8);
    }
    sound
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn answer(State(shelf): State<Arc<BlobDirectory>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let request = request.into_parts().0;
    shelf.asked.lock().unwrap().entry(path.clone()).or_default().push(request.clone());
    let thing = shelf.things.lock().unwrap().get(&path).cloned();
    let Some(Thing { kind, bytes, manner }) = thing else { return StatusCode::NOT_FOUND.into_response() };
    let etag = format!("\"{}\"", sha256(&bytes));
    let is_open = !matches!(&manner, Manner::Private(login) if !has_login(&request, login));
    if is_open
        && request.headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == etag.as_bytes())
    {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let (length, from) = (bytes.len(), rest(&request, &etag).filter(|_| manner == Manner::Proper));
    let body = match manner {
        Manner::Proper => Body::from(bytes.slice(from.unwrap_or(0).min(length)..)),
        Manner::BreaksOff => Body::from_stream(futures::stream::iter([
            Ok(bytes.slice(..length / 2)),
            Err(std::io::Error::other("hung up")),
        ])),
        Manner::Slow(piece) => slowly(bytes, piece),
        Manner::Redirects(to) => return (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Manner::NeverAnswers => std::future::pending().await,
        // The panic ends the connection's task, and so the connection.
        Manner::Drops => panic!("the connection is dropped on purpose"),
        Manner::Private(login) if !has_login(&request, &login) => {
            let wants = [(header::WWW_AUTHENTICATE, "Basic realm=\"members\"")];
            return (StatusCode::UNAUTHORIZED, wants, "Unauthorized").into_response();
        }
        Manner::Private(_) => Body::from(bytes),
        Manner::Fails(status) => return StatusCode::from_u16(status).unwrap().into_response(),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length - from.unwrap_or(0)));
    headers.insert(header::ETAG, HeaderValue::from_str(&etag).unwrap());
    if let Some(from) = from {
        let range = format!("bytes {from}-{}/{length}", length - 1);
        headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(&range).unwrap());
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}

fn has_login(request: &Parts, login: &str) -> bool {
    request.headers.get(header::AUTHORIZATION).is_some_and(|told| told.as_bytes() == login.as_bytes())
}

/// First byte of a range request whose `If-Range` matches this version.
fn rest(request: &Parts, etag: &str) -> Option<usize> {
    let field = |name| request.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let from = field(header::RANGE)?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()?;
    (field(header::IF_RANGE) == Some(etag)).then_some(from)
}

fn slowly(bytes: Bytes, piece: usize) -> Body {
    let pieces: Vec<_> =
        (0..bytes.len()).step_by(piece).map(|at| bytes.slice(at..bytes.len().min(at + piece))).collect();
    Body::from_stream(futures::stream::iter(pieces).then(|piece| async move {
        sleep(Duration::from_millis(100)).await;
        Ok::<_, Infallible>(piece)
    }))
}
