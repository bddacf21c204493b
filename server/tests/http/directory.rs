//! Podcast search in directories that answer, that do not, and that return false data.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use smartcache::engine::config::{DirectorySettings, PodcastIndex};
use smartcache::testing::Backend;

use crate::harness::{App, Person};
use crate::origin::{Manner, Origin};

/// Runs a check on each database, with an origin that plays both directories.
async fn on_both(check: impl AsyncFn(&App, &Person, &Origin)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let origin = Origin::start().await;
        let place = origin.allowance().parse().unwrap();
        let index = PodcastIndex { url: origin.url("/index"), key: "THEKEY".into(), secret: "s3cret".into() };
        let app = App::with(backend, |config| {
            config.egress_allow.push(place);
            config.directories = DirectorySettings {
                itunes_url: origin.url("/itunes"),
                podcast_index: Some(index),
                timeout: Duration::from_millis(1_500),
            };
        });
        let Some(app) = app.await else { continue };
        let ada = app.sign_up("ada").await;
        check(&app, &ada, &origin).await;
        app.clear().await;
    }
}

const ITUNES: &str = "/itunes/search";
const INDEX: &str = "/index/search/byterm";

fn itunes(origin: &Origin, feeds: &[(&str, String)]) {
    let results: Vec<Value> = feeds
        .iter()
        .map(|(title, feed)| {
            json!({ "wrapperType": "track", "kind": "podcast", "collectionName": title, "artistName": "Ann", "feedUrl": feed,
                "trackCount": 12, "artworkUrl600": "https://x.example/600.jpg", "genres": ["History", "Podcasts"] })
        })
        .collect();
    let answer = json!({ "resultCount": results.len(), "results": results });
    origin.put(ITUNES, "text/javascript; charset=utf-8", answer.to_string(), Manner::Proper);
}

fn index(origin: &Origin, feeds: &[(&str, String)]) {
    let feeds: Vec<Value> = feeds
        .iter()
        .map(|(title, feed)| {
            json!({ "id": 1, "title": title, "url": feed, "link": "https://x.example/", "author": "Ann &amp; Bob", "dead": 0,
                "description": "<p>About <b>trains</b></p>", "artwork": "https://x.example/a.jpg", "episodeCount": 12, "medium": "podcast" })
        })
        .collect();
    let answer = json!({ "status": "true", "count": feeds.len(), "feeds": feeds });
    origin.put(INDEX, "application/json", answer.to_string(), Manner::Proper);
}

async fn search(person: &Person, query: &str) -> Value {
    person.get(&format!("/api/v1/directory?q={query}")).await.ok()
}

fn titles(found: &Value) -> Vec<&str> {
    found["data"].as_array().unwrap().iter().map(|listed| listed["title"].as_str().unwrap()).collect()
}

