//! A user's own data: the export, and the deletion of the account.

use std::io::Read;

use both_databases::both_databases;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use smartcache::testing::PASSWORD;

use crate::api_keys::program;
use crate::harness::{App, Person, until};
use crate::live::Line;
use crate::origin::Manner;
use crate::users::administrator;

const EXPORT: &str = "/api/v1/account/export";
const FILE: &str = "/api/v1/account/export/file";
const ACCOUNT: &str = "/api/v1/account";

async fn exported(person: &Person) -> Vec<Value> {
    until("the export is ready", async || {
        Some(person.get(EXPORT).await.ok()).filter(|export| export["state"] == "ready")
    })
    .await;
    let file = person.get(FILE).await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/gzip"));
    assert!(file.header("content-disposition").contains("smartcache-export.jsonl.gz"));
    assert_eq!(file.header("cache-control"), "private, no-store");
    let mut text = String::new();
    GzDecoder::new(&file.body[..]).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[both_databases]
async fn an_export_has_the_files_of_its_owner_and_is_for_nobody_else(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (feed, _) = app.origin.podcast("kept", 2_000, Manner::Proper);
    let source = ada.follow(&feed).await;
    let download = ada.queue(&ada.item_of(source).await).await;
    let ready = ada.until_download(download, "ready").await;
    assert_eq!((ada.get(EXPORT).await.status, ada.get(FILE).await.status), (404, 404));
    let asked = ada.post(EXPORT, json!({})).await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    let lines = exported(&ada).await;
    let media: Vec<_> = lines.iter().filter(|line| line["kind"] == "media").collect();
    assert_eq!((media.len(), &media[0]["media"]["bytes"]), (1, &json!(2_000)));
    assert_eq!(media[0]["media"]["sha256"], ready["sha256"]);
    let has = |table: &str| lines.iter().any(|line| line["table"] == table);
    assert!(["account", "session", "subscription", "download", "delivery", "event"].into_iter().all(has));
    assert_eq!((eve.get(EXPORT).await.status, eve.get(FILE).await.status), (404, 404));
    let key = program(app, &ada, &["read", "write"]).await;
    assert_eq!((key.get(FILE).await.status, key.post(EXPORT, json!({})).await.status), (403, 403));
    assert_eq!(app.stranger().get(FILE).await.status, 401);
}

#[both_databases]
async fn an_account_is_disabled_at_once_by_its_user_and_an_administrator_undoes_it(app: &App) {
    let (root, ada) = (administrator(app).await, app.sign_up("ada").await);
    let key = program(app, &ada, &["read"]).await;
    let mut line = Line::open(&ada).await;
    line.hear().await.unwrap();
    assert_eq!(ada.delete(ACCOUNT).await.fields(), ["username"]);
    assert_eq!(ada.delete(&format!("{ACCOUNT}?username=eve")).await.fields(), ["username"]);
    let last = root.delete(&format!("{ACCOUNT}?username=root")).await;
    assert!(last.status == 409 && last.text().contains("last administrator"), "{}", last.text());
    assert_eq!(key.delete(&format!("{ACCOUNT}?username=ada")).await.status, 403);
    let deleted = ada.delete(&format!("{ACCOUNT}?username=ada")).await;
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    assert!(deleted.json()["delete_after"].is_string());
    assert!(deleted.header("set-cookie").contains("Max-Age=0"));
    while line.hear().await.is_ok() {}
    assert_eq!((ada.get(ACCOUNT).await.status, key.get(ACCOUNT).await.status), (401, 401));
    let users = root.all("/api/v1/admin/users?q=ada").await;
    assert_eq!(users[0]["delete_after"], deleted.json()["delete_after"]);
    let enabled =
        root.patch(&format!("/api/v1/admin/users/{}", users[0]["id"]), json!({ "disabled": false })).await;
    assert_eq!(enabled.ok()["delete_after"], Value::Null);
    let typed = json!({ "username": "ada", "password": PASSWORD });
    assert_eq!(app.stranger().post("/api/v1/auth/login", typed).await.status, 200);
}
