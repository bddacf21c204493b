//! Messages to many connections over two processes, compared with Django Channels on the same machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::future::join_all;
use serde_json::{Value, json};
use smartcache::domain::UserId;
use smartcache::domain::account::User;
use smartcache::domain::announcement::{Level, NewAnnouncement};
use smartcache::domain::event::{EventKind, Frame};
use smartcache::engine::{SharedEngine, announcements};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin};
use tokio::sync::Mutex;
use tokio::task::yield_now;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::ledger::{Ledger, now};
use crate::measure::{Watched, median};
use crate::pair::Pair;
use crate::process::{Member, Process};
use crate::quantile;
use crate::sockets::Target;

const ROUNDS: usize = 3;
const CONNECTIONS: usize = 100;
/// Characters of a message, and bytes of the whole text that Channels sends, which is then equally long.
const MESSAGE: usize = 120;
const SIZE: &str = "225";
/// Gentle phase: messages and their pause.
const GENTLE: usize = 100;
const PAUSE: Duration = Duration::from_millis(50);
/// Windowed phase: time, and messages on their way. Channels drops messages above 100.
const TIME: Duration = Duration::from_secs(5);
const WINDOW: usize = 50;
/// Publications made concurrently in the windowed phase and in the flood.
const PUBLICATIONS: usize = 8;
/// Flood: messages, as fast as the publisher goes.
const FLOOD: usize = 1_000;
/// Time after which messages on their way count as lost.
const LOST: Duration = Duration::from_secs(2);

/// Sender of numbered messages, which is a process of its own on both sides.
enum Publisher {
    /// Stored once, sent live to everybody who is connected.
    Announcements(SharedEngine, User),
    /// Durable, numbered frames of one user.
    Durable(SharedEngine, UserId),
    /// Frames of one user that are not stored, as those of Channels are not.
    Fleeting(SharedEngine, UserId),
    Channels(Mutex<ChildStdin>),
}

impl Publisher {
    async fn publish(&self, number: usize) {
        let text = || format!("{:.<MESSAGE$}", format!("{number} {} ", now()));
        match self {
            Self::Announcements(engine, admin) => {
                let new = NewAnnouncement { message: text(), level: Level::Info };
                announcements::announce(engine, admin, new).await.unwrap();
            }
            Self::Durable(engine, owner) => {
                let mut work = engine.begin().await.unwrap();
                work.record(*owner, None, EventKind::System, data(text())).await.unwrap();
                work.commit().await.unwrap();
            }
            Self::Fleeting(engine, owner) => {
                engine.hub.send(*owner, &Frame::fleeting(engine.now(), EventKind::System, data(text())));
                yield_now().await;
            }
            Self::Channels(numbers) => {
                numbers.lock().await.write_all(format!("{number}\n").as_bytes()).await.unwrap();
            }
        }
    }
}

fn data(message: String) -> Value {
    json!({ "level": "info", "message": message })
}

/// Servers to be measured, with their clients' targets.
struct Subject<'p> {
    name: &'static str,
    webs: &'p [Process],
    targets: Vec<Target>,
    publisher: Publisher,
}

/// Figures of a subject in one round.
struct Figures {
    delay: f64,
    p99: f64,
    rate: f64,
    /// CPU microseconds of the two server processes for each delivery.
    cpu: f64,
    /// Bytes of a text.
    bytes: f64,
    /// Deliveries that did not happen, in the gentle and windowed phases.
    lost: u64,
    flood: Flood,
}

struct Flood {
    rate: f64,
    /// Percentage of the deliveries that did not happen.
    lost: f64,
    reconnects: u64,
}