fn problems(found: &Value) -> Vec<&str> {
    found["problems"].as_array().unwrap().iter().map(|why| why.as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_directories_are_asked_and_each_feed_is_told_once() {
    on_both(async |_, ada, origin| {
        let (shared, other) = (origin.url("/shared.xml"), origin.url("/other.xml"));
        itunes(origin, &[("Night Trains", shared.clone()), ("Day Trains", other)]);
        index(origin, &[("Night Trains", shared.clone())]);
        let found = search(ada, "night%20%20Trains").await;
        assert_eq!((titles(&found), problems(&found).len()), (vec!["Night Trains", "Day Trains"], 0));
        let first = &found["data"][0];
        assert_eq!((&first["feed_url"], &first["directory"]), (&json!(shared), &json!("podcast_index")));
        assert_eq!((&first["author"], &first["description"]), (&json!("Ann & Bob"), &json!("About trains")));
        assert_eq!(
            (&first["items"], &first["kind"], &first["source_id"]),
            (&json!(12), &json!("podcast"), &json!(null))
        );
        let asked = &origin.requests(INDEX)[0];
        assert!(asked.uri.query().unwrap().contains("q=night+Trains&max=20"), "{asked:?}");
        assert_eq!(asked.headers["x-auth-key"], "THEKEY");
        assert_eq!(asked.headers["authorization"].len(), 40);
        assert!(asked.headers["user-agent"].to_str().unwrap().starts_with("SmartCache/"));
        assert!(!format!("{asked:?}").contains("s3cret"));
        let asked = &origin.requests(ITUNES)[0];
        assert_eq!(asked.uri.query(), Some("media=podcast&entity=podcast&term=night+Trains&limit=20"));
        assert!(!asked.headers.contains_key("x-auth-key"));
        search(ada, "NIGHT%20trains").await;
        assert_eq!((origin.asked(INDEX), origin.asked(ITUNES)), (1, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_here_says_so_to_whoever_may_see_it() {
    on_both(async |app, ada, origin| {
        let (feed, _) = origin.podcast("trains", 2_000, Manner::Proper);
        let source = ada.follow(&feed).await;
        index(origin, &[("Trains elsewhere", feed.clone())]);
        itunes(origin, &[]);
        let found = search(ada, "trains").await;
        let first = &found["data"][0];
        assert_eq!((&first["directory"], &first["source_id"]), (&json!("own"), &json!(source)));
        assert_eq!((first["subscription_id"].is_i64(), titles(&found).len()), (true, 1));
        let found = search(ada, "elsewhere").await;
        assert_eq!(found["data"][0]["source_id"], json!(source));
        let bob = app.sign_up("bob").await;
        let found = search(&bob, "trains").await;
        assert_eq!(
            (&found["data"][0]["source_id"], &found["data"][0]["directory"]),
            (&json!(null), &json!("podcast_index"))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_fails_costs_a_sentence() {
    on_both(async |_, ada, origin| {
        itunes(origin, &[("Trains", origin.url("/t.xml"))]);
        for (status, word) in [(503, "problem of its own"), (401, "does not let us in"), (429, "later")] {
            origin.put(INDEX, "application/json", "{}", Manner::Fails(status));
            let found = search(ada, &format!("after{status}")).await;
            assert_eq!(titles(&found), ["Trains"]);
            let why = problems(&found)[0];
            assert!(why.starts_with("The Podcast Index did not answer: ") && why.contains(word), "{why}");
            assert!(!why.contains("THEKEY") && !why.contains("s3cret"));
        }
        for garbage in ["<html>no", "[]", "{\"feeds\": 5}", ""] {
            origin.put(INDEX, "application/json", garbage, Manner::Proper);
            let found = search(ada, &format!("garbage{}", garbage.len())).await;
            assert_eq!((titles(&found), problems(&found).len()), (vec!["Trains"], 1), "{garbage}");
        }
        let large = format!("{{\"feeds\": [], \"x\": \"{}\"}}", "x".repeat(5 << 20));
        origin.put(INDEX, "application/json", large, Manner::Proper);
        assert!(problems(&search(ada, "large").await)[0].contains("larger than 4 MB"));
        origin.put(INDEX, "application/json", "{}", Manner::NeverAnswers);
        let start = Instant::now();
        assert!(problems(&search(ada, "hanging").await)[0].contains("did not answer in time"));
        assert!(start.elapsed() < Duration::from_secs(8));
        index(origin, &[("Back", origin.url("/b.xml"))]);
        assert_eq!(titles(&search(ada, "hanging").await), ["Back", "Trains"], "a failure is not remembered");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_directory_says_is_not_believed() {
    on_both(async |_, ada, origin| {
        itunes(origin, &[("<script>x()</script>Good", origin.url("/g.xml")), ("Inward", "http://127.0.0.9/feed".into()), ("Script", "javascript:x()".into())]);
        let answer = json!({ "feeds": [5, null, {}, { "url": 7, "title": [] }, { "url": "http://169.254.169.254/", "title": "Inward" },
            { "url": origin.url("/d.xml"), "title": "Dead", "dead": 1 }, { "url": origin.url("/n.xml"), "title": "x".repeat(5_000), "link": "javascript:x()" }] });
        origin.put(INDEX, "application/json", answer.to_string(), Manner::Proper);
        let found = search(ada, "anything").await;
        assert_eq!((titles(&found)[0].len(), titles(&found)[1], titles(&found).len()), (300, "Good", 2));
        assert_eq!(found["data"][0]["site_url"], json!(null));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_goes_to_nobody_but_the_index() {
    on_both(async |_, ada, origin| {
        let elsewhere = Origin::start().await;
        itunes(origin, &[]);
        origin.put(INDEX, "application/json", "", Manner::Redirects(elsewhere.url("/x")));
        assert_eq!(problems(&search(ada, "lured").await).len(), 1);
        assert_eq!(elsewhere.asked("/x"), 0, "it is not allowed by the guard");
        let by_name = origin.url("/moved").replace("127.0.0.1", "localhost");
        origin.put("/moved", "application/json", "{\"feeds\": []}", Manner::Proper);
        origin.put(INDEX, "application/json", "", Manner::Redirects(by_name));
        search(ada, "moved").await;
        let asked = origin.requests("/moved");
        assert_eq!(asked.len(), 1, "another origin that is allowed");
        assert!(
            !asked[0].headers.contains_key("x-auth-key") && !asked[0].headers.contains_key("authorization")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_asked_without_words_or_without_an_account() {
    on_both(async |app, ada, origin| {
        for empty in ["/api/v1/directory", "/api/v1/directory?q=%20"] {
            let reply = ada.get(empty).await;
            assert_eq!((reply.status, &reply.json()["fields"][0]["field"]), (422, &json!("q")));
        }
        assert_eq!(app.stranger().get("/api/v1/directory?q=x").await.status, 401);
        assert_eq!(origin.asked(ITUNES), 0);
    })
    .await;
}
