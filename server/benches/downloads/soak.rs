//! Half an hour of ten downloads per second from an origin that sometimes fails: losses, leftovers, and
//! memory growth.

use std::path::Path;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::json;
use tokio::process::{Child, Command};

use crate::measure::{Watched, median};
use crate::origin::Origin;
use crate::smartcache::{Person, Stage, command, items};

const A_SECOND: usize = 10;
const PEOPLE: usize = 10;
const AT_ONCE: usize = 8;
/// Time limit for the last requested downloads.
const TIMEOUT: Duration = Duration::from_secs(180);

/// Size of a file in bytes. One file in ten is large enough to be resumed after an interruption.
fn size(n: usize) -> usize {
    if n.is_multiple_of(10) { 2_000_000 } else { 200_000 }
}

pub async fn run(minutes: usize, ground: &Path) {
    std::fs::remove_dir_all(ground).ok();
    std::fs::create_dir_all(ground).unwrap();
    let files = minutes * 60 * A_SECOND;
    let origin = Origin::start(true, 0).await;
    let feed = origin.feed(files, size);
    let Stage { child, people, database, .. } = Stage::set(&origin, ground, &feed, PEOPLE, AT_ONCE).await;
    let all = items(&people[0], files).await;
    let db = Database::connect(&database).await.unwrap();
    let watched = Watched::new(child.id().unwrap());

    let asking = ask(&people, &all);
    let mut memory = vec![watched.memory()];
    let mut looks = tokio::time::interval(Duration::from_secs(10));
    tokio::pin!(asking);
    let unanswered = loop {
        tokio::select! {
            unanswered = &mut asking => break unanswered,
            _ = looks.tick() => memory.push(watched.memory()),
        }
    };
    let last = Instant::now();
    while count(&db, "status IN ('queued', 'downloading', 'verifying')").await > 0 && last.elapsed() < TIMEOUT
    {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    memory.push(watched.memory());
    let (cpu, wall) = (watched.cpu(), watched.wall());

    let ready = count(&db, "status = 'ready'").await;
    let open = count(&db, "status IN ('queued', 'downloading', 'verifying')").await;
    println!("| asked | ready | failed | still open | refused or unanswered |");
    println!("|---|---|---|---|---|");
    println!("| {files} | {ready} | {} | {open} | {unanswered} |", count(&db, "status = 'failed'").await);
    for (error, times) in reasons(&db).await {
        println!("failed {times} times: {error}");
    }
    let mut waited = waits(&db).await;
    waited.sort_by(f64::total_cmp);
    let late = waited.get(waited.len() * 99 / 100).copied().unwrap_or(f64::NAN);
    println!("from the request to ready: median {:.2} s, p99 {late:.2} s", median(waited));
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let (half, most) = (memory.len() / 2, memory.iter().max().copied().unwrap_or_default());
    let middle = |part: &[u64]| median(part.iter().map(|bytes| mb(*bytes)).collect());
    println!(
        "memory: {:.0} MB at the start, median {:.0} in the first half and {:.0} in the second, {:.0} at most",
        mb(memory[0]),
        middle(&memory[..half]),
        middle(&memory[half..]),
        mb(most)
    );
    println!("processor: {cpu:.0} s in {wall:.0} s; sent {:.0} MB", mb(origin.sent()));
    println!(
        "half-arrived files left: {}",
        std::fs::read_dir(ground.join("incoming")).map_or(0, Iterator::count)
    );
    end(child, ground, &database).await;
    std::fs::remove_dir_all(ground).ok();
}

/// Requests the downloads at a steady rate, each by one of the users. Returns the number not granted.
async fn ask(people: &[Person], items: &[serde_json::Value]) -> usize {
    let mut beat = tokio::time::interval(Duration::from_secs(1) / A_SECOND as u32);
    let mut asking = FuturesUnordered::new();
    let mut refused = 0;
    for (n, item) in items.iter().enumerate() {
        beat.tick().await;
        asking.push(people[n % people.len()].ask_for(json!({ "item_id": item })));
        while asking.len() > 64 {
            refused += usize::from(asking.next().await == Some(false));
        }
    }
    while let Some(granted) = asking.next().await {
        refused += usize::from(!granted);
    }
    refused
}

/// Stops the server gracefully, then audits its data.
async fn end(mut child: Child, ground: &Path, database: &str) {
    let began = Instant::now();
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    let status = child.wait().await.unwrap();
    println!("stopped in {:.1} s: {status}", began.elapsed().as_secs_f64());
    let audit = command(ground, database).args(["doctor", "--audit"]).output().await.unwrap();
    println!("audit: {}", audit.status);
}

fn statement(sql: String) -> Statement {
    Statement::from_string(DbBackend::Sqlite, sql)
}

async fn count(db: &DatabaseConnection, which: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM download WHERE {which}");
    db.query_one_raw(statement(sql)).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn reasons(db: &DatabaseConnection) -> Vec<(String, i64)> {
    let sql = "SELECT error, COUNT(*) FROM download WHERE status = 'failed' GROUP BY error";
    let rows = db.query_all_raw(statement(sql.into())).await.unwrap();
    rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect()
}

async fn waits(db: &DatabaseConnection) -> Vec<f64> {
    let rows = db.query_all_raw(statement("SELECT seconds FROM delivery WHERE outcome = 'ready'".into()));
    rows.await.unwrap().iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}
