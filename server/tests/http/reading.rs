//! Texts for reading and summaries: a page's article, and a transcript that a feed offers.

use crate::harness::App;
use both_databases::both_databases;
use serde_json::json;

use crate::harness::Person;
use crate::origin::{Entry, Manner, Origin};

const STORY: &str = "The night train left on time, and nobody on it was in a hurry at all. It carried letters, bread and \
    a few people who could not fly. Its driver knew every signal of the line by heart. At dawn it stopped by the sea.";

/// A page with a story, and clutter around it.
fn page() -> String {
    let story = format!("<p>{STORY}</p>").repeat(4);
    format!(
        "<!doctype html><html><head><title>Night trains</title><script>steal()</script></head><body>\
         <nav><a href='/shop'>Buy socks</a></nav><article><h1>Night trains</h1>{story}\
         <p onclick='steal()'>The end. <img src='https://spy.example/1.gif' alt='Gulls'></p></article></body></html>"
    )
}

/// Prepares the feed's only item. Returns the ids of download and item.
async fn ready(person: &Person, feed: &str) -> (i64, i64) {
    let source = person.follow(feed).await;
    let item = person.item_of(source).await["id"].as_i64().unwrap();
    let download =
        person.post("/api/v1/downloads", json!({ "item_id": item })).await.ok()["id"].as_i64().unwrap();
    person.until_download(download, "ready").await;
    (download, item)
}

fn article(origin: &Origin) -> String {
    origin.put("/story", "text/html", page(), Manner::Proper);
    origin.feed(
        "/feed.xml",
        "Stories",
        &[Entry { title: "Night trains", link: Some("/story"), ..Entry::default() }],
    )
}

/// Publishes a feed with one article, whose page is `/name`.
fn one_article(origin: &Origin, name: &str, inner: &str) -> String {
    let feed = format!(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>Paper</title>\
         <item><guid>{name}</guid><title>An old story {name}</title><link>{}</link>{inner}</item></channel></rss>",
        origin.url(&format!("/{name}"))
    );
    origin.put(&format!("/{name}.xml"), "application/rss+xml", feed, Manner::Proper)
}

#[both_databases]
async fn a_stored_page_is_its_article_alone(app: &App) {
    let ada = app.sign_up("ada").await;
    let (download, _) = ready(&ada, &article(&app.origin)).await;
    let text = ada.get(&format!("/api/v1/downloads/{download}/text")).await.ok();
    let html = text["html"].as_str().unwrap();
    assert!(html.contains("night train left on time") && text["words"].as_i64() > Some(150), "{text}");
    for word in ["socks", "script", "onclick", "spy.example", "<img"] {
        assert!(!html.contains(word), "{word}: {html}");
    }
    assert_eq!(text["title"], "Night trains");
    let eve = app.sign_up("eve").await;
    assert_eq!(eve.get(&format!("/api/v1/downloads/{download}/text")).await.status, 404);
}

#[both_databases]
async fn a_sound_has_nothing_to_read_and_says_what_to_do(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("one", 20_000, Manner::Proper);
    let (download, _) = ready(&ada, &feed).await;
    let refused = ada.get(&format!("/api/v1/downloads/{download}/text")).await;
    assert_eq!((refused.status, refused.code()), (409, "conflict".into()));
}

#[both_databases]
async fn a_summary_is_taken_from_the_page_where_the_feed_says_nothing(app: &App) {
    let ada = app.sign_up("ada").await;
    let source = ada.follow(&article(&app.origin)).await;
    let run = ada.start_run(1).await;
    ada.until_run(run, "completed").await;
    let item = ada.item_of(source).await;
    let summary = item["summary"].as_str().unwrap_or_default();
    assert!(!summary.is_empty() && STORY.contains(summary.split(". ").next().unwrap()), "{item}");
    assert!(item["quality_reasons"].to_string().contains("words of text"), "{item}");
}

