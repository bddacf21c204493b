//! The catalogue at scale: queries over a million items, a thousand feeds read, and the speed of parsing one.
//!
//! `catalogue scale URL… [ITEMS]` fills empty databases and queries them; `catalogue feeds [FEEDS [ITEMS]]
//! [hang]` reads feeds, beside gPodder; `catalogue parse [PYTHON]` runs several parsers on the same bytes.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

mod feeds;
#[path = "../measure.rs"]
mod measure;
mod parse;
mod scale;
mod text;

use std::path::PathBuf;

#[tokio::main]
async fn main() {
    let args: Vec<_> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let ground = PathBuf::from(option_env!("CARGO_TARGET_TMPDIR").unwrap_or("/tmp")).join("bench-catalogue");
    let _ = rustls::crypto::ring::default_provider().install_default();
    match args.first().map(String::as_str) {
        Some("scale") => scale::run(&args[1..]).await,
        Some("feeds") => feeds::run(&args[1..], &ground).await,
        Some("parse") => parse::run(args.get(1), &ground),
        Some("reader") => feeds::ours::serve(&args[1..]).await,
        _ => panic!("catalogue scale URL… [ITEMS] | feeds [FEEDS [ITEMS]] [hang] | parse [PYTHON]"),
    }
}
