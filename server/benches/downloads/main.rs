//! Download speed, compared with the usual command-line programs: all in one run, alternating, medians.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

mod kills;
#[path = "../measure.rs"]
mod measure;
mod origin;
mod others;
mod smartcache;
mod soak;

use std::path::PathBuf;

use measure::median;
use origin::Origin;

/// A workload: number and size of the files, parallel transfers, and users.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    pub name: &'static str,
    pub files: usize,
    pub bytes: usize,
    pub at_once: usize,
    pub people: usize,
    /// On first requests, one file in five breaks off in the middle and one in ten gets a 503.
    pub faults: bool,
    /// Bytes per second of each connection; 0 for no limit.
    pub pace: usize,
}

/// Resources that a program used for a task.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    /// Seconds of wall-clock time, and of CPU time.
    pub wall: f64,
    pub cpu: f64,
    /// Peak resident set in bytes; for SmartCache, above its idle one.
    pub memory: u64,
    /// Bytes sent beyond the size of the files.
    pub wasted: i64,
    /// Files that did not arrive.
    pub failed: usize,
}

const fn task(name: &'static str, files: usize, bytes: usize) -> Task {
    Task { name, files, bytes, at_once: 8, people: 1, faults: false, pace: 0 }
}

const fn at_once(name: &'static str, at_once: usize) -> Task {
    Task { at_once, ..task(name, 100, 20_000_000) }
}

const TASKS: [Task; 10] = [
    task("a", 1, 2 << 30),
    task("b", 200, 20_000_000),
    task("c", 5_000, 100_000),
    Task { people: 50, ..task("d", 100, 1_000_000) },
    Task { faults: true, ..task("e", 200, 5_000_000) },
    Task { pace: 10_000_000, at_once: 3, ..task("f", 1, 300_000_000) },
    at_once("1", 1),
    at_once("10", 10),
    at_once("50", 50),
    at_once("100", 100),
];

/// Runs `downloads [ROUNDS] [TASK…]`, by default five rounds of all tasks; `downloads soak [MINUTES]`, a
/// stability test; or `downloads kills [TIMES]`, the time until a download is ready after a kill.
#[tokio::main]
async fn main() {
    let args: Vec<_> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let ground = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-downloads");
    rustls::crypto::ring::default_provider().install_default().unwrap();
    if args.first().is_some_and(|arg| arg == "soak") {
        let minutes = args.get(1).and_then(|arg| arg.parse().ok()).unwrap_or(30);
        return soak::run(minutes, &ground).await;
    }
    if args.first().is_some_and(|arg| arg == "kills") {
        let times = args.get(1).and_then(|arg| arg.parse().ok()).unwrap_or(20);
        return kills::run(times, &ground).await;
    }
    let rounds = args.first().and_then(|arg| arg.parse().ok()).unwrap_or(5);
    let wanted = |task: &Task| args.len() < 2 || args[1..].iter().any(|name| name == task.name);
    println!("| task | program | wall (ratio) | CPU | peak memory | sent beyond the files | failed |");
    println!("|---|---|---|---|---|---|---|");
    for task in TASKS.iter().filter(|task| wanted(task)) {
        let mut seen: Vec<(&str, Vec<Figures>)> = Vec::new();
        for _ in 0..rounds {
            for (name, figures) in round(task, &ground).await {
                match seen.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, all)) => all.push(figures),
                    None => seen.push((name, vec![figures])),
                }
            }
        }
        tell(task, &seen);
    }
}

/// Runs every program once, each in an empty directory and with its own origin.
async fn round(task: &Task, ground: &std::path::Path) -> Vec<(&'static str, Figures)> {
    let mut all = Vec::new();
    for name in others::programs(task).into_iter().chain(["SmartCache"]) {
        std::fs::remove_dir_all(ground).ok();
        std::fs::create_dir_all(ground).unwrap();
        let origin = Origin::start(task.faults, task.pace).await;
        let mut figures = match name {
            "SmartCache" => smartcache::run(task, &origin, ground).await,
            other => others::run(other, task, &origin, ground).await,
        };
        let wanted = task.files as u64 * task.bytes as u64;
        figures.wasted = origin.sent() as i64 - wanted as i64;
        eprintln!("{} {name}: {figures:?}", task.name);
        all.push((name, figures));
    }
    std::fs::remove_dir_all(ground).ok();
    all
}

fn tell(task: &Task, seen: &[(&str, Vec<Figures>)]) {
    let of = |all: &[Figures], figure: fn(&Figures) -> f64| median(all.iter().map(figure).collect());
    let ours = seen.iter().find(|(name, _)| *name == "SmartCache");
    let ours = ours.map_or(f64::NAN, |(_, all)| of(all, |f| f.wall));
    for (name, all) in seen {
        let wall = of(all, |f| f.wall);
        println!(
            "| {} | {name} | {wall:.2} s ({:.2}) | {:.2} s | {:.0} MB | {:.1} MB | {:.0} |",
            task.name,
            wall / ours,
            of(all, |f| f.cpu),
            of(all, |f| f.memory as f64 / 1e6),
            of(all, |f| f.wasted as f64 / 1e6),
            of(all, |f| f.failed as f64),
        );
    }
}
