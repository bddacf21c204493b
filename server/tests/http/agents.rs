//! The agent team over REST: its members, and the actions reserved for an administrator.

use both_databases::both_databases;
use serde_json::json;
use smartcache::engine::accounts;

use crate::harness::App;
use crate::live::Line;
use crate::users::administrator;

#[both_databases]
async fn the_team_and_its_tools_are_told(app: &App) {
    let ada = app.sign_up("ada").await;
    let all = ada.all("/api/v1/agents").await;
    let names: Vec<_> = all.iter().map(|agent| agent["agent"].as_str().unwrap()).collect();
    assert_eq!(names, ["discovery", "download", "summarizer"]);
    let tools = all[1]["tools"].as_array().unwrap();
    assert!(tools.iter().any(|tool| tool["name"] == "queue_download"));
    assert_eq!((&all[0]["model"], &all[0]["current"]["version"]), (&json!("builtin"), &json!(0)));
    assert_eq!(ada.get("/api/v1/agents/nobody").await.status, 404);
    assert_eq!(app.stranger().get("/api/v1/agents").await.status, 401);
}

#[both_databases]
async fn an_administrator_changes_what_an_agent_is_told(app: &App) {
    let ada = app.sign_up("ada").await;
    let new = json!({ "version": 0, "prompt": "Only trains.", "model": "large", "temperature": 0.5 });
    assert_eq!(ada.put("/api/v1/agents/discovery", new.clone()).await.status, 403);
    accounts::make_admin(&app.engine, "ada").await.unwrap();
    let wrong = ada.put("/api/v1/agents/discovery", json!({ "version": 0, "temperature": 3 })).await;
    assert_eq!((wrong.status, &wrong.json()["fields"][0]["field"]), (422, &json!("temperature")));
    let told = ada.put("/api/v1/agents/discovery", new.clone()).await.ok();
    assert_eq!((&told["version"], &told["changed_by"]), (&json!(1), &json!("ada")));
    assert_eq!(ada.put("/api/v1/agents/discovery", new).await.status, 409);
    let versions = ada.all("/api/v1/agents/discovery/versions").await;
    assert_eq!(versions.len(), 2);
    let card = ada.get("/api/v1/agents/discovery").await.ok();
    assert_eq!(
        (&card["current"]["model"], &card["model"]),
        (&json!("large"), &json!("builtin")),
        "there is no server"
    );
}

#[both_databases]
async fn everybody_who_is_connected_is_told_that_an_agent_has_changed(app: &App) {
    let (admin, ada) = (administrator(app).await, app.sign_up("ada").await);
    let mut lines = [Line::open(&admin).await, Line::open(&ada).await];
    for line in &mut lines {
        line.hear_until("connection_established").await;
    }
    admin.put("/api/v1/agents/discovery", json!({ "version": 0, "prompt": "Only trains." })).await.ok();
    for line in &mut lines {
        let heard = line.hear_until("agent_update").await;
        let frame = heard.last().unwrap();
        assert_eq!(frame["data"], json!({ "agent": "discovery", "action": "changed", "version": 1 }));
        assert!(frame["seq"].is_null() && frame["run_id"].is_null(), "it is not kept: {frame}");
    }
}

#[both_databases]
async fn the_emergency_stop_is_for_administrators(app: &App) {
    let ada = app.sign_up("ada").await;
    assert_eq!(ada.post("/api/v1/runs/stop", json!({})).await.status, 403);
    accounts::make_admin(&app.engine, "ada").await.unwrap();
    assert_eq!(ada.post("/api/v1/runs/stop", json!({})).await.ok()["stopped"], 0);
}
