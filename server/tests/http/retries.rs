//! Retries of failed downloads: automatic once the host or the address works again, and at once by hand.

use both_databases::both_databases;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::harness::{App, Person, until};
use crate::history::{listen, log};
use crate::origin::{Manner, Origin, sha256};
use crate::stage::Stage;

/// A feed of files at these addresses, each published two hours ago.
fn feed(origin: &Origin, path: &str, now: DateTime<Utc>, files: &[(&str, String)]) -> String {
    let date = (now - TimeDelta::hours(2)).to_rfc2822();
    let items: String = files
        .iter()
        .map(|(guid, media)| {
            format!(
                "<item><guid isPermaLink=\"false\">{guid}</guid><title>{guid}</title><pubDate>{date}</pubDate>\
                 <enclosure url=\"{media}\" type=\"audio/mpeg\" length=\"40000\"/></item>"
            )
        })
        .collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>Hosted</title>{items}</channel></rss>");
    origin.put(path, "application/rss+xml", feed, Manner::Proper)
}

/// Waits for the background refresh that follows a subscription. Returns the number of requests by then.
async fn read_twice(app: &App, feed: &str) -> usize {
    until("the feed was read in the background", async || {
        Some(app.origin.asked(feed)).filter(|asked| *asked >= 2)
    })
    .await
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap_or_else(|| panic!("{value} is no time")).parse().unwrap()
}

async fn until_failed(ada: &Person, id: i64) -> Value {
    ada.until_download(id, "failed").await
}

#[both_databases]
async fn an_outage_of_a_minute_costs_minutes_and_asking_by_hand_works_at_once(stage: &Stage) {
    let (app, ada) = (&stage.app, stage.app.sign_up("ada").await);
    let down = [Manner::Fails(503), Manner::Fails(500), Manner::Drops, Manner::Fails(404)];
    let files = ["busy", "broken", "dropped", "missing"];
    let media: Vec<_> = files
        .iter()
        .zip(&down)
        .map(|(name, manner)| {
            (*name, app.origin.put(&format!("/{name}.mp3"), "audio/mpeg", "", manner.clone()))
        })
        .collect();
    let source = ada.follow(&feed(&app.origin, "/hosted.xml", stage.now(), &media)).await;
    let items = ada.all(&format!("/api/v1/items?source_id={source}")).await;
    let mut queued = Vec::new();
    for item in &items {
        queued.push(ada.queue(item).await);
    }
    let soon = stage.now() + TimeDelta::minutes(2);
    for id in &queued {
        let failed = until_failed(&ada, *id).await;
        assert_eq!(time(&failed["next_attempt_at"]), soon, "{failed}");
        let item = ada.get(&format!("/api/v1/items/{}", failed["item_id"])).await.ok();
        assert_eq!((&item["availability"], time(&item["next_retry_at"])), (&json!("unavailable"), soon));
    }
    let page = ada.get("/downloads").await.text();
    assert_eq!(page.matches("Tried again by itself after").count(), 4);

    let sounds: Vec<_> =
        files.iter().map(|name| app.origin.sound(&format!("/{name}.mp3"), 40_000, Manner::Proper)).collect();
    // Manual retries work at once, in every way.
    let by_name = |name: &str| items.iter().position(|item| item["title"] == name).unwrap();
    let busy = queued[by_name("busy")];
    assert_eq!(ada.post(&format!("/api/v1/downloads/{busy}/retry"), json!({})).await.status, 200);
    let broken = ada.queue(&items[by_name("broken")]).await;
    assert_eq!(broken, queued[by_name("broken")]);
    assert_eq!(ada.delete(&format!("/api/v1/downloads/{}", queued[by_name("dropped")])).await.status, 204);
    let dropped = ada.queue(&items[by_name("dropped")]).await;
    for (id, sound) in [busy, broken, dropped].iter().zip(&sounds) {
        assert_eq!(ada.until_download(*id, "ready").await["sha256"], sha256(sound));
    }
    // The automatic retry follows at its time.
    let missing = queued[by_name("missing")];
    assert_eq!(ada.download(missing).await["status"], "failed");
    stage.clock.advance(TimeDelta::minutes(2));
    assert_eq!(ada.until_download(missing, "ready").await["sha256"], sha256(&sounds[3]));
}

