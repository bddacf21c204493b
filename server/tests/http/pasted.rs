//! Addresses as users paste them: every spelling of a feed's address resolves to one source, on every path.

use both_databases::both_databases;
use reqwest::Method;
use serde_json::{Value, json};
use smartcache::engine::config::DirectorySettings;
use smartcache::testing::Backend;

use crate::harness::{App, Person, send};
use crate::origin::{Entry, Manner, Origin};

const SOURCES: &str = "/api/v1/sources";

/// Spellings of `http://host:port/feed.xml`, and of a page that links to it.
fn spellings(origin: &Origin) -> Vec<String> {
    let (feed, at) = (origin.url("/feed.xml"), format!("{}/feed.xml", origin.addr()));
    vec![
        format!("feed://{at}"),
        format!("feed:{feed}"),
        format!("feed://{feed}"),
        format!("itpc://{at}"),
        format!("pcast://{at}"),
        format!("podcast://{at}"),
        format!("PODCAST://{at}"),
        format!("antennapod-subscribe://{at}"),
        format!("pktc://subscribe/{at}"),
        format!("<{feed}>"),
        format!("\"{feed}\""),
        format!("“{feed}”"),
        format!(" \r\n {feed} \n"),
        feed.replace("feed.xml", "\u{200b}feed\n   .xml\u{feff}"),
        at,
        feed.to_uppercase().replace("/FEED.XML", "/feed.xml"),
        format!("{feed}#top"),
        origin.url("/"),
    ]
}

fn publish(origin: &Origin) -> String {
    let page = "<!doctype html><title>Night Radio</title>\
        <link rel=alternate type='application/rss+xml' title='Night Radio' href='/feed.xml'>\
        <link rel=alternate type='application/rss+xml' title='Night Radio: comments' href='/comments/feed.xml'><p>Hello";
    origin.put("/", "text/html", page, Manner::Proper);
    origin.sound("/a.mp3", 2_000, Manner::Proper);
    let entry = Entry { guid: Some("a"), title: "A", media: Some("/a.mp3"), ..Entry::default() };
    origin.feed("/feed.xml", "Night Radio", &[entry])
}

async fn own(person: &Person) -> Vec<Value> {
    let all = person.all(SOURCES).await;
    all.into_iter().filter(|source| source["origin"] == "person").collect()
}

async fn import(person: &Person, list: String) -> Value {
    let request =
        person.request(Method::POST, "/api/v1/subscriptions/import").header("Content-Type", "text/plain");
    send(request.body(list)).await.ok()
}

#[both_databases]
async fn every_spelling_of_a_feed_leads_to_one_source(app: &App) {
    let feed = publish(&app.origin);
    for spelling in spellings(&app.origin) {
        // A new user for each, so that each spelling is the first one pasted.
        let name = format!("user{}", crate::origin::sha256(spelling.as_bytes()).get(..8).unwrap());
        let user = app.sign_up(&name).await;
        let added = user.post(SOURCES, json!({ "feed_url": spelling })).await;
        assert_eq!((added.status, &added.json()["feed_url"]), (201, &json!(feed)), "{spelling:?}");
        let followed = user.post("/api/v1/subscriptions", json!({ "feed_url": spelling })).await.ok();
        assert_eq!(followed["source_id"], added.json()["id"], "{spelling:?}");
        assert_eq!(own(&user).await.len(), 1, "{spelling:?}");
    }
}

#[both_databases]
async fn the_feeds_at_a_pasted_address_are_found_in_every_spelling(app: &App) {
    let feed = publish(&app.origin);
    let ada = app.sign_up("ada").await;
    for spelling in spellings(&app.origin) {
        let found = ada.post("/api/v1/sources/discover", json!({ "feed_url": spelling })).await.ok();
        assert_eq!(found["data"][0]["feed_url"], json!(feed), "{spelling:?}");
    }
}

#[both_databases]
async fn the_form_of_the_page_takes_every_spelling(app: &App) {
    let feed = publish(&app.origin);
    let ada = app.sign_up("ada").await;
    for spelling in spellings(&app.origin) {
        let form = reqwest::Url::parse_with_params("http://form/", &[("feed_url", &spelling)]).unwrap();
        let request = ada.request(Method::POST, "/api/ui/follow_feed");
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        let answer = send(request.body(form.query().unwrap().to_owned())).await;
        assert!(
            answer.text().contains("Night Radio") || answer.text().contains(&feed),
            "{spelling:?}: {}",
            answer.text()
        );
    }
    let all = own(&ada).await;
    assert_eq!((all.len(), &all[0]["feed_url"]), (1, &json!(feed)));
}

