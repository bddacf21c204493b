//! Frames of one process for the connections at another, with Redis and without it.

use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use smartcache::engine::live;
use tokio::task::JoinHandle;
use tokio::time::{interval, sleep};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use crate::measure::median;
use crate::pair::Pair;
use crate::process::{Member, client};
use crate::sockets::{self, Socket, Target};
use crate::{quantile, row};

/// Connections at each process; each belongs to a user of its own.
const CONNECTIONS: usize = 100;
const ANNOUNCEMENTS: usize = 50;
/// Pause between two actions, and between two announcements.
const PACE: Duration = Duration::from_millis(25);
const ANNOUNCED: Duration = Duration::from_millis(200);

type Arrivals = Vec<(Instant, Value)>;

/// Requests of a benchmark: for each, its user and the moment before it was sent.
type SentRequests = Vec<(usize, Instant)>;

pub async fn run(has_redis: bool) {
    let pair = Pair::start(has_redis, CONNECTIONS * 2, &[]).await;
    let stopping = CancellationToken::new();
    let opening = pair.members.iter().enumerate().map(async |(n, member)| {
        let (mut socket, newest) = sockets::connect(&at(&pair, n, member)).await.unwrap();
        sockets::hello(&mut socket, newest).await.unwrap();
        socket
    });
    let opened = futures::stream::iter(opening).buffered(32).collect::<Vec<Socket>>().await;
    let listeners: Vec<_> =
        opened.into_iter().map(|socket| tokio::spawn(hear(socket, stopping.clone()))).collect();
    let starts = start_runs(&pair).await;
    let cancels = cancel_runs(&pair, &starts).await;
    let announced = announce(&pair).await;
    sleep(Duration::from_secs(3)).await;
    stopping.cancel();
    report(&pair, has_redis, listeners, [starts, cancels], announced).await;
    pair.end().await;
}

/// Address of a user's connection: the users alternate between the processes.
fn at(pair: &Pair, n: usize, member: &Member) -> Target {
    Target::smartcache(&pair.webs[n % 2].base(), &member.token)
}

async fn hear(mut socket: Socket, stopping: CancellationToken) -> Arrivals {
    let mut arrivals = Vec::new();
    while let Some(Some(Ok(message))) = stopping.run_until_cancelled(socket.next()).await {
        if let Message::Text(text) = message {
            arrivals.push((Instant::now(), serde_json::from_str(&text).unwrap()));
        }
    }
    arrivals
}

/// A request of a user to the process where the user has no connection.
fn request(pair: &Pair, client: &Client, n: usize, path: &str, body: Value) -> RequestBuilder {
    let url = format!("{}/api/v1/{path}", pair.webs[(n + 1) % 2].base());
    let cookie = format!("smartcache_session={}", pair.members[n].token);
    client.post(url).header("cookie", cookie).json(&body)
}

/// Starts a run for each user. No worker takes it up.
async fn start_runs(pair: &Pair) -> Vec<(usize, Instant, i64)> {
    let (client, mut pace, mut starts) = (client(), interval(PACE), Vec::new());
    for n in 0..pair.members.len() {
        pace.tick().await;
        let asked = Instant::now();
        let answer = request(pair, &client, n, "runs", json!({})).send().await.unwrap();
        assert_eq!(answer.status(), 202);
        let run = answer.json::<Value>().await.unwrap();
        starts.push((n, asked, run["id"].as_i64().unwrap()));
    }
    starts
}

/// Cancels these runs.
async fn cancel_runs(pair: &Pair, runs: &[(usize, Instant, i64)]) -> Vec<(usize, Instant, i64)> {
    let (client, mut pace, mut cancels) = (client(), interval(PACE), Vec::new());
    for (n, _, run) in runs {
        pace.tick().await;
        let asked = Instant::now();
        let path = format!("runs/{run}/cancel");
        let answer = request(pair, &client, *n, &path, json!({})).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        cancels.push((*n, asked, *run));
    }
    cancels
}

