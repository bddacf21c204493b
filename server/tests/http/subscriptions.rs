//! Subscriptions: following, priorities, and unsubscribing.

use crate::harness::App;
use crate::origin::Manner;
use both_databases::both_databases;
use serde_json::json;

const PATH: &str = "/api/v1/subscriptions";

#[both_databases]
async fn a_feed_is_followed_weighed_and_let_go(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("walk", 20_000, Manner::Proper);
    let made = ada.post(PATH, json!({ "feed_url": feed, "priority": 5 })).await;
    assert_eq!((made.status, &made.json()["priority"]), (201, &json!(5)));
    let path = format!("{PATH}/{}", made.json()["id"]);
    assert_eq!(ada.patch(&path, json!({ "priority": 1 })).await.ok()["priority"], 1);
    assert_eq!(ada.all(PATH).await.len(), 1);
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!((ada.all(PATH).await.len(), ada.delete(&path).await.status), (0, 404));
}

#[both_databases]
async fn following_twice_is_following_once(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("twice", 20_000, Manner::Proper);
    let first = ada.post(PATH, json!({ "feed_url": feed })).await.ok();
    let again = ada.post(PATH, json!({ "source_id": first["source_id"], "priority": 4 })).await.ok();
    assert_eq!((&again["id"], &again["priority"], ada.all(PATH).await.len()), (&first["id"], &json!(4), 1));
}

#[both_databases]
async fn what_is_wrong_with_a_subscription_is_named(app: &App) {
    let ada = app.sign_up("ada").await;
    assert_eq!(ada.post(PATH, json!({})).await.fields(), ["source_id"]);
    assert_eq!(ada.post(PATH, json!({ "source_id": "x" })).await.fields(), ["source_id"]);
    assert_eq!(ada.post(PATH, json!({ "feed_url": "http://10.0.0.1/feed" })).await.fields(), ["feed_url"]);
    assert_eq!(ada.post(PATH, json!({ "source_id": 1, "priority": 6 })).await.fields(), ["priority"]);
    assert_eq!(ada.post(PATH, json!({ "source_id": 999_999 })).await.code(), "not_found");
}

#[both_databases]
async fn two_people_with_the_same_secret_address_share_the_source_and_nobody_else_sees_it(app: &App) {
    let (ada, bob, eve) = (app.sign_up("ada").await, app.sign_up("bob").await, app.sign_up("eve").await);
    let (feed, _) = app.origin.podcast("token-abc", 20_000, Manner::Proper);
    assert_eq!(ada.follow(&feed).await, bob.follow(&feed).await);
    let seen =
        |sources: Vec<serde_json::Value>| sources.iter().any(|source| source["feed_url"] == feed.as_str());
    assert!(seen(ada.all("/api/v1/sources").await) && seen(bob.all("/api/v1/sources").await));
    assert!(!seen(eve.all("/api/v1/sources").await));
}
