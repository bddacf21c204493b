//! Sources: parsing of feeds, and clear errors for bad ones.

use both_databases::both_databases;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::{Value, json};
use smartcache::testing::Backend;

use crate::harness::{App, Person, send};
use crate::origin::{Entry, Manner};
use crate::rogue::{Rogue, Step, head};

async fn demo(person: &Person, name: &str) -> i64 {
    let sources = person.all("/api/v1/sources").await;
    let found = sources.iter().find(|source| source["name"] == name);
    found.unwrap_or_else(|| panic!("{name} in {sources:?}"))["id"].as_i64().unwrap()
}

/// Follows a feed that cannot be read. Returns the error.
async fn bad(app: &App, person: &Person, feed_url: &str) -> String {
    let subscription = person.post("/api/v1/subscriptions", json!({ "feed_url": feed_url })).await.ok();
    let source = subscription["source_id"].as_i64().unwrap();
    let report = person.refresh(source).await;
    assert_eq!((&report["status"], &report["added"]), (&json!("failed"), &json!(0)), "{feed_url}");
    let told = person.get(&format!("/api/v1/sources/{source}")).await.ok();
    assert_eq!(
        (&told["health"], &told["last_error"], &told["items"]),
        (&json!("failing"), &report["error"], &json!(0))
    );
    assert!(app.origin.asked("/") == 0);
    report["error"].as_str().unwrap().to_owned()
}

#[both_databases]
async fn the_demo_station_is_read_once_and_then_not_again(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = demo(&ada, "Demo Station").await;
    ada.post("/api/v1/subscriptions", json!({ "source_id": source })).await.ok();
    let first = ada.refresh(source).await;
    let items = ada.all(&format!("/api/v1/items?source_id={source}")).await;
    assert!(!items.is_empty() && items.iter().all(|item| item["availability"] == "cacheable"));
    // The subscription also starts a background refresh; the first of the two adds all items.
    assert!(first["added"] == items.len() || first["added"] == 0, "{first}");
    assert_eq!(ada.refresh(source).await, json!({ "status": "not_modified", "added": 0, "updated": 0 }));
    assert_eq!(ada.all(&format!("/api/v1/items?source_id={source}")).await.len(), items.len());
}

#[both_databases]
async fn entries_without_guid_or_link_stay_the_same_items(app: &App) {
    let ada = app.sign_up("ada").await;
    app.origin.sound("/a.mp3", 20_000, Manner::Proper);
    let bare = |title| Entry { title, ..Entry::default() };
    let entries = [Entry { media: Some("/a.mp3"), ..bare("One") }, bare("Two"), bare("Three")];
    let feed = app.origin.feed("/bare.xml", "Bare", &entries);
    let source = ada.follow(&feed).await;
    let path = format!("/api/v1/items?source_id={source}");
    let ids = |items: &[Value]| {
        let mut ids: Vec<_> = items.iter().map(|i| i["id"].as_i64()).collect();
        ids.sort();
        ids
    };
    let before = ids(&ada.all(&path).await);
    app.origin.feed("/bare.xml", "Bare, with a longer title", &entries);
    let report = ada.refresh(source).await;
    assert_eq!((before.len(), &report["status"], &report["added"]), (3, &json!("updated"), &json!(0)));
    assert_eq!(ids(&ada.all(&path).await), before);
}

#[both_databases]
async fn bad_feeds_leave_a_reason_and_nothing_else(app: &App) {
    let ada = app.sign_up("ada").await;
    let origin = &app.origin;
    let page =
        origin.put("/page", "text/html", "<!doctype html><title>Sign in</title><p>Hello", Manner::Proper);
    assert!(bad(app, &ada, &page).await.to_lowercase().contains("feed"));
    let noise =
        origin.put("/noise", "application/rss+xml", crate::origin::sound("noise", 5_000), Manner::Proper);
    bad(app, &ada, &noise).await;
    assert!(bad(app, &ada, &origin.url("/missing")).await.contains("404"));
    let failing = origin.put("/failing", "text/xml", "", Manner::Fails(503));
    assert!(bad(app, &ada, &failing).await.contains("503"));
    let broken = origin.put("/broken", "application/rss+xml", " ".repeat(50_000), Manner::BreaksOff);
    bad(app, &ada, &broken).await;
}

#[both_databases]
async fn a_feed_that_was_cut_off_is_read_as_far_as_it_goes(app: &App) {
    let ada = app.sign_up("ada").await;
    let cut = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Cut</title><item><title>Half a ti";
    let source = ada.follow(&app.origin.put("/cut", "application/rss+xml", cut, Manner::Proper)).await;
    assert_eq!(ada.item_of(source).await["title"], "Half a ti");
}