/// Compares, in alternating rounds. Without the interpreter it measures SmartCache alone.
pub async fn run(python: Option<&str>) {
    let mut rows: Vec<(&'static str, Vec<Figures>)> = Vec::new();
    let mut add = |name, figures: Figures| match rows.iter_mut().find(|row| row.0 == name) {
        Some(row) => row.1.push(figures),
        None => rows.push((name, vec![figures])),
    };
    for _ in 0..ROUNDS {
        for subject_of in [fleeting_of as fn(&Pair) -> Subject<'_>, durable_of, announcements_of] {
            let pair = Pair::start(true, CONNECTIONS, &[]).await;
            let subject = subject_of(&pair);
            let (name, figures) = (subject.name, measure(subject).await);
            let (dropped, transactions) = (pair.dropped().await, pair.transactions().await);
            eprintln!("{name}: {dropped} messages were not published, {transactions} transactions");
            add(name, figures);
            pair.end().await;
        }
        let Some(python) = python else { continue };
        for (name, layer) in LAYERS {
            add(name, channels(python, name, layer).await);
        }
    }
    print(&rows);
}

const LAYERS: [(&str, &str); 2] = [
    ("Channels, RedisChannelLayer", "channels_redis.core.RedisChannelLayer"),
    ("Channels, RedisPubSubChannelLayer", "channels_redis.pubsub.RedisPubSubChannelLayer"),
];

fn announcements_of(pair: &Pair) -> Subject<'_> {
    let target = |(n, member): (usize, &Member)| Target::smartcache(&pair.webs[n % 2].base(), &member.token);
    Subject {
        name: "SmartCache, announcements",
        webs: &pair.webs,
        targets: pair.members.iter().enumerate().map(target).collect(),
        publisher: Publisher::Announcements(pair.engine.clone(), pair.admin.clone()),
    }
}

fn durable_of(pair: &Pair) -> Subject<'_> {
    of_one_user(pair, "SmartCache, durable frames", Publisher::Durable)
}

fn fleeting_of(pair: &Pair) -> Subject<'_> {
    of_one_user(pair, "SmartCache, fleeting frames", Publisher::Fleeting)
}

fn of_one_user<'p>(
    pair: &'p Pair,
    name: &'static str,
    publisher: fn(SharedEngine, UserId) -> Publisher,
) -> Subject<'p> {
    let member = &pair.members[0];
    let target = |n: usize| Target::smartcache(&pair.webs[n % 2].base(), &member.token);
    Subject {
        name,
        webs: &pair.webs,
        targets: (0..CONNECTIONS).map(target).collect(),
        publisher: publisher(pair.engine.clone(), member.id),
    }
}

async fn channels(python: &str, name: &'static str, layer: &str) -> Figures {
    let redis = Process::redis().await;
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/live");
    let environment = [
        ("PEER_REDIS", format!("redis://127.0.0.1:{}", redis.port)),
        ("PEER_LAYER", layer.to_owned()),
        ("PEER_SIZE", SIZE.to_owned()),
        ("PEER_PUBLICATIONS", PUBLICATIONS.to_string()),
        ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
    ];
    let mut webs = Vec::new();
    for _ in 0..2 {
        let daphne = |port: u16| {
            let mut daphne = Command::new(python);
            daphne.args(["-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", &port.to_string()]);
            daphne.arg("channels_peer:application").current_dir(&directory).envs(environment.clone());
            daphne
        };
        webs.push(Process::start(daphne).await);
    }
    let mut publisher = publisher(python, directory, &environment);
    let numbers = publisher.stdin.take().unwrap();
    let subject = Subject {
        name,
        webs: &webs,
        targets: (0..CONNECTIONS).map(|n| Target::bare(&webs[n % 2].base())).collect(),
        publisher: Publisher::Channels(Mutex::new(numbers)),
    };
    let figures = measure(subject).await;
    // Its input has ended.
    publisher.wait().await.unwrap();
    figures
}

