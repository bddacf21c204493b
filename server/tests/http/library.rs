//! The library over REST: filters, orders, totals, actions on many, and undone deletions.

use crate::harness::App;
use crate::origin::Manner;
use both_databases::both_databases;
use serde_json::json;

#[both_databases]
async fn a_library_is_ordered_page_by_page_and_counted_whole(app: &App) {
    let ada = app.sign_up("ada").await;
    let mut ids = Vec::new();
    for (name, bytes) in [("small", 20_000), ("large", 90_000), ("middle", 50_000)] {
        let (feed, _) = app.origin.podcast(name, bytes, Manner::Proper);
        let id = ada.queue(&ada.item_of(ada.follow(&feed).await).await).await;
        ada.until_download(id, "ready").await;
        ids.push(id);
    }
    for (order, expected) in [
        ("largest", [ids[1], ids[2], ids[0]]),
        ("newest", [ids[2], ids[1], ids[0]]),
        ("added", [ids[2], ids[1], ids[0]]),
    ] {
        let mut found = Vec::new();
        let mut path = format!("/api/v1/downloads?order={order}&limit=1");
        loop {
            let page = ada.get(&path).await.ok();
            found.extend(page["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/api/v1/downloads?order={order}&limit=1&cursor={cursor}");
        }
        assert_eq!(found, expected, "{order}");
    }
    for order in ["shortest", "longest", "expiring"] {
        let rows = ada.all(&format!("/api/v1/downloads?order={order}")).await;
        let mut found: Vec<_> = rows.iter().map(|row| row["id"].as_i64().unwrap()).collect();
        found.sort();
        assert_eq!(found, ids, "{order}: every page, each row once");
    }
    let totals = ada.get("/api/v1/downloads/totals").await.ok();
    assert_eq!((&totals["ready"], &totals["ready_bytes"]), (&json!(3), &json!(160_000)), "{totals}");
    let none = ada.get("/api/v1/downloads/totals?status=on_the_way&kind=video&q=x").await.ok();
    assert_eq!((&none["ready"], &none["on_the_way"]), (&json!(0), &json!(0)));
    assert_eq!(ada.get("/api/v1/downloads?order=largest&cursor=7").await.status, 422);
    assert_eq!(ada.get("/api/v1/downloads?status=lost").await.status, 422);
}

#[both_databases]
async fn a_deletion_is_undone_with_all_that_it_took(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (feed, sound) = app.origin.podcast("undo", 30_000, Manner::Proper);
    let subscription = ada.follow(&feed).await;
    let id = ada.queue(&ada.item_of(subscription).await).await;
    let before = ada.until_download(id, "ready").await;
    let path = format!("/api/v1/downloads/{id}");
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!(eve.post(&format!("{path}/restore"), json!({})).await.status, 409);
    assert_eq!(ada.post(&format!("{path}/restore"), json!({})).await.ok(), before);
    assert_eq!(ada.get(&format!("{path}/file")).await.body, sound);
    let bulk = |verb: &str| json!({ "ids": [id], "verb": verb });
    assert_eq!(ada.post("/api/v1/downloads/bulk", bulk("delete")).await.ok()["changed"], 1);
    assert_eq!(ada.post("/api/v1/downloads/bulk", bulk("restore")).await.ok()["changed"], 1);
    assert_eq!(eve.post("/api/v1/downloads/bulk", bulk("delete")).await.ok()["refused"], 1);
    assert_eq!(ada.post("/api/v1/downloads/bulk", bulk("pause")).await.status, 422);
}

#[both_databases]
async fn the_end_of_a_subscription_is_undone_with_its_rules(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (feed, _) = app.origin.podcast("rules", 30_000, Manner::Proper);
    ada.follow(&feed).await;
    let known = ada.all("/api/v1/subscriptions").await[0].clone();
    let path = format!("/api/v1/subscriptions/{}", known["id"]);
    let change = json!({ "priority": 5, "ahead": { "items": 3, "megabytes": 100 } });
    let changed = ada.patch(&path, change).await.ok();
    assert_eq!(ada.delete(&path).await.status, 204);
    assert!(ada.all("/api/v1/subscriptions").await.is_empty());
    assert_eq!(eve.post(&format!("{path}/restore"), json!({})).await.status, 409);
    assert_eq!(ada.post(&format!("{path}/restore"), json!({})).await.ok(), changed);
    assert_eq!(ada.post(&format!("{path}/restore"), json!({})).await.ok(), changed, "twice is once");
}
