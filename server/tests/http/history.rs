//! History: every end of a download is recorded with its cost, without delaying anything.

use both_databases::both_databases;
use std::io;
use std::sync::OnceLock;

use parking_lot::Mutex;
use serde_json::{Value, json};
use smartcache::db::ConnectionTrait;
use smartcache::domain::history::Delivery;
use smartcache::domain::{DownloadId, UserId};
use smartcache::engine::history;

use crate::harness::{App, Person, until};
use crate::origin::{Entry, Manner};

const PATH: &str = "/api/v1/analytics/downloads";

async fn figures(person: &Person) -> Value {
    person.get(PATH).await.ok()
}

/// The latest delivery of the first user.
async fn latest(app: &App, id: i64) -> Delivery {
    let latest = history::latest(&app.engine, UserId(1), 1).await.unwrap().remove(0);
    assert_eq!(latest.download_id, DownloadId(id));
    latest
}

#[both_databases]
async fn what_was_fetched_is_noted_with_what_it_cost(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("fetched", 300_000, Manner::Slow(60_000));
    let source = ada.follow(&feed).await;
    let id = ada.queue(&ada.item_of(source).await).await;
    ada.until_download(id, "ready").await;
    let told = figures(&ada).await;
    let totals = &told["totals"];
    let counts =
        ["downloads", "ready", "hits", "failed", "cancelled", "bytes", "bytes_fetched", "bytes_saved"];
    assert_eq!(counts.map(|name| totals[name].as_i64().unwrap()), [1, 1, 0, 0, 0, 300_000, 300_000, 0]);
    assert_eq!((&totals["hit_rate"], &totals["failure_rate"]), (&json!(0.0), &json!(0.0)));
    // Five pieces, one every tenth of a second, limit the speed.
    let speed = totals["median_speed_bps"].as_i64().unwrap();
    assert!((1_000..=700_000).contains(&speed), "{speed}");
    assert_eq!((&told["days"], told["per_day"].as_array().unwrap().len()), (&json!(30), 30));
    assert_eq!(told["per_day"][29]["bytes_fetched"], 300_000);
    let of_source = &told["per_source"][0];
    assert_eq!(
        (&of_source["source_id"], &of_source["name"], &of_source["ready"]),
        (&json!(source), &json!("fetched"), &json!(1))
    );
    assert_eq!(
        told["per_provider"],
        json!([{
            "provider": "origin", "served": 1, "bytes": 300_000, "failures": 0, "median_speed_bps": speed
        }])
    );
    let noted = latest(app, id).await;
    assert!(noted.seconds >= 0.4 && noted.transfer_seconds.unwrap() >= 0.4, "{noted:?}");
    assert_eq!((noted.attempts, noted.error, noted.run_id), (1, None, None));
}

#[both_databases]
async fn what_was_here_already_is_a_hit_that_cost_nothing(app: &App) {
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let (feed, _) = app.origin.podcast("shared", 50_000, Manner::Proper);
    let item = ada.item_of(ada.follow(&feed).await).await;
    ada.until_download(ada.queue(&item).await, "ready").await;
    bob.follow(&feed).await;
    bob.until_download(bob.queue(&item).await, "ready").await;
    let told = figures(&bob).await;
    let totals = &told["totals"];
    assert_eq!((&totals["hits"], &totals["hit_rate"]), (&json!(1), &json!(1.0)));
    assert_eq!((&totals["bytes_saved"], &totals["bytes_fetched"]), (&json!(50_000), &json!(0)));
    assert_eq!((&totals["median_speed_bps"], &totals["mean_speed_bps"]), (&json!(null), &json!(null)));
    assert_eq!(told["per_provider"][0]["provider"], "cache");
}

