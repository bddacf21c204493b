//! State of the installation, as administrators see it over REST.

use both_databases::both_databases;
use reqwest::Method;
use serde_json::json;

use crate::approvals::waiting;
use crate::harness::{App, send};
use crate::origin::Manner;
use crate::users::administrator;

const SYSTEM: &str = "/api/v1/admin/system";

#[both_databases]
async fn the_report_counts_files_and_jobs_and_tells_no_secret(app: &App) {
    let (admin, ada) = (administrator(app).await, app.sign_up("ada").await);
    let (feed, _) = app.origin.podcast("weekly", 3_000, Manner::Proper);
    let source = ada.follow(&feed).await;
    let download = ada.queue(&ada.item_of(source).await).await;
    ada.until_download(download, "ready").await;
    let report = admin.get(SYSTEM).await.ok();
    let bytes = ada.download(download).await["bytes_total"].as_i64().unwrap();
    assert_eq!((&report["storage"]["files"], &report["storage"]["bytes"]), (&json!(1), &json!(bytes)));
    let storage = admin.get("/api/v1/admin/storage").await.ok();
    assert_eq!((&storage["files"], &storage["bytes"]), (&json!(1), &json!(bytes)));
    assert!(report["storage"]["free_bytes"].as_i64().unwrap() > 0);
    let queues = admin.get("/api/v1/admin/jobs").await.ok();
    let feeds = queues.as_array().unwrap().iter().filter(|it| it["queue"] == "feeds");
    assert!(feeds.map(|it| it["jobs"].as_i64().unwrap()).sum::<i64>() >= 1, "{queues}");
    let setting = |name: &str| {
        let all = report["settings"].as_array().unwrap();
        all.iter().find(|it| it["name"] == name).map(|it| it["value"].clone())
    };
    assert_eq!(setting("SMARTCACHE_PUBLIC_URL"), Some(json!(app.base)));
    let url = &app.engine.config.database_url;
    assert!(!report.to_string().contains(url.as_str()), "the address of a database has its password");
    for path in [SYSTEM, "/api/v1/admin/jobs", "/api/v1/admin/storage", "/api/v1/admin/runs"] {
        assert_eq!(ada.get(path).await.status, 403, "{path}");
    }
    assert!(admin.get("/admin/system").await.text().contains("1 file, "));
}

#[both_databases]
async fn an_administrator_sees_whose_runs_are_open_and_stops_one(app: &App) {
    let admin = administrator(app).await;
    let (ada, run, _) = waiting(app, "ada").await;
    let open = admin.get("/api/v1/admin/runs").await.ok();
    let row = open[0].as_object().unwrap();
    assert_eq!(
        (open.as_array().unwrap().len(), &row["id"], &row["username"]),
        (1, &json!(run), &json!("ada"))
    );
    assert_eq!((&row["status"], row.len()), (&json!("waiting_approval"), 5), "nothing of what it is about");
    let stop = format!("/api/v1/admin/runs/{run}/stop");
    assert_eq!(ada.post(&stop, json!({})).await.status, 403);
    assert_eq!(admin.post(&stop, json!({})).await.status, 204);
    let stopped = ada.until_run_ends(run).await;
    assert_eq!(stopped["status"], "cancelled");
    assert_eq!(admin.post(&stop, json!({})).await.code(), "conflict");
    assert_eq!(admin.post("/api/v1/admin/runs/999999/stop", json!({})).await.status, 404);
    assert_eq!(admin.get("/api/v1/admin/runs").await.ok(), json!([]));
    let audited = admin.all("/api/v1/admin/audit?action=runs_stop").await;
    assert_eq!((&audited[0]["data"], &audited[0]["about_name"]), (&json!({ "run": run }), &json!("ada")));
}

#[both_databases]
async fn the_cache_of_one_user_is_cleared_on_the_page_by_name(app: &App) {
    let admin = administrator(app).await;
    app.sign_up("ada").await;
    let clear = async |user: &str| {
        let form = admin.request(Method::POST, "/api/ui/clear_cache_of_user");
        let form = form.header("content-type", "application/x-www-form-urlencoded");
        send(form.header("accept", "application/json").body(format!("user={user}"))).await
    };
    assert_eq!(clear("ada").await.status, 200);
    assert!(clear("nobody").await.text().contains("There is no user of this name."));
    let told = admin.all("/api/v1/admin/audit?action=cache_clear").await;
    assert_eq!((told.len(), &told[0]["about_name"]), (1, &json!("ada")));
}