fn publisher(python: &str, directory: PathBuf, environment: &[(&str, String)]) -> Child {
    tokio::process::Command::new(python)
        .arg(directory.join("channels_peer.py"))
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn measure(subject: Subject<'_>) -> Figures {
    let watched: Vec<_> = subject.webs.iter().map(|web| Watched::new(web.pid())).collect();
    let cpu = || watched.iter().map(Watched::cpu).sum::<f64>();

    let (ledger, listeners) = Ledger::open(subject.targets.clone()).await;
    let mut pace = interval(PAUSE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0..GENTLE {
        pace.tick().await;
        subject.publisher.publish(number).await;
    }
    ledger.quiet().await;
    let mut delays = ledger.delays.lock().clone();
    let mut lost = lost(&ledger, GENTLE);
    drop(listeners);

    let (ledger, listeners) = Ledger::open(subject.targets.clone()).await;
    let (before, start) = (cpu(), now());
    let published = windowed(&subject.publisher, &ledger).await;
    ledger.quiet().await;
    let deliveries = ledger.deliveries.load(Relaxed) as f64;
    let (rate, cpu) = (rate(&ledger, start), (cpu() - before) * 1e6 / deliveries);
    let bytes = ledger.bytes.load(Relaxed) as f64 / deliveries;
    lost += self::lost(&ledger, published);
    drop(listeners);

    let (ledger, _listeners) = Ledger::open(subject.targets.clone()).await;
    let start = now();
    let published = flood(&subject.publisher).await;
    ledger.quiet().await;
    let flood = Flood {
        rate: self::rate(&ledger, start),
        lost: self::lost(&ledger, published) as f64 / (published * CONNECTIONS) as f64 * 100.0,
        reconnects: ledger.opened.load(Relaxed) - CONNECTIONS as u64,
    };
    let figures = Figures {
        delay: median(delays.clone()),
        p99: quantile(&mut delays, 0.99),
        rate,
        cpu,
        bytes,
        lost,
        flood,
    };
    eprintln!(
        "{}: {:.1} · {:.1} ms, {:.0}/s, {:.1} µs, {:.0} bytes, {} lost; flood {:.0}/s, {:.1} % lost, {} reconnects",
        subject.name,
        figures.delay,
        figures.p99,
        rate,
        cpu,
        bytes,
        lost,
        figures.flood.rate,
        figures.flood.lost,
        figures.flood.reconnects
    );
    figures
}

/// Publishes for a time, with a limited number of messages on their way. Returns the number published.
async fn windowed(publisher: &Publisher, ledger: &Ledger) -> usize {
    let (start, next, given_up) = (Instant::now(), AtomicUsize::new(0), AtomicUsize::new(0));
    let publishing = (0..PUBLICATIONS).map(async |_| {
        while start.elapsed() < TIME {
            let open = next.load(Relaxed) - ledger.complete.load(Relaxed);
            if open.saturating_sub(given_up.load(Relaxed)) < WINDOW {
                publisher.publish(next.fetch_add(1, Relaxed)).await;
            } else if timeout(LOST, ledger.completed.notified()).await.is_err() {
                given_up.store(open, Relaxed);
            }
        }
    });
    join_all(publishing).await;
    next.into_inner()
}

/// Publishes all at once. Returns the number published.
async fn flood(publisher: &Publisher) -> usize {
    let publishing = (0..FLOOD).map(|number| publisher.publish(number));
    futures::stream::iter(publishing).buffer_unordered(PUBLICATIONS).collect::<Vec<()>>().await.len()
}

/// Deliveries that did not happen.
fn lost(ledger: &Ledger, published: usize) -> u64 {
    (published * CONNECTIONS) as u64 - ledger.deliveries.load(Relaxed)
}

/// Deliveries a second, from the first publication to the last arrival.
fn rate(ledger: &Ledger, start: u64) -> f64 {
    let time = ledger.last.load(Relaxed).saturating_sub(start) as f64 / 1e6;
    ledger.deliveries.load(Relaxed) as f64 / time
}

fn print(rows: &[(&'static str, Vec<Figures>)]) {
    println!();
    println!(
        "| {CONNECTIONS} connections over two processes | delay, median · p99 | deliveries/s, {WINDOW} on their way | \
         CPU of both servers for each | lost | flood of {FLOOD}: deliveries/s | lost | reconnects |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (name, all) in rows {
        let of = |figure: fn(&Figures) -> f64| median(all.iter().map(figure).collect());
        println!(
            "| {name}, {:.0} bytes | {:.1} · {:.1} ms | {:.0} | {:.1} µs | {} | {:.0} | {:.1} % | {:.0} |",
            of(|f| f.bytes),
            of(|f| f.delay),
            of(|f| f.p99),
            of(|f| f.rate),
            of(|f| f.cpu),
            all.iter().map(|f| f.lost).sum::<u64>(),
            of(|f| f.flood.rate),
            of(|f| f.flood.lost),
            of(|f| f.flood.reconnects as f64),
        );
    }
}
