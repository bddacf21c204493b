//! Import and export of subscription lists, and feeds of a site.

use crate::harness::App;
use both_databases::both_databases;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, send};
use crate::origin::{Entry, Manner};

async fn import(person: &Person, list: String) -> crate::harness::Reply {
    let request = person.request(Method::POST, "/api/v1/subscriptions/import");
    send(request.header("content-type", "text/x-opml").body(list)).await
}

async fn discover(person: &Person, address: &str) -> Vec<Value> {
    let found = person.post("/api/v1/sources/discover", json!({ "feed_url": address })).await.ok();
    found["data"].as_array().unwrap().clone()
}

#[both_databases]
async fn a_list_is_followed_row_by_row_and_read(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("trains", 2_000, Manner::Proper);
    let list = format!(
        "<opml version='1.0'><head><title>Mine</title></head><body><outline text='Rails'>\
         <outline text='Night Trains' type='rss' xmlUrl='{feed}'/><outline text='Twice' xmlurl='{feed}'/>\
         <outline text='Inward' xmlUrl='http://127.0.0.9/x'/><outline text='No address' type='rss'/>\
         </outline></body></opml>"
    );
    let report = import(&ada, list.clone()).await.ok();
    assert_eq!(
        (&report["title"], &report["added"], &report["known"]),
        (&json!("Mine"), &json!(1), &json!(0))
    );
    let failed = report["failed"].as_array().unwrap();
    assert_eq!(
        failed.iter().map(|row| row["title"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Twice", "Inward", "No address"]
    );
    assert!(failed[1]["why"].as_str().unwrap().contains("private network"));
    assert_eq!(import(&ada, list).await.ok()["known"], 1);
    let followed = ada.all("/api/v1/subscriptions").await;
    assert_eq!((followed.len(), &followed[0]["source_name"]), (1, &json!("Night Trains")));
}

#[both_databases]
async fn what_is_exported_is_imported_again_as_it_was(app: &App) {
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    for name in ["one", "two & more"] {
        let (feed, _) = app.origin.podcast(&name.replace([' ', '&'], "-"), 2_000, Manner::Proper);
        ada.follow(&feed).await;
    }
    let list = ada.get("/api/v1/subscriptions/export").await;
    assert!(list.header("content-type").starts_with("text/x-opml"));
    assert!(list.header("content-disposition").contains("subscriptions.opml"));
    assert_eq!(import(&bob, list.text()).await.ok()["added"], 2);
    let mut sources = [ada.all("/api/v1/subscriptions").await, bob.all("/api/v1/subscriptions").await]
        .map(|all| all.iter().map(|row| row["source_id"].as_i64()).collect::<Vec<_>>());
    sources.iter_mut().for_each(|ids| ids.sort());
    assert_eq!(sources[0], sources[1]);
}

#[both_databases]
async fn ten_thousand_outlines_are_taken_and_what_is_no_list_is_refused(app: &App) {
    let ada = app.sign_up("ada").await;
    let rows: String = (0..10_001)
        .map(|n| format!("<outline text='Feed {n}' xmlUrl='https://example.org/{n}/feed.xml'/>"))
        .collect();
    let report = import(&ada, format!("<opml><body>{rows}</body></opml>")).await.ok();
    assert_eq!((&report["added"], report["failed"].as_array().unwrap().len()), (&json!(10_000), 1));
    assert!(report["failed"][0]["why"].as_str().unwrap().contains("left out"));
    for odd in ["", "<html><body>Hi</body></html>", "<rss><channel></channel></rss>", "\u{0}\u{1}"] {
        assert_eq!(import(&ada, odd.into()).await.fields(), ["list"], "{odd}");
    }
    assert_eq!(app.stranger().get("/api/v1/subscriptions/export").await.status, 401);
}

#[both_databases]
async fn the_feeds_of_a_site_are_found(app: &App) {
    let ada = app.sign_up("ada").await;
    let entry = Entry { title: "One", ..Entry::default() };
    let feed = app.origin.feed("/blog/rss.xml", "Blog", std::slice::from_ref(&entry));
    let page = |path: &str, head: &str| {
        let html =
            format!("<!doctype html><html><head><title>Blog</title>{head}</head><body>Hi</body></html>");
        app.origin.put(path, "text/html", html, Manner::Proper)
    };
    let declared =
        page("/blog/", "<link rel='alternate' type='application/rss+xml' title='All posts' href='rss.xml'>");
    assert_eq!(discover(&ada, &declared).await, [json!({ "feed_url": feed, "title": "All posts" })]);
    assert_eq!(
        discover(&ada, &feed).await,
        [json!({ "feed_url": feed, "title": "Blog" })],
        "a feed is its own"
    );
    app.origin.feed("/feed", "Guessed", &[entry]);
    let guessed = discover(&ada, &page("/plain", "")).await;
    assert_eq!(guessed, [json!({ "feed_url": app.origin.url("/feed"), "title": "Guessed" })]);
    let gone = ada.post("/api/v1/sources/discover", json!({ "feed_url": app.origin.url("/nothing") })).await;
    assert!(gone.fields() == ["feed_url"] && gone.text().contains("404"));
    let inward = ada.post("/api/v1/sources/discover", json!({ "feed_url": "http://127.0.0.9/" })).await;
    assert_eq!(inward.fields(), ["feed_url"]);
}