#[both_databases]
async fn a_feed_leads_nobody_into_a_private_network(app: &App) {
    let ada = app.sign_up("ada").await;
    for (n, inward) in [
        "http://127.0.0.2/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://2130706434/",
    ]
    .iter()
    .enumerate()
    {
        let feed = app.origin.put(&format!("/{n}"), "text/xml", "", Manner::Redirects((*inward).to_owned()));
        assert!(bad(app, &ada, &feed).await.contains("private network"), "{inward}");
        assert_eq!(
            ada.post("/api/v1/sources", json!({ "feed_url": inward })).await.fields(),
            ["feed_url"],
            "{inward}"
        );
    }
    for odd in ["", "ftp://example.org/feed", "javascript:alert(1)"] {
        assert_eq!(
            ada.post("/api/v1/sources", json!({ "feed_url": odd })).await.fields(),
            ["feed_url"],
            "{odd}"
        );
    }
}

#[both_databases]
async fn a_person_adds_changes_and_removes_their_own_source(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("mine", 20_000, Manner::Proper);
    let added =
        ada.post("/api/v1/sources", json!({ "feed_url": feed, "name": "Mine", "kind": "podcast" })).await;
    let path = format!("/api/v1/sources/{}", added.json()["id"]);
    assert_eq!(
        (added.status, &added.json()["origin"], &added.json()["health"]),
        (201, &json!("person"), &json!("new"))
    );
    let changed = ada.patch(&path, json!({ "policy": "metadata_only" })).await.ok();
    assert_eq!((&changed["name"], &changed["policy"]), (&json!("Mine"), &json!("metadata_only")));
    assert_eq!(ada.patch(&path, json!({ "kind": "zine" })).await.fields(), ["kind"]);
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!(ada.get(&path).await.status, 404);
}

#[both_databases]
async fn the_station_belongs_to_nobody(app: &App) {
    let ada = app.sign_up("ada").await;
    let path = format!("/api/v1/sources/{}", demo(&ada, "Demo Station").await);
    assert_eq!(ada.patch(&path, json!({ "name": "Mine" })).await.code(), "conflict");
    assert_eq!(ada.delete(&path).await.code(), "conflict");
}

#[both_databases]
async fn lists_are_filtered_and_come_in_pages(app: &App) {
    let ada = app.sign_up("ada").await;
    let page = ada.get("/api/v1/sources?limit=2").await.ok();
    assert_eq!((page["data"].as_array().unwrap().len(), page["next_cursor"].is_string()), (2, true));
    assert_eq!(ada.all("/api/v1/sources").await.len(), 3);
    assert_eq!(ada.all("/api/v1/sources?kind=video").await.len(), 1);
    assert_eq!(ada.all("/api/v1/sources?q=reading").await.len(), 1);
    assert_eq!(ada.all("/api/v1/sources?subscribed=true").await.len(), 0);
    assert_eq!(ada.get("/api/v1/sources?health=sick").await.fields(), ["health"]);
}

#[both_databases]
async fn a_refresh_without_waiting_is_done_in_the_background(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("later", 20_000, Manner::Proper);
    let id = ada.post("/api/v1/sources", json!({ "feed_url": feed })).await.json()["id"].as_i64().unwrap();
    assert_eq!(send(ada.request(Method::POST, &format!("/api/v1/sources/{id}/refresh"))).await.status, 202);
    crate::harness::until("the feed was read", async || {
        let source = ada.get(&format!("/api/v1/sources/{id}")).await.ok();
        (source["health"] == "ok" && source["items"] == 1).then_some(())
    })
    .await;
}

/// Takes 30 seconds, the server's timeout for response headers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_never_answers_is_given_up() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    let silent = app.origin.put("/silent", "text/xml", "", Manner::NeverAnswers);
    let source =
        ada.post("/api/v1/sources", json!({ "feed_url": silent })).await.json()["id"].as_i64().unwrap();
    let report = ada.refresh(source).await;
    assert_eq!(
        (&report["status"], &report["error"]),
        (&json!("failed"), &json!("The server did not answer in time."))
    );
    app.clear().await;
}

/// A gzip bomb: a few hundred kilobytes that unpack to two hundred megabytes.
fn bomb() -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![b' '; 1_000_000]).unwrap();
    // A flushed block is independent and may be repeated after the header of ten bytes.
    packed.flush().unwrap();
    let (head, piece) = packed.get_ref().split_at(10);
    [head, &piece.repeat(200)].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_unpacks_to_more_than_is_read_is_refused() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let rogue = Rogue::start().await;
        rogue.on("/bomb.xml", |_| {
            let fields = [("Content-Type", "application/rss+xml"), ("Content-Encoding", "gzip")];
            vec![head("200 OK", &fields), Step::Send(bomb())]
        });
        let place = rogue.allowance().parse().unwrap();
        let Some(app) = App::with(backend, |config| config.egress_allow.push(place)).await else { continue };
        let ada = app.sign_up("ada").await;
        assert_eq!(bad(&app, &ada, &rogue.url("/bomb.xml")).await, "The feed is larger than 64 MB.");
        app.clear().await;
    }
}