#[both_databases]
async fn a_list_takes_addresses_without_a_scheme_to_where_they_answer(app: &App) {
    let feed = publish(&app.origin);
    let ada = app.sign_up("ada").await;
    let at = app.origin.addr();
    let report = import(
        &ada,
        format!("{at}/feed.xml\nfeed://{at}/feed.xml#x\n{feed}\nhttps://podcasts.apple.com/x/id1\n"),
    )
    .await;
    assert_eq!((&report["added"], own(&ada).await.len()), (&json!(1), 1), "{report}");
    assert_eq!(own(&ada).await[0]["feed_url"], json!(feed));
    let why = report["failed"].as_array().unwrap().last().unwrap()["why"].as_str().unwrap();
    assert!(why.contains("Apple"), "{report}");
}

#[both_databases]
async fn the_same_items_under_another_spelling_are_the_same_source_and_others_are_not(app: &App) {
    let entry = |guid| Entry { guid: Some(guid), title: "A", ..Entry::default() };
    let one = app.origin.feed("/blog/feed", "Blog", &[entry("a")]);
    app.origin.feed("/blog/feed/", "Blog", &[entry("a")]);
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&one).await;
    assert_eq!(ada.follow(&format!("{one}/")).await, source);
    app.origin.feed("/two/feed", "One", &[entry("b")]);
    app.origin.feed("/two/feed/", "Two", &[entry("c")]);
    let source = ada.follow(&app.origin.url("/two/feed")).await;
    assert_ne!(ada.follow(&app.origin.url("/two/feed/")).await, source);
}

#[both_databases]
async fn a_host_with_umlauts_is_an_address_that_cannot_be_found(app: &App) {
    let ada = app.sign_up("ada").await;
    for spelling in
        ["http://müller.invalid/feed.xml", "MÜLLER.invalid/feed.xml", "feed://müller.invalid/feed.xml"]
    {
        let added = ada.post(SOURCES, json!({ "feed_url": spelling })).await;
        assert_eq!(added.status, 201, "{spelling}: {}", added.text());
        let report = ada.refresh(added.json()["id"].as_i64().unwrap()).await;
        assert!(report["error"].as_str().unwrap().contains("the name is unknown"), "{spelling}: {report}");
    }
}

#[both_databases]
async fn a_page_of_several_feeds_names_them(app: &App) {
    let page = "<link rel=alternate type='application/rss+xml' title='News' href='/news.xml'>\
        <link rel=alternate type='application/rss+xml' title='Talks' href='/talks.xml'>";
    let site = app.origin.put("/site", "text/html", page, Manner::Proper);
    let ada = app.sign_up("ada").await;
    let refused = ada.post(SOURCES, json!({ "feed_url": site })).await;
    assert_eq!(refused.fields(), ["feed_url"]);
    assert!(
        refused.text().contains("/news.xml") && refused.text().contains("/talks.xml"),
        "{}",
        refused.text()
    );
}

#[both_databases]
async fn pages_of_players_are_answered_with_what_to_do(app: &App) {
    let ada = app.sign_up("ada").await;
    for (page, word) in [
        (
            "https://podcasts.apple.com/us/podcast/the-daily/id1200361736",
            "Search for the podcast by its name",
        ),
        ("podcasts.apple.com/us/charts", "not that of one podcast"),
        ("https://open.spotify.com/show/x", "Spotify"),
    ] {
        for path in [SOURCES, "/api/v1/subscriptions", "/api/v1/sources/discover"] {
            let refused = ada.post(path, json!({ "feed_url": page })).await;
            assert_eq!(refused.fields(), ["feed_url"], "{path} {page}");
            assert!(refused.text().contains(word), "{}", refused.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_apples_directory_is_looked_up() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let origin = Origin::start().await;
        let place = origin.allowance().parse().unwrap();
        let app = App::with(backend, |config| {
            config.egress_allow.push(place);
            config.directories =
                DirectorySettings { itunes_url: origin.url("/itunes"), ..DirectorySettings::default() };
        });
        let Some(app) = app.await else { continue };
        let ada = app.sign_up("ada").await;
        let feed = publish(&origin);
        let answer =
            json!({ "results": [{ "kind": "podcast", "collectionName": "Night Radio", "feedUrl": feed }] });
        origin.put("/itunes/lookup", "text/javascript", answer.to_string(), Manner::Proper);
        let page = "https://podcasts.apple.com/de/podcast/night-radio/id1200361736?i=5";
        let added = ada.post(SOURCES, json!({ "feed_url": page })).await.ok();
        assert_eq!(added["feed_url"], json!(feed));
        assert_eq!(origin.requests("/itunes/lookup")[0].uri.query(), Some("id=1200361736&entity=podcast"));
        let found = ada.post("/api/v1/sources/discover", json!({ "feed_url": page })).await.ok();
        assert_eq!(found["data"], json!([{ "feed_url": feed, "title": "Night Radio" }]));
        origin.put("/itunes/lookup", "text/javascript", "{\"results\":[]}", Manner::Proper);
        let refused = ada.post(SOURCES, json!({ "feed_url": page })).await;
        assert!(refused.text().contains("names no feed"), "{}", refused.text());
        app.clear().await;
    }
}
