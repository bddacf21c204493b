//! Requests with wrong parameters or lists: refused at once, with the name of the field.

use crate::harness::App;
use both_databases::both_databases;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::Person;
use crate::origin::Manner;

/// All lists, with a run, a collection and an item of the user in their paths.
async fn lists(ada: &Person, item: i64) -> Vec<String> {
    let run = ada.start_run(1).await;
    ada.until_run(run, "completed").await;
    let collection = ada.post("/api/v1/collections", json!({ "name": "Trip" })).await.ok()["id"].clone();
    let plain = [
        "sources",
        "subscriptions",
        "items",
        "runs",
        "agents",
        "agents/discovery/versions",
        "collections",
        "approvals",
        "downloads",
        "downloads/evictions",
        "commute-windows",
        "playback/continue",
    ];
    let nested = [
        format!("runs/{run}/messages"),
        format!("runs/{run}/artifacts"),
        format!("runs/{run}/downloads"),
        format!("collections/{collection}/artifacts"),
        format!("items/{item}/chapters"),
    ];
    plain.map(str::to_owned).into_iter().chain(nested).map(|path| format!("/api/v1/{path}")).collect()
}

#[both_databases]
async fn every_list_names_what_is_wrong_with_its_query(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("trains", 2_000, Manner::Proper);
    let source = ada.follow(&feed).await;
    let item = ada.item_of(source).await["id"].as_i64().unwrap();
    app.origin.put(
        "/chapters.json",
        "application/json",
        r#"{"version":"1.2.0","chapters":[]}"#,
        Manner::Proper,
    );
    for list in lists(&ada, item).await {
        for (query, fields) in [
            ("limit=-1", vec!["limit"]),
            ("limit=0", vec!["limit"]),
            ("limit=many", vec!["limit"]),
            ("limit=99999999999999999999", vec!["limit"]),
            ("limit=1&limit=2", vec!["limit"]),
            ("cursor=AAAA", vec!["cursor"]),
            ("cursor=-1", vec!["cursor"]),
            ("cursor=1%27--", vec!["cursor"]),
            ("limit=-1&cursor=AAAA", vec!["limit", "cursor"]),
            ("limt=5", vec!["limt"]),
            ("owner=2&%3Cb%3E=1&owner=3", vec!["owner", "<b>"]),
        ] {
            let refused = ada.get(&format!("{list}?{query}")).await;
            assert_eq!(refused.status, 422, "{list}?{query}: {}", refused.text());
            assert_eq!(refused.fields(), fields, "{list}?{query}");
        }
        if !list.ends_with("chapters") {
            let page = ada.get(&format!("{list}?limit=9999&cursor=")).await.ok();
            assert!(page["data"].is_array(), "{list}");
        }
    }
    // Cursors of a search have another form than cursors of a list.
    for (list, cursor) in
        [("items?q=trains", "7"), ("items?topic=trains", "7"), ("sources?q=demo", "7"), ("items?q=+", "1.7")]
    {
        assert_eq!(ada.get(&format!("/api/v1/{list}&cursor={cursor}")).await.fields(), ["cursor"], "{list}");
    }
    assert_eq!(ada.get("/api/v1/directory?q=x&limit=-1").await.fields(), ["limit"]);
    assert_eq!(ada.get("/api/v1/analytics/downloads?day=7").await.fields(), ["day"]);
    // Players add parameters of their own to a file's address.
    assert_eq!(ada.get("/api/v1/downloads/999999/file?t=17").await.code(), "not_found");
}

#[both_databases]
async fn the_pages_of_every_list_hold_each_row_once(app: &App) {
    let ada = app.sign_up("ada").await;
    for (n, label) in ["One", "Two", "Three"].iter().enumerate() {
        let window = json!({ "label": label, "start": format!("0{n}:00"), "end": "10:00", "days": ["mon"] });
        assert_eq!(ada.post("/api/v1/commute-windows", window).await.status, 201);
    }
    for list in ["/api/v1/commute-windows", "/api/v1/agents", "/api/v1/sources", "/api/v1/sources?q=demo"] {
        let whole = ada.get(list).await.ok()["data"].as_array().unwrap().len();
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let joint = if list.contains('?') { '&' } else { '?' };
            let page = ada.get(&format!("{list}{joint}limit=2&cursor={cursor}")).await.ok();
            let rows = page["data"].as_array().unwrap();
            assert!(rows.len() <= 2, "{list}");
            ids.extend(rows.iter().map(|row| row["id"].to_string() + &row["agent"].to_string()));
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        assert!(ids.len() >= whole.min(3), "{list}: {ids:?}");
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "{list}");
    }
}

#[both_databases]
async fn lists_in_a_request_are_counted_before_they_are_compared(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("trains", 2_000, Manner::Proper);
    ada.follow(&feed).await;
    let subscription = ada.all("/api/v1/subscriptions").await[0]["id"].as_i64().unwrap();
    let words: Vec<String> = (0..20_000).map(|n| format!("word {n}")).collect();
    let begun = Instant::now();
    let topics =
        ada.put("/api/v1/preferences", json!({ "topics": words, "kinds": vec!["news"; 20_000] })).await;
    assert_eq!(topics.fields(), ["topics", "kinds"]);
    assert!(topics.text().contains("at most 50 topics, not 20000"), "{}", topics.text());
    let rules = json!({ "rules": { "include": words, "exclude": words } });
    let rules = ada.patch(&format!("/api/v1/subscriptions/{subscription}"), rules).await;
    assert_eq!(rules.fields(), ["rules.include", "rules.exclude"]);
    assert_eq!(ada.post("/api/v1/runs", json!({ "messages": words })).await.fields(), ["messages"]);
    let window = json!({ "label": "Morning", "start": "07:00", "end": "08:00", "days": vec!["mon"; 20_000] });
    assert_eq!(ada.post("/api/v1/commute-windows", window).await.fields(), ["days"]);
    let line = format!("topics={}&max_daily_items=5&max_storage_mb=500&timezone=UTC", words.join("%2C"));
    let form = ada.request(reqwest::Method::POST, "/api/ui/save_preferences").body(line);
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    let form = crate::harness::send(form).await;
    assert_eq!(form.status, 422, "{}", form.text());
    // Generous for a debug build on a busy machine; a quadratic comparison took a minute.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(ada.get("/api/v1/preferences").await.ok()["topics"], json!([]));
}
