//! Commute windows: their content, their owners, and priority for the user who leaves soon.

use both_databases::both_databases;
use std::time::Duration;

use serde_json::{Value, json};
use smartcache::domain::Utc;
use smartcache::testing::Backend;

use crate::harness::App;
use crate::origin::Manner;

const WINDOWS: &str = "/api/v1/commute-windows";

fn morning() -> Value {
    json!({ "label": "Morning", "start": "07:30", "end": "08:15", "days": ["mon", "fri"], "is_active": true })
}

fn with(field: &str, value: Value) -> Value {
    let mut window = morning();
    window[field] = value;
    window
}

/// A daily window that starts in this many minutes.
fn leaving_in(minutes: u64) -> Value {
    let at = |minutes: u64| (Utc::now() + Duration::from_secs(60 * minutes)).format("%H:%M").to_string();
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    json!({ "label": "Soon", "start": at(minutes), "end": at(minutes + 45), "days": days })
}

#[both_databases]
async fn a_window_is_added_changed_switched_off_and_deleted(app: &App) {
    let ada = app.sign_up("ada").await;
    assert_eq!(ada.get(WINDOWS).await.ok(), json!({ "data": [], "next_cursor": null }));
    let added = ada.post(WINDOWS, with("label", json!("  Early  train "))).await;
    let id = added.json()["id"].clone();
    let expected = json!({
        "id": id, "label": "Early train", "start": "07:30", "end": "08:15", "days": ["mon", "fri"], "is_active": true
    });
    assert_eq!((added.status, added.json()), (201, expected.clone()));
    assert_eq!(ada.all(WINDOWS).await, [expected]);
    let path = format!("{WINDOWS}/{id}");
    let night = json!({ "start": "23:30", "end": "00:30", "days": ["sun", "mon", "sun"] });
    let changed = ada.put(&path, night).await.ok();
    assert_eq!(
        (&changed["start"], &changed["days"], &changed["label"]),
        (&json!("23:30"), &json!(["mon", "sun"]), &json!("Early train"))
    );
    assert_eq!(ada.put(&path, json!({ "is_active": false })).await.ok()["is_active"], false);
    assert_eq!(ada.all(WINDOWS).await[0]["start"], "23:30");
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!((ada.delete(&path).await.status, ada.all(WINDOWS).await.len()), (404, 0));
}

#[both_databases]
async fn every_wrong_field_is_named(app: &App) {
    let ada = app.sign_up("ada").await;
    assert_eq!(ada.post(WINDOWS, json!({})).await.fields(), ["label", "start", "end", "days"]);
    let id = ada.post(WINDOWS, morning()).await.json()["id"].clone();
    let path = format!("{WINDOWS}/{id}");
    let cases = [
        ("label", json!("")),
        ("label", json!("x".repeat(61))),
        ("label", json!("a\u{0}b")),
        ("label", json!(7)),
        ("start", json!("7:30")),
        ("start", json!("24:00")),
        ("start", json!("07:60")),
        ("start", json!(730)),
        ("end", json!("")),
        ("end", json!("07:30")),
        ("end", json!("noon")),
        ("end", json!("0८:00")),
        ("days", json!([])),
        ("days", json!(["monday"])),
        ("days", json!(["mon", "Tue"])),
        ("is_active", json!("yes")),
    ];
    for (field, value) in cases {
        for reply in [
            ada.post(WINDOWS, with(field, value.clone())).await,
            ada.put(&path, with(field, value.clone())).await,
        ] {
            assert_eq!(
                (reply.status, reply.fields()),
                (422, vec![field.to_owned()]),
                "{field} {value}: {}",
                reply.text()
            );
        }
    }
    assert!(ada.post(WINDOWS, with("days", json!("mon"))).await.fields()[0].starts_with("days"));
    assert_eq!(ada.all(WINDOWS).await.len(), 1);
}

#[both_databases]
async fn nobody_sees_or_touches_what_is_not_theirs(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let id = ada.post(WINDOWS, morning()).await.json()["id"].clone();
    for path in [format!("{WINDOWS}/{id}"), format!("{WINDOWS}/999999"), format!("{WINDOWS}/x")] {
        assert_eq!(eve.put(&path, with("label", json!("Mine"))).await.code(), "not_found");
        assert_eq!(eve.delete(&path).await.code(), "not_found");
    }
    assert!(eve.all(WINDOWS).await.is_empty());
    assert_eq!(app.stranger().get(WINDOWS).await.status, 401);
    assert_eq!(app.stranger().post(WINDOWS, morning()).await.status, 401);
    assert_eq!(app.stranger().delete(&format!("{WINDOWS}/{id}")).await.status, 401);
    assert_eq!(ada.all(WINDOWS).await[0]["label"], "Morning");
}

#[both_databases]
async fn there_are_twenty_at_the_most(app: &App) {
    let ada = app.sign_up("ada").await;
    for _ in 0..20 {
        assert_eq!(ada.post(WINDOWS, morning()).await.status, 201);
    }
    let refused = ada.post(WINDOWS, morning()).await;
    assert_eq!((refused.status, refused.code()), (409, "conflict".into()));
    assert!(refused.json()["detail"].as_str().unwrap().contains("Delete one"), "{}", refused.text());
}

/// Uses a single transfer, so that the order of transfers is the order of becoming ready.
async fn a_near_commute(backend: Backend) {
    let Some(app) = App::with(backend, |config| config.transfers = 1).await else { return };
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let (feed, _) = app.origin.podcast("busy", 150_000, Manner::Slow(5_000));
    let busy = ada.queue(&ada.item_of(ada.follow(&feed).await).await).await;
    ada.until_download(busy, "downloading").await;
    let (hers, his) = (
        app.origin.podcast("hers", 20_000, Manner::Proper),
        app.origin.podcast("his", 20_000, Manner::Proper),
    );
    let hers = ada.queue(&ada.item_of(ada.follow(&hers.0).await).await).await;
    let his = bob.queue(&bob.item_of(bob.follow(&his.0).await).await).await;
    assert_eq!(bob.download(his).await["wanted_by"], json!(null));
    let soon = leaving_in(60);
    bob.put("/api/v1/preferences", json!({ "timezone": "UTC" })).await.ok();
    assert_eq!(bob.post(WINDOWS, soon.clone()).await.status, 201);
    let wanted_by = bob.download(his).await["wanted_by"].as_str().unwrap().to_owned();
    assert_eq!(Some(&wanted_by[11..16]), soon["start"].as_str());
    let (hers, his) = tokio::join!(ada.until_download(hers, "ready"), bob.until_download(his, "ready"));
    assert_eq!((&hers["wanted_by"], &his["wanted_by"]), (&json!(null), &json!(null)));
    assert!(his["ready_at"].as_str() < hers["ready_at"].as_str(), "{his} {hers}");
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_near_commute_comes_before_what_somebody_asked_for_earlier_on_sqlite() {
    a_near_commute(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_near_commute_comes_before_what_somebody_asked_for_earlier_on_postgres() {
    a_near_commute(Backend::Postgres).await;
}
