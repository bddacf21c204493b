//! The content of an item: the file that its feed promises, or none.

use both_databases::both_databases;
use std::time::{Duration, Instant};

use egress::Timeouts;
use serde_json::{Value, json};
use smartcache::testing::Backend;

use crate::harness::{App, Person};
use crate::origin::{Manner, sha256, sound};
use crate::rogue::{Rogue, Step};

const NAMESPACES: &str = "xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
    xmlns:podcast=\"https://podcastindex.org/namespace/1.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"";

/// Publishes a feed of these items, each with its inner XML; `{o}` stands for the origin.
fn publish(app: &App, path: &str, items: &[(&str, &str)]) -> String {
    let item = |(title, inner): &(&str, &str)| {
        let inner = inner.replace("{o}", &app.origin.url(""));
        format!("<item><guid isPermaLink=\"false\">{title}</guid><title>{title}</title>{inner}</item>")
    };
    let items: String = items.iter().map(item).collect();
    let feed =
        format!("<rss version=\"2.0\" {NAMESPACES}><channel><title>{path}</title>{items}</channel></rss>");
    app.origin.put(path, "application/rss+xml", feed, Manner::Proper)
}

/// A user whose limits allow many items.
async fn collector(app: &App) -> Person {
    let ada = app.sign_up("ada").await;
    ada.put("/api/v1/preferences", json!({ "max_daily_items": 50, "max_storage_mb": 5_000 })).await.ok();
    ada
}

/// Items of a feed with their titles.
async fn items(ada: &Person, source: i64) -> Vec<(String, Value)> {
    let all = ada.all(&format!("/api/v1/items?source_id={source}")).await;
    all.into_iter().map(|item| (item["title"].as_str().unwrap().to_owned(), item)).collect()
}

/// Adds a source of this kind, and refreshes it once.
async fn follow_as(ada: &Person, feed: &str, kind: &str) -> i64 {
    let source = ada.post("/api/v1/sources", json!({ "feed_url": feed, "kind": kind })).await.ok();
    let id = ada.follow(feed).await;
    assert_eq!(source["id"], id);
    id
}

