//! Answers of publishers over time: unchanged, moved, gone, busy, silent; and changing guids.

use std::time::Duration;

use serde_json::{Value, json};
use smartcache::db::sql::execute;
use smartcache::domain::{DateTime, SourceId, TimeDelta, Utc};
use smartcache::engine::catalog::refresh::RefreshSource;
use smartcache::testing::Backend;

use crate::harness::{App, Person};
use crate::rogue::{Rogue, Step, head};

/// Runs a check on each database, on a server that may fetch from a scripted publisher.
async fn with_rogue(check: impl AsyncFn(&App, &Person, &Rogue)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let rogue = Rogue::start().await;
        let place = rogue.allowance().parse().unwrap();
        let Some(app) = App::with(backend, |config| config.egress_allow.push(place)).await else { continue };
        let ada = app.sign_up("ada").await;
        check(&app, &ada, &rogue).await;
        app.clear().await;
    }
}

/// A feed with these item numbers, and a guid for each.
fn feed(items: &[i64], guid: impl Fn(i64) -> String) -> Vec<u8> {
    let item = |n: &i64| {
        format!(
            r#"<item><guid isPermaLink="false">{}</guid><title>Episode {n}</title><link>http://x.example/{n}</link>
               <pubDate>{}</pubDate><enclosure url="http://x.example/{n}.mp3" length="9" type="audio/mpeg"/></item>"#,
            guid(*n),
            (Utc::now() - TimeDelta::days(30 - n)).to_rfc2822()
        )
    };
    let items: String = items.iter().map(item).collect();
    format!(r#"<rss version="2.0"><channel><title>Trains</title>{items}</channel></rss>"#).into()
}

fn whole(fields: &[(&str, &str)], body: Vec<u8>) -> Vec<Step> {
    let length = body.len().to_string();
    let mut all = vec![("Content-Type", "application/rss+xml"), ("Content-Length", length.as_str())];
    all.extend_from_slice(fields);
    vec![head("200 OK", &all), Step::Send(body)]
}

fn bare(status: &str, fields: &[(&str, &str)]) -> Vec<Step> {
    let mut all = vec![("Content-Length", "0")];
    all.extend_from_slice(fields);
    vec![head(status, &all)]
}

/// Adds a source without subscribing, so that no background refresh reads it.
async fn add(person: &Person, feed_url: &str) -> i64 {
    person.post("/api/v1/sources", json!({ "feed_url": feed_url })).await.ok()["id"].as_i64().unwrap()
}

async fn told(person: &Person, source: i64) -> Value {
    person.get(&format!("/api/v1/sources/{source}")).await.ok()
}

/// Minutes until the next refresh of a source.
async fn wait(person: &Person, source: i64) -> i64 {
    let next = told(person, source).await["next_refresh_at"].as_str().unwrap().parse::<DateTime<Utc>>();
    (next.unwrap() - Utc::now() + TimeDelta::seconds(30)).num_minutes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_is_asked_again_by_its_own_habits_and_wishes() {
    with_rogue(async |_, ada, rogue| {
        rogue.on("/daily", |_| whole(&[], feed(&[21, 22, 23, 24, 25, 26, 27, 28, 29], |n| n.to_string())));
        rogue.on("/kept", |_| whole(&[("Cache-Control", "max-age=36000")], feed(&[1, 2], |n| n.to_string())));
        let (daily, kept) = (add(ada, &rogue.url("/daily")).await, add(ada, &rogue.url("/kept")).await);
        ada.refresh(daily).await;
        ada.refresh(kept).await;
        assert_eq!(wait(ada, daily).await, 6 * 60, "a quarter of a day");
        assert!(wait(ada, kept).await >= 10 * 60);
        let source = told(ada, daily).await;
        assert_eq!(
            (&source["items_lately"], &source["failures"], &source["details"]["format"]),
            (&json!(9), &json!(0), &json!("rss_2_0"))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_server_is_left_alone_as_long_as_it_asks() {
    with_rogue(async |_, ada, rogue| {
        rogue.on("/busy", |_| bare("503 Busy", &[("Retry-After", "18000")]));
        let busy = add(ada, &rogue.url("/busy")).await;
        assert_eq!(ada.refresh(busy).await["status"], "failed");
        assert_eq!(wait(ada, busy).await, 5 * 60);
        assert_eq!(told(ada, busy).await["failures"], 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_moved_for_good_three_times_is_asked_at_its_new_address() {
    with_rogue(async |_, ada, rogue| {
        let new = rogue.url("/new.xml");
        let to = new.clone();
        rogue.on("/old.xml", move |_| bare("301 Moved", &[("Location", &to)]));
        rogue.on("/new.xml", |_| whole(&[], feed(&[1], |n| n.to_string())));
        let source = add(ada, &rogue.url("/old.xml")).await;
        for _ in 0..2 {
            assert_eq!(ada.refresh(source).await["status"], "updated");
            assert_eq!(told(ada, source).await["feed_url"], rogue.url("/old.xml"));
        }
        ada.refresh(source).await;
        assert_eq!(told(ada, source).await["feed_url"], new);
        ada.refresh(source).await;
        assert_eq!((rogue.asked("/old.xml").len(), rogue.asked("/new.xml").len()), (3, 4));
        assert_eq!(ada.all(&format!("/api/v1/items?source_id={source}")).await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passing_redirect_moves_nothing() {
    with_rogue(async |_, ada, rogue| {
        let to = rogue.url("/new.xml");
        rogue.on("/old.xml", move |_| bare("302 Found", &[("Location", &to)]));
        rogue.on("/new.xml", |_| whole(&[], feed(&[1], |n| n.to_string())));
        let source = add(ada, &rogue.url("/old.xml")).await;
        for _ in 0..4 {
            ada.refresh(source).await;
        }
        assert_eq!(told(ada, source).await["feed_url"], rogue.url("/old.xml"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_is_gone_is_told_of_once_and_comes_back_when_it_is_asked_for() {
    with_rogue(async |_, ada, rogue| {
        let source = ada.follow(&rogue.url("/gone")).await;
        rogue.on("/gone", |_| bare("410 Gone", &[]));
        for _ in 0..2 {
            ada.refresh(source).await;
            assert_eq!(told(ada, source).await["health"], "gone");
        }
        let listed = ada.all("/api/v1/sources?health=gone").await;
        assert_eq!(listed.iter().map(|source| &source["id"]).collect::<Vec<_>>(), [&json!(source)]);
        rogue.on("/gone", |_| whole(&[], feed(&[1], |n| n.to_string())));
        ada.refresh(source).await;
        assert_eq!(told(ada, source).await["health"], "ok");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guids_that_change_or_come_back_make_no_doubles_and_lose_nothing() {
    with_rogue(async |_, ada, rogue| {
        rogue.on("/guids.xml", |asked| {
            whole(
                &[],
                match asked.nth {
                    1 => feed(&[1, 2], |n| format!("old-{n}")),
                    2 => feed(&[1, 2, 3], |n| format!("new-{n}")),
                    _ => feed(&[4], |_| "new-3".into()),
                },
            )
        });
        let source = add(ada, &rogue.url("/guids.xml")).await;
        let count = async |added: i64| {
            assert_eq!(ada.refresh(source).await["added"], added);
            ada.all(&format!("/api/v1/items?source_id={source}")).await.len()
        };
        assert_eq!(count(2).await, 2);
        assert_eq!(count(1).await, 3, "new guids for the same episodes");
        assert_eq!(count(1).await, 4, "an old guid for a new episode");
        for _ in 0..10 {
            assert_eq!(count(0).await, 4);
        }
    })
    .await;
}

/// The list of due sources may be older than the last refresh, so a job for one can be stale.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_was_read_meanwhile_is_not_asked_again() {
    with_rogue(async |app, ada, rogue| {
        rogue.on("/late.xml", |_| whole(&[], feed(&[1, 2], |n| n.to_string())));
        let url = rogue.url("/late.xml");
        let source = add(ada, &url).await;
        let work_off = async || {
            let mut work = app.engine.begin().await.unwrap();
            work.push(&RefreshSource::when_due(SourceId(source), &url)).await.unwrap();
            work.commit().await.unwrap();
            app.until_nothing_is_read().await;
            rogue.asked("/late.xml").len()
        };
        assert_eq!(work_off().await, 1, "it was never read");
        assert_eq!(work_off().await, 1, "it is not due");
        let due = "UPDATE source SET next_refresh_at = $1";
        execute(&app.engine.db, due, vec![app.engine.now().into()]).await.unwrap();
        assert_eq!(work_off().await, 2);
    })
    .await;
}

/// One hanging host with many feeds, and one that answers and is refreshed meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hanging_host_delays_nobody_else() {
    let hanging = Rogue::start().await;
    let place = hanging.allowance().parse().unwrap();
    let Some(app) = App::with(Backend::Sqlite, |config| config.egress_allow.push(place)).await else {
        return;
    };
    let ada = app.sign_up("ada").await;
    for n in 0..20 {
        hanging.on(&format!("/{n}.xml"), |_| vec![Step::Hang]);
        ada.post("/api/v1/subscriptions", json!({ "feed_url": hanging.url(&format!("/{n}.xml")) }))
            .await
            .ok();
    }
    let (feed, _) = app.origin.podcast("prompt", 2_000, crate::origin::Manner::Proper);
    let source = ada.follow(&feed).await;
    crate::harness::until("the other host was read", async || {
        (told(&ada, source).await["health"] == "ok").then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let under_way: usize = (0..20).map(|n| hanging.asked(&format!("/{n}.xml")).len()).sum();
    assert_eq!(under_way, 1, "one request at a time goes to a host");
    app.clear().await;
}
