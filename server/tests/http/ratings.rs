//! Ratings of items, and of the parts of agents in runs, over REST and on pages.

use both_databases::both_databases;
use serde_json::{Value, json};

use crate::harness::{App, Person};
use crate::origin::Manner;

/// A follower of a feed with one episode, and that episode.
async fn follower(app: &App, name: &str, feed: &str) -> (Person, Value) {
    let person = app.sign_up(name).await;
    let (feed, _) = app.origin.podcast(feed, 2_000, Manner::Proper);
    let item = person.item_of(person.follow(&feed).await).await;
    (person, item)
}

#[both_databases]
async fn an_item_is_rated_and_the_rating_is_taken_back(app: &App) {
    let (ada, item) = follower(app, "ada", "night").await;
    let shown = format!("/api/v1/items/{}", item["id"]);
    let path = format!("{shown}/rating");
    assert_eq!(item["rating"], Value::Null);
    let rated = ada.put(&path, json!({ "verdict": "up" })).await.ok();
    assert!(rated["verdict"] == "up" && rated["created_at"].is_string(), "{rated}");
    assert_eq!(ada.put(&path, json!({ "verdict": "up" })).await.ok(), rated, "it is idempotent");
    assert_eq!(ada.get(&shown).await.ok()["rating"], "up");
    let download = ada.queue(&item).await;
    assert_eq!(ada.until_download(download, "ready").await["rating"], "up");
    let page = ada.get(&format!("/items/{}", item["id"])).await.text();
    let title = item["title"].as_str().unwrap();
    assert!(page.contains(&format!("Good pick: {title}")) && page.contains(&format!("Not for me: {title}")));
    for wrong in [json!({ "verdict": "sideways" }), json!({ "verdict": 1 }), json!({})] {
        assert_eq!(ada.put(&path, wrong).await.fields(), ["verdict"]);
    }
    for _ in 0..2 {
        assert_eq!(ada.delete(&path).await.status, 204);
        assert_eq!(ada.get(&shown).await.ok()["rating"], Value::Null);
    }
}

#[both_databases]
async fn a_rating_is_for_those_who_see_the_item(app: &App) {
    let (ada, item) = follower(app, "ada", "night").await;
    let eve = app.sign_up("eve").await;
    let path = format!("/api/v1/items/{}/rating", item["id"]);
    let up = json!({ "verdict": "up" });
    ada.put(&path, up.clone()).await.ok();
    for path in [path.as_str(), "/api/v1/items/999999/rating", "/api/v1/items/nonsense/rating"] {
        assert_eq!(eve.put(path, up.clone()).await.status, 404, "{path}");
        assert_eq!(eve.delete(path).await.status, 404, "{path}");
    }
    assert_eq!(app.stranger().put(&path, up).await.status, 401);
    let (feed, _) = app.origin.podcast("night", 2_000, Manner::Proper);
    eve.follow(&feed).await;
    let hers = eve.get(&format!("/api/v1/items/{}", item["id"])).await.ok();
    assert_eq!(hers["rating"], Value::Null, "another follower has her own verdict");
}

#[both_databases]
async fn the_part_of_an_agent_is_rated_per_run(app: &App) {
    let (ada, _) = follower(app, "ada", "night").await;
    let eve = app.sign_up("eve").await;
    let run = ada.start_run(1).await;
    ada.until_run(run, "completed").await;
    let path = format!("/api/v1/runs/{run}/agents/discovery/rating");
    let record = async || {
        let record = ada.get("/api/v1/agents/discovery").await.ok()["record"].clone();
        (record["rated"].clone(), record["liked"].clone())
    };
    let rated = ada.put(&path, json!({ "verdict": "up" })).await.ok();
    assert_eq!(rated["verdict"], "up");
    assert_eq!(record().await, (json!(1), json!(1)));
    ada.put(&path, json!({ "verdict": "down" })).await.ok();
    assert_eq!(record().await, (json!(1), json!(0)));
    let page = ada.get("/agents/discovery").await.text();
    assert!(page.contains("Good work: Discovery") && page.contains("0 of 1 liked"), "{page}");
    assert_eq!(ada.put(&path, json!({ "verdict": "sideways" })).await.fields(), ["verdict"]);
    assert_eq!(eve.put(&path, json!({ "verdict": "up" })).await.status, 404);
    assert_eq!(eve.delete(&path).await.status, 404);
    assert_eq!(app.stranger().delete(&path).await.status, 401);
    for (run, agent) in [("999999", "discovery"), ("nonsense", "discovery"), (&*run.to_string(), "nobody")] {
        let path = format!("/api/v1/runs/{run}/agents/{agent}/rating");
        assert_eq!(ada.put(&path, json!({ "verdict": "up" })).await.status, 404, "{path}");
        assert_eq!(ada.delete(&path).await.status, 404, "{path}");
    }
    for _ in 0..2 {
        assert_eq!(ada.delete(&path).await.status, 204);
        assert_eq!(record().await, (json!(0), json!(0)));
    }
}
