//! Rules about a source's items, and items that are fetched ahead of any request.

use crate::harness::App;
use both_databases::both_databases;
use serde_json::{Value, json};

use crate::harness::{Person, until};
use crate::origin::{Manner, Origin, sound};

/// A feed of episodes, newest last: title, actual bytes and announced bytes of each.
fn feed(origin: &Origin, name: &str, episodes: &[(&str, usize, usize)]) -> String {
    let item = |(n, (title, bytes, said)): (usize, &(&str, usize, usize))| {
        let path = format!("/{name}-{n}.mp3");
        let media = origin.put(&path, "audio/mpeg", sound(&path, *bytes), Manner::Proper);
        format!(
            "<item><guid>{n}</guid><title>{title}</title><pubDate>Mon, {:02} Jun 2026 10:00:00 GMT</pubDate>\
             <enclosure url=\"{media}\" length=\"{said}\" type=\"audio/mpeg\"/></item>",
            n + 1
        )
    };
    let items: String = episodes.iter().enumerate().map(item).collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>{name}</title>{items}</channel></rss>");
    origin.put(&format!("/{name}.xml"), "application/rss+xml", feed, Manner::Proper)
}

async fn change(person: &Person, source: i64, change: Value) -> Value {
    let subscription = person.get(&format!("/api/v1/sources/{source}")).await.ok()["subscription_id"].clone();
    person.patch(&format!("/api/v1/subscriptions/{subscription}"), change).await.ok()
}

/// Titles of a source's cached items.
async fn cached(person: &Person, source: i64) -> Vec<String> {
    let items = person.all(&format!("/api/v1/items?source_id={source}&availability=cached")).await;
    let mut titles: Vec<_> = items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    titles
}

async fn until_cached(person: &Person, source: i64, titles: &[&str]) {
    until(&format!("{titles:?} are here"), async || (cached(person, source).await == titles).then_some(()))
        .await;
}

#[both_databases]
async fn the_newest_items_are_fetched_before_anybody_asks(app: &App) {
    let ada = app.sign_up("ada").await;
    let url =
        feed(&app.origin, "ahead", &[("One", 9_000, 9_000), ("Two", 9_000, 9_000), ("Three", 9_000, 9_000)]);
    let source = ada.follow(&url).await;
    let told = change(&ada, source, json!({ "ahead": { "items": 2, "megabytes": 50 } })).await;
    assert_eq!(told["ahead"], json!({ "items": 2, "megabytes": 50 }));
    until_cached(&ada, source, &["Three", "Two"]).await;
    assert_eq!(app.origin.asked("/ahead-0.mp3"), 0, "the rest is fetched on demand");
    let standing = ada.get(&format!("/api/v1/sources/{source}/standing")).await.ok();
    assert_eq!((&standing["cached"], &standing["cacheable"]), (&json!(2), &json!(1)));
    assert_eq!(ada.get("/api/v1/auth/me").await.ok()["stats"]["bytes"], 0, "it counts against nobody");

    let three = ada.all(&format!("/api/v1/items?source_id={source}&q=three")).await.remove(0);
    let download = ada.until_ended(ada.queue(&three).await).await;
    assert_eq!((&download["status"], &download["provider"]), (&json!("ready"), &json!("cache")));
    assert_eq!(app.origin.asked("/ahead-2.mp3"), 1);
}

#[both_databases]
async fn what_turns_out_to_be_larger_than_its_room_is_not_kept_ahead(app: &App) {
    let ada = app.sign_up("ada").await;
    let url = feed(&app.origin, "liar", &[("Honest", 9_000, 9_000), ("Liar", 1_200_000, 10)]);
    let source = ada.follow(&url).await;
    change(&ada, source, json!({ "ahead": { "items": 2, "megabytes": 1 } })).await;
    until_cached(&ada, source, &["Honest"]).await;
    until("the other is left alone", async || {
        let all = ada
            .all(&format!("/api/v1/items?source_id={source}&availability=cacheable&min_bytes=1200000"))
            .await;
        (all.len() == 1).then_some(())
    })
    .await;
    let download = ada.all(&format!("/api/v1/items?source_id={source}&q=liar")).await.remove(0);
    assert_eq!(
        ada.until_ended(ada.queue(&download).await).await["status"],
        "ready",
        "on demand it is fetched"
    );
}

