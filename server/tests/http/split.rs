//! Large files over several connections (range requests) where that is faster; the bytes stay the same.

use std::time::Duration;

use smartcache::engine::config::Ranges;
use smartcache::testing::Backend;

use crate::harness::{App, until};
use crate::origin::{sha256, sound};
use crate::rogue::{Asked, Rogue, Step, head, proper};

const SIZE: usize = 5 << 20;
const OLD: &str = "\"old\"";
/// Bytes per second of one connection.
const PACE: usize = 1_000_000;

/// Steps that send the requested range, or everything, at this pace and up to `most` bytes.
fn paced(bytes: &[u8], etag: &str, asked: &Asked, pace: usize, most: usize) -> Vec<Step> {
    const PIECE: usize = 32 * 1024;
    let is_part = asked.range.is_some() && asked.if_range.as_deref() == Some(etag);
    let all =
        if is_part { asked.from()..asked.to().map_or(bytes.len(), |to| to + 1) } else { 0..bytes.len() };
    let (length, range) =
        (all.len().to_string(), format!("bytes {}-{}/{}", all.start, all.end - 1, bytes.len()));
    let fields = [
        ("Content-Type", "audio/mpeg"),
        ("Content-Length", length.as_str()),
        ("ETag", etag),
        ("Accept-Ranges", "bytes"),
    ];
    let mut steps = match is_part {
        true => vec![head("206 Partial Content", &[&fields[..], &[("Content-Range", &range)]].concat())],
        false => vec![head("200 OK", &fields)],
    };
    let body = &bytes[all];
    for piece in body[..body.len().min(most)].chunks(PIECE) {
        steps.push(Step::Send(piece.to_vec()));
        steps.push(Step::Wait(Duration::from_secs_f64(PIECE as f64 / pace as f64)));
    }
    steps
}

/// A server that splits early and into small ranges.
async fn splitting(backend: Backend, per_host: u64, rogue: &Rogue) -> Option<App> {
    let allowance = rogue.allowance();
    App::with(backend, |config| {
        config.ranges = Ranges { trial: Duration::from_millis(600), bytes: 512 << 10 };
        config.egress_allow.push(allowance.parse().unwrap());
        (config.transfers, config.transfers_per_host, config.max_file_mb) = (4, per_host, 100);
    })
    .await
}

/// Fetches `files` files from an origin with this script. Returns the requests for each.
async fn play(
    backend: Backend,
    per_host: u64,
    files: usize,
    script: impl Fn(&Asked) -> Vec<Step> + Copy + Send + Sync + 'static,
    expected: &[u8],
) -> Option<Vec<Vec<Asked>>> {
    let rogue = Rogue::start().await;
    let app = splitting(backend, per_host, &rogue).await?;
    let ada = app.sign_up("ada").await;
    let mut asked = Vec::new();
    for n in 0..files {
        let path = format!("/{n}.mp3");
        rogue.on(&path, script);
        let id = ada.fetch(&app.origin, &rogue.url(&path)).await;
        let ended = until("the file is there", async || {
            let download = ada.download(id).await;
            (download["status"] == "ready" || download["status"] == "failed").then_some(download)
        });
        let ended = ended.await;
        assert_eq!(ended["status"], "ready", "{ended}");
        assert_eq!(ended["sha256"], sha256(expected));
        let file = ada.get(&format!("/api/v1/downloads/{id}/file")).await.body;
        assert_eq!(sha256(&file), sha256(expected));
        asked.push(rogue.asked(&path));
        ada.delete(&format!("/api/v1/downloads/{id}")).await;
    }
    assert_eq!(std::fs::read_dir(app.engine.config.incoming()).unwrap().count(), 0, "leftovers");
    app.clear().await;
    Some(asked)
}

fn ranges(asked: &[Asked]) -> usize {
    asked.iter().filter(|asked| asked.to().is_some()).count()
}

fn old() -> Vec<u8> {
    sound("old", SIZE)
}

