//! How fast downloads are, beside what a person would use instead: all programs in one run, alternating, medians.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

mod measure;
mod origin;
mod others;
mod smartcache;

use std::path::PathBuf;

use measure::{Figures, median};
use origin::Origin;

/// What is fetched: so many files of so many bytes, so many at a time, for so many people.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    pub name: &'static str,
    pub files: usize,
    pub bytes: usize,
    pub at_once: usize,
    pub people: usize,
    /// One file in five breaks off in the middle and one in ten is refused with 503, the first time.
    pub faults: bool,
}

const fn task(name: &'static str, files: usize, bytes: usize) -> Task {
    Task { name, files, bytes, at_once: 8, people: 1, faults: false }
}

const TASKS: [Task; 5] = [
    task("a", 1, 2 << 30),
    task("b", 200, 20_000_000),
    task("c", 5_000, 100_000),
    Task { people: 50, ..task("d", 100, 1_000_000) },
    Task { faults: true, ..task("e", 200, 5_000_000) },
];

/// `downloads [ROUNDS] [TASK…]`: so many rounds of these tasks, or five of all of them.
#[tokio::main]
async fn main() {
    let args: Vec<_> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let rounds = args.first().and_then(|arg| arg.parse().ok()).unwrap_or(5);
    let wanted = |task: &Task| args.len() < 2 || args[1..].iter().any(|name| name == task.name);
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let ground = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-downloads");
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

/// Every program once, each in an empty directory and with an origin of its own.
async fn round(task: &Task, ground: &std::path::Path) -> Vec<(&'static str, Figures)> {
    let mut all = Vec::new();
    for name in others::programs(task).into_iter().chain(["SmartCache"]) {
        std::fs::remove_dir_all(ground).ok();
        std::fs::create_dir_all(ground).unwrap();
        let origin = Origin::start(task.faults).await;
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