#[both_databases]
async fn a_shared_transfer_is_booked_once_and_is_a_hit_for_who_joined(app: &App) {
    let mut all = Vec::new();
    for name in ["ada", "bob", "cleo", "dan"] {
        all.push(app.sign_up(name).await);
    }
    let (feed, _) = app.origin.podcast("joined", 300_000, Manner::Slow(8_000));
    let item = all[0].item_of(all[0].follow(&feed).await).await;
    let mut queued = vec![all[0].queue(&item).await];
    for person in &all[1..] {
        person.follow(&feed).await;
        queued.push(person.queue(&item).await);
    }
    let mut booked = Vec::new();
    for (person, id) in all.iter().zip(queued) {
        let mut ready = person.until_download(id, "ready").await;
        let totals = figures(person).await["totals"].take();
        let counts = ["ready", "hits", "bytes", "bytes_fetched", "bytes_saved"];
        booked.push((ready["provider"].take(), counts.map(|name| totals[name].as_i64().unwrap())));
    }
    assert_eq!(booked[0], (json!("origin"), [1, 0, 300_000, 300_000, 0]));
    for joined in &booked[1..] {
        assert_eq!(*joined, (json!("cache"), [1, 1, 300_000, 0, 300_000]));
    }
}

#[both_databases]
async fn who_leaves_a_shared_transfer_pays_nothing_and_who_stays_pays_once(app: &App) {
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let (feed, _) = app.origin.podcast("left", 300_000, Manner::Slow(4_000));
    let item = ada.item_of(ada.follow(&feed).await).await;
    bob.follow(&feed).await;
    let (hers, his) = (ada.queue(&item).await, bob.queue(&item).await);
    // A user who joins a transfer late sees its progress as well.
    bob.until_download(his, "downloading").await;
    ada.post(&format!("/api/v1/downloads/{hers}/cancel"), json!({})).await.ok();
    bob.until_download(his, "ready").await;
    let fetched = [&ada, &bob].map(async |person| figures(person).await["totals"]["bytes_fetched"].clone());
    assert_eq!(futures::future::join_all(fetched).await, [json!(0), json!(300_000)]);
}

#[both_databases]
async fn what_failed_is_noted_with_its_reason_and_again_when_it_is_retried(app: &App) {
    let ada = app.sign_up("ada").await;
    app.origin.put("/wall.mp3", "audio/mpeg", "<!doctype html><p>Please pay", Manner::Proper);
    let entry = Entry { guid: Some("wall"), title: "wall", media: Some("/wall.mp3"), ..Entry::default() };
    let item = ada.item_of(ada.follow(&app.origin.feed("/wall.xml", "Wall", &[entry])).await).await;
    let id = ada.queue(&item).await;
    ada.until_download(id, "failed").await;
    let noted = latest(app, id).await;
    assert!(noted.error.unwrap().contains("web page"));
    assert_eq!((noted.bytes, noted.fetched, noted.attempts), (0, 28, 1));
    let told = figures(&ada).await;
    assert_eq!(
        (&told["totals"]["failure_rate"], &told["per_provider"][0]["failures"]),
        (&json!(1.0), &json!(1))
    );
    app.origin.sound("/wall.mp3", 50_000, Manner::Proper);
    ada.post(&format!("/api/v1/downloads/{id}/retry"), json!({})).await.ok();
    ada.until_download(id, "ready").await;
    let totals = &figures(&ada).await["totals"];
    assert_eq!((&totals["downloads"], &totals["failure_rate"]), (&json!(2), &json!(0.5)));
    assert_eq!(totals["bytes_fetched"], 50_028);
}

#[both_databases]
async fn a_torn_transfer_counts_all_its_attempts(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("torn", 100_000, Manner::BreaksOff);
    let id = ada.queue(&ada.item_of(ada.follow(&feed).await).await).await;
    until("the first attempt failed", async || ada.download(id).await["error"].as_str().map(drop)).await;
    app.origin.sound("/torn.mp3", 100_000, Manner::Proper);
    ada.until_download(id, "ready").await;
    let noted = latest(app, id).await;
    assert!(noted.attempts > 1 && noted.fetched >= 100_000 && noted.bytes == 100_000, "{noted:?}");
}

#[both_databases]
async fn what_was_cancelled_is_noted_and_did_not_fail(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("long", 600_000, Manner::Slow(10_000));
    let item = ada.item_of(ada.follow(&feed).await).await;
    let id = ada.queue(&item).await;
    ada.until_download(id, "downloading").await;
    ada.post(&format!("/api/v1/downloads/{id}/cancel"), json!({})).await.ok();
    assert_eq!(ada.post(&format!("/api/v1/downloads/{id}/cancel"), json!({})).await.status, 409);
    ada.post(&format!("/api/v1/downloads/{id}/retry"), json!({})).await.ok();
    assert_eq!(ada.delete(&format!("/api/v1/downloads/{id}")).await.status, 204);
    let told = figures(&ada).await;
    let totals = &told["totals"];
    assert_eq!((&totals["cancelled"], &totals["downloads"]), (&json!(2), &json!(2)));
    assert_eq!((&totals["failure_rate"], &told["per_provider"]), (&json!(null), &json!([])));
}