#[both_databases]
async fn a_newer_address_is_taken_by_itself_and_the_feed_is_read_for_it(stage: &Stage) {
    let (app, ada) = (&stage.app, stage.app.sign_up("ada").await);
    let expired = |token: u32| {
        app.origin.put(&format!("/{token}/signed.mp3"), "audio/mpeg", "Expired URL", Manner::Fails(403))
    };
    let publish = |media: String| feed(&app.origin, "/signed.xml", stage.now(), &[("signed", media)]);
    let source = ada.follow(&publish(expired(1))).await;
    let item = ada.item_of(source).await;

    // The feed has no newer address: it is read once for the download, and the next attempt is in a day.
    let read = read_twice(app, "/signed.xml").await;
    let id = ada.queue(&item).await;
    let failed = until_failed(&ada, id).await;
    assert_eq!(time(&failed["next_attempt_at"]), stage.now() + TimeDelta::days(1), "{failed}");
    assert_eq!(app.origin.asked("/signed.xml"), read + 1);

    // The next refresh brings a newer address, and the failed download resumes by itself.
    let sound = app.origin.sound("/2/signed.mp3", 40_000, Manner::Proper);
    publish(app.origin.url("/2/signed.mp3"));
    assert_eq!(ada.refresh(source).await["updated"], 1);
    assert_eq!(ada.until_download(id, "ready").await["sha256"], sha256(&sound));

    // The address expires after the last refresh: the feed is read again before the download fails.
    expired(2);
    assert_eq!(ada.delete(&format!("/api/v1/downloads/{id}")).await.status, 204);
    smartcache::db::sql::execute(&app.engine.db, "DELETE FROM media", Vec::new()).await.unwrap();
    let sound = app.origin.sound("/3/signed.mp3", 41_000, Manner::Proper);
    publish(app.origin.url("/3/signed.mp3"));
    let id = ada.queue(&item).await;
    let ready = ada.until_ended(id).await;
    assert_eq!((&ready["status"], &ready["sha256"]), (&json!("ready"), &json!(sha256(&sound))), "{ready}");
}

#[both_databases]
async fn addresses_that_never_work_cost_one_reading_of_the_feed(stage: &Stage) {
    listen();
    let (app, ada) = (&stage.app, stage.app.sign_up("ada").await);
    // A new address at each refresh, and each one is refused.
    app.origin.put("/never.mp3", "audio/mpeg", "", Manner::Fails(410));
    let publish = |n: usize| {
        let media = app.origin.url(&format!("/never.mp3?token={n}"));
        feed(&app.origin, "/never.xml", stage.now(), &[("one", media.clone()), ("two", media + "&of=2")])
    };
    let source = ada.follow(&publish(0)).await;
    let items = ada.all(&format!("/api/v1/items?source_id={source}")).await;
    let read = read_twice(app, "/never.xml").await;
    publish(1);
    let mut queued = Vec::new();
    for item in &items {
        queued.push(ada.queue(item).await);
    }
    for id in &queued {
        let failed = until_failed(&ada, *id).await;
        assert_eq!(time(&failed["next_attempt_at"]), stage.now() + TimeDelta::days(1), "{failed}");
    }
    // The log names the item and the host, without any credential.
    let host = app.origin.addr().to_string();
    for item in &items {
        let named = format!("item {} ", item["id"]);
        let is_told =
            |line: &str| line.contains(&named) && line.contains(&host) && line.contains("has failed");
        assert!(log().lines().any(is_told), "{named}: {}", log());
    }
    assert!(!log().contains("token="), "{}", log());
    // One refresh for both; one more if the two did not coincide.
    let read = app.origin.asked("/never.xml") - read;
    assert!((1..=2).contains(&read), "{read}");
    assert!(app.origin.asked("/never.mp3") <= 4, "{}", app.origin.asked("/never.mp3"));
}
