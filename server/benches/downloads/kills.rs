//! A server killed in the middle of a download and restarted: time until the download resumes and is ready.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::measure::median;
use crate::origin::Origin;
use crate::smartcache::{Stage, items};

/// Each file takes two seconds at this rate; about half is left after the kill.
const BYTES: usize = 8_000_000;
const PACE: usize = 4_000_000;

pub async fn run(times: usize, ground: &Path) {
    std::fs::remove_dir_all(ground).ok();
    std::fs::create_dir_all(ground).unwrap();
    let origin = Origin::start(false, PACE).await;
    let feed = origin.feed(times, |_| BYTES);
    let mut stage = Stage::set(&origin, ground, &feed, 1, 8).await;
    let all = items(&stage.people[0], times).await;
    let (mut answers, mut goes_on, mut ready) = (Vec::new(), Vec::new(), Vec::new());
    for (n, item) in all.iter().enumerate() {
        let asked = origin.asked();
        stage.people[0].post("/downloads", json!({ "item_id": item })).await;
        until(async || origin.asked() > asked).await;
        tokio::time::sleep(Duration::from_millis(900 + 10 * (n as u64 % 20))).await;
        stage.kill(&origin, ground).await;
        let began = Instant::now();
        stage.people[0].answered().await;
        answers.push(began.elapsed().as_secs_f64());
        until(async || origin.asked() > asked + 1).await;
        goes_on.push(began.elapsed().as_secs_f64());
        until(async || stage.people[0].stats().await["ready"] == json!(n + 1)).await;
        ready.push(began.elapsed().as_secs_f64());
    }
    let sent = origin.sent() as f64 / (times * BYTES) as f64;
    println!("| {times} kills, seconds after the restart | median | most |");
    println!("|---|---|---|");
    for (what, seconds) in
        [("it answers", answers), ("the download goes on", goes_on), ("it is ready", ready)]
    {
        let most = seconds.iter().copied().fold(0.0, f64::max);
        println!("| {what} | {:.2} | {most:.2} |", median(seconds));
    }
    println!("sent {sent:.3} of the bytes of the files");
    stage.child.kill().await.unwrap();
    std::fs::remove_dir_all(ground).ok();
}

async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    while !is_so().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
