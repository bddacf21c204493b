//! Users as administrators manage them: roles, listeners and guardians, disabled accounts, ended sessions.

use both_databases::both_databases;
use serde_json::{Value, json};
use smartcache::engine::accounts;
use smartcache::testing::PASSWORD;

use crate::api_keys::{make, program};
use crate::harness::{App, Person};
use crate::live::Line;
use crate::origin::Manner;

const USERS: &str = "/api/v1/admin/users";
const ME: &str = "/api/v1/auth/me";
const REQUESTS: &str = "/api/v1/run-requests";

/// The server's administrator.
pub async fn administrator(app: &App) -> Person {
    let root = app.sign_up("root").await;
    accounts::make_admin(&app.engine, "root").await.unwrap();
    root
}

async fn id_of(admin: &Person, name: &str) -> i64 {
    let found = admin.all(&format!("{USERS}?q={name}")).await;
    let one = found.iter().find(|user| user["username"] == name).unwrap_or_else(|| panic!("{found:?}"));
    one["id"].as_i64().unwrap()
}

fn address(id: i64) -> String {
    format!("{USERS}/{id}")
}

/// Makes a user a listener whose guardian is another one.
pub async fn make_listener(app: &App, admin: &Person, name: &str, guardian: &str) -> Value {
    let _ = app;
    let guardian = id_of(admin, guardian).await;
    let change = json!({ "role": "listener", "guardian_id": guardian });
    admin.patch(&address(id_of(admin, name).await), change).await.ok()
}

#[both_databases]
async fn an_administrator_lists_finds_and_changes_users(app: &App) {
    let (root, ada) = (administrator(app).await, app.sign_up("ada").await);
    assert_eq!(ada.get(USERS).await.status, 403);
    let all = root.all(USERS).await;
    let names: Vec<_> = all.iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["ada", "root"]);
    assert_eq!(
        (&all[1]["role"], &all[1]["is_admin"], &all[1]["sessions"]),
        (&json!("admin"), &json!(true), &json!(1))
    );
    assert_eq!(root.all(&format!("{USERS}?q=O_T")).await.len(), 0);
    assert_eq!(root.all(&format!("{USERS}?q=OO")).await.len(), 1);
    let one = address(id_of(&root, "ada").await);
    let changed = root.patch(&one, json!({ "role": "admin" })).await.ok();
    assert_eq!((&changed["role"], &changed["is_admin"]), (&json!("admin"), &json!(true)));
    let me = ada.get(ME).await.ok();
    assert_eq!((&me["user"]["role"], &me["user"]["is_admin"]), (&json!("admin"), &json!(true)));
    assert_eq!(ada.get(USERS).await.status, 200);
    assert_eq!(root.patch(&one, json!({ "role": "king" })).await.fields(), ["role"]);
    assert_eq!(root.patch(&one, json!({ "is_admin": true })).await.fields(), ["is_admin"]);
    assert_eq!(root.patch(&address(99_999), json!({})).await.status, 404);
}

#[both_databases]
async fn the_last_administrator_stays_one(app: &App) {
    let (root, ada) = (administrator(app).await, app.sign_up("ada").await);
    let (own, other) = (address(id_of(&root, "root").await), address(id_of(&root, "ada").await));
    for change in [json!({ "role": "user" }), json!({ "disabled": true }), json!({ "role": "listener" })] {
        let refused = root.patch(&own, change).await;
        assert_eq!(refused.status, 409);
        assert!(refused.text().contains("last administrator"), "{}", refused.text());
    }
    root.patch(&other, json!({ "role": "admin" })).await.ok();
    // Each takes the other's role at the same moment: one of them stays.
    let user = json!({ "role": "user" });
    let (first, second) = tokio::join!(root.patch(&other, user.clone()), ada.patch(&own, user));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert!(matches!(statuses, [200, 403 | 409]), "{statuses:?}");
}