#[both_databases]
async fn what_cannot_be_had_ahead_says_why_and_when_it_is_tried_again(app: &App) {
    let ada = app.sign_up("ada").await;
    let url = feed(&app.origin, "gone", &[("Gone", 9_000, 9_000)]);
    app.origin.put("/gone-0.mp3", "audio/mpeg", "", Manner::Fails(404));
    let source = ada.follow(&url).await;
    change(&ada, source, json!({ "ahead": { "items": 1, "megabytes": 1 } })).await;
    let path = format!("/api/v1/sources/{source}/standing");
    let standing = until("the failure is told", async || {
        Some(ada.get(&path).await.ok()).filter(|standing| standing["unavailable"] == 1)
    })
    .await;
    let trouble = &standing["troubles"][0];
    assert_eq!((&trouble["items"], &standing["cached_share"]), (&json!(1), &json!(0.0)));
    assert!(
        trouble["reason"].as_str().unwrap().contains("404") && trouble["next_retry_at"].is_string(),
        "{trouble}"
    );
}

#[both_databases]
async fn rules_are_kept_and_what_is_wrong_with_them_is_named(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = ada
        .follow(&feed(&app.origin, "ruled", &[("Night trains", 9_000, 9_000), ("Gossip", 9_000, 9_000)]))
        .await;
    let rules = json!({ "include": [" night  trains "], "newest": 3, "begin": "stopped" });
    let told = change(&ada, source, json!({ "rules": rules, "ahead": { "items": 5, "megabytes": 5 } })).await;
    assert_eq!(
        (&told["rules"]["include"], &told["rules"]["begin"]),
        (&json!(["night trains"]), &json!("stopped"))
    );
    until_cached(&ada, source, &["Night trains"]).await;
    let told = change(&ada, source, json!({ "priority": 5 })).await;
    assert_eq!(
        (&told["rules"]["newest"], &told["priority"]),
        (&json!(3), &json!(5)),
        "what is not said stays"
    );

    let path = format!("/api/v1/subscriptions/{}", told["id"]);
    let wrong = json!({ "rules": { "min_seconds": -1 }, "ahead": { "items": 99, "megabytes": 1 } });
    assert_eq!(ada.patch(&path, wrong).await.fields(), ["rules.min_seconds"]);
    assert_eq!(
        ada.patch(&path, json!({ "ahead": { "items": 99, "megabytes": 1 } })).await.fields(),
        ["ahead.items"]
    );
    assert_eq!(ada.patch(&path, json!({ "rules": { "colour": 1 } })).await.status, 422);
    assert_eq!(app.sign_up("eve").await.patch(&path, json!({ "priority": 1 })).await.status, 404);
}

#[both_databases]
async fn a_feed_is_read_on_trial_and_nothing_of_it_is_kept(app: &App) {
    let ada = app.sign_up("ada").await;
    let url = feed(&app.origin, "trial", &[("One", 9_000, 9_000), ("Two", 9_000, 9_000)]);
    let source = ada.follow(&url).await;
    // The job that following it pushed would read the changed feed.
    app.until_nothing_is_read().await;
    feed(&app.origin, "trial", &[("One", 9_000, 9_000), ("Two", 9_000, 9_000), ("Three", 9_000, 9_000)]);
    let path = format!("/api/v1/sources/{source}/test");
    let trial = ada.post(&path, json!({})).await.ok();
    assert_eq!(
        (&trial["error"], &trial["items"], &trial["newest_title"], &trial["format"]),
        (&json!(null), &json!(3), &json!("Three"), &json!("rss_2_0"))
    );
    assert_eq!(ada.all(&format!("/api/v1/items?source_id={source}")).await.len(), 2);
    app.origin.put("/trial.xml", "text/html", "<p>Moved</p>", Manner::Fails(500));
    let trial = ada.post(&path, json!({})).await.ok();
    assert!(trial["error"].as_str().unwrap().contains("500"), "{trial}");
    assert_eq!(
        ada.get(&format!("/api/v1/sources/{source}")).await.ok()["health"],
        "ok",
        "a trial changes nothing"
    );
    assert_eq!(app.sign_up("eve").await.post(&path, json!({})).await.status, 404);
}
