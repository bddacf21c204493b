//! Cases of feeds: passwords, watch pages, older pages, pasted addresses, serials, articles, commutes.

use std::time::Duration;

use serde_json::json;

use super::publisher::{self, answer, behind_password, publish, recording};
use super::{Stage, play};
use crate::harness::until;

const PRIVATE_FEED: &str = include_str!("private-feed.xml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_01_a_private_feed_wants_its_password_and_keeps_it() {
    play(async |Stage { app, rogue, ada, .. }: &Stage| {
        // `mara:p!n#1 ä?` in Base64.
        const BASIC: &str = "Basic bWFyYTpwIW4jMSDDpD8=";
        let feed = publisher::fill(PRIVATE_FEED, &rogue.url(""), &[]);
        behind_password(rogue, "/c01/feed.xml", BASIC, move |_| {
            answer("200 OK", "application/xml", feed.as_bytes())
        });
        let sound = crate::origin::sound("high water", 80_000);
        let served = sound.clone();
        behind_password(rogue, "/c01/high-water.mp3", BASIC, move |_| crate::rogue::proper(&served));

        let eve = app.sign_up("eve").await;
        let url = rogue.url("/c01/feed.xml");
        let closed = eve.follow(&url).await;
        let error = eve.refresh(closed).await["error"].as_str().unwrap().to_lowercase();
        assert!(error.contains("password"), "{error}");

        let typed = json!({ "feed_url": url, "username": "mara", "password": "p!n#1 ä?" });
        let subscription = ada.post("/api/v1/subscriptions", typed).await.ok();
        let source = subscription["source_id"].as_i64().unwrap();
        assert_ne!(source, closed, "other credentials, another source");
        assert_eq!(ada.refresh(source).await["status"], "updated");
        let item = ada.item_of(source).await;
        let download = ada.queue(&item).await;
        ada.until_download(download, "ready").await;
        assert_eq!(ada.get(&format!("/api/v1/downloads/{download}/file")).await.body, sound);
        for path in ["/api/v1/sources", "/api/v1/subscriptions", "/api/v1/subscriptions/export"] {
            for person in [ada, &eve] {
                let shown = person.get(path).await.text();
                assert!(!shown.contains("p!n") && !shown.contains("p%21n"), "{path}: {shown}");
            }
        }
        assert_eq!(eve.get(&format!("/api/v1/sources/{source}")).await.status, 404);
    })
    .await;
}

const VIDEO_SITE: &str = include_str!("video-site.xml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_15_a_page_to_watch_is_no_video() {
    play(async |Stage { rogue, ada, .. }: &Stage| {
        for path in ["/c15/v/aB3", "/c15/v/cD4", "/c15/watch"] {
            rogue.on(path, |_| answer("200 OK", "text/html", b"<!doctype html><title>Watch</title>"));
        }
        let feed = publish(rogue, "/c15/feed.xml", VIDEO_SITE, &[]);
        let source = ada.post("/api/v1/sources", json!({ "feed_url": feed, "kind": "video" })).await.ok();
        let source = source["id"].as_i64().unwrap();
        ada.post("/api/v1/subscriptions", json!({ "source_id": source })).await.ok();
        ada.refresh(source).await;
        let items = ada.all(&format!("/api/v1/items?source_id={source}")).await;
        assert_eq!(items.len(), 2);
        for item in &items {
            assert_eq!(item["availability"], "metadata_only", "{item}");
            let refused = ada.post("/api/v1/downloads", json!({ "item_id": item["id"] })).await;
            assert_eq!((refused.status, refused.code().as_str()), (409, "conflict"), "{}", refused.text());
        }
        let run = ada.start_run(5).await;
        let run = ada.until_run(run, "completed").await;
        assert_eq!(run["summary"]["queued"], 0, "{run}");
        let asked = ["/c15/v/aB3?version=3", "/c15/watch?v=aB3"].map(|path| rogue.asked(path).len());
        assert_eq!(asked, [0, 0]);
    })
    .await;
}

