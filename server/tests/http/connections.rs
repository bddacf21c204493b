//! Half requests: they time out soon, and delay no other client.

use std::time::{Duration, Instant};

use smartcache::engine::clock::Clock;
use smartcache::testing::Backend;
use smartcache_server::connections::{BodyPace, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::{App, until};

const HALF_A_HEAD: &str = "GET /login HTTP/1.1\r\nhost: smartcache\r\nx-half: ";
const HALF_A_BODY: &str = "POST /api/v1/auth/login HTTP/1.1\r\nhost: smartcache\r\ncontent-type: application/json\r\n\
    content-length: 60\r\n\r\n{\"username\": ";

fn limits() -> Limits {
    let soon = Duration::from_millis(600);
    let body = BodyPace { stall: soon, least: 500 };
    Limits { head: soon, idle: soon, body, ..Limits::for_descriptors(4_096, Vec::new()) }
}

async fn send(app: &App, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.engine.config.addr).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// Reads until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let end = timeout(Duration::from_secs(20), stream.read_to_end(&mut said)).await;
    // A reset counts as closed.
    let _ = end.expect("the server closes the connection");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_requests_end_and_pages_answer_meanwhile() {
    let app = App::within(Backend::Sqlite, Clock::System, |_| {}, limits()).await.unwrap();
    let (mut heads, mut bodies) = (Vec::new(), Vec::new());
    for _ in 0..150 {
        heads.push(send(&app, HALF_A_HEAD).await);
        bodies.push(send(&app, HALF_A_BODY).await);
    }
    assert_eq!(app.stranger().get("/health").await.status, 200);
    assert_eq!(app.stranger().get("/login").await.status, 200);
    for head in &mut heads {
        assert_eq!(rest(head).await, "");
    }
    for body in &mut bodies {
        let said = rest(body).await;
        assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("\"code\":\"too_slow\""), "{said}");
        assert!(said.contains("connection: close"), "{said}");
    }
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_drips_and_a_silent_connection_end_too() {
    let app = App::within(Backend::Sqlite, Clock::System, |_| {}, limits()).await.unwrap();
    let mut silent = send(&app, "").await;
    let mut idle = send(&app, "GET /health HTTP/1.1\r\nhost: smartcache\r\n\r\n").await;
    let mut drip = send(&app, HALF_A_HEAD).await;
    let start = Instant::now();
    let drips = until("the drip ends", async || {
        let sent = drip.write_all(b"x").await;
        sent.is_err().then_some(start.elapsed())
    });
    assert!(drips.await < Duration::from_secs(20));
    assert_eq!(rest(&mut silent).await, "");
    let answer = rest(&mut idle).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("{\"status\":\"ok\"}"), "{answer}");
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_used_stays_open() {
    let app = App::within(Backend::Sqlite, Clock::System, |_| {}, limits()).await.unwrap();
    let mut stream = send(&app, "").await;
    for _ in 0..4 {
        // Each half arrives within the timeout, all halves together far beyond it.
        stream.write_all(b"GET /health HTTP/1.1\r\n").await.unwrap();
        tokio::time::sleep(limits().head / 2).await;
        stream.write_all(b"host: smartcache\r\n\r\n").await.unwrap();
        let mut said = vec![0; 4_096];
        let n = stream.read(&mut said).await.unwrap();
        assert!(String::from_utf8_lossy(&said[..n]).starts_with("HTTP/1.1 200 "));
    }
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_all_connections_are_taken_the_one_that_waited_longest_makes_room() {
    let patient = Duration::from_secs(60);
    let limits = Limits { head: patient, idle: patient, total: 8, per_network: 6, ..limits() };
    let app = App::within(Backend::Sqlite, Clock::System, |_| {}, limits).await.unwrap();
    let ada = app.sign_up("ada").await;
    let mut line = crate::live::Line::open(&ada).await;
    line.hear().await.unwrap();
    let mut halves = Vec::new();
    for _ in 0..30 {
        halves.push(send(&app, HALF_A_HEAD).await);
    }
    assert_eq!(app.stranger().get("/health").await.status, 200);
    assert_eq!(rest(&mut halves[0]).await, "", "the first to wait was the first to go");
    line.say(serde_json::json!({ "type": "ping" })).await;
    assert_eq!(line.hear().await.unwrap()["type"], "pong", "what is busy stays");
    app.clear().await;
}
