//! Covers and the pictures of articles: fetched by the server, kept in three sizes, served from here.

use both_databases::both_databases;
use serde_json::{Value, json};
use thumbnails::testing::{dimensions, png};

use crate::harness::{App, Person, until};
use crate::origin::{Manner, sha256};

/// Publishes a podcast with a cover, whose second episode has a cover of its own.
fn podcast(app: &App) -> String {
    let o = app.origin.url("");
    app.origin.put("/show.png", "image/png", png(600, 10), Manner::Proper);
    app.origin.put("/two.png", "image/png", png(600, 200), Manner::Proper);
    let item = |n: &str, cover: &str| {
        format!(
            "<item><guid>{n}</guid><title>{n}</title><itunes:image href=\"{o}/{cover}.png\"/>\
            <enclosure url=\"{o}/{n}.mp3\" type=\"audio/mpeg\"/></item>"
        )
    };
    let feed = format!(
        "<rss version=\"2.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel><title>Show</title>\
         <itunes:image href=\"{o}/show.png\"/>{}{}</channel></rss>",
        item("one", "show"),
        item("two", "two")
    );
    app.origin.put("/show.xml", "application/rss+xml", feed, Manner::Proper)
}

/// Waits until the source has a cover.
async fn cover_of(person: &Person, source: i64) -> String {
    until("the source has a cover", async || {
        let source = person.get(&format!("/api/v1/sources/{source}")).await.ok();
        source["cover"].as_str().map(str::to_owned)
    })
    .await
}

fn shown<'a>(items: &'a [Value], title: &str) -> &'a Value {
    &items.iter().find(|item| item["title"] == title).unwrap()["cover"]
}

#[both_databases]
async fn a_cover_is_fetched_once_and_served_to_users_in_three_sizes(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&podcast(app)).await;
    let hash = cover_of(&ada, source).await;
    assert_eq!(hash, sha256(&png(600, 10)));
    for (query, side) in [("?size=64", 64), ("?size=128", 128), ("?size=512", 512), ("", 512)] {
        let file = ada.get(&format!("/covers/{hash}{query}")).await;
        let about = ["content-type", "cache-control", "x-content-type-options"].map(|name| file.header(name));
        assert_eq!(about, ["image/webp", "private, max-age=31536000, immutable", "nosniff"], "{query}");
        assert_eq!(dimensions(&file.body), Some((side, side)));
        assert_eq!(file.header("etag"), format!("\"{}\"", sha256(&file.body)));
    }
    let tag = ada.get(&format!("/covers/{hash}?size=64")).await.header("etag").to_owned();
    let again =
        ada.request(reqwest::Method::GET, &format!("/covers/{hash}?size=64")).header("if-none-match", tag);
    assert_eq!(crate::harness::send(again).await.status, 304);
    assert_eq!(app.origin.asked("/show.png"), 1);

    let eve = app.sign_up("eve").await;
    assert_eq!(
        eve.get(&format!("/covers/{hash}?size=64")).await.status,
        200,
        "the hash is all that is needed"
    );
    let stranger = app.stranger().get(&format!("/covers/{hash}?size=64")).await;
    assert_eq!((stranger.status, stranger.code()), (401, "sign_in_required".into()));
    for size in ["100", "0", "-64", "64px", ""] {
        let refused = ada.get(&format!("/covers/{hash}?size={size}")).await;
        assert_eq!((refused.status, refused.code()), (400, "bad_request".into()), "{size}");
    }
    for unknown in ["0".repeat(64), "x".into(), "..%2Fsecret.key".into()] {
        assert_eq!(ada.get(&format!("/covers/{unknown}?size=64")).await.status, 404, "{unknown}");
    }
}

#[both_databases]
async fn an_item_has_its_own_cover_or_that_of_its_source(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&podcast(app)).await;
    let show = cover_of(&ada, source).await;
    let path = format!("/api/v1/items?source_id={source}");
    let items = until("the second item has its own cover", async || {
        let items = ada.all(&path).await;
        (shown(&items, "two") == &json!(sha256(&png(600, 200)))).then_some(items)
    })
    .await;
    assert_eq!(shown(&items, "one"), &json!(show));
    let download = ada.queue(items.iter().find(|item| item["title"] == "one").unwrap()).await;
    assert_eq!(ada.download(download).await["cover"], json!(show));
    let subscriptions = ada.all("/api/v1/subscriptions").await;
    assert_eq!(subscriptions[0]["cover"], json!(show));
    assert_eq!((app.origin.asked("/show.png"), app.origin.asked("/two.png")), (1, 1));
}

