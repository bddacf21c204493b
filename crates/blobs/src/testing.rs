//! An S3 bucket on loopback (s3s on a directory) behind a layer that injects faults.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::{Bucket, BucketTimeouts, Keys, StorageLocation};

const BUCKET: &str = "media";
const KEY: &str = "test-key";
const SECRET: &str = "test-secret";
const LARGEST: usize = 64 * 1024 * 1024;

/// A fault injected into a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An error status with S3's code for it.
    Answers(u16, &'static str),
    /// The request never gets a response and has no effect.
    NeverAnswers,
    /// The request takes effect, but the response never arrives.
    NeverConfirms,
    /// The connection breaks after the request's body.
    Resets,
    /// The response body breaks off in the middle.
    BreaksOff,
    /// One bit of the response body is flipped.
    FlipsABit,
}

/// A request to the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Method of the request.
    pub method: Method,
    /// Key of the object.
    pub key: String,
    /// Part number, for a part of a multipart upload.
    pub part: Option<u32>,
    /// Id of the upload that the request belongs to. Empty for the request that starts it.
    pub upload: Option<String>,
    /// Range header.
    pub range: Option<String>,
}

type Matches = Box<dyn Fn(&Asked) -> bool + Send>;

struct Planned {
    matches: Matches,
    times: usize,
    fault: Fault,
}

struct Front {
    bucket: S3Service,
    planned: Mutex<Vec<Planned>>,
    asked: Mutex<Vec<Asked>>,
}

/// A bucket on loopback; it ends when it is dropped.
pub struct S3 {
    addr: SocketAddr,
    root: PathBuf,
    front: Arc<Front>,
    server: JoinHandle<()>,
}

