//! Names of the server's own network reveal nothing about it to a user (SSRF guard).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use smartcache::testing::Backend;
use tokio::net::TcpListener;

use crate::harness::{App, Person};
use crate::origin::Manner;

/// An open port, and the count of connections to it.
async fn listening() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let come = Arc::new(AtomicUsize::new(0));
    let count = come.clone();
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, come)
}

/// A closed port.
async fn closed() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// Reason why discovery fails at an address, without the name in the address.
async fn why(ada: &Person, url: &str) -> String {
    let host = reqwest::Url::parse(url).unwrap().host_str().unwrap().to_owned();
    let refused = ada.post("/api/v1/sources/discover", json!({ "feed_url": url })).await;
    assert_eq!(refused.fields(), ["feed_url"], "{url}");
    let text = refused.json()["fields"][0]["message"].as_str().unwrap().to_owned();
    assert!(!text.contains("127.0.0.1"), "{text}");
    text.replace(&host, "NAME")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_the_servers_own_network_are_all_refused_in_the_same_words() {
    let (open, come) = listening().await;
    let closed = closed().await;
    // Both ports are allowed for other addresses, so that the port numbers alone decide nothing.
    let app = App::with(Backend::Sqlite, |config| {
        for port in [open, closed] {
            config.egress_allow.push(format!("10.9.8.7/32:{port}").parse().unwrap());
        }
    })
    .await
    .unwrap();
    let ada = app.sign_up("ada").await;
    let words = why(&ada, &format!("http://localhost:{open}/feed")).await;
    assert!(words.contains("unknown") && words.contains("private network"), "{words}");
    for url in [
        format!("http://localhost:{closed}/feed"),
        "http://localhost/feed".into(),
        "https://localhost/feed".into(),
        "http://localhost:22/feed".into(),
        "http://nowhere.invalid/feed".into(),
        format!("http://nowhere.invalid:{open}/feed"),
    ] {
        assert_eq!(why(&ada, &url).await, words, "{url}");
    }
    // Addresses behind a redirect get the same error and the same number of attempts.
    let mut ends = Vec::new();
    for (n, media) in [
        format!("http://localhost:{open}/a.mp3"),
        format!("http://localhost:{closed}/b.mp3"),
        "http://nowhere.invalid/c.mp3".into(),
    ]
    .iter()
    .enumerate()
    {
        let path = app.origin.url(&format!("/moved-{n}.mp3"));
        app.origin.put(&format!("/moved-{n}.mp3"), "audio/mpeg", "", Manner::Redirects(media.clone()));
        let failed = ada.until_ended(ada.fetch(&app.origin, &path).await).await;
        let error = failed["error"].as_str().unwrap().replace("localhost", "NAME");
        ends.push((error.replace("nowhere.invalid", "NAME"), failed["attempts"].clone()));
    }
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    assert_eq!(come.load(Ordering::SeqCst), 0, "nothing was asked");
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_judged_by_the_port_that_is_asked() {
    let (open, come) = listening().await;
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("trains", 2_000, Manner::Proper);
    let by_name = feed.replace("127.0.0.1", "localhost");
    let found = ada.post("/api/v1/sources/discover", json!({ "feed_url": by_name })).await.ok();
    assert_eq!(found["data"][0]["title"], "trains");
    let begun = Instant::now();
    why(&ada, &format!("http://localhost:{open}/")).await;
    why(&ada, "http://localhost/").await;
    assert!(begun.elapsed() > Duration::from_millis(200), "no faster than a name that is unknown");
    assert_eq!(come.load(Ordering::SeqCst), 0);
    app.clear().await;
}
