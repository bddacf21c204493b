//! Items: the result of a feed's entries, hostile ones included.

use crate::harness::App;
use crate::origin::{Entry, Manner};
use both_databases::both_databases;
use serde_json::json;

#[both_databases]
async fn an_entry_becomes_an_item_with_its_file(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, sound) = app.origin.podcast("episode", 20_000, Manner::Proper);
    let source = ada.follow(&feed).await;
    let item = ada.item_of(source).await;
    assert_eq!(
        (&item["title"], &item["guid"], &item["availability"]),
        (&json!("episode"), &json!("episode"), &json!("cacheable"))
    );
    assert_eq!(
        item["enclosures"],
        json!([{ "url": app.origin.url("/episode.mp3"), "mime_type": "audio/mpeg", "bytes": sound.len() }])
    );
    assert_eq!(ada.get(&format!("/api/v1/items/{}", item["id"])).await.ok(), item);
}

#[both_databases]
async fn items_are_found_by_source_words_kind_and_availability(app: &App) {
    let ada = app.sign_up("ada").await;
    let entry = |title| Entry { guid: Some(title), title, link: Some("/page"), ..Entry::default() };
    let feed =
        app.origin.feed("/many.xml", "Many", &[entry("Night trains"), entry("100% steam"), entry("Maps")]);
    let source = ada.follow(&feed).await;
    let found = async |query: &str| ada.all(&format!("/api/v1/items?source_id={source}&{query}")).await.len();
    assert_eq!(
        (found("q=TRAIN").await, found("q=100%25").await, found("q=%25").await),
        (1, 1, 0),
        "a sign is no word"
    );
    assert_eq!((found("availability=cacheable").await, found("availability=cached").await), (3, 0));
    assert_eq!(found("kind=video").await, 0);
    assert_eq!(ada.get("/api/v1/items?availability=maybe").await.fields(), ["availability"]);
    assert_eq!(ada.get("/api/v1/items?source_id=x").await.fields(), ["source_id"]);
}

#[both_databases]
async fn scripts_in_a_feed_do_not_come_through(app: &App) {
    let ada = app.sign_up("ada").await;
    let feed = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Evil</title><item><guid>1</guid>\
        <title>&lt;script&gt;alert(1)&lt;/script&gt;Hello</title><link>javascript:alert(2)</link>\
        <description>&lt;p onclick=\"alert(3)\"&gt;Hi&lt;/p&gt;&lt;script&gt;alert(4)&lt;/script&gt;\
        &lt;a href=\"javascript:alert(5)\"&gt;x&lt;/a&gt;</description>\
        </item></channel></rss>";
    let source = ada.follow(&app.origin.put("/evil.xml", "application/rss+xml", feed, Manner::Proper)).await;
    let item = ada.item_of(source).await;
    let html = format!("{}{}", item["summary_html"], item["content_html"]);
    assert!(html.contains("Hi"), "{html}");
    assert!(["script", "onclick", "alert(5)"].iter().all(|bad| !html.contains(bad)), "{html}");
    assert!(!item["url"].as_str().unwrap_or_default().starts_with("javascript"), "{item}");
}