#[both_databases]
async fn a_strangers_history_is_not_there(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (feed, _) = app.origin.podcast("secret", 50_000, Manner::Proper);
    ada.until_download(ada.queue(&ada.item_of(ada.follow(&feed).await).await).await, "ready").await;
    let told = figures(&eve).await;
    assert_eq!((&told["totals"]["downloads"], &told["per_source"]), (&json!(0), &json!([])));
    assert!(!eve.get("/history").await.text().contains("secret"));
    assert_eq!(app.stranger().get(PATH).await.code(), "sign_in_required");
}

#[both_databases]
async fn a_span_is_a_day_to_a_year(app: &App) {
    let ada = app.sign_up("ada").await;
    for days in ["0", "-1", "366", "9999999999999999999", "x", "1.5"] {
        let refused = ada.get(&format!("{PATH}?days={days}")).await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["days".to_owned()]), "{days}");
    }
    for days in [1, 365] {
        let told = ada.get(&format!("{PATH}?days={days}")).await.ok();
        assert_eq!(told["per_day"].as_array().unwrap().len(), days);
    }
}

#[both_databases]
async fn the_page_is_drawn_by_the_server(app: &App) {
    let ada = app.sign_up("ada").await;
    assert!(ada.get("/history").await.text().contains("No history yet"));
    let feed = {
        app.origin.sound("/a.mp3", 50_000, Manner::Proper);
        let entry = Entry { guid: Some("a"), title: "Aloud", media: Some("/a.mp3"), ..Entry::default() };
        app.origin.feed("/a.xml", "Tom &amp; &lt;i&gt;Ann", &[entry])
    };
    let source = ada.follow(&feed).await;
    let name = ada.get(&format!("/api/v1/sources/{source}")).await.ok()["name"].as_str().unwrap().to_owned();
    ada.until_download(ada.queue(&ada.item_of(source).await).await, "ready").await;
    let page = ada.get("/history?days=7").await.text();
    for part in
        ["role=\"img\"", "<svg", "var(--fetched)", "Aloud", "Publisher", "Bytes per day", "Speed per day"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(name.starts_with("Tom &") && page.contains("Tom &amp;") && !page.contains("<i>Ann"), "{name}");
}

#[both_databases]
async fn a_history_that_cannot_be_written_is_logged_and_in_nobodys_way(app: &App) {
    listen();
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    app.engine.db.execute_unprepared("DROP TABLE delivery").await.unwrap();
    let (feed, _) = app.origin.podcast("unwritten", 50_000, Manner::Proper);
    let item = ada.item_of(ada.follow(&feed).await).await;
    let fetched = ada.queue(&item).await;
    ada.until_download(fetched, "ready").await;
    bob.follow(&feed).await;
    let hit = bob.queue(&item).await;
    assert_eq!(bob.download(hit).await["status"], "ready");
    let (feed, _) = app.origin.podcast("gone", 50_000, Manner::Fails(404));
    let gone = ada.item_of(ada.follow(&feed).await).await;
    ada.until_download(ada.queue(&gone).await, "failed").await;
    let log = log();
    for id in [fetched, hit] {
        let line = log.lines().find(|line| line.contains(&format!("download={id}")));
        assert!(line.unwrap().contains("was not recorded"), "{log}");
    }
    assert_eq!(ada.get(PATH).await.code(), "broken");
    assert_eq!(ada.get("/api/v1/auth/me").await.status, 200);
}

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Listener;

impl io::Write for Listener {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Captures the log of recording errors and of failed jobs, from all tests of this process.
pub fn listen() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let filter =
            tracing_subscriber::EnvFilter::new("smartcache::engine::history=error,smartcache_jobs=info");
        let to = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
        to.with_writer(|| Listener).init();
    });
}

pub fn log() -> String {
    String::from_utf8_lossy(&LOG.lock()).into_owned()
}
