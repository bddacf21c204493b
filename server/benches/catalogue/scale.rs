//! Latency of lists, searches and pages with a million items.

mod fill;
mod questions;

use std::time::{Duration, Instant};

use rand::seq::SliceRandom;
use smartcache::engine::{Config, SharedEngine, start};
use smartcache::testing::{Backend, Ground};

use crate::text::Pen;
use fill::{Cast, ITEMS};
use questions::{Question, ask, questions};

/// Warm-up calls and measured calls per question, and the time limit for one question.
const BEFORE: usize = 20;
const TIMES: usize = 300;
const TIMEOUT: Duration = Duration::from_secs(20);

/// Runs with `URL… [ITEMS]`. Fills empty databases, by default with a million items.
pub async fn run(args: &[String]) {
    let items = args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(ITEMS);
    for url in args.iter().filter(|arg| arg.contains("://")) {
        let ground = Ground::new(Backend::Sqlite).await.unwrap();
        let engine = start::open(Config { database_url: url.clone(), ..ground.config() }).await.unwrap();
        let began = Instant::now();
        let cast = fill::fill(&engine, items).await;
        eprintln!("{url}: filled in {:.0} s", began.elapsed().as_secs_f64());
        measure(&engine, &cast, url.split(':').next().unwrap_or_default()).await;
        let _ = engine.db.clone().close().await;
    }
}

/// Runs every question repeatedly, in random order.
async fn measure(engine: &SharedEngine, cast: &Cast, database: &str) {
    let all = questions();
    let mut pen = Pen::new(7);
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); all.len()];
    let mut rows = vec![0; all.len()];
    for question in &all {
        let began = Instant::now();
        for _ in 0..BEFORE {
            ask(question, engine, cast, &mut pen).await;
            if began.elapsed() > TIMEOUT / 4 {
                break;
            }
        }
    }
    let before = resident();
    let mut order: Vec<usize> = (0..all.len() * TIMES).map(|n| n % all.len()).collect();
    order.shuffle(&mut pen.rng);
    for n in order {
        if times[n].iter().sum::<f64>() > TIMEOUT.as_secs_f64() {
            continue;
        }
        let began = Instant::now();
        rows[n] += ask(&all[n], engine, cast, &mut pen).await;
        times[n].push(began.elapsed().as_secs_f64());
    }
    tell(&all, &mut times, &rows, database);
    println!("\n{database}: memory {before} MB after the warm-up, {} MB at the end\n", resident());
}

fn tell(all: &[Question], times: &mut [Vec<f64>], rows: &[usize], database: &str) {
    println!("| {database}: question | median | p99 | most | rows | times |");
    println!("|---|---|---|---|---|---|");
    for ((question, times), rows) in all.iter().zip(times).zip(rows) {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize] * 1e3;
        let (median, late, most) = (at(0.5), at(0.99), at(1.0));
        let (rows, asked) = (rows / times.len(), times.len());
        println!(
            "| {} | {median:.1} ms | {late:.1} ms | {most:.1} ms | {rows} | {asked} |",
            question.words()
        );
    }
}

/// Resident memory of this process, in megabytes (proc(5), `statm`).
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4_096 / 1_000_000
}
