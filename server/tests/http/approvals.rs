//! Approvals over REST: a waiting run, and the effect of each decision.

use both_databases::both_databases;
use serde_json::{Value, json};

use crate::harness::{App, Person};
use crate::origin::Manner;

/// A user with an approval limit of 1 MB who follows a podcast of 1.5 MB, and a run that awaits approval.
pub async fn waiting(app: &App, name: &str) -> (Person, i64, Value) {
    let person = app.sign_up(name).await;
    let wants = json!({ "approval": { "file_mb": 1, "run_mb": 500 } });
    person.put("/api/v1/preferences", wants).await.ok();
    let (feed, _) = app.origin.podcast("grand", 1_500_000, Manner::Proper);
    person.follow(&feed).await;
    let run = person.start_run(1).await;
    person.until_run(run, "waiting_approval").await;
    let pending = person.all("/api/v1/approvals?status=pending").await;
    assert_eq!(pending.len(), 1, "{pending:?}");
    (person, run, pending[0].clone())
}

fn decision(approval: &Value) -> String {
    format!("/api/v1/approvals/{}/decision", approval["id"])
}

#[both_databases]
async fn an_approved_file_is_fetched(app: &App) {
    let (ada, run, approval) = waiting(app, "ada").await;
    assert_eq!((&approval["run_id"], &approval["agent"]), (&json!(run), &json!("download")));
    assert!(approval["question"].as_str().unwrap().contains("1.5 MB"), "{approval}");
    assert!(ada.all("/api/v1/downloads").await.is_empty());
    let decided = ada.post(&decision(&approval), json!({ "action": "approve", "comment": "Go." })).await.ok();
    assert_eq!((&decided["status"], &decided["comment"]), (&json!("approved"), &json!("Go.")));
    let over = ada.until_run(run, "completed").await;
    assert_eq!(over["summary"]["ready"], 1);
    let again = ada.post(&decision(&approval), json!({ "action": "reject" })).await;
    assert_eq!((again.status, again.code()), (409, "conflict".into()));
}

#[both_databases]
async fn a_rejected_file_is_left_out(app: &App) {
    let (ada, run, approval) = waiting(app, "ada").await;
    ada.post(&decision(&approval), json!({ "action": "reject" })).await.ok();
    let over = ada.until_run(run, "completed").await;
    assert_eq!((&over["summary"]["queued"], &over["summary"]["skipped"]), (&json!(0), &json!(1)));
    assert_eq!(app.origin.asked("/grand.mp3"), 0);
}

#[both_databases]
async fn answers_that_make_no_sense_name_their_field(app: &App) {
    let (ada, _, approval) = waiting(app, "ada").await;
    let fields = async |body| ada.post(&decision(&approval), body).await.fields();
    assert_eq!(fields(json!({ "action": "maybe" })).await, ["action"]);
    assert_eq!(fields(json!({})).await, ["action"]);
    assert_eq!(fields(json!({ "action": "amend" })).await, ["amended"]);
    assert_eq!(fields(json!({ "action": "approve", "amended": { "item_id": 7 } })).await, ["amended"]);
    assert_eq!(fields(json!({ "action": "reject", "comment": "x".repeat(501) })).await, ["comment"]);
    let shown = ada.get(&format!("/api/v1/approvals/{}", approval["id"])).await.ok();
    assert_eq!(shown, approval);
}

#[both_databases]
async fn a_strangers_request_is_not_there(app: &App) {
    let (_, _, approval) = waiting(app, "ada").await;
    let eve = app.sign_up("eve").await;
    assert!(eve.all("/api/v1/approvals").await.is_empty());
    assert_eq!(eve.get(&format!("/api/v1/approvals/{}", approval["id"])).await.status, 404);
    assert_eq!(eve.post(&decision(&approval), json!({ "action": "approve" })).await.status, 404);
    assert_eq!(app.stranger().get("/api/v1/approvals").await.status, 401);
}

#[both_databases]
async fn a_run_that_waits_is_cancelled_with_its_request(app: &App) {
    let (ada, run, approval) = waiting(app, "ada").await;
    let cancelled = ada.post(&format!("/api/v1/runs/{run}/cancel"), json!({})).await.ok();
    assert_eq!(cancelled["status"], "cancelled");
    let shown = ada.get(&format!("/api/v1/approvals/{}", approval["id"])).await.ok();
    assert_eq!(shown["status"], "expired");
}
