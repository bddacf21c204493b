//! Faults of origins: each download ends ready and whole, or failed with a reason and can be retried.

use std::time::Duration;

use egress::Timeouts;
use futures::future::join_all;
use serde_json::{Value, json};
use smartcache::testing::Backend;

use crate::harness::{App, Person};
use crate::origin::{Entry, sha256, sound};
use crate::rogue::{Asked, Rogue, Step, head, proper, version};

const SIZE: usize = 3_000_000;
const OLD: &str = "\"old\"";
const NEW: &str = "\"new\"";

struct Stage {
    app: App,
    rogue: Rogue,
    ada: Person,
}

impl Stage {
    async fn on(backend: Backend) -> Option<Self> {
        let rogue = Rogue::start().await;
        let allowance = rogue.allowance();
        let app = App::with(backend, |config| {
            let [connect, head, idle] = [1, 1, 1].map(Duration::from_secs);
            config.timeouts =
                Timeouts { connect, head, idle, slow: Duration::from_secs(2), ..Timeouts::default() };
            config.egress_allow.push(allowance.parse().unwrap());
            (config.transfers, config.transfers_per_host, config.max_file_mb) = (40, 64, 4);
        });
        let app = app.await?;
        let ada = app.sign_up("ada").await;
        ada.put("/api/v1/preferences", json!({ "max_daily_items": 50, "max_storage_mb": 5_000 })).await.ok();
        Some(Self { app, rogue, ada })
    }

    /// Queues an item for each path. Returns the downloads in that order.
    async fn queue(&self, paths: &[&str]) -> Vec<i64> {
        let media: Vec<_> = paths.iter().map(|path| self.rogue.url(path)).collect();
        let items: String = paths.iter().zip(&media).map(|(path, url)| {
            format!("<item><guid>{path}</guid><title>{path}</title><enclosure url=\"{url}\" type=\"audio/mpeg\"/></item>")
        }).collect();
        let feed = format!("<rss version=\"2.0\"><channel><title>Faults</title>{items}</channel></rss>");
        let url =
            self.app.origin.put("/faults.xml", "application/rss+xml", feed, crate::origin::Manner::Proper);
        let source = self.ada.follow(&url).await;
        let items = self.ada.all(&format!("/api/v1/items?source_id={source}")).await;
        let mut queued = Vec::new();
        for path in paths {
            queued.push(self.ada.queue(items.iter().find(|item| item["title"] == *path).unwrap()).await);
        }
        queued
    }

    async fn ended(&self, id: i64) -> Value {
        self.ada.until_ended(id).await
    }

    async fn file(&self, id: i64) -> Vec<u8> {
        self.ada.get(&format!("/api/v1/downloads/{id}/file")).await.body
    }
}

