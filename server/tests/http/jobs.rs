//! Single jobs as an administrator sees, retries and cancels them.

use both_databases::both_databases;
use serde_json::{Value, json};
use smartcache::db::sql;

use crate::harness::App;
use crate::users::administrator;

const LIST: &str = "/api/v1/admin/jobs/list";

/// Adds a job that no worker of this version claims, and that is not tidied away as long ended.
async fn add(app: &App, queue: &str, state: &str) -> i64 {
    let sql = "INSERT INTO job (queue, kind, payload, state, attempts, max_attempts, last_error, run_at, created_at,
            finished_at)
        VALUES ($1, 'of_another_version', '{\"url\":\"https://x/token-7f3a\"}', $2, 5, 5, 'The server is away.', 1.5, 0.5,
            CASE WHEN $2 = 'failed' THEN 4102444802.5 END) RETURNING id";
    sql::value(&app.engine.db, sql, sql::args![queue, state]).await.unwrap().unwrap()
}

fn act(id: i64, verb: &str) -> String {
    format!("/api/v1/admin/jobs/{id}/{verb}")
}

#[both_databases]
async fn jobs_are_listed_narrowed_retried_and_cancelled(app: &App) {
    let (admin, ada) = (administrator(app).await, app.sign_up("ada").await);
    let (failed, waiting) = (add(app, "feeds", "failed").await, add(app, "pictures", "ready").await);
    let running = add(app, "runs", "running").await;
    let strange = async |filter: &str| {
        let all = admin.all(&format!("{LIST}{filter}")).await;
        all.into_iter().filter(|job| job["kind"] == "of_another_version").collect::<Vec<_>>()
    };
    let ids = |jobs: &[Value]| jobs.iter().map(|job| job["id"].as_i64().unwrap()).collect::<Vec<_>>();
    let all = strange("").await;
    assert_eq!(ids(&all), [running, waiting, failed]);
    assert_eq!(
        all[2],
        json!({
            "id": failed, "queue": "feeds", "kind": "of_another_version", "state": "failed", "attempts": 5,
            "max_attempts": 5, "last_error": "The server is away.", "is_stopping": false,
            "created_at": "1970-01-01T00:00:00.500Z", "run_at": "1970-01-01T00:00:01.500Z",
            "finished_at": "2100-01-01T00:00:02.500Z",
        }),
        "nothing of its payload"
    );
    assert_eq!(ids(&strange("?queue=pictures&state=ready").await), [waiting]);
    assert_eq!(ids(&strange("?queue=nowhere").await), [] as [i64; 0]);
    assert_eq!(admin.get(&format!("{LIST}?state=lost")).await.fields(), ["state"]);

    assert_eq!(admin.post(&act(failed, "retry"), json!({})).await.ok()["state"], "ready");
    assert_eq!(admin.post(&act(waiting, "cancel"), json!({})).await.status, 204);
    assert_eq!(admin.post(&act(waiting, "cancel"), json!({})).await.code(), "conflict");
    for verb in ["retry", "cancel"] {
        assert_eq!(admin.post(&act(running, verb), json!({})).await.code(), "conflict");
        assert_eq!(admin.post(&act(999_999, verb), json!({})).await.status, 404);
        assert_eq!(ada.post(&act(failed, verb), json!({})).await.status, 403);
    }
    assert_eq!(ada.get(LIST).await.status, 403);
    let page = admin.get("/admin/jobs?queue=feeds").await.text();
    assert!(page.contains(&format!("Job {failed}: of_another_version")) && page.contains("0 of 5 attempts"));
    assert!(page.contains("The server is away.") && !page.contains("token-7f3a"));
    let told = admin.all("/api/v1/admin/audit").await;
    let told: Vec<_> =
        told.iter().map(|it| (it["action"].as_str().unwrap(), it["data"]["job"].as_i64())).collect();
    assert!(told.contains(&("job_retry", Some(failed))) && told.contains(&("job_cancel", Some(waiting))));
    let end = "UPDATE job SET state = 'done' WHERE kind = 'of_another_version'";
    sql::execute(&app.engine.db, end, Vec::new()).await.unwrap();
}