/// Announces at both processes in turn. `0` of an entry is the process.
async fn announce(pair: &Pair) -> SentRequests {
    let (client, mut pace, mut announced) = (client(), interval(ANNOUNCED), Vec::new());
    for n in 0..ANNOUNCEMENTS {
        pace.tick().await;
        let web = n % 2;
        let url = format!("{}/api/v1/admin/announcements", pair.webs[web].base());
        let cookie = format!("smartcache_session={}", pair.members[0].token);
        let asked = Instant::now();
        let body = json!({ "message": format!("announcement {n}") });
        let answer = client.post(url).header("cookie", cookie).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        announced.push((web, asked));
    }
    announced
}

async fn report(
    pair: &Pair,
    has_redis: bool,
    listeners: Vec<JoinHandle<Arrivals>>,
    actions: [Vec<(usize, Instant, i64)>; 2],
    announced: SentRequests,
) {
    let (mut frames, mut broadcasts) = (Vec::new(), Vec::new());
    let (mut gaps, mut lost, mut missed) = (0, 0, 0);
    let heard =
        listeners.into_iter().collect::<futures::stream::FuturesOrdered<_>>().collect::<Vec<_>>().await;
    for (n, arrivals) in heard.into_iter().enumerate() {
        let arrivals = arrivals.unwrap();
        let numbered: Vec<_> =
            arrivals.iter().filter_map(|(at, frame)| Some((*at, frame["seq"].as_i64()?))).collect();
        gaps += numbered.iter().enumerate().filter(|(n, (_, seq))| *seq != *n as i64 + 1).count();
        let newest = live::newest(&pair.engine, pair.members[n].id).await.unwrap();
        lost += newest as usize - numbered.len();
        // A start records the first event of a user, and its cancellation the second and what follows.
        for (nth, asked) in actions.iter().enumerate() {
            frames.extend(numbered.get(nth).map(|(at, _)| (*at - asked[n].1).as_secs_f64() * 1e3));
        }
        for (k, (web, asked)) in announced.iter().enumerate() {
            let text = format!("announcement {k}");
            let mut copies = arrivals.iter().filter(|(_, frame)| frame["data"]["message"] == text.as_str());
            let first = copies.next();
            missed += usize::from(first.is_none()) + copies.count();
            if let Some((at, _)) = first
                && *web != n % 2
            {
                broadcasts.push((*at - *asked).as_secs_f64() * 1e3);
            }
        }
    }
    let with = if has_redis { "Redis" } else { "no Redis" };
    let shown = |times: &mut Vec<f64>| {
        format!(
            "{:.1} · {:.0} · {:.0} ms",
            median(times.clone()),
            quantile(times, 0.99),
            quantile(times, 1.0)
        )
    };
    row(
        &format!(
            "two processes, {with}: {} frames, from the request, median · p99 · most; gaps · lost",
            frames.len()
        ),
        format!("{}; {gaps} · {lost}", shown(&mut frames)),
    );
    row(
        &format!("two processes, {with}: {ANNOUNCEMENTS} announcements, median · p99 · most; lost or twice"),
        format!("{}; {missed}", shown(&mut broadcasts)),
    );
}

/// Sends many sign-ups to both processes at once, against a limit of the network that they share.
pub async fn limit(requests: usize, limit: usize) {
    let settings = [("SMARTCACHE_SIGNUPS_PER_HOUR", limit.to_string()), ("SMARTCACHE_LOG", "off".to_owned())];
    let pair = Pair::start(true, 1, &settings).await;
    let client = client();
    let start = Instant::now();
    let all = (0..requests).map(async |n| {
        let url = format!("{}/api/v1/auth/register", pair.webs[n % 2].base());
        let typed = json!({ "username": format!("new{n}"), "password": smartcache::testing::PASSWORD });
        loop {
            let answer = client.post(&url).json(&typed).send().await.unwrap();
            match answer.status().as_u16() {
                // Too many passwords wait to be hashed; the limit has not been asked.
                503 => sleep(Duration::from_millis(100)).await,
                status => return status,
            }
        }
    });
    let answers = all.collect::<FuturesUnordered<_>>().collect::<Vec<u16>>().await;
    let of = |status: u16| answers.iter().filter(|one| **one == status).count();
    assert_eq!(of(201) + of(429), requests, "{answers:?}");
    row(
        &format!("two processes: {requests} sign-ups at once, limit {limit}: passed · refused · time"),
        format!("{} · {} · {:.1} s", of(201), of(429), start.elapsed().as_secs_f64()),
    );
    pair.end().await;
}