impl S3 {
    /// Starts an empty bucket.
    pub async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let root = std::env::temp_dir().join(format!("smartcache_s3_{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir_all(root.join(BUCKET)).unwrap();
        let mut bucket = S3ServiceBuilder::new(FileSystem::new(&root).unwrap());
        // A private bucket: the signature of every request is checked.
        bucket.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let front = Front { bucket: bucket.build(), planned: Mutex::default(), asked: Mutex::default() };
        let front = Arc::new(front);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(front.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { addr, root, front, server }
    }

    /// Settings of the bucket with short timeouts.
    pub fn bucket(&self) -> Bucket {
        let ms = Duration::from_millis;
        Bucket {
            name: BUCKET.into(),
            endpoint: Some(format!("http://{}", self.addr).parse().unwrap()),
            region: "test".into(),
            prefix: String::new(),
            keys: Keys { id: KEY.into(), secret: SECRET.into(), session: None },
            timeouts: BucketTimeouts {
                connect: ms(1_000),
                silence: ms(1_000),
                retry_for: ms(1_500),
                retries: 2,
            },
        }
    }

    /// Setting that leads to it.
    pub fn place(&self) -> StorageLocation {
        StorageLocation::S3(Box::new(self.bucket()))
    }

    /// Environment variables with which another process uses the bucket.
    pub fn environment(&self) -> [(&'static str, String); 3] {
        let place = format!("s3://{BUCKET}?endpoint=http://{}&region=test", self.addr);
        [
            ("SMARTCACHE_STORAGE", place),
            ("AWS_ACCESS_KEY_ID", KEY.into()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.into()),
        ]
    }

    /// Makes the next `times` matching requests fail.
    pub fn plan(&self, times: usize, fault: Fault, matches: impl Fn(&Asked) -> bool + Send + 'static) {
        let planned = Planned { matches: Box::new(matches), times, fault };
        self.front.planned.lock().unwrap().push(planned);
    }

    /// Removes all planned faults.
    pub fn recover(&self) {
        self.front.planned.lock().unwrap().clear();
    }

    /// Number of matching requests so far.
    pub fn asked(&self, matches: impl Fn(&Asked) -> bool) -> usize {
        self.front.asked.lock().unwrap().iter().filter(|asked| matches(asked)).count()
    }

    /// Keys of all objects.
    pub fn keys(&self) -> Vec<String> {
        let bucket = self.root.join(BUCKET);
        let mut keys = Vec::new();
        let mut directories = vec![bucket.clone()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                match entry.unwrap().path() {
                    path if path.is_dir() => directories.push(path),
                    path => keys.push(path.strip_prefix(&bucket).unwrap().to_str().unwrap().to_owned()),
                }
            }
        }
        keys
    }

    /// Bytes of an object; none if it is missing.
    pub fn object(&self, key: &str) -> Option<Vec<u8>> {
        fs::read(self.path(key)).ok()
    }

    /// Deletes an object behind the store's back.
    pub fn lose(&self, key: &str) {
        fs::remove_file(self.path(key)).unwrap();
    }

    /// Flips one bit of a stored object.
    pub fn flip_a_bit(&self, key: &str) {
        let object = self.object(key).unwrap();
        fs::write(self.path(key), flipped(&object)).unwrap();
    }

    /// Number of uploads that were neither completed nor aborted, and of their parts.
    pub fn parts_left(&self) -> usize {
        let is_left = |name: &str| name.starts_with(".upload");
        let entries = fs::read_dir(&self.root).unwrap();
        entries.filter(|entry| is_left(entry.as_ref().unwrap().file_name().to_str().unwrap())).count()
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(BUCKET).join(Path::new(key))
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.server.abort();
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn flipped(bytes: &[u8]) -> Bytes {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    bytes.into()
}

async fn answer(State(front): State<Arc<Front>>, request: Request) -> Response {
    let asked = asked(&request);
    front.asked.lock().unwrap().push(asked.clone());
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST).await.unwrap_or_default();
    let fault = front.next_fault(&asked);
    match fault {
        Some(Fault::Answers(status, code)) => return problem(status, code),
        Some(Fault::NeverAnswers) => std::future::pending().await,
        // Ends the connection's task without an answer to the client and without a log entry.
        Some(Fault::Resets) => std::panic::resume_unwind(Box::new("the connection is reset")),
        _ => {}
    }
    let answer = front.bucket.call(Request::from_parts(parts, s3s::Body::from(body))).await.unwrap();
    let response = answer.map(Body::new);
    match fault {
        Some(Fault::NeverConfirms) => std::future::pending().await,
        Some(Fault::FlipsABit) => with_body(response, |bytes| Body::from(flipped(&bytes))).await,
        Some(Fault::BreaksOff) => {
            with_body(response, |bytes| {
                let half = bytes.slice(..bytes.len() / 2);
                let pieces = [Ok(half), Err(std::io::Error::other("hung up"))];
                Body::from_stream(futures::stream::iter(pieces))
            })
            .await
        }
        _ => response,
    }
}

fn asked(request: &Request) -> Asked {
    let query = |name: &str| {
        let pairs = request.uri().query().unwrap_or_default().split('&');
        let mut found = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        found.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    let key = request.uri().path().trim_start_matches('/');
    Asked {
        method: request.method().clone(),
        key: key.strip_prefix(BUCKET).unwrap_or(key).trim_start_matches('/').to_owned(),
        part: query("partNumber").and_then(|part| part.parse().ok()),
        upload: query("uploadId").or(query("uploads")),
        range: request.headers().get(header::RANGE).map(|range| range.to_str().unwrap().to_owned()),
    }
}

impl Front {
    fn next_fault(&self, asked: &Asked) -> Option<Fault> {
        let mut planned = self.planned.lock().unwrap();
        let next = planned.iter_mut().find(|planned| planned.times > 0 && (planned.matches)(asked))?;
        next.times -= 1;
        Some(next.fault)
    }
}

fn problem(status: u16, code: &str) -> Response {
    let text = format!("<Error><Code>{code}</Code><Message>As planned.</Message></Error>");
    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

/// The same response with another body. Its Content-Length stays that of the original body.
async fn with_body(response: Response, change: impl FnOnce(Bytes) -> Body) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, LARGEST).await.unwrap();
    parts.headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    Response::from_parts(parts, change(bytes))
}
