//! Live connections on loopback. One server: memory of each, CPU while idle, latency and losses of a broadcast;
//! and the cost of sign-ins and half requests. Two servers: latency between them, a rate limit that they
//! share, and deliveries per second compared with Django Channels.
//!
//! `make bench-live`. In one server, every connection belongs to a different user, which is the most expensive
//! case.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has failed")]

mod across;
mod broadcast;
mod ledger;
#[allow(dead_code, reason = "this bench measures no wall time")]
#[path = "../measure.rs"]
mod measure;
mod pair;
mod process;
mod server;
mod sockets;

use std::time::{Duration, Instant};

use measure::{Watched, median};
use reqwest::Client;
use serde_json::json;
use server::Server;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const SIGN_INS: usize = 200;
const HALF_REQUESTS: usize = 5_000;
const PAGES: usize = 100;
const SIGN_UPS: usize = 1_000;
const SIGN_UP_LIMIT: usize = 100;

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let python = args.iter().find(|arg| arg.ends_with("python"));
    println!("| figure | measured |");
    println!("|---|---|");
    for arg in &args {
        match arg.as_str() {
            "one" => {
                sign_ins().await;
                half_requests().await;
            }
            "two" => {
                across::run(true).await;
                across::run(false).await;
                across::limit(SIGN_UPS, SIGN_UP_LIMIT).await;
            }
            "broadcast" => broadcast::run(python.map(String::as_str)).await,
            count if count.parse::<usize>().is_ok() => live(count.parse().unwrap()).await,
            _ => {}
        }
    }
}

fn row(figure: &str, measured: String) {
    println!("| {figure} | {measured} |");
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Quantile of the values, by nearest rank.
pub fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() as f64 * part).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

async fn sign_ins() {
    let server = Server::start().await;
    let watched = Watched::new(server.pid());
    tokio::time::sleep(Duration::from_secs(20)).await;
    row("memory, idle for 20 s", format!("{:.0} MB", megabytes(watched.memory())));
    let client = Client::builder().no_proxy().cookie_store(true).build().unwrap();
    let typed = json!({ "username": "bench", "password": smartcache::testing::PASSWORD });
    let url = |path: &str| format!("{}/api/v1/auth/{path}", server.base);
    assert_eq!(client.post(url("register")).json(&typed).send().await.unwrap().status(), 201);
    let work = async {
        for _ in 0..SIGN_INS / 8 {
            let all = (0..8).map(|_| client.post(url("login")).json(&typed).send());
            for answer in futures::future::join_all(all).await {
                assert_eq!(answer.unwrap().status(), 200);
            }
        }
    };
    let ((), most) = watched.during(work).await;
    let after = megabytes(watched.memory());
    tokio::time::sleep(Duration::from_secs(15)).await;
    let later = megabytes(watched.memory());
    let most = megabytes(most);
    row(
        &format!("memory of {SIGN_INS} sign-ins, 8 at a time: most · after · 15 s later"),
        format!("{most:.0} · {after:.0} · {later:.0} MB"),
    );
}

async fn half_requests() {
    let server = Server::start().await;
    let address = server.base.trim_start_matches("http://").to_owned();
    let mut halves = Vec::new();
    for _ in 0..HALF_REQUESTS {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(b"GET /login HTTP/1.1\r\nhost: smartcache\r\nx-half: ").await.unwrap();
        halves.push(stream);
    }
    let opened = Instant::now();
    let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let mut times = Vec::new();
    for _ in 0..PAGES {
        let asked = Instant::now();
        let answer = client.get(format!("{}/login", server.base)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap();
        times.push(asked.elapsed().as_secs_f64() * 1e3);
    }
    row(
        &format!("a page beside {HALF_REQUESTS} half requests, median · p99"),
        format!("{:.1} · {:.1} ms", median(times.clone()), quantile(&mut times, 0.99)),
    );
    tokio::time::sleep_until((opened + Duration::from_secs(12)).into()).await;
    let open = halves.iter().filter(|half| half.try_read(&mut [0; 1]).is_err()).count();
    row("half requests that are open after 12 s", format!("{open} of {HALF_REQUESTS}"));
}

async fn live(count: usize) {
    let server = Server::start().await;
    let watched = Watched::new(server.pid());
    let tokens = server.sessions(count).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let before = watched.memory();
    let (mut sockets, mut connects) = sockets::open(&server.base, &tokens).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let each = watched.memory().saturating_sub(before) as f64 / count as f64 / 1e3;
    row(&format!("{count} connections: memory of each"), format!("{each:.1} kB"));
    row(
        &format!("{count} connections: connect, median · p99"),
        format!("{:.0} · {:.0} ms", median(connects.clone()), quantile(&mut connects, 0.99)),
    );
    // Covers two rounds of pings.
    let (from, start) = (watched.cpu(), Instant::now());
    sockets::rest(&mut sockets, Duration::from_secs(60)).await;
    let share = (watched.cpu() - from) / start.elapsed().as_secs_f64() * 100.0;
    row(&format!("{count} connections: CPU while idle"), format!("{share:.1} % of a core"));
    let recorded = server.record_for_all().await;
    let (mut times, lost) = sockets::hear_one_each(&mut sockets, recorded).await;
    row(
        &format!("{count} connections: a frame for each, from another process, median · p99 · lost"),
        format!("{:.0} · {:.0} ms · {lost}", median(times.clone()), quantile(&mut times, 0.99)),
    );
}
