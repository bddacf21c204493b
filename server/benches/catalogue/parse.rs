//! Parsing speed of feeds, compared with feed-rs and Python's feedparser: the same bytes, in turn, medians.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use rand::Rng;
use smartcache::testing::feeds::items_of;

use crate::feeds::corpus::{Entry, Format, write};
use crate::measure::median;
use crate::text::Pen;

const ROUNDS: usize = 5;
/// Feeds per format, from five items to a thousand.
const FEEDS: usize = 40;
const SIZES: [usize; 8] = [5, 10, 20, 50, 100, 200, 300, 1_000];

const OURS: &str = "SmartCache";
const FEEDPARSER: &str = "feedparser (Python)";

/// A feed parser; returns the number of items found.
type Read = fn(&[u8]) -> usize;

const READERS: [(&str, Read); 3] = [
    (OURS, |bytes| items_of(bytes).unwrap()),
    ("feed-rs", |bytes| feed_rs(bytes, false)),
    ("feed-rs, sanitising", |bytes| feed_rs(bytes, true)),
];

fn feed_rs(bytes: &[u8], sanitize: bool) -> usize {
    let parser = feed_rs::parser::Builder::new().sanitize_content(sanitize).build();
    parser.parse(bytes).unwrap().entries.len()
}

/// Runs with `[PYTHON]`: an interpreter with feedparser adds feedparser to the comparison.
pub fn run(python: Option<&String>, ground: &Path) {
    std::fs::remove_dir_all(ground).ok();
    std::fs::create_dir_all(ground).unwrap();
    println!("| format | reader | MB/s | items/s | ratio of SmartCache to it |");
    println!("|---|---|---|---|---|");
    for format in Format::ALL {
        let (corpus, items) = corpus(format);
        for (n, feed) in corpus.iter().enumerate() {
            std::fs::write(ground.join(format!("{}-{n}", format.name())), feed).unwrap();
        }
        let bytes = corpus.iter().map(String::len).sum::<usize>() as f64;
        let mut times: Vec<(&str, Vec<f64>)> = Vec::new();
        for round in 0..=ROUNDS {
            for (name, read) in READERS {
                let began = Instant::now();
                let found: usize = corpus.iter().map(|feed| read(feed.as_bytes())).sum();
                assert_eq!(found, items, "{name} loses items");
                keep(&mut times, name, began.elapsed().as_secs_f64(), round);
            }
            // feedparser does not support JSON Feed.
            if let Some(python) = python.filter(|_| format != Format::Json) {
                keep(&mut times, FEEDPARSER, feedparser(python, ground, format, items), round);
            }
        }
        let ours = median(times[0].1.clone());
        for (name, all) in times {
            let seconds = median(all);
            let (rate, pace) = (bytes / 1e6 / seconds, items as f64 / seconds);
            println!("| {} | {name} | {rate:.1} | {pace:.0} | {:.1} |", format.name(), seconds / ours);
        }
    }
    std::fs::remove_dir_all(ground).ok();
}

/// Records a time. Discards the first round, which is a warm-up.
fn keep(times: &mut Vec<(&'static str, Vec<f64>)>, name: &'static str, seconds: f64, round: usize) {
    if round == 0 {
        times.push((name, Vec::new()));
    } else if let Some((_, all)) = times.iter_mut().find(|(known, _)| *known == name) {
        all.push(seconds);
    }
}

fn corpus(format: Format) -> (Vec<String>, usize) {
    let mut pen = Pen::new(5);
    let (mut feeds, mut all) = (Vec::new(), 0);
    for n in 0..FEEDS {
        let items = SIZES[n % SIZES.len()] + pen.rng.random_range(0..3);
        let entries: Vec<_> = (0..items).map(|number| Entry::new(&mut pen, number)).collect();
        feeds.push(write(format, &pen.title(), &format!("https://feeds.example/{n}"), &entries));
        all += items;
    }
    (feeds, all)
}

/// Seconds as measured by the script itself, without interpreter startup.
fn feedparser(python: &str, ground: &Path, format: Format, items: usize) -> f64 {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/catalogue/parse/read.py");
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let files = (0..FEEDS).map(|n| ground.join(format!("{}-{n}", format.name())).display().to_string());
    let files: Vec<_> = files.collect();
    child.stdin.take().unwrap().write_all(files.join("\n").as_bytes()).unwrap();
    let said = child.wait_with_output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let (seconds, found) = said.trim().split_once(' ').unwrap();
    assert_eq!(found.parse(), Ok(items), "feedparser loses items");
    seconds.parse().unwrap()
}