#[both_databases]
async fn what_is_no_episode_is_refused_whatever_the_server_calls_it(app: &App) {
    let ada = collector(app).await;
    let page = "<!-- hotel --><HTML><body>Welcome to our wifi, please sign in</body></HTML>";
    let bad: [(&str, &str, &[u8], &str); 8] = [
        (
            "html",
            "text/html; charset=utf-8",
            page.as_bytes(),
            "web page, perhaps a sign-in page, instead of the episode",
        ),
        ("audio", "audio/mpeg", page.as_bytes(), "web page"),
        ("bom", "audio/mpeg", "\u{feff}\n <!DOCTYPE html><p>x".as_bytes(), "web page"),
        ("json", "application/json", br#"{"error":"expired"}"#, "message of its own"),
        ("text", "text/plain", b"Unauthorized", "a text"),
        (
            "xml",
            "application/xml",
            b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
            "message of its own",
        ),
        ("picture", "image/gif", b"GIF89a\x01\0\x01\0\0\0\0;", "a picture"),
        ("pdf", "application/pdf", b"%PDF-1.7 notes", "a PDF"),
    ];
    let mut entries = Vec::new();
    for (name, kind, bytes, _) in bad {
        app.origin.put(&format!("/{name}"), kind, bytes.to_vec(), Manner::Proper);
        entries
            .push((name, format!("<enclosure url=\"{{o}}/{name}\" length=\"80000\" type=\"audio/mpeg\"/>")));
    }
    let entries: Vec<_> = entries.iter().map(|(name, inner)| (*name, inner.as_str())).collect();
    let source = ada.follow(&publish(app, "/bad.xml", &entries)).await;
    for (title, item) in items(&ada, source).await {
        let words = bad.iter().find(|(name, ..)| *name == title).unwrap().3;
        let failed = ada.until_ended(ada.queue(&item).await).await;
        assert_eq!(failed["status"], "failed", "{title}: {failed}");
        assert!(failed["error"].as_str().unwrap().contains(words), "{title}: {failed}");
        assert_eq!(failed["sha256"], json!(null));
    }
    // The captive portal is gone.
    let right = app.origin.sound("/html", 50_000, Manner::Proper);
    let (_, item) = items(&ada, source).await.into_iter().find(|(title, _)| title == "html").unwrap();
    let list = ada.all("/api/v1/downloads").await;
    let id = list.iter().find(|row| row["item_id"] == item["id"]).unwrap()["id"].as_i64().unwrap();
    ada.post(&format!("/api/v1/downloads/{id}/retry"), json!({})).await.ok();
    assert_eq!(ada.until_ended(id).await["sha256"], sha256(&right));
}

#[both_databases]
async fn what_is_an_episode_is_taken_whatever_the_server_calls_it(app: &App) {
    let ada = collector(app).await;
    let bytes = sound("/odd", 60_000);
    app.origin.put("/odd", "text/html", bytes.clone(), Manner::Proper);
    let source = ada
        .follow(&publish(app, "/odd.xml", &[("odd", "<enclosure url=\"{o}/odd\" type=\"audio/mpeg\"/>")]))
        .await;
    let ready = ada.until_ended(ada.queue(&ada.item_of(source).await).await).await;
    assert_eq!(
        (&ready["status"], &ready["sha256"], &ready["mime_type"]),
        (&json!("ready"), &json!(sha256(&bytes)), &json!("audio/mpeg")),
        "{ready}"
    );
}

#[both_databases]
async fn a_page_that_is_here_for_somebody_else_is_no_episode(app: &App) {
    let ada = collector(app).await;
    let page = app.origin.put("/both", "text/html", "<!doctype html><p>An article</p>", Manner::Proper);
    let article = ada.follow(&publish(app, "/article.xml", &[("article", "<link>{o}/both</link>")])).await;
    assert_eq!(ada.until_ended(ada.queue(&ada.item_of(article).await).await).await["status"], "ready");
    let podcast = ada
        .follow(&publish(
            app,
            "/episode.xml",
            &[("episode", "<enclosure url=\"{o}/both\" type=\"audio/mpeg\"/>")],
        ))
        .await;
    let failed = ada.until_ended(ada.queue(&ada.item_of(podcast).await).await).await;
    assert_eq!(failed["status"], "failed", "{page}: {failed}");
}

#[both_databases]
async fn the_sound_is_fetched_whatever_is_attached_beside_it(app: &App) {
    let ada = collector(app).await;
    let right = app.origin.sound("/a.mp3", 50_000, Manner::Proper);
    app.origin.put("/notes.pdf", "application/pdf", "%PDF-1.7 notes", Manner::Proper);
    app.origin.put("/player.html", "text/html", "<html>player", Manner::Proper);
    let sound = "<enclosure url=\"{o}/a.mp3\" length=\"50000\" type=\"audio/mpeg\"/>";
    let entries = [
        ("pdf", format!("<enclosure url=\"{{o}}/notes.pdf\" type=\"application/pdf\"/>{sound}")),
        ("page", format!("<enclosure url=\"{{o}}/player.html\" type=\"text/html\"/>{sound}")),
        ("untyped", "<enclosure url=\"{o}/notes.pdf\"/><enclosure url=\"{o}/a.mp3\"/>".to_owned()),
        ("group", "<media:group><media:content url=\"{o}/big.mp4\" fileSize=\"900000000\" type=\"video/mp4\"/>\
            <media:content url=\"{o}/low.mp3\" type=\"audio/mpeg\"/><media:content url=\"{o}/a.mp3\" type=\"audio/mpeg\" isDefault=\"true\"/></media:group>".to_owned()),
        ("alternate", "<enclosure url=\"{o}/list.m3u8\" type=\"application/x-mpegURL\"/><podcast:alternateEnclosure type=\"audio/mpeg\" length=\"50000\">\
            <podcast:source uri=\"{o}/a.torrent\" contentType=\"application/x-bittorrent\"/><podcast:source uri=\"{o}/a.mp3\"/></podcast:alternateEnclosure>".to_owned()),
    ];
    let entries: Vec<_> = entries.iter().map(|(name, inner)| (*name, inner.as_str())).collect();
    let source = ada.follow(&publish(app, "/several.xml", &entries)).await;
    for (title, item) in items(&ada, source).await {
        assert!(item["media_url"].as_str().unwrap().ends_with("/a.mp3"), "{title}: {item}");
        assert!(
            item["enclosures"].as_array().unwrap().len() >= 2,
            "{title} offers the others beside it: {item}"
        );
        let ready = ada.until_ended(ada.queue(&item).await).await;
        assert_eq!(
            (&ready["status"], &ready["sha256"]),
            (&json!("ready"), &json!(sha256(&right))),
            "{title}: {ready}"
        );
    }
}

#[both_databases]
async fn playlists_and_torrents_are_named_and_never_fetched(app: &App) {
    let ada = collector(app).await;
    let entries = [
        ("playlist", "<enclosure url=\"{o}/live.m3u8\" type=\"audio/mpeg\"/>"),
        (
            "torrent",
            "<enclosure url=\"{o}/show.torrent\" type=\"application/x-bittorrent\"/><link>{o}/page</link>",
        ),
    ];
    let source = ada.follow(&publish(app, "/named.xml", &entries)).await;
    for (title, item) in items(&ada, source).await {
        assert_eq!(item["availability"], "metadata_only", "{item}");
        assert!(item["unavailable_reason"].as_str().unwrap().contains(&title), "{item}");
        let refused = ada.post("/api/v1/downloads", json!({ "item_id": item["id"] })).await;
        assert_eq!(refused.status, 409);
        assert!(refused.text().contains(&title), "{}", refused.text());
    }
}

#[both_databases]
async fn a_watch_page_is_no_film_whenever_the_kind_is_set(app: &App) {
    let ada = collector(app).await;
    let watch = app.origin.put("/watch", "text/html", "<!doctype html><p>Watch here</p>", Manner::Proper);
    let player = "<link>{o}/watch</link><media:group><media:content url=\"{o}/v/1\" type=\"application/x-shockwave-flash\"/></media:group>";
    let told =
        follow_as(&ada, &publish(app, "/told.xml", &[("told", "<link>{o}/watch</link>")]), "video").await;
    let found = ada.follow(&publish(app, "/found.xml", &[("found", player)])).await;
    let changed = ada.follow(&publish(app, "/changed.xml", &[("changed", "<link>{o}/watch</link>")])).await;
    assert_eq!(ada.item_of(changed).await["availability"], "cacheable");
    ada.patch(&format!("/api/v1/sources/{changed}"), json!({ "kind": "video" })).await.ok();
    assert_eq!(ada.get(&format!("/api/v1/sources/{found}")).await.ok()["kind"], "video");
    for source in [told, found, changed] {
        let item = ada.item_of(source).await;
        assert_eq!(item["availability"], "metadata_only", "{item}");
        assert!(item["unavailable_reason"].as_str().unwrap().contains("page to watch"), "{item}");
        assert_eq!(ada.post("/api/v1/downloads", json!({ "item_id": item["id"] })).await.status, 409);
    }
    let run = ada.start_run(3).await;
    let ended = ada.until_run_ends(run).await;
    assert_eq!(ada.all("/api/v1/downloads").await.len(), 0, "{ended}");
    assert_eq!(app.origin.asked("/watch"), 0, "{watch}");
    // Changing the kind back restores the item.
    ada.patch(&format!("/api/v1/sources/{changed}"), json!({ "kind": "article" })).await.ok();
    let item = ada.item_of(changed).await;
    assert_eq!((&item["availability"], &item["unavailable_reason"]), (&json!("cacheable"), &json!(null)));
    assert_eq!(ada.until_ended(ada.queue(&item).await).await["status"], "ready");
}

#[both_databases]
async fn a_guid_that_is_used_again_brings_a_new_item_and_no_other_name(app: &App) {
    let ada = collector(app).await;
    let publish_at = |hour: &str, file: &str| {
        let inner = format!(
            "<link>{{o}}/news</link><pubDate>Fri, 20 Nov 2026 {hour}:00:00 GMT</pubDate>\
            <enclosure url=\"{{o}}/{file}\" length=\"0\" type=\"audio/mpeg\"/>"
        );
        let item = format!(
            "<item><guid isPermaLink=\"false\">latest</guid><title>News at {hour}</title>{}</item>",
            inner.replace("{o}", &app.origin.url(""))
        );
        let feed = format!("<rss version=\"2.0\"><channel><title>Bulletin</title>{item}</channel></rss>");
        app.origin.put("/bulletin.xml", "application/rss+xml", feed, Manner::Proper)
    };
    let mut titles = Vec::new();
    let mut source = 0;
    // A file per hour first, then one address for all.
    for (hour, file) in [("06", "06.mp3"), ("07", "07.mp3"), ("08", "latest.mp3"), ("09", "latest.mp3")] {
        let bytes = sound(hour, 40_000);
        app.origin.put(&format!("/{file}"), "audio/mpeg", bytes.clone(), Manner::Proper);
        let feed = publish_at(hour, file);
        if source == 0 {
            source = ada.follow(&feed).await
        } else {
            ada.refresh(source).await;
        }
        let title = format!("News at {hour}");
        let (_, item) = items(&ada, source).await.into_iter().find(|(it, _)| *it == title).unwrap();
        let ready = ada.until_ended(ada.queue(&item).await).await;
        assert_eq!(
            (&ready["status"], &ready["title"], &ready["sha256"]),
            (&json!("ready"), &json!(title), &json!(sha256(&bytes))),
            "{ready}"
        );
        titles.push(title);
    }
    let mut rows: Vec<_> = ada
        .all("/api/v1/downloads")
        .await
        .iter()
        .map(|row| row["title"].as_str().unwrap().to_owned())
        .collect();
    rows.sort();
    assert_eq!(rows, titles, "each keeps the title it was fetched under");
    // A correction adds no item and renames no ready download.
    let feed = app.origin.url("/bulletin.xml");
    let text = format!(
        "<rss version=\"2.0\"><channel><title>Bulletin</title><item><guid isPermaLink=\"false\">latest</guid>\
        <title>The news at 09</title><link>{0}/news</link><pubDate>Fri, 20 Nov 2026 09:00:00 GMT</pubDate>\
        <enclosure url=\"{0}/latest.mp3?sig=1\" length=\"0\" type=\"audio/mpeg\"/></item></channel></rss>",
        app.origin.url("")
    );
    app.origin.put("/bulletin.xml", "application/rss+xml", text, Manner::Proper);
    let report = ada.refresh(source).await;
    assert_eq!((&report["added"], &report["updated"]), (&json!(0), &json!(1)), "{feed}: {report}");
    let rows = ada.all("/api/v1/downloads").await;
    assert!(rows.iter().any(|row| row["title"] == "News at 09") && rows.len() == 4, "{rows:?}");
    // The address of 08 serves 09 now, so the old item must not be offered.
    let (_, old) = items(&ada, source).await.into_iter().find(|(it, _)| it == "News at 08").unwrap();
    assert_eq!(old["availability"], "metadata_only", "{old}");
}

#[both_databases]
async fn a_picture_is_the_item_of_a_picture_source(app: &App) {
    let ada = collector(app).await;
    let gif: Vec<u8> = [&b"GIF89a\x01\0\x01\0\x80\0\0"[..], &[0; 3_000]].concat();
    app.origin.put("/strip.gif", "image/gif", gif.clone(), Manner::Proper);
    app.origin.put("/page", "text/html", "<html>page", Manner::Proper);
    let entries = [
        ("enclosure", "<link>{o}/page</link><enclosure url=\"{o}/strip.gif\" type=\"image/gif\"/>"),
        ("media", "<link>{o}/page</link><media:content url=\"{o}/strip.gif\" medium=\"image\"/>"),
        (
            "text",
            "<link>{o}/page</link><description>&lt;p&gt;&lt;img src=\"{o}/dot.gif\" width=\"1\" height=\"1\"&gt;&lt;img src=\"{o}/strip.gif\"&gt;&lt;/p&gt;</description>",
        ),
    ];
    let source = follow_as(&ada, &publish(app, "/comics.xml", &entries), "picture").await;
    for (title, item) in items(&ada, source).await {
        let ready = ada.until_ended(ada.queue(&item).await).await;
        assert_eq!(
            (&ready["status"], &ready["mime_type"], &ready["sha256"]),
            (&json!("ready"), &json!("image/gif"), &json!(sha256(&gif))),
            "{title}: {ready}"
        );
    }
    let wanted = json!({ "kinds": ["picture"] });
    assert_eq!(ada.put("/api/v1/preferences", wanted).await.ok()["kinds"], json!(["picture"]));
    assert_eq!(ada.all("/api/v1/sources?kind=picture").await.len(), 1);
}

/// A server with a rogue origin, which recognises a live stream after two seconds.
async fn with_rogue(backend: Backend) -> Option<(App, Rogue)> {
    let rogue = Rogue::start().await;
    let allowance = rogue.allowance();
    let app = App::with(backend, |config| {
        config.timeouts = Timeouts { live: Duration::from_secs(2), ..Timeouts::default() };
        config.egress_allow.push(allowance.parse().unwrap());
    });
    Some((app.await?, rogue))
}

/// Steps that send this head, then noise at 16 kB/s for `seconds`.
fn stream(head: &str, seconds: usize) -> Vec<Step> {
    let mut steps = vec![Step::Send(head.as_bytes().to_vec())];
    for n in 0..seconds * 10 {
        let piece = if n == 0 { sound("stream", 1_600) } else { sound("stream", 1_600)[10..].to_vec() };
        steps.push(Step::Send(piece));
        steps.push(Step::Wait(Duration::from_millis(100)));
    }
    steps
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_stream_ends_soon_as_what_it_is() {
    const OK: &str = "HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n";
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some((app, rogue)) = with_rogue(backend).await else { continue };
        rogue
            .on("/icy", |_| stream(&format!("{OK}icy-name: Harbour Radio\r\nicy-metaint: 8192\r\n\r\n"), 60));
        rogue.on("/shoutcast", |_| stream("ICY 200 OK\r\nicy-name: Old\r\n\r\n", 60));
        rogue.on("/endless", |_| stream(&format!("{OK}\r\n"), 60));
        rogue.on("/hangs-up", |_| stream(&format!("{OK}\r\n"), 2));
        let ada = collector(&app).await;
        let names = ["icy", "shoutcast", "endless", "hangs-up"];
        let entries = names.map(|name| {
            (
                name,
                format!(
                    "<enclosure url=\"{}\" length=\"33\" type=\"audio/mpeg\"/>",
                    rogue.url(&format!("/{name}"))
                ),
            )
        });
        let recording = app.origin.sound("/rec.mp3", 80_000, Manner::Proper);
        let live = "<podcast:liveItem status=\"live\"><title>Live</title><guid>live</guid><enclosure url=\"{o}/x\" type=\"audio/mpeg\"/></podcast:liveItem>";
        let mut all: Vec<_> = entries.iter().map(|(name, inner)| (*name, inner.as_str())).collect();
        let last = format!(
            "<enclosure url=\"{{o}}/rec.mp3\" length=\"80000\" type=\"audio/mpeg\"/></item>{live}<item>"
        );
        all.push(("recording", &last));
        let source = ada.follow(&publish(&app, "/live.xml", &all)).await;
        let (began, mut queued) = (Instant::now(), Vec::new());
        for (title, item) in items(&ada, source).await {
            if title != "Untitled" {
                assert!(
                    item["media_bytes"].is_null() || title == "recording",
                    "33 bytes are no size: {item}"
                );
                queued.push((title, ada.queue(&item).await));
            }
        }
        assert_eq!(queued.len(), 5, "a live item is no episode: {queued:?}");
        for (title, id) in queued {
            let ended = crate::harness::until(&format!("{title} has ended"), async || {
                let row = ada.download(id).await;
                let (done, total) = (row["bytes_done"].as_i64(), row["bytes_total"].as_i64());
                assert!(total.is_none_or(|total| done.unwrap() <= total), "{row}");
                (row["status"] == "ready" || row["status"] == "failed").then_some(row)
            })
            .await;
            if title == "recording" {
                assert_eq!(ended["sha256"], sha256(&recording), "{ended}");
            } else {
                assert_eq!(ended["status"], "failed", "{title}: {ended}");
                assert!(
                    ended["error"].as_str().unwrap().contains("live stream, not a file"),
                    "{title}: {ended}"
                );
            }
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
        app.clear().await;
    }
}
