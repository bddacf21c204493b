//! Figures from deliveries, and that recording them never fails a download, on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::*;
use crate::db::{events, sources};
use crate::domain::event::EventKind;
use crate::domain::history::Figures;
use crate::domain::preference::Preferences;
use crate::domain::source::{Kind, Origin, Policy};
use crate::domain::{ItemId, SourceId};
use crate::testing::TestEngine;

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

/// A delivery from the origin: 1,000 bytes in one second.
fn fetched(time: &str) -> Delivery {
    Delivery {
        download_id: DownloadId(1),
        item_id: ItemId(1),
        source_id: SourceId(1),
        run_id: None,
        title: "E1".into(),
        source_name: "S1".into(),
        outcome: Outcome::Ready,
        provider: Some(Provider::Origin),
        hit: false,
        bytes: 1_000,
        fetched: 1_000,
        seconds: 2.0,
        transfer_seconds: Some(1.0),
        speed_bps: Some(1_000),
        attempts: 1,
        error: None,
        at: at(time),
    }
}

fn faster(times: i64, it: Delivery) -> Delivery {
    let seconds = 1.0 / times as f64;
    Delivery { transfer_seconds: Some(seconds), speed_bps: Some(1_000 * times), ..it }
}

fn hit(time: &str) -> Delivery {
    let it =
        Delivery { provider: Some(Provider::Cache), hit: true, fetched: 0, attempts: 0, ..fetched(time) };
    Delivery { transfer_seconds: None, speed_bps: None, ..it }
}

/// A failure after a very slow start.
fn failed(time: &str) -> Delivery {
    let it = Delivery { outcome: Outcome::Failed, bytes: 0, fetched: 10, attempts: 4, ..fetched(time) };
    Delivery { speed_bps: Some(10), error: Some("404".into()), ..it }
}

fn cancelled(time: &str) -> Delivery {
    Delivery { outcome: Outcome::Cancelled, provider: None, ..failed(time) }
}

async fn note(t: &TestEngine, owner: UserId, all: &[Delivery]) {
    for it in all {
        rows::insert(&t.engine.db, owner, it).await.unwrap();
    }
}

async fn totals(t: &TestEngine, owner: UserId) -> Figures {
    report(&t.engine, owner, Some(7)).await.unwrap().totals
}

#[both_databases]
async fn every_figure_follows_from_what_was_noted(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let day = "2026-11-21T05:00:00Z";
    note(t, ada, &[fetched(day), faster(2, fetched(day)), hit(day), failed(day), cancelled(day)]).await;
    let figures = totals(t, ada).await;
    let expected = Figures {
        downloads: 5,
        ready: 3,
        hits: 1,
        failed: 1,
        cancelled: 1,
        hit_rate: Some(1.0 / 3.0),
        failure_rate: Some(0.25),
        bytes: 3_000,
        bytes_fetched: 2_020,
        bytes_saved: 1_000,
        mean_speed_bps: Some(1_333),
        median_speed_bps: Some(1_500),
    };
    assert_eq!(figures, expected);
}

#[both_databases]
async fn the_median_is_the_middle_of_what_was_measured(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let day = "2026-11-21T05:00:00Z";
    assert_eq!(totals(t, ada).await, Figures::default());
    note(t, ada, &[hit(day), hit(day), failed(day)]).await;
    assert_eq!(totals(t, ada).await.median_speed_bps, None);
    note(t, ada, &[faster(9, fetched(day)), fetched(day), faster(2, fetched(day))]).await;
    assert_eq!(totals(t, ada).await.median_speed_bps, Some(2_000));
}

#[both_databases]
async fn days_are_counted_by_the_persons_own_calendar(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let tokyo = Preferences { timezone: "Asia/Tokyo".into(), ..Default::default() };
    accounts::set_preferences(&t.engine.db, ada, &tokyo).await.unwrap();
    let times = [
        "2026-11-21T05:00:00Z",
        "2026-11-20T15:00:00Z",
        "2026-11-20T14:59:59.9Z",
        "2026-11-18T15:00:00Z",
        "2026-11-18T14:59:59Z",
    ];
    note(t, ada, &times.map(hit)).await;
    let report = report(&t.engine, ada, Some(3)).await.unwrap();
    let days: Vec<_> = report.per_day.iter().map(|d| (d.day.to_string(), d.figures.hits)).collect();
    assert_eq!(days, [("2026-11-19".into(), 1), ("2026-11-20".into(), 1), ("2026-11-21".into(), 2)]);
    assert_eq!(report.totals.hits, 4);
}