/// Expected end of a path: these bytes, or an error with these words, after this number of requests.
enum End {
    Ready(Vec<u8>, std::ops::RangeInclusive<usize>),
    Failed(&'static str, std::ops::RangeInclusive<usize>),
}

async fn play(cases: Vec<(&'static str, End)>, write: fn(&Rogue)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(stage) = Stage::on(backend).await else { continue };
        write(&stage.rogue);
        let paths: Vec<_> = cases.iter().map(|(path, _)| *path).collect();
        let queued = stage.queue(&paths).await;
        let ended = join_all(queued.iter().map(|id| stage.ended(*id))).await;
        for ((path, end), download) in cases.iter().zip(&ended) {
            let asked = stage.rogue.asked(path);
            match end {
                End::Ready(bytes, times) => {
                    assert_eq!(download["status"], "ready", "{path}: {download}");
                    assert_eq!(download["sha256"], sha256(bytes), "{path}");
                    let file = stage.file(download["id"].as_i64().unwrap()).await;
                    assert_eq!(sha256(&file), sha256(bytes), "{path}");
                    assert!(times.contains(&asked.len()), "{path}: {asked:?}");
                }
                End::Failed(why, times) => {
                    assert_eq!(download["status"], "failed", "{path}: {download}");
                    assert!(download["error"].as_str().unwrap().contains(why), "{path}: {download}");
                    assert!(times.contains(&asked.len()), "{path}: {asked:?}");
                }
            }
        }
        let left = std::fs::read_dir(stage.app.engine.config.incoming()).unwrap().count();
        assert_eq!(left, 0, "half-arrived files are left");
        stage.app.clear().await;
    }
}

fn old() -> Vec<u8> {
    sound("old", SIZE)
}

fn new() -> Vec<u8> {
    sound("new", SIZE)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_body_is_gone_on_with_and_never_a_splice_of_two_versions() {
    let cases = vec![
        ("/breaks.mp3", End::Ready(old(), 2..=2)),
        ("/changes.mp3", End::Ready(new(), 2..=2)),
        ("/weak.mp3", End::Ready(old(), 2..=2)),
        ("/bare.mp3", End::Ready(old(), 2..=2)),
        ("/other-range.mp3", End::Ready(old(), 3..=3)),
        ("/other-total.mp3", End::Ready(old(), 3..=3)),
        ("/other-etag.mp3", End::Ready(old(), 3..=3)),
        ("/unsatisfiable.mp3", End::Ready(old(), 3..=3)),
        ("/ignores-range.mp3", End::Ready(old(), 2..=2)),
        ("/shorter.mp3", End::Failed("broke off", 4..=4)),
        ("/longer.mp3", End::Ready(old()[..50_000].to_vec(), 1..=1)),
    ];
    play(cases, |rogue| {
        const HALF: usize = SIZE / 2;
        let half = |asked: &Asked| if asked.nth == 1 { HALF } else { SIZE };
        rogue.on("/breaks.mp3", move |asked| version(&old(), OLD, asked, half(asked)));
        rogue.on("/changes.mp3", move |asked| match asked.nth {
            1 => version(&old(), OLD, asked, HALF),
            _ => version(&new(), NEW, asked, SIZE),
        });
        rogue.on("/weak.mp3", move |asked| version(&old(), "W/\"old\"", asked, half(asked)));
        rogue.on("/bare.mp3", move |asked| {
            let mut steps = proper(&old());
            if asked.nth == 1 {
                steps[1] = Step::Send(old()[..HALF].to_vec());
            }
            steps
        });
        let wrong = |asked: &Asked, range: String, etag: &str| match (asked.nth, asked.range.is_some()) {
            (1, _) => version(&old(), OLD, asked, HALF),
            (_, true) => vec![
                head(
                    "206 Partial Content",
                    &[("Content-Range", &range), ("ETag", etag), ("Content-Length", "9")],
                ),
                Step::Send(vec![b'x'; 9]),
            ],
            _ => version(&old(), OLD, asked, SIZE),
        };
        rogue.on("/other-range.mp3", move |asked| wrong(asked, format!("bytes 7-15/{SIZE}"), OLD));
        rogue.on("/other-total.mp3", move |asked| {
            wrong(asked, format!("bytes {}-{HALF}/{}", asked.from(), HALF + 1), OLD)
        });
        rogue.on("/other-etag.mp3", move |asked| {
            wrong(asked, format!("bytes {}-{}/{SIZE}", asked.from(), SIZE - 1), NEW)
        });
        rogue.on("/unsatisfiable.mp3", move |asked| match asked.range.is_some() {
            true => vec![head("416 Range Not Satisfiable", &[("Content-Length", "0")])],
            false => version(&old(), OLD, asked, half(asked)),
        });
        rogue.on("/ignores-range.mp3", move |asked| {
            let plain = Asked { nth: asked.nth, ..Asked::default() };
            version(&old(), OLD, &plain, half(asked))
        });
        rogue.on("/shorter.mp3", |_| vec![proper(&old()).remove(0), Step::Send(old()[..1_000].to_vec())]);
        rogue.on("/longer.mp3", |_| {
            let mut steps = proper(&old()[..50_000]);
            steps.push(Step::Send(vec![b'x'; 10_000]));
            steps
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_origin_that_is_slow_silent_or_endless_holds_nobody_up() {
    let cases = vec![
        ("/good.mp3", End::Ready(sound("good", 10_000), 1..=1)),
        ("/unsized.mp3", End::Ready(sound("unsized", 10_000), 1..=1)),
        ("/endless.mp3", End::Failed("larger than 4 MB", 1..=1)),
        ("/too-large.mp3", End::Failed("larger than 4 MB", 1..=1)),
        ("/stalls.mp3", End::Failed("did not answer in time", 4..=4)),
        ("/drips.mp3", End::Failed("too slowly", 4..=4)),
        ("/head-drips.mp3", End::Failed("did not answer in time", 4..=4)),
        ("/silent.mp3", End::Failed("did not answer in time", 4..=4)),
        ("/refuses.mp3", End::Failed("broke off", 4..=4)),
    ];
    play(cases, |rogue| {
        let unsized_head = || head("200 OK", &[("Content-Type", "audio/mpeg")]);
        rogue.on("/good.mp3", |_| proper(&sound("good", 10_000)));
        rogue.on("/unsized.mp3", move |_| vec![unsized_head(), Step::Send(sound("unsized", 10_000))]);
        rogue.on("/endless.mp3", move |_| {
            vec![unsized_head(), Step::Send(sound("endless", 6_000_000)), Step::Hang]
        });
        rogue.on("/too-large.mp3", |_| vec![head("200 OK", &[("Content-Length", "4000001")]), Step::Hang]);
        rogue.on("/stalls.mp3", |_| {
            vec![proper(&old()).remove(0), Step::Send(old()[..9_000].to_vec()), Step::Hang]
        });
        rogue.on("/drips.mp3", |_| {
            let drop = |byte: &u8| [Step::Send(vec![*byte]), Step::Wait(Duration::from_millis(400))];
            [proper(&old()).remove(0)].into_iter().chain(old()[..40].iter().flat_map(drop)).collect()
        });
        rogue.on("/head-drips.mp3", |_| {
            let letters = b"HTTP/1.1 200 OK\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
            letters
                .iter()
                .flat_map(|b| [Step::Send(vec![*b]), Step::Wait(Duration::from_millis(100))])
                .collect()
        });
        rogue.on("/silent.mp3", |_| vec![Step::Hang]);
        rogue.on("/refuses.mp3", |_| vec![]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_the_file_is_refused_at_once_in_words() {
    let cases = vec![
        ("/page.mp3", End::Failed("web page", 1..=1)),
        ("/polyglot.mp3", End::Failed("web page", 1..=1)),
        ("/packed.mp3", End::Failed("packed as gzip", 1..=1)),
        ("/empty.mp3", End::Failed("empty", 1..=1)),
        ("/octets.mp3", End::Ready(sound("octets", 9_000), 1..=1)),
        ("/gone.mp3", End::Failed("410", 1..=1)),
        ("/loop.mp3", End::Failed("redirects more than 10 times", 11..=11)),
        ("/hops-10.mp3", End::Ready(sound("hops", 9_000), 1..=1)),
        ("/hops-11.mp3", End::Failed("redirects more than 10 times", 1..=1)),
        ("/inward-301.mp3", End::Failed("private network", 1..=1)),
        ("/inward-302.mp3", End::Failed("private network", 1..=1)),
        ("/inward-303.mp3", End::Failed("private network", 1..=1)),
        ("/inward-307.mp3", End::Failed("private network", 1..=1)),
        ("/inward-308.mp3", End::Failed("private network", 1..=1)),
        ("/metadata.mp3", End::Failed("private network", 1..=1)),
    ];
    play(cases, |rogue| {
        let page = |text: &'static [u8]| move |_: &Asked| proper(text);
        rogue.on("/page.mp3", page(b"<!doctype html><title>Sign in</title>"));
        rogue.on("/polyglot.mp3", page(b"<!-- --><html>ID3\x04\0\0\0\0\0\0 and some sound"));
        // Unpacked it would be a gigabyte; the client does not unpack it.
        rogue.on("/packed.mp3", |_| {
            let fields =
                [("Content-Type", "audio/mpeg"), ("Content-Encoding", "gzip"), ("Content-Length", "100000")];
            vec![head("200 OK", &fields), Step::Send(vec![0x1f; 100_000])]
        });
        rogue.on("/empty.mp3", page(b""));
        rogue.on("/octets.mp3", |_| {
            let fields = [("Content-Type", "application/octet-stream"), ("Content-Length", "9000")];
            vec![head("200 OK", &fields), Step::Send(sound("octets", 9_000))]
        });
        rogue.on("/gone.mp3", |_| vec![head("410 Gone", &[("Content-Length", "0")])]);
        let to = |status: &'static str, place: String| {
            move |_: &Asked| vec![head(status, &[("Location", &place), ("Content-Length", "0")])]
        };
        rogue.on("/loop.mp3", to("302 Found", "/loop.mp3".into()));
        for (hops, n) in [10, 11].into_iter().flat_map(|hops| (0..hops).map(move |n| (hops, n))) {
            let path = if n == 0 { format!("/hops-{hops}.mp3") } else { format!("/hops-{hops}/{n}") };
            let next =
                if n + 1 == hops { "/end-of-hops.mp3".into() } else { format!("/hops-{hops}/{}", n + 1) };
            rogue.on(&path, to("302 Found", next));
        }
        rogue.on("/end-of-hops.mp3", |_| proper(&sound("hops", 9_000)));
        for (path, status) in [
            ("/inward-301.mp3", "301 Moved Permanently"),
            ("/inward-302.mp3", "302 Found"),
            ("/inward-303.mp3", "303 See Other"),
            ("/inward-307.mp3", "307 Temporary Redirect"),
            ("/inward-308.mp3", "308 Permanent Redirect"),
        ] {
            rogue.on(path, to(status, "http://127.0.0.1:1/secret.mp3".into()));
        }
        rogue.on("/metadata.mp3", to("302 Found", "http://169.254.169.254/latest/meta-data".into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plea_for_patience_is_heard_within_reason() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(stage) = Stage::on(backend).await else { continue };
        let busy = |status: &'static str, after: &str| {
            let after = after.to_owned();
            move |asked: &Asked| match asked.nth {
                1 => vec![head(status, &[("Retry-After", &after), ("Content-Length", "0")])],
                _ => proper(&sound(&after, 9_000)),
            }
        };
        let date = |seconds| {
            let at = chrono::Utc::now() + chrono::TimeDelta::seconds(seconds);
            at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
        };
        stage.rogue.on("/seconds.mp3", busy("429 Too Many Requests", "2"));
        stage.rogue.on("/past.mp3", busy("503 Service Unavailable", "Sat, 21 Nov 2020 06:00:00 GMT"));
        stage.rogue.on("/years.mp3", busy("503 Service Unavailable", "315360000"));
        stage.rogue.on("/date.mp3", busy("429 Too Many Requests", &date(4)));
        stage.rogue.on("/far-date.mp3", busy("429 Too Many Requests", &date(315_360_000)));
        let asked = std::time::Instant::now();
        let paths = ["/seconds.mp3", "/past.mp3", "/years.mp3", "/date.mp3", "/far-date.mp3"];
        let queued = stage.queue(&paths).await;
        assert_eq!(stage.ended(queued[1]).await["status"], "ready");
        assert_eq!(stage.ended(queued[0]).await["status"], "ready");
        assert!(asked.elapsed() >= Duration::from_secs(2), "not before it was told to");
        assert_eq!(stage.ended(queued[3]).await["status"], "ready");
        assert!(asked.elapsed() >= Duration::from_secs(3), "a date counts by the second");
        for id in [queued[2], queued[4]] {
            let waiting = stage.ada.download(id).await;
            let next: chrono::DateTime<chrono::Utc> =
                waiting["next_attempt_at"].as_str().unwrap().parse().unwrap();
            let minutes = (next - chrono::Utc::now()).num_minutes();
            assert!(waiting["status"] == "queued" && (8..=10).contains(&minutes), "{waiting}");
        }
        stage.app.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_host_that_hangs_does_not_hold_up_another() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(stage) = Stage::on(backend).await else { continue };
        stage.rogue.on("/silent.mp3", |_| vec![Step::Hang]);
        let (_, good) = (
            stage.queue(&["/silent.mp3"]).await,
            stage.app.origin.sound("/good.mp3", 9_000, crate::origin::Manner::Proper),
        );
        let entry = Entry { guid: Some("good"), title: "good", media: Some("/good.mp3"), ..Entry::default() };
        let source = stage.ada.follow(&stage.app.origin.feed("/good.xml", "Good", &[entry])).await;
        let id = stage.ada.queue(&stage.ada.item_of(source).await).await;
        assert_eq!(stage.ended(id).await["sha256"], sha256(&good));
        stage.app.clear().await;
    }
}