#[both_databases]
async fn the_cover_of_a_private_feed_is_fetched_with_its_password_and_kept_for_its_owner(app: &App) {
    // RFC 7617, 2: the pair in Base64.
    let private = || Manner::Private("Basic YWRhOnNlY3JldA==".into());
    let image = app.origin.put("/members.png", "image/png", png(300, 77), private());
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>Members</title><image><url>{image}</url></image></channel></rss>"
    );
    let feed = app.origin.put("/members.xml", "application/rss+xml", feed, private());
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&feed.replace("://", "://ada:secret@")).await;
    assert_eq!(cover_of(&ada, source).await, sha256(&png(300, 77)));
    let asked = app.origin.requests("/members.png");
    assert!(asked.iter().all(|request| request.uri.path() == "/members.png"), "{asked:?}");
    let kept = "SELECT address FROM picture WHERE address LIKE '%members.png%'";
    let kept: Vec<String> = smartcache::db::sql::values(&app.engine.db, kept, Vec::new()).await.unwrap();
    assert!(kept.len() == 1 && kept[0].contains("#private-"), "{kept:?}");
}

#[both_databases]
async fn pictures_of_an_article_come_from_here_and_missing_ones_are_their_words(app: &App) {
    let o = app.origin.url("");
    app.origin.put("/map.png", "image/png", png(700, 30), Manner::Proper);
    let text = "<p>The night train left on time, and nobody on it was in a hurry at all. It carried letters and bread.</p>";
    let page = format!(
        "<!doctype html><html><head><title>Trains</title></head><body><article><h1>Trains</h1>{}\
         <p>See <img src='/map.png' alt='A map'> and <img src='{o}/gone.png' alt='two &amp; gulls'>.</p>{}</article></body></html>",
        text.repeat(4),
        text.repeat(4)
    );
    let link = app.origin.put("/trains", "text/html", page, Manner::Proper);
    let notes = format!("&lt;p&gt;&lt;img src=\"{o}/map.png\" alt=\"A map\"&gt;&lt;/p&gt;");
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>Paper</title><item><guid>1</guid><title>Trains</title>\
         <link>{link}</link><description>{notes}</description></item></channel></rss>"
    );
    let feed = app.origin.put("/paper.xml", "application/rss+xml", feed, Manner::Proper);
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&feed).await;
    let download = ada.queue(&ada.item_of(source).await).await;
    ada.until_download(download, "ready").await;
    let html = until("the article has its picture", async || {
        let text = ada.get(&format!("/api/v1/downloads/{download}/text")).await.ok();
        text["html"].as_str().filter(|html| html.contains("<img")).map(str::to_owned)
    })
    .await;
    let path = format!(
        "<img src=\"/covers/{}?size=512\" alt=\"A map\" width=\"512\" height=\"512\"",
        sha256(&png(700, 30))
    );
    assert!(html.contains(&path) && html.contains("two &amp; gulls"), "{html}");
    assert!(!html.contains("gone.png") && !html.contains("map.png"), "{html}");
    assert_eq!(ada.get(&format!("/covers/{}?size=512", sha256(&png(700, 30)))).await.status, 200);
}

#[both_databases]
async fn the_demo_station_has_covers_of_its_own(app: &App) {
    let ada = app.sign_up("ada").await;
    let mut hashes = Vec::new();
    for source in ada.all("/api/v1/sources?q=demo").await {
        let id = source["id"].as_i64().unwrap();
        ada.refresh(id).await;
        hashes.push(cover_of(&ada, id).await);
    }
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), 3);
}

#[tokio::test]
async fn browsers_are_told_to_load_pictures_from_here_alone() {
    let app = App::on_sqlite().await.unwrap();
    for path in ["/login", "/api/v1/auth/me", "/covers/x"] {
        let reply = app.stranger().get(path).await;
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("img-src 'self' data: blob:;"), "{path}: {policy}");
    }
    app.clear().await;
}