#[both_databases]
async fn a_disabled_user_is_out_at_once_with_all_that_is_open(app: &App) {
    let (root, ada) = (administrator(app).await, app.sign_up("ada").await);
    let key = program(app, &ada, &["read"]).await;
    let feed = ada.post("/api/v1/personal-feed", json!({})).await.json()["url"].as_str().unwrap().to_owned();
    let feed = feed.strip_prefix(&app.base).unwrap_or(&feed).to_owned();
    assert_eq!(app.stranger().get(&feed).await.status, 200);
    let (slow, _) = app.origin.podcast("slow", 1_000_000, Manner::Slow(2_000));
    let source = ada.follow(&slow).await;
    let download = ada.queue(&ada.item_of(source).await).await;
    let (mut line, mut by_key) = (Line::open(&ada).await, Line::open(&key).await);
    line.hear().await.unwrap();
    by_key.hear().await.unwrap();
    let one = address(id_of(&root, "ada").await);
    let disabled = root.patch(&one, json!({ "disabled": true })).await.ok();
    let start = std::time::Instant::now();
    assert!(disabled["disabled_at"].is_string());
    assert_eq!((&disabled["sessions"], &disabled["api_keys"]), (&json!(0), &json!(0)));
    while line.hear().await.is_ok() {}
    while by_key.hear().await.is_ok() {}
    assert!(start.elapsed().as_millis() < 1_000, "{:?}", start.elapsed());
    assert_eq!((ada.get(ME).await.status, key.get(ME).await.status), (401, 401));
    assert_eq!(app.stranger().get(&feed).await.status, 404);

    let login = async |password: &str| {
        let typed = json!({ "username": "ada", "password": password });
        app.stranger().post("/api/v1/auth/login", typed).await
    };
    assert_eq!(login("not-the-one").await.code(), "wrong_credentials", "the state is no stranger's business");
    let refused = login(PASSWORD).await;
    assert_eq!(
        (refused.status, refused.json()["detail"].as_str().unwrap().contains("disabled")),
        (403, true)
    );

    root.patch(&one, json!({ "disabled": false })).await.ok();
    let back = app.stranger();
    let typed = json!({ "username": "ada", "password": PASSWORD });
    assert_eq!(back.post("/api/v1/auth/login", typed).await.status, 200);
    assert_eq!(key.get(ME).await.code(), "wrong_key", "keys stay revoked");
    assert_eq!(back.download(download).await["status"], "paused");
}

#[both_databases]
async fn an_administrator_ends_sessions_and_leaves_keys(app: &App) {
    let (root, ada) = (administrator(app).await, app.sign_up("ada").await);
    let key = program(app, &ada, &["read"]).await;
    let mut line = Line::open(&ada).await;
    line.hear().await.unwrap();
    let one = format!("{}/sessions", address(id_of(&root, "ada").await));
    assert_eq!(root.delete(&one).await.status, 204);
    while line.hear().await.is_ok() {}
    assert_eq!(
        (ada.get(ME).await.status, key.get(ME).await.status, root.get(ME).await.status),
        (401, 200, 200)
    );
}