const BACKENDS: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_limits_each_connection_is_asked_for_several_ranges() {
    for backend in BACKENDS {
        let script = |asked: &Asked| paced(&old(), OLD, asked, PACE, SIZE);
        let Some(asked) = play(backend, 3, 2, script, &old()).await else { continue };
        for asked in asked {
            assert!(ranges(&asked) >= 4, "{asked:?}");
            assert!(asked.iter().skip(1).all(|asked| asked.if_range.as_deref() == Some(OLD)), "{asked:?}");
            let mut pieces: Vec<_> = asked.iter().filter_map(|a| Some((a.from(), a.to()?))).collect();
            pieces.sort_unstable();
            assert!(pieces.windows(2).all(|two| two[0].1 + 1 == two[1].0), "no byte twice: {pieces:?}");
            assert_eq!(pieces.last().unwrap().1, SIZE - 1, "{asked:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_no_faster_that_way_is_asked_over_one_connection_from_then_on() {
    for backend in BACKENDS {
        let script = |asked: &Asked| {
            let pace = if asked.to().is_some() { PACE / 4 } else { PACE };
            paced(&old(), OLD, asked, pace, SIZE)
        };
        let Some(asked) = play(backend, 3, 2, script, &old()).await else { continue };
        assert!((1..=3).contains(&ranges(&asked[0])), "{asked:?}");
        assert_eq!(asked[0].last().unwrap().to(), None, "one goes on: {asked:?}");
        assert_eq!(ranges(&asked[1]), 0, "known by now: {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_takes_several_connections_gives_one_up_for_whoever_comes() {
    for backend in BACKENDS {
        let rogue = Rogue::start().await;
        let Some(app) = splitting(backend, 3, &rogue).await else { continue };
        rogue.on("/large.mp3", |asked| paced(&old(), OLD, asked, PACE / 5, SIZE));
        rogue.on("/small.mp3", |_| proper(&sound("small", 3_000)));
        let ada = app.sign_up("ada").await;
        let large = ada.fetch(&app.origin, &rogue.url("/large.mp3")).await;
        until("it takes three", async || (ranges(&rogue.asked("/large.mp3")) >= 3).then_some(())).await;
        let small = ada.fetch(&app.origin, &rogue.url("/small.mp3")).await;
        let host = rogue.url("").trim_start_matches("http://").to_owned();
        until("the small one is there", async || {
            let in_use = app.engine.host_connections.in_use(&host);
            assert!(in_use <= 3, "{in_use} connections");
            (ada.download(small).await["status"] == "ready").then_some(())
        })
        .await;
        assert_eq!(ada.download(large).await["status"], "downloading");
        assert_eq!(ada.until_download(large, "ready").await["sha256"], sha256(&old()));
        app.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_a_host_means_one() {
    let script = |asked: &Asked| paced(&old(), OLD, asked, 3 * PACE, SIZE);
    let asked = play(Backend::Sqlite, 1, 1, script, &old()).await.unwrap();
    assert_eq!((ranges(&asked[0]), asked[0].len()), (0, 1), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_that_do_not_come_leave_one_connection_to_go_on() {
    for backend in BACKENDS {
        // Ranges that end in the second half break off.
        let script = |asked: &Asked| {
            let most = if asked.to().is_some_and(|to| to > SIZE / 2) { 100_000 } else { SIZE };
            paced(&old(), OLD, asked, PACE, most)
        };
        let Some(asked) = play(backend, 3, 1, script, &old()).await else { continue };
        assert!(ranges(&asked[0]) >= 1, "{asked:?}");
        let last = asked[0].last().unwrap();
        assert!(last.to().is_none() && last.from() > 0, "it goes on: {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_changes_between_two_ranges_is_fetched_from_its_beginning() {
    for backend in BACKENDS {
        let script = |asked: &Asked| match asked.nth {
            ..=3 => paced(&old(), OLD, asked, PACE, SIZE),
            _ => paced(&sound("new", SIZE - 5), "\"new\"", asked, 4 * PACE, SIZE),
        };
        let Some(asked) = play(backend, 3, 1, script, &sound("new", SIZE - 5)).await else { continue };
        assert!(ranges(&asked[0]) >= 1, "{asked:?}");
    }
}
