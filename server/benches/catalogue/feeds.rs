//! A thousand feeds of a hundred hosts: all new, unchanged, some changed, some hosts hanging; with gPodder.

pub mod corpus;
mod gpodder;
mod origin;
pub mod ours;

use std::path::Path;

use origin::{HANGING, HOSTS, Origin, Traffic};

const FEEDS: usize = 1_000;
const ITEMS: usize = 300;

/// One in this many feeds has a new item in the round of changes.
const CHANGED: usize = 100;

/// Figures of one program for one round.
pub struct Figures {
    pub wall: f64,
    /// Seconds until all feeds that can answer have been read.
    pub healthy: f64,
    pub cpu: f64,
    pub memory: u64,
}

/// Runs with `[FEEDS [ITEMS]]`; `hang` as the last argument adds the round in which hosts hang.
pub async fn run(args: &[String], ground: &Path) {
    let mut numbers = args.iter().filter_map(|arg| arg.parse::<usize>().ok());
    let (feeds, items) = (numbers.next().unwrap_or(FEEDS), numbers.next().unwrap_or(ITEMS));
    let hangs = args.last().is_some_and(|arg| arg == "hang");
    println!("| round | program | wall | feeds/s | items/s | CPU | peak memory | requests (304) | sent |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for program in ["gPodder", "SmartCache"] {
        std::fs::remove_dir_all(ground).ok();
        std::fs::create_dir_all(ground).unwrap();
        let origin = Origin::start(feeds, items).await;
        eprintln!("{feeds} feeds of {items} items, {:.0} kB each", origin.size() * 1e3);
        let mut reader = match program {
            "gPodder" => Reader::Gpodder(gpodder::Gpodder::new(ground, &origin.urls())),
            _ => Reader::Ours(Box::new(ours::Ours::start(ground, &origin.urls(), &origin.allowance()).await)),
        };
        let mut rounds = vec!["new", "unchanged", "1 % changed"];
        if hangs && program == "SmartCache" {
            rounds.push("5 % of hosts hang");
        }
        for round in rounds {
            let mut healthy = feeds;
            match round {
                "1 % changed" => origin.publish(CHANGED),
                "5 % of hosts hang" => {
                    origin.hang(true);
                    healthy = feeds * (HOSTS - HANGING) / HOSTS;
                }
                _ => {}
            }
            let before = origin.traffic();
            let figures = reader.round(round == "new", healthy).await;
            tell(round, program, feeds, items, &figures, before, origin.traffic());
        }
    }
    std::fs::remove_dir_all(ground).ok();
}

enum Reader {
    Gpodder(gpodder::Gpodder),
    Ours(Box<ours::Ours>),
}

impl Reader {
    async fn round(&mut self, is_first: bool, healthy: usize) -> Figures {
        match self {
            Self::Gpodder(gpodder) => gpodder.round(is_first).await,
            Self::Ours(ours) => ours.round(healthy).await,
        }
    }
}

fn tell(
    round: &str,
    program: &str,
    feeds: usize,
    items: usize,
    figures: &Figures,
    before: Traffic,
    after: Traffic,
) {
    let Figures { wall, healthy, cpu, memory } = *figures;
    let (feeds, items) = (feeds as f64, items as f64);
    let wall_words = match healthy < wall * 0.99 {
        true => format!("{wall:.1} s; all that answer after {healthy:.1} s"),
        false => format!("{wall:.1} s"),
    };
    println!(
        "| {round} | {program} | {wall_words} | {:.0} | {:.0} | {cpu:.1} s | {:.0} MB | {} ({}) | {:.1} MB |",
        feeds / wall,
        feeds * items / wall,
        memory as f64 / 1e6,
        after.requests - before.requests,
        after.unchanged - before.unchanged,
        (after.sent - before.sent) as f64 / 1e6,
    );
}
