//! The audit log over REST: what it tells, and who reads it.

use both_databases::both_databases;
use reqwest::Method;
use serde_json::{Value, json};
use smartcache::testing::PASSWORD;

use crate::api_keys::make;
use crate::harness::{App, Person, send};
use crate::users::administrator;

const AUDIT: &str = "/api/v1/admin/audit";

/// Actions with their outcomes, newest first.
fn told(entries: &[Value]) -> Vec<String> {
    entries
        .iter()
        .map(|it| format!("{} {}", it["action"].as_str().unwrap(), it["outcome"].as_str().unwrap()))
        .collect()
}

#[both_databases]
async fn what_users_and_administrators_do_is_told_without_secrets(app: &App) {
    let (admin, ada) = (administrator(app).await, app.sign_up("ada").await);
    let sign_in = |password: &str| {
        let body = json!({ "username": "ada", "password": password });
        app.stranger()
            .request(Method::POST, "/api/v1/auth/login")
            .header("user-agent", "curl/8.5.0")
            .json(&body)
    };
    assert_eq!(send(sign_in("wrong-guess-7")).await.status, 401);
    let signed_in = send(sign_in(PASSWORD)).await;
    let key = make(&ada, &["read"]).await;
    assert_eq!(ada.get(AUDIT).await.status, 403);
    assert_eq!(
        ada.post("/api/v1/account/step-up", json!({ "current_password": "wrong-guess-7" })).await.status,
        422
    );
    assert_eq!(ada.delete("/api/v1/sessions").await.status, 204);
    let id = ada.get("/api/v1/auth/me").await.ok()["user"]["id"].as_i64().unwrap();
    let disabled = admin.patch(&format!("/api/v1/admin/users/{id}"), json!({ "disabled": true })).await;
    assert_eq!(disabled.status, 200);

    let entries = admin.all(&format!("{AUDIT}?user_id={id}")).await;
    assert_eq!(
        told(&entries),
        [
            "user_change done",
            "session_end done",
            "step_up refused",
            "access refused",
            "api_key_add done",
            "sign_in done",
            "sign_in refused",
            "sign_up done"
        ]
    );
    let [change, .., access, _, login, guess, _] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((&change["actor_name"], &change["about_name"]), (&json!("root"), &json!("ada")));
    assert_eq!(change["data"], json!({ "role": "user", "guardian": null, "enabled": false }));
    assert_eq!(access["data"], json!({ "route": "GET /api/v1/admin/audit" }));
    assert_eq!(
        (&login["actor"], &login["user_agent"], &login["network"]),
        (&json!("session"), &json!("curl/8.5.0"), &json!("127.0.0.0/24"))
    );
    assert_eq!(login["request_id"], signed_in.header("x-request-id"));
    assert_eq!(
        (&guess["actor"], &guess["actor_id"], &guess["about_name"]),
        (&json!("stranger"), &Value::Null, &json!("ada"))
    );
    let page = admin.get("/admin/audit?action=api_key_add").await.text();
    assert!(page.contains("scopes: read<"), "{page}");
    let all = serde_json::to_string(&admin.all(AUDIT).await).unwrap();
    let secrets = [PASSWORD, "wrong-guess-7", key["key"].as_str().unwrap()];
    assert!(secrets.iter().all(|secret| !all.contains(secret)), "{all}");
}

#[both_databases]
async fn the_log_is_read_by_administrators_and_narrowed(app: &App) {
    let (admin, ada) = (administrator(app).await, app.sign_up("ada").await);
    assert_eq!(app.stranger().get(AUDIT).await.status, 401);
    let key = Person::with_key(&app.base, make(&admin, &["admin"]).await["key"].as_str().unwrap());
    assert_eq!(key.delete("/api/v1/admin/cache/clear").await.status, 204);
    assert_eq!(ada.delete("/api/v1/admin/cache/clear").await.status, 403);
    let cleared = key.all(&format!("{AUDIT}?action=cache_clear")).await;
    assert_eq!(
        (cleared.len(), &cleared[0]["actor"], &cleared[0]["actor_name"]),
        (1, &json!("api_key"), &json!("root"))
    );
    let refused = key.all(&format!("{AUDIT}?outcome=refused")).await;
    assert_eq!(told(&refused), ["access refused"]);
    assert_eq!(key.get(&format!("{AUDIT}?action=theft")).await.fields(), ["action"]);
    assert_eq!(key.all(&format!("{AUDIT}?user_id=999999")).await, [] as [Value; 0]);
    let page = admin.get("/admin/audit?action=cache_clear").await.text();
    assert!(
        page.contains("Cache cleared") && page.contains("by a key of root") && !page.contains("Sign-up</h2>")
    );
}

#[both_databases]
async fn the_log_is_exported_with_its_digests_to_administrators(app: &App) {
    let (admin, ada) = (administrator(app).await, app.sign_up("ada").await);
    let export = format!("{AUDIT}/export");
    let reply = admin.get(&export).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/x-ndjson"));
    assert_eq!(reply.header("content-disposition"), "attachment; filename=\"smartcache-audit.jsonl\"");
    let lines: Vec<Value> = reply.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.windows(2).all(|two| two[1]["previous"] == two[0]["digest"]), "{lines:?}");
    assert_eq!(lines.last().unwrap()["action"], "audit_export");
    let narrowed = admin.get(&format!("{export}?action=sign_up")).await.text();
    assert!(narrowed.lines().count() == 2 && narrowed.lines().all(|line| line.contains("\"sign_up\"")));
    assert_eq!(admin.get(&format!("{export}?action=theft")).await.fields(), ["action"]);
    assert_eq!(admin.get(&format!("{export}?cursor=1")).await.fields(), ["cursor"]);
    assert_eq!(ada.get(&export).await.status, 403);
    let page = admin.get("/admin/audit?action=sign_up&user=ada").await.text();
    assert!(page.contains("/api/v1/admin/audit/export?action=sign%5Fup&amp;user%5Fid="), "{page}");
    assert!(admin.get("/admin/audit").await.text().contains("Audit log exported"));
}
