//! Invitations and reset links: made by administrators, used once, and told in no log.

use both_databases::both_databases;
use futures::future::join_all;
use serde_json::{Value, json};
use smartcache::domain::invite::SignupMode;
use smartcache::engine::accounts;
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::{App, Person, Reply};

const INVITES: &str = "/api/v1/admin/invites";
const CHOSEN: &str = "copper-lantern-river-41";

async fn administrator(app: &App) -> Person {
    let root = app.stranger();
    let typed =
        smartcache::domain::account::Credentials { username: "root".into(), password: PASSWORD.into() };
    accounts::create(&app.engine, typed, Default::default()).await.unwrap();
    accounts::make_admin(&app.engine, "root").await.unwrap();
    let typed = json!({ "username": "root", "password": PASSWORD });
    assert_eq!(root.post("/api/v1/auth/login", typed).await.status, 200);
    root
}

async fn register(app: &App, name: &str, invite: Value) -> Reply {
    let typed = json!({ "username": name, "password": PASSWORD, "invite": invite });
    app.stranger().post("/api/v1/auth/register", typed).await
}

fn secret(url: &str) -> &str {
    url.rsplit(['=', '/']).next().unwrap()
}

#[both_databases]
async fn an_invitation_is_made_listed_used_and_revoked(app: &App) {
    let root = administrator(app).await;
    let made = root.post(INVITES, json!({ "role": "admin", "uses": 2 })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let url = made["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("{}/register?invite=", app.base)), "{url}");
    let opened = register(app, "ada", json!(secret(url))).await;
    assert_eq!((opened.status, &opened.json()["user"]["role"]), (201, &json!("admin")));
    let listed = root.all(INVITES).await;
    assert_eq!((&listed[0]["uses_left"], &listed[0]["state"]), (&json!(1), &json!("works")));
    assert!(!listed[0].to_string().contains(secret(url)), "the link is shown once");
    assert_eq!(root.delete(&format!("{INVITES}/{}", made["id"])).await.status, 204);
    assert_eq!(register(app, "eve", json!(secret(url))).await.fields(), ["invite"]);
    assert_eq!(root.delete(&format!("{INVITES}/999")).await.status, 404);
    let wrong = root.post(INVITES, json!({ "role": "listener", "uses": 101 })).await;
    assert_eq!(wrong.fields(), ["guardian_id", "uses"]);
    assert_eq!(app.sign_up("plain").await.post(INVITES, json!({})).await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_by_invitation_replays_none() {
    let app = App::with(Backend::Sqlite, |config| config.signup = SignupMode::Invite).await.unwrap();
    let root = administrator(&app).await;
    assert_eq!(register(&app, "eve", Value::Null).await.status, 403);
    let made = root.post(INVITES, json!({})).await.ok();
    let token = secret(made["url"].as_str().unwrap());
    let names: Vec<_> = (0..12).map(|n| format!("guest{n}")).collect();
    let all = join_all(names.iter().map(|name| register(&app, name, json!(token)))).await;
    let mut statuses: Vec<_> = all.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1..].iter().all(|status| *status == 422)), (201, true), "{statuses:?}");
    app.clear().await;
}

#[both_databases]
async fn a_reset_link_lets_its_user_choose_a_password_once(app: &App) {
    let (root, ada) = (administrator(app).await, app.sign_up("ada").await);
    let users = root.all("/api/v1/admin/users?q=ada").await;
    let path = format!("/api/v1/admin/users/{}/reset-link", users[0]["id"]);
    assert_eq!(ada.post(&path, json!({})).await.status, 403);
    let first = root.post(&path, json!({})).await.ok();
    let made = root.post(&path, json!({})).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    let url = made["url"].as_str().unwrap();
    let page = url.strip_prefix(&app.base).unwrap();
    assert!(page.starts_with("/reset/"), "{page}");

    let shown = app.stranger().get(page).await;
    assert_eq!((shown.status, shown.header("cache-control")), (200, "private, no-store"));
    assert_eq!(shown.header("referrer-policy"), "same-origin");
    assert!(shown.text().contains("For the account ada."), "{}", shown.text());
    assert!(!shown.text().contains("modulepreload"), "the page needs no code");
    assert_eq!(app.stranger().get("/reset/unknown").await.status, 404);
    assert_eq!(app.stranger().get("//reset/unknown").await.status, 404);

    let reset = async |token: &str, new_password: &str| {
        let typed = json!({ "token": token, "new_password": new_password });
        app.stranger().post("/api/v1/auth/reset", typed).await
    };
    assert_eq!(reset(secret(first["url"].as_str().unwrap()), CHOSEN).await.status, 410, "replaced");
    assert_eq!(reset(secret(url), "short").await.fields(), ["new_password"]);
    let all = join_all((0..6).map(|_| reset(secret(url), CHOSEN))).await;
    let mut statuses: Vec<_> = all.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 410, 410, 410, 410, 410]);
    assert!(all.iter().all(|reply| reply.header("set-cookie").is_empty()), "it signs in nobody");
    assert_eq!(ada.get("/api/v1/auth/me").await.status, 401);
    assert_eq!(app.stranger().get(page).await.status, 404);
    let login = async |password: &str| {
        let typed = json!({ "username": "ada", "password": password });
        app.stranger().post("/api/v1/auth/login", typed).await.status
    };
    assert_eq!((login(PASSWORD).await, login(CHOSEN).await), (401, 200));
}

#[both_databases]
async fn a_reset_form_without_a_script_comes_back_with_its_error_and_leads_to_sign_in(app: &App) {
    let root = administrator(app).await;
    app.sign_up("ada").await;
    let users = root.all("/api/v1/admin/users?q=ada").await;
    let path = format!("/api/v1/admin/users/{}/reset-link", users[0]["id"]);
    let made = root.post(&path, json!({})).await.ok();
    let url = made["url"].as_str().unwrap().to_owned();
    let submit = async |password: &str| {
        let form = format!("token={}&new_password={password}", secret(&url));
        let request = app.stranger().request(reqwest::Method::POST, "/api/ui/reset_password");
        let request =
            request.header("accept", "text/html").header("referer", &url).header("origin", &app.base);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        crate::harness::send(request).await
    };
    let refused = submit("short").await;
    assert_eq!(refused.status, 302);
    let back = refused.header("location").to_owned();
    assert!(back.starts_with(&url) && back.contains("__err="), "{back}");
    let shown = app.stranger().get(back.strip_prefix(&app.base).unwrap()).await;
    assert!(shown.text().contains("Use at least 10 characters"), "{}", shown.text());
    let done = submit(CHOSEN).await;
    assert_eq!((done.status, done.header("location")), (302, "/login?changed=password"));
}