#[both_databases]
async fn a_listener_hears_what_the_guardian_follows_and_nothing_explicit(app: &App) {
    let (root, ada, child) = (administrator(app).await, app.sign_up("ada").await, app.sign_up("child").await);
    let (fine, _) = app.origin.podcast("fine", 2_000, Manner::Proper);
    let rude = app.origin.explicit_podcast("rude");
    let (other, _) = app.origin.podcast("other", 2_000, Manner::Proper);
    let (fine, rude) = (ada.follow(&fine).await, ada.follow(&rude).await);
    let eve = app.sign_up("eve").await;
    let unfollowed = eve.follow(&other).await;
    let explicit = ada.item_of(rude).await;
    assert_eq!(explicit["explicit"], true);
    make_listener(app, &root, "child", "ada").await;

    let items = child.all("/api/v1/items").await;
    let seen: Vec<_> = items.iter().map(|item| item["source_id"].as_i64().unwrap()).collect();
    assert_eq!(seen, [fine]);
    assert_eq!(child.all("/api/v1/items?q=rude").await.len(), 0);
    assert_eq!(child.all(&format!("/api/v1/items?source_id={rude}")).await.len(), 0);
    let one = format!("/api/v1/items/{}", explicit["id"]);
    assert_eq!(child.get(&one).await.status, 404);
    assert_eq!(child.get(&format!("{one}/position")).await.status, 404);
    assert_eq!(child.put("/api/v1/queue", json!({ "item_ids": [explicit["id"]] })).await.status, 422);
    assert_eq!(child.post("/api/v1/downloads", json!({ "item_id": explicit["id"] })).await.status, 404);
    assert_eq!(child.get(&format!("/api/v1/sources/{unfollowed}")).await.status, 404);
    assert_eq!(
        child.all("/api/v1/sources").await.len(),
        2,
        "the demo and the directory are no guardian's choice"
    );

    let download = child.queue(&items[0]).await;
    child.until_download(download, "ready").await;
    assert_eq!(child.get(&format!("/api/v1/downloads/{download}/file")).await.status, 200);
    let run = child.post("/api/v1/runs", json!({ "goal": "Trains", "max_items": 1 })).await;
    assert_eq!((run.status, &run.json()["status"]), (202, &json!("waiting_approval")), "{}", run.text());
    let run = run.json()["id"].as_i64().unwrap();
    let asked = ada.all(REQUESTS).await;
    assert_eq!(
        (asked.len(), &asked[0]["listener"], &asked[0]["goal"]),
        (1, &json!("child"), &json!("Trains"))
    );
    assert_eq!(ada.get(&format!("/api/v1/runs/{run}")).await.status, 404, "the goal and the maximum alone");
    let decide = async |person: &Person, action: &str| {
        person.post(&format!("{REQUESTS}/{run}/decision"), json!({ "action": action })).await
    };
    assert_eq!((decide(&child, "approve").await.status, decide(&root, "approve").await.status), (404, 404));
    assert_eq!(decide(&ada, "amend").await.fields(), ["action"]);
    assert_eq!(decide(&ada, "approve").await.ok()["status"], "approved");
    assert_eq!(decide(&ada, "reject").await.status, 409);
    assert_eq!(child.until_run_ends(run).await["status"], "completed");
    assert_eq!(ada.all(&format!("{REQUESTS}?decided=false")).await.len(), 0);
    let follow = child.post("/api/v1/subscriptions", json!({ "source_id": fine })).await;
    assert_eq!(follow.status, 403);
    let mut line = Line::open(&child).await;
    line.hear().await.unwrap();
    line.say(json!({ "type": "trigger_agents" })).await;
    crate::harness::until("the run of the live connection", async || {
        (ada.all(&format!("{REQUESTS}?decided=false")).await.len() == 1).then_some(())
    })
    .await;

    let id = id_of(&root, "child").await;
    root.patch(&address(id), json!({ "guardian_id": null })).await.ok();
    assert_eq!(child.all("/api/v1/items").await.len(), 0);
}

#[both_databases]
async fn wrong_guardians_and_listeners_are_refused_in_words(app: &App) {
    let root = administrator(app).await;
    let (ada, _child, _eve) =
        (app.sign_up("ada").await, app.sign_up("child").await, app.sign_up("eve").await);
    make_listener(app, &root, "child", "eve").await;
    let [child, eve, own] =
        [id_of(&root, "child").await, id_of(&root, "eve").await, id_of(&root, "ada").await];
    let listener = |guardian: i64| json!({ "role": "listener", "guardian_id": guardian });
    let fields = async |id: i64, change: Value| root.patch(&address(id), change).await.fields();
    assert_eq!(fields(own, listener(own)).await, ["guardian_id"]);
    assert_eq!(fields(own, listener(child)).await, ["guardian_id"]);
    assert_eq!(fields(own, listener(99_999)).await, ["guardian_id"]);
    assert_eq!(fields(own, json!({ "guardian_id": eve })).await, ["guardian_id"]);
    let guardian = root.patch(&address(eve), json!({ "role": "listener" })).await;
    assert!(guardian.status == 409 && guardian.text().contains("guardian"), "{}", guardian.text());
    let (feed, _) = app.origin.podcast("kept", 2_000, Manner::Proper);
    ada.follow(&feed).await;
    let full = root.patch(&address(own), listener(eve)).await;
    assert!(full.status == 409 && full.text().contains("empty library"), "{}", full.text());
    make(&ada, &["read"]).await;
}

#[both_databases]
async fn neither_listeners_nor_disabled_users_are_offered_as_guardians(app: &App) {
    let root = administrator(app).await;
    for name in ["ada", "bob", "eve"] {
        app.sign_up(name).await;
    }
    make_listener(app, &root, "bob", "ada").await;
    root.patch(&address(id_of(&root, "eve").await), json!({ "disabled": true })).await.ok();
    let offered = smartcache::engine::users::guardians(&app.engine).await.unwrap();
    assert_eq!(offered.into_iter().map(|(_, name)| name).collect::<Vec<_>>(), ["ada", "root"]);
}
