//! Serials: heard from the first part on, in order, without a rule.

use crate::harness::App;
use both_databases::both_databases;
use serde_json::{Value, json};

use crate::harness::{Person, until};
use crate::origin::{Manner, Origin, sound};

/// A serial of these parts, newest first, with its declared order and extra XML for each item.
fn serial(origin: &Origin, name: &str, order: &str, parts: &[(&str, &str)]) -> String {
    let item = |(n, (title, more)): (usize, &(&str, &str))| {
        let path = format!("/{name}-{n}.mp3");
        let media = origin.put(&path, "audio/mpeg", sound(&path, 9_000), Manner::Proper);
        format!(
            "<item><title>{title}</title><guid>{name}-{n}</guid>{more}<pubDate>Mon, {:02} Jun 2026 10:00:00 GMT</pubDate>\
             <description>The lighthouse.</description><enclosure url=\"{media}\" length=\"9000\" type=\"audio/mpeg\"/></item>",
            n + 1
        )
    };
    let items: Vec<String> = parts.iter().enumerate().map(item).collect();
    let items: String = items.into_iter().rev().collect();
    let feed = format!(
        "<rss version=\"2.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel><title>{name}</title>\
         {order}{items}</channel></rss>"
    );
    origin.put(&format!("/{name}.xml"), "application/rss+xml", feed, Manner::Proper)
}

const SERIAL: &str = "<itunes:type>Serial</itunes:type>";
const SIX: [(&str, &str); 6] = [
    ("Arrival", "<itunes:season>1</itunes:season><itunes:episode>1</itunes:episode>"),
    ("First night", "<itunes:season>1</itunes:season><itunes:episode>2</itunes:episode>"),
    ("The letter", "<itunes:season>1</itunes:season><itunes:episode>3</itunes:episode>"),
    ("Fog", "<itunes:season>1</itunes:season><itunes:episode>4</itunes:episode>"),
    ("A visitor", "<itunes:season>1</itunes:season><itunes:episode>5</itunes:episode>"),
    ("The end", "<itunes:season>1</itunes:season><itunes:episode>6</itunes:episode>"),
];

/// Titles that a run has queued, in the order of its picks.
async fn brought(person: &Person, max_items: i64, goal: Option<&str>) -> Vec<String> {
    let started = person.post("/api/v1/runs", json!({ "max_items": max_items, "goal": goal })).await.ok();
    let run = started["id"].as_i64().unwrap();
    person.until_run(run, "completed").await;
    let mut all = person.all("/api/v1/downloads").await;
    all.retain(|download| download["run_id"] == run);
    all.sort_by_key(|download| download["id"].as_i64());
    all.iter().map(|download| download["title"].as_str().unwrap().to_owned()).collect()
}

async fn play(person: &Person, title: &str) {
    let all = person.all("/api/v1/downloads").await;
    let id = all.iter().find(|download| download["title"] == title).unwrap()["id"].clone();
    person.post(&format!("/api/v1/downloads/{id}/played"), json!({})).await.ok();
}

async fn subscription(person: &Person, source: i64) -> Value {
    let all = person.all("/api/v1/subscriptions").await;
    all.into_iter().find(|subscription| subscription["source_id"] == source).unwrap()
}

async fn change(person: &Person, source: i64, change: Value) -> Value {
    let id = subscription(person, source).await["id"].clone();
    person.patch(&format!("/api/v1/subscriptions/{id}"), change).await.ok()
}

/// Waits until exactly these items of a source are cached.
async fn until_cached(person: &Person, source: i64, titles: &[&str]) {
    let path = format!("/api/v1/items?source_id={source}&availability=cached");
    until(&format!("{titles:?} are here"), async || {
        let all = person.all(&path).await;
        let mut here: Vec<_> = all.iter().map(|item| item["title"].as_str().unwrap()).collect();
        here.sort_unstable();
        (here == titles).then_some(())
    })
    .await;
}

#[both_databases]
async fn a_serial_begins_at_its_first_part_and_goes_on_after_the_last_played(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&serial(&app.origin, "light", SERIAL, &SIX)).await;
    let told = subscription(&ada, source).await;
    assert_eq!((&told["is_serial"], &told["rules"]["begin"]), (&json!(true), &json!("stopped")));
    let details = ada.get(&format!("/api/v1/sources/{source}")).await.ok()["details"].clone();
    assert_eq!(details["show_type"], "serial");

    assert_eq!(brought(&ada, 1, None).await, ["Arrival"]);
    play(&ada, "Arrival").await;
    assert_eq!(brought(&ada, 2, None).await, ["First night", "The letter"]);
    assert_eq!(brought(&ada, 1, Some("the lighthouse")).await, ["Fog"], "a goal keeps the order");
}

#[both_databases]
async fn oldest_first_means_the_first_parts_and_newest_first_the_last(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let plain: Vec<_> = SIX.iter().map(|(title, _)| (*title, "")).collect();
    let source = ada.follow(&serial(&app.origin, "plain", "", &plain)).await;
    assert_eq!(subscription(&ada, source).await["rules"]["begin"], "everything");
    change(&ada, source, json!({ "rules": { "begin": "stopped" } })).await;
    assert_eq!(brought(&ada, 2, None).await, ["Arrival", "First night"]);

    let source = eve.follow(&serial(&app.origin, "chosen", SERIAL, &SIX)).await;
    let told = change(&eve, source, json!({ "rules": { "exclude": ["the end"] } })).await;
    assert_eq!(told["rules"]["begin"], "stopped", "other rules leave the order");
    let told = change(&eve, source, json!({ "rules": { "begin": "everything" } })).await;
    assert_eq!(told["rules"]["begin"], "everything");
    let mut last = brought(&eve, 2, None).await;
    last.sort();
    assert_eq!(last, ["A visitor", "The end"]);
}

#[both_databases]
async fn trailers_are_not_parts_and_dates_order_what_has_no_number(app: &App) {
    let ada = app.sign_up("ada").await;
    let parts = [
        ("Coming soon", "<itunes:episodeType>trailer</itunes:episodeType>"),
        ("One", ""),
        ("Behind it", "<itunes:episodeType>bonus</itunes:episodeType>"),
        ("Two", ""),
    ];
    ada.follow(&serial(&app.origin, "bare", SERIAL, &parts)).await;
    assert_eq!(brought(&ada, 3, None).await, ["One", "Behind it", "Two"]);
}

#[both_databases]
async fn the_next_parts_are_kept_ahead(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&serial(&app.origin, "kept", SERIAL, &SIX)).await;
    change(&ada, source, json!({ "ahead": { "items": 2, "megabytes": 50 } })).await;
    until_cached(&ada, source, &["Arrival", "First night"]).await;
    let first = ada.all(&format!("/api/v1/items?source_id={source}&q=arrival")).await.remove(0);
    ada.until_ended(ada.queue(&first).await).await;
    play(&ada, "Arrival").await;
    until_cached(&ada, source, &["Arrival", "First night", "The letter"]).await;
    assert_eq!(app.origin.asked("/kept-3.mp3"), 0, "two ahead, and no more");
}

#[both_databases]
async fn the_pages_say_that_it_is_a_serial_and_offer_to_change_it(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&serial(&app.origin, "page", SERIAL, &SIX)).await;
    let page = ada.get(&format!("/sources/{source}")).await.text();
    assert!(page.contains("This is a serial") && page.contains("rules.begin"), "{page}");
}