#[both_databases]
async fn a_text_in_full_is_ready_when_its_page_is_gone(app: &App) {
    let ada = app.sign_up("ada").await;
    let full =
        format!("<content:encoded><![CDATA[<p>{STORY}</p><script>steal()</script>]]></content:encoded>");
    for (name, status) in [("gone", Some(410)), ("missing", None), ("broken", Some(500))] {
        if let Some(status) = status {
            app.origin.put(&format!("/{name}"), "text/html", "", Manner::Fails(status));
        }
        let source = ada.follow(&one_article(&app.origin, name, &full)).await;
        let ready = ada.until_ended(ada.queue(&ada.item_of(source).await).await).await;
        assert_eq!(
            (&ready["status"], &ready["mime_type"]),
            (&json!("ready"), &json!("text/html")),
            "{name}: {ready}"
        );
        let file = ada.get(&format!("/api/v1/downloads/{}/file", ready["id"])).await.text();
        assert!(file.contains("night train left on time") && !file.contains("script"), "{name}: {file}");
        let text = ada.get(&format!("/api/v1/downloads/{}/text", ready["id"])).await.ok();
        assert!(text["html"].as_str().unwrap().contains("text of the feed"), "{name}: {text}");
        assert_eq!(ada.item_of(source).await["availability"], "cacheable", "and others can have it");
    }
    // A description in the feed is no substitute for the page.
    let other = ada.follow(&one_article(&app.origin, "other", "<description>Short.</description>")).await;
    let failed = ada.until_ended(ada.queue(&ada.item_of(other).await).await).await;
    assert_eq!(failed["status"], "failed", "a teaser is not the article: {failed}");
}

#[both_databases]
async fn a_request_for_consent_is_not_passed_off_as_the_article(app: &App) {
    let ada = app.sign_up("ada").await;
    let wall = "<!doctype html><html><head><title>Before you continue</title></head><body><h1>We value your privacy</h1>\
        <p>We and our partners store cookies.</p><button>Accept all</button><a href='/login'>Sign in</a></body></html>";
    app.origin.put("/wall", "text/html", wall, Manner::Proper);
    let feed = one_article(
        &app.origin,
        "wall",
        "<description>The whole of it stands behind that page.</description>",
    );
    let source = ada.follow(&feed).await;
    let ready = ada.until_ended(ada.queue(&ada.item_of(source).await).await).await;
    assert_eq!(ready["status"], "ready", "{ready}");
    let text = ada.get(&format!("/api/v1/downloads/{}/text", ready["id"])).await.ok();
    let html = text["html"].as_str().unwrap();
    assert!(html.contains("asks for consent") && html.contains("stands behind that page"), "{html}");
    assert!(!html.contains("Accept all"), "{html}");
    app.origin.put("/empty", "text/html", wall, Manner::Proper);
    let source = ada.follow(&one_article(&app.origin, "empty", "")).await;
    let failed = ada.until_ended(ada.queue(&ada.item_of(source).await).await).await;
    assert!(failed["error"].as_str().unwrap_or_default().contains("consent"), "{failed}");
}

#[both_databases]
async fn a_transcript_is_read_once_and_summarised(app: &App) {
    let ada = app.sign_up("ada").await;
    app.origin.sound("/talk.mp3", 20_000, Manner::Proper);
    let cue = |n: usize, text: &str| format!("00:0{n}.000 --> 00:0{n}.900\n{text}\n\n");
    let cues: String = STORY.split_inclusive(". ").enumerate().map(|(n, text)| cue(n, text)).collect();
    app.origin.put("/talk.vtt", "text/vtt", format!("WEBVTT\n\n{cues}"), Manner::Proper);
    let (media, talk) = (app.origin.url("/talk.mp3"), app.origin.url("/talk.vtt"));
    let feed = format!(
        "<rss version=\"2.0\" xmlns:podcast=\"https://podcastindex.org/namespace/1.0\"><channel><title>Talks</title>\
         <item><guid>t</guid><title>Talk</title><enclosure url=\"{media}\" type=\"audio/mpeg\" length=\"20000\"/>\
         <podcast:transcript url=\"{talk}\" type=\"text/vtt\"/></item></channel></rss>"
    );
    let feed = app.origin.put("/talks.xml", "application/rss+xml", feed, Manner::Proper);
    let source = ada.follow(&feed).await;
    let run = ada.start_run(1).await;
    ada.until_run(run, "completed").await;
    let item = ada.item_of(source).await;
    let offered = item["transcripts"].as_array().unwrap();
    assert_eq!(offered.len(), 1, "{item}");
    assert!(STORY.contains(item["summary"].as_str().unwrap().split(". ").next().unwrap()), "{item}");
    assert_eq!(app.origin.asked("/talk.vtt"), 1);
}