#[both_databases]
async fn a_year_has_a_row_for_every_day(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let berlin = Preferences { timezone: "Europe/Berlin".into(), ..Default::default() };
    accounts::set_preferences(&t.engine.db, ada, &berlin).await.unwrap();
    note(t, ada, &[hit("2026-03-29T00:30:00Z"), faster(3, fetched("2026-03-29T21:59:00Z"))]).await;
    let report = report(&t.engine, ada, Some(365)).await.unwrap();
    assert_eq!(report.per_day.len(), 365);
    let short = report.per_day.iter().find(|d| d.day.to_string() == "2026-03-29").unwrap();
    assert_eq!((short.figures.downloads, short.figures.median_speed_bps), (2, Some(3_000)));
}

#[both_databases]
async fn sources_and_providers_have_figures_of_their_own(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let new = sources::NewSource {
        feed_url: "http://x/feed",
        name: "Named anew",
        kind: Kind::Podcast,
        policy: Policy::CacheAllowed,
        origin: Origin::Directory,
        added_by: None,
    };
    let known = sources::insert(&t.engine.db, &new, t.engine.now()).await.unwrap().0;
    let day = "2026-11-21T05:00:00Z";
    let of = |it: Delivery, source_id, name: &str| Delivery { source_id, source_name: name.into(), ..it };
    let gone = SourceId(known.0 + 1);
    note(
        t,
        ada,
        &[
            of(fetched(day), known, "Old name"),
            of(hit(day), known, "Old name"),
            of(failed(day), gone, "Gone"),
            of(faster(5, fetched(day)), known, "Named anew"),
        ],
    )
    .await;
    let report = report(&t.engine, ada, None).await.unwrap();
    let by_source: Vec<_> = report
        .per_source
        .iter()
        .map(|s| (s.name.as_str(), s.figures.downloads, s.figures.failed, s.figures.median_speed_bps))
        .collect();
    assert_eq!(by_source, [("Named anew", 3, 0, Some(3_000)), ("Gone", 1, 1, None)]);
    let by_provider: Vec<_> = report
        .per_provider
        .iter()
        .map(|p| (p.provider, p.served, p.bytes, p.failures, p.median_speed_bps))
        .collect();
    assert_eq!(
        by_provider,
        [(Provider::Origin, 2, 2_000, 1, Some(3_000)), (Provider::Cache, 1, 1_000, 0, None),]
    );
}

#[both_databases]
async fn a_strangers_history_is_not_there(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    note(t, ada, &[fetched("2026-11-21T05:00:00Z")]).await;
    let report = report(&t.engine, eve, Some(365)).await.unwrap();
    assert_eq!(report.totals, Figures::default());
    assert!(report.per_day.iter().all(|day| day.figures.downloads == 0));
    assert!(report.per_source.is_empty() && report.per_provider.is_empty());
    assert!(latest(&t.engine, eve, 50).await.unwrap().is_empty());
    assert_eq!(latest(&t.engine, ada, 50).await.unwrap(), [fetched("2026-11-21T05:00:00Z")]);
}

#[both_databases]
async fn what_no_span_reaches_is_forgotten(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    note(t, ada, &[hit("2025-11-20T00:00:00Z"), hit("2025-11-21T00:00:00Z")]).await;
    assert_eq!(rows::delete_before(&t.engine.db, at("2025-11-20T12:00:00Z")).await.unwrap(), 1);
    assert_eq!(latest(&t.engine, ada, 50).await.unwrap().len(), 1);
}

#[both_databases]
async fn a_history_that_cannot_be_written_undoes_nothing_else(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    t.engine.db.execute_unprepared("DROP TABLE delivery").await.unwrap();
    let mut work = t.engine.begin().await.unwrap();
    work.record(ada, None, EventKind::System, json!({ "n": 1 })).await.unwrap();
    let savepoint = work.begin().await.unwrap();
    assert!(rows::insert(&savepoint, ada, &hit("2026-11-21T05:00:00Z")).await.is_err());
    savepoint.rollback().await.unwrap();
    record(&work, ada, DownloadId(1), Provider::Cache.into(), t.engine.now()).await;
    work.record(ada, None, EventKind::System, json!({ "n": 2 })).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(events::range(&t.engine.db, ada).await.unwrap(), (1, 2));
}