const PAGES: [&str; 3] = [include_str!("page1.xml"), include_str!("page2.xml"), include_str!("page3.xml")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_18_older_pages_of_a_feed_are_read_when_asked_for_each_once() {
    play(async |Stage { rogue, ada, .. }: &Stage| {
        let paths = ["/c18/page1.xml", "/c18/page2.xml", "/c18/page3.xml"];
        let feeds = [0, 1, 2].map(|n| publish(rogue, paths[n], PAGES[n], &[]));
        let source = ada.follow(&feeds[0]).await;
        ada.post(&format!("/api/v1/sources/{source}/older"), json!({})).await.ok();
        let titles = until("all talks are here", async || {
            let items = ada.all(&format!("/api/v1/items?source_id={source}")).await;
            (items.len() == 6).then(|| items.iter().map(|item| item["title"].clone()).collect::<Vec<_>>())
        })
        .await;
        assert_eq!(titles, [6, 5, 4, 3, 2, 1].map(|n| json!(format!("Talk {n}"))));
        let asked = || paths.map(|path| rogue.asked(path).len());
        let before = asked();
        assert!(before[1] == 1 && before[2] == 1, "each page once: {before:?}");
        ada.refresh(source).await;
        assert_eq!(asked(), [before[0] + 1, 1, 1], "a refresh reads the first page alone");
    })
    .await;
}

const PASTED: &str = include_str!("pasted.xml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_21_each_spelling_of_an_address_is_one_source() {
    play(async |Stage { rogue, ada, .. }: &Stage| {
        let feed = publish(rogue, "/feed.xml", PASTED, &[]);
        let page = format!(
            "<html><head><link rel='alternate' type='application/rss+xml' href='{feed}'></head><body>Hi</body></html>"
        );
        rogue.on("/c21/", move |_| answer("200 OK", "text/html", page.as_bytes()));
        let source = ada.follow(&feed).await;
        let bare = feed.strip_prefix("http://").unwrap();
        let mut spellings: Vec<_> =
            ["feed", "itpc", "pcast", "podcast"].iter().map(|scheme| format!("{scheme}://{bare}")).collect();
        spellings.extend([
            format!("feed:{feed}"),
            format!("<{feed}>"),
            format!("\"{feed}\""),
            format!(" {feed} \n"),
            bare.to_owned(),
            feed.replacen("http", "HTTP", 1),
            rogue.url("/c21/"),
        ]);
        for spelling in spellings {
            let followed = ada.post("/api/v1/subscriptions", json!({ "feed_url": spelling })).await;
            assert!(followed.status < 300, "{spelling}: {}", followed.text());
            assert_eq!(followed.json()["source_id"], source, "{spelling}");
        }
        let strange = ada.post("/api/v1/subscriptions", json!({ "feed_url": "https://bücher.invalid/feed" })).await;
        assert!(strange.status < 300, "a host with umlauts: {}", strange.text());
    })
    .await;
}

const SERIAL: &str = include_str!("serial.xml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_23_a_serial_is_heard_from_its_first_part() {
    play(async |stage: &Stage| {
        let Stage { rogue, ada, .. } = stage;
        for n in 1..=6 {
            recording(rogue, &format!("/c23/{n}.mp3"));
        }
        let feed = publish(rogue, "/c23/feed.xml", SERIAL, &[]);
        ada.follow(&feed).await;
        let run = ada.start_run(2).await;
        ada.until_run(run, "completed").await;
        let titles = async || {
            let downloads = ada.all("/api/v1/downloads").await;
            let mut titles: Vec<_> =
                downloads.iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect();
            titles.sort();
            titles
        };
        assert_eq!(titles().await, ["Arrival", "First night"]);
    })
    .await;
}

const ARTICLES: &str = include_str!("articles.xml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_24_articles_are_readable_or_say_why_not() {
    play(async |stage: &Stage| {
        let Stage { rogue, ada, .. } = stage;
        let page = |body: &str| format!("<html><head><title>A page</title></head><body><article>{body}</article></body></html>");
        let story = "<p>The ferry left the quay at six, and the gulls went along as far as the lighthouse.</p>".repeat(6);
        let pictures = page(&format!("{story}<figure><img src='/c24/a.jpg' alt='A ferry'><figcaption>The ferry at six</figcaption></figure>"));
        rogue.on("/c24/pictures", move |_| answer("200 OK", "text/html", pictures.as_bytes()));
        let russian = page(&"<p>Паром отошёл от причала в шесть часов утра, и чайки летели за ним до маяка.</p>".repeat(6))
            .replace("<head>", "<head><meta charset='koi8-r'>");
        let (koi, ..) = encoding_rs::KOI8_R.encode(&russian);
        let koi = koi.into_owned();
        rogue.on("/c24/koi", move |_| answer("200 OK", "text/html; charset=iso-8859-1", &koi));
        let chinese = page(&"<p>渡轮六点离开码头，海鸥一直跟到灯塔。</p>".repeat(12)).replace("<head>", "<head><meta charset='gb2312'>");
        let (gb, ..) = encoding_rs::GBK.encode(&chinese);
        let gb = gb.into_owned();
        rogue.on("/c24/gb", move |_| answer("200 OK", "text/html", &gb));
        let consent = "<html><head><title>Before you continue</title></head><body><h1>We value your privacy</h1>\
            <p>We and our partners use cookies. Please consent to cookies to continue to the site.</p>\
            <form><button>Accept all</button><button>Reject all</button></form></body></html>";
        rogue.on("/c24/consent", move |_| answer("200 OK", "text/html", consent.as_bytes()));
        let xhtml = format!(
            "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><head><title>X</title></head><body><div>{story}</div></body></html>"
        );
        rogue.on("/c24/xhtml", move |_| answer("200 OK", "application/xhtml+xml", xhtml.as_bytes()));
        rogue.on("/c24/gone", |_| answer("410 Gone", "text/html", b"Gone"));
        let feed = publish(rogue, "/c24/feed.xml", ARTICLES, &[]);
        let source = ada.follow(&feed).await;
        let expected = [
            ("With pictures", "The ferry at six"),
            ("In GB2312", "海鸥一直跟到灯塔"),
            ("Wrong header, right meta", "чайки летели за ним"),
            ("Behind a consent page", "stands behind a page that asks for consent"),
            ("Served as xhtml", "as far as the lighthouse"),
            ("A text in full in the feed, its page gone", "gulls were the most reliable"),
        ];
        for (title, words) in expected {
            let download = stage.queue(source, &[title]).await[0];
            ada.until_download(download, "ready").await;
            let text = ada.get(&format!("/api/v1/downloads/{download}/text")).await.ok();
            assert!(text["html"].as_str().unwrap().contains(words), "{title}: {text}");
        }
    })
    .await;
}

const WEEKLY: &str = include_str!("weekly.xml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_25_what_came_out_this_morning_is_there_when_the_train_leaves() {
    play(async |stage: &Stage| {
        let Stage { app, rogue, ada } = stage;
        for n in 7..=10 {
            recording(rogue, &format!("/c25/b{n}.mp3"));
        }
        let feed = publish(rogue, "/c25/feed.xml", WEEKLY, &[("more", "")]);
        let source = ada.follow(&feed).await;
        let subscription = ada.get(&format!("/api/v1/sources/{source}")).await.ok()["subscription_id"].clone();
        let ahead = json!({ "ahead": { "items": 2, "megabytes": 50 } });
        ada.patch(&format!("/api/v1/subscriptions/{subscription}"), ahead).await.ok();
        let (start, end) = (chrono::Utc::now() + Duration::from_secs(12 * 60), chrono::Utc::now() + Duration::from_secs(42 * 60));
        let window = json!({
            "label": "Train", "start": start.format("%H:%M").to_string(), "end": end.format("%H:%M").to_string(),
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        });
        assert_eq!(ada.post("/api/v1/commute-windows", window).await.status, 201);
        let item = "<item><title>Briefing 10</title><guid>b10</guid><enclosure url=\"{{O}}/c25/b10.mp3\" type=\"audio/mpeg\"/></item>";
        let more = publisher::fill(item, &rogue.url(""), &[]);
        publish(rogue, "/c25/feed.xml", WEEKLY, &[("more", &more)]);
        // The feed was read ten minutes ago, long before the departure, and is due in a day.
        let then = app.engine.now() - chrono::TimeDelta::minutes(10);
        smartcache::db::sql::execute(&app.engine.db, "UPDATE source SET last_asked_at = $1", vec![then.into()]).await.unwrap();
        stage.wake().await;
        until("the new briefing is here", async || {
            let cached = ada.all(&format!("/api/v1/items?source_id={source}&availability=cached")).await;
            cached.iter().any(|item| item["title"] == "Briefing 10").then_some(())
        })
        .await;
    })
    .await;
}
