//! Older pages of a feed (RFC 5005): fetched on request, each once, and by runs that start a serial.

use crate::harness::App;
use both_databases::both_databases;
use serde_json::{Value, json};

use crate::harness::{Person, until};
use crate::origin::{Manner, Origin, sound};

/// Publishes three pages of two items, newest first: episodes 6 to 1. The last page links to the first.
fn pages(origin: &Origin, name: &str, order: &str) -> String {
    for page in 1..=3 {
        let items: String = (0..2).map(|n| item(origin, name, 8 - 2 * page - n)).collect();
        let next = origin.url(&format!("/{name}-{}.xml", page % 3 + 1));
        let feed = format!(
            "<rss version=\"2.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" \
             xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>{name}</title>{order}\
             <atom:link rel=\"next\" href=\"{next}\"/>{items}</channel></rss>"
        );
        origin.put(&format!("/{name}-{page}.xml"), "application/rss+xml", feed, Manner::Proper);
    }
    origin.url(&format!("/{name}-1.xml"))
}

fn item(origin: &Origin, name: &str, n: i64) -> String {
    let path = format!("/{name}-{n}.mp3");
    let media = origin.put(&path, "audio/mpeg", sound(&path, 9_000), Manner::Proper);
    format!(
        "<item><title>{name} {n}</title><guid>{name}-{n}</guid><itunes:episode>{n}</itunes:episode>\
         <pubDate>Mon, {n:02} Jun 2026 10:00:00 GMT</pubDate>\
         <enclosure url=\"{media}\" length=\"9000\" type=\"audio/mpeg\"/></item>"
    )
}

async fn titles(person: &Person, source: i64) -> Vec<String> {
    let all = person.all(&format!("/api/v1/items?source_id={source}")).await;
    let mut titles: Vec<_> = all.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    titles
}

fn all_of(name: &str) -> Vec<String> {
    (1..=6).map(|n| format!("{name} {n}")).collect()
}

#[both_databases]
async fn older_items_are_loaded_when_asked_each_page_once(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&pages(&app.origin, "deep", "")).await;
    assert_eq!(titles(&ada, source).await, ["deep 5", "deep 6"]);
    let path = format!("/api/v1/sources/{source}");
    assert_eq!(ada.get(&path).await.ok()["has_older"], true);
    assert!(ada.get(&format!("/sources/{source}")).await.text().contains("Load older items"));

    let older = format!("{path}/older");
    assert_eq!(app.sign_up("eve").await.post(&older, json!({})).await.status, 404);
    let report = ada.post(&older, json!({})).await.ok();
    assert_eq!(report, json!({ "status": "updated", "pages": 2, "added": 4, "more": false }));
    assert_eq!(titles(&ada, source).await, all_of("deep"));
    let asked = |page: i64| app.origin.asked(&format!("/deep-{page}.xml"));
    assert_eq!((asked(2), asked(3)), (1, 1));
    assert_eq!(ada.get(&path).await.ok()["has_older"], false);
    assert!(!ada.get(&format!("/sources/{source}")).await.text().contains("Load older items"));

    let again = ada.post(&older, json!({})).await.ok();
    assert_eq!(again, json!({ "status": "not_modified", "pages": 0, "added": 0, "more": false }));
    ada.refresh(source).await;
    assert_eq!((asked(2), asked(3)), (1, 1), "a refresh reads the first page alone");
    assert_eq!(titles(&ada, source).await, all_of("deep"), "nothing twice");
}

#[both_databases]
async fn two_who_ask_at_once_get_each_item_once(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&pages(&app.origin, "both", "")).await;
    let older = format!("/api/v1/sources/{source}/older");
    let (one, two) = tokio::join!(ada.post(&older, json!({})), ada.post(&older, json!({})));
    assert_eq!((one.status, two.status), (200, 200));
    assert_eq!(titles(&ada, source).await, all_of("both"));
}

#[both_databases]
async fn a_page_that_fails_says_why_and_is_gone_on_with(app: &App) {
    let ada = app.sign_up("ada").await;
    let url = pages(&app.origin, "torn", "");
    let source = ada.follow(&url).await;
    app.origin.put("/torn-3.xml", "application/rss+xml", "", Manner::Fails(503));
    let path = format!("/api/v1/sources/{source}/older");
    let report = ada.post(&path, json!({})).await.ok();
    assert_eq!(
        (&report["status"], &report["added"], &report["more"]),
        (&json!("failed"), &json!(2), &json!(true))
    );
    assert!(report["error"].as_str().unwrap().contains("503"), "{report}");
    pages(&app.origin, "torn", "");
    let report = ada.post(&path, json!({})).await.ok();
    assert_eq!(
        (&report["status"], &report["added"], &report["more"]),
        (&json!("updated"), &json!(2), &json!(false))
    );
    assert_eq!(app.origin.asked("/torn-2.xml"), 1);
}

#[both_databases]
async fn a_chain_without_an_end_is_bounded(app: &App) {
    let ada = app.sign_up("ada").await;
    for page in 1..=30 {
        let next = app.origin.url(&format!("/endless-{}.xml", page + 1));
        let feed = format!(
            "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\">\
             <channel><title>endless</title><atom:link rel=\"prev-archive\" href=\"{next}\"/>{}</channel></rss>",
            item(&app.origin, "endless", 1)
        );
        app.origin.put(&format!("/endless-{page}.xml"), "application/rss+xml", feed, Manner::Proper);
    }
    let source = ada.follow(&app.origin.url("/endless-1.xml")).await;
    let report = ada.post(&format!("/api/v1/sources/{source}/older"), json!({})).await.ok();
    assert_eq!((&report["added"], &report["more"]), (&json!(0), &json!(false)), "{report}");
    assert_eq!(app.origin.asked("/endless-4.xml"), 0, "the same again ends it");
}

#[both_databases]
async fn a_run_reaches_the_beginning_of_a_serial_by_itself(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&pages(&app.origin, "story", "<itunes:type>serial</itunes:type>")).await;
    assert_eq!(titles(&ada, source).await.len(), 2);
    let run = ada.start_run(2).await;
    ada.until_run(run, "completed").await;
    let mut ready: Vec<Value> = ada.all("/api/v1/downloads").await;
    ready.sort_by_key(|download| download["id"].as_i64());
    let picked: Vec<_> = ready.iter().map(|download| download["title"].as_str().unwrap()).collect();
    assert_eq!(picked, ["story 1", "story 2"]);
}

#[both_databases]
async fn keeping_ahead_reaches_the_beginning_as_well(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&pages(&app.origin, "tale", "<itunes:type>serial</itunes:type>")).await;
    let subscription = ada.get(&format!("/api/v1/sources/{source}")).await.ok()["subscription_id"].clone();
    let ahead = json!({ "ahead": { "items": 1, "megabytes": 5 } });
    ada.patch(&format!("/api/v1/subscriptions/{subscription}"), ahead).await.ok();
    until("the first part is here", async || {
        let here = ada.all(&format!("/api/v1/items?source_id={source}&availability=cached")).await;
        here.iter().any(|item| item["title"] == "tale 1").then_some(())
    })
    .await;
}
