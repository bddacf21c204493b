//! The account of a user over REST and on its page: name, time zone, password and sessions.

use both_databases::both_databases;
use reqwest::Method;
use serde_json::{Value, json};
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::{App, Person, Reply, send};
use crate::live::Line;

const ACCOUNT: &str = "/api/v1/account";
const CHANGE: &str = "/api/v1/account/password";
const SESSIONS: &str = "/api/v1/sessions";
const LOGIN: &str = "/api/v1/auth/login";
const ME: &str = "/api/v1/auth/me";
const NEW_PASSWORD: &str = "copper-lantern-river-41";
const FIREFOX: &str = "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0";

/// Another session of a user, in a browser of its own.
async fn sign_in(app: &App, name: &str) -> Person {
    let person = app.stranger();
    let typed = json!({ "username": name, "password": PASSWORD });
    let request = person.request(Method::POST, LOGIN).header("user-agent", FIREFOX).json(&typed);
    assert_eq!(send(request).await.status, 200);
    person
}

async fn change(person: &Person, current: &str, new: &str) -> Reply {
    person.post(CHANGE, json!({ "current_password": current, "new_password": new })).await
}

/// The id of the user's only session but this one.
async fn other_session(person: &Person) -> i64 {
    let others: Vec<_> =
        person.all(SESSIONS).await.into_iter().filter(|one| one["current"] == false).collect();
    assert_eq!(others.len(), 1, "{others:?}");
    others[0]["id"].as_i64().unwrap()
}

#[both_databases]
async fn the_name_and_the_time_zone_are_changed_and_wrong_ones_named(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let before = ada.get(ACCOUNT).await.ok();
    assert_eq!(
        [&before["username"], &before["display_name"], &before["is_admin"], &before["timezone"]],
        [&json!("ada"), &Value::Null, &json!(false), &json!("UTC")]
    );
    let change = json!({ "display_name": " <b>Ada</b> L. ", "timezone": "Asia/Tokyo" });
    let changed = ada.patch(ACCOUNT, change).await.ok();
    assert_eq!(
        (&changed["display_name"], &changed["timezone"]),
        (&json!("<b>Ada</b> L."), &json!("Asia/Tokyo"))
    );
    assert_eq!(ada.get("/api/v1/preferences").await.ok()["timezone"], "Asia/Tokyo");
    let page = ada.get("/account").await.text();
    assert!(page.contains("&lt;b&gt;Ada&lt;/b&gt; L.") && !page.contains("<b>Ada</b>"));
    assert_eq!(eve.get(ACCOUNT).await.ok()["display_name"], Value::Null);

    let wrong = json!({ "display_name": "x".repeat(61), "timezone": "Mars" });
    assert_eq!(ada.patch(ACCOUNT, wrong).await.fields(), ["display_name", "timezone"]);
    assert_eq!(ada.patch(ACCOUNT, json!({ "display_name": "a\nb" })).await.fields(), ["display_name"]);
    assert_eq!(ada.patch(ACCOUNT, json!({ "is_admin": true })).await.fields(), ["is_admin"]);
    assert_eq!(ada.patch(ACCOUNT, json!({ "timezone": 7 })).await.fields(), ["timezone"]);
    assert_eq!(ada.patch(ACCOUNT, json!({})).await.ok(), changed);
    assert_eq!(ada.patch(ACCOUNT, json!({ "display_name": null })).await.ok()["display_name"], Value::Null);
}

#[both_databases]
async fn a_new_password_ends_the_other_sessions_and_this_one_goes_on(app: &App) {
    let ada = app.sign_up("ada").await;
    let phone = sign_in(app, "ada").await;
    let (mut here, mut there) = (Line::open(&ada).await, Line::open(&phone).await);
    here.hear().await.unwrap();
    there.hear().await.unwrap();
    let before = ada.cookies();
    let changed = change(&ada, PASSWORD, NEW_PASSWORD).await;
    assert_eq!((changed.status, changed.body.len()), (204, 0), "{}", changed.text());
    assert_eq!(there.hear().await, Err(1008));
    assert_eq!(phone.get(ME).await.code(), "sign_in_required");
    assert_ne!(ada.cookies(), before, "the session has a new token");
    assert_eq!(ada.get(ME).await.status, 200);
    here.say(json!({ "type": "ping" })).await;
    assert_eq!(here.hear().await.unwrap()["type"], "pong", "this one's connection stays");
    let sessions = ada.all(SESSIONS).await;
    assert_eq!((sessions.len(), &sessions[0]["current"]), (1, &json!(true)), "{sessions:?}");
    let signs_in = async |password: &str| {
        let typed = json!({ "username": "ada", "password": password });
        app.stranger().post(LOGIN, typed).await.status
    };
    assert_eq!((signs_in(PASSWORD).await, signs_in(NEW_PASSWORD).await), (401, 200));
}

#[both_databases]
async fn wrong_passwords_name_their_fields_and_count_as_failed_sign_ins(app: &App) {
    let ada = app.sign_up("ada").await;
    for (current, new, fields) in [
        ("wrong guess", "password12", &["current_password", "new_password"][..]),
        ("wrong guess", NEW_PASSWORD, &["current_password"]),
        ("", NEW_PASSWORD, &["current_password"]),
        (PASSWORD, "short", &["new_password"]),
        (PASSWORD, PASSWORD, &["new_password"]),
        (PASSWORD, "password12", &["new_password"]),
    ] {
        assert_eq!(change(&ada, current, new).await.fields(), fields, "{current} {new}");
    }
    let half = ada.post(CHANGE, json!({ "new_password": NEW_PASSWORD })).await;
    assert_eq!(half.fields(), ["current_password"]);
    for _ in 0..10 {
        assert_eq!(change(&ada, "wrong guess", NEW_PASSWORD).await.fields(), ["current_password"]);
    }
    let refused = change(&ada, PASSWORD, NEW_PASSWORD).await;
    assert_eq!((refused.status, refused.code()), (429, "too_fast".into()));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() <= 301);
    assert_eq!(ada.get(ME).await.status, 200);
    sign_in(app, "ada").await;
}

#[both_databases]
async fn sessions_are_listed_and_end_with_their_connections(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let phone = sign_in(app, "ada").await;
    let sessions = ada.all(SESSIONS).await;
    assert_eq!(sessions.iter().map(|one| &one["current"]).collect::<Vec<_>>(), [&json!(false), &json!(true)]);
    assert_eq!([&sessions[0]["user_agent"], &sessions[0]["network"]], [FIREFOX, "127.0.0.0/24"]);
    assert!(sessions.iter().all(|one| one["created_at"].is_string() && one["last_seen_at"].is_string()));
    let page = ada.get("/account").await.text();
    assert!(page.contains("Firefox on Android") && page.contains("This browser"));

    let path = format!("{SESSIONS}/{}", other_session(&ada).await);
    let missing = eve.delete(&format!("{SESSIONS}/999999999")).await;
    assert_eq!((missing.status, missing.code()), (404, "not_found".into()));
    for not_hers in [path.as_str(), "/api/v1/sessions/x"] {
        assert_eq!(eve.delete(not_hers).await.json(), missing.json(), "{not_hers}");
    }
    let mut line = Line::open(&phone).await;
    line.hear().await.unwrap();
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!(line.hear().await, Err(1008));
    assert_eq!(phone.get(ME).await.status, 401);
    assert_eq!(ada.delete(&path).await.status, 404);

    let (phone, tablet) = (sign_in(app, "ada").await, sign_in(app, "ada").await);
    assert_eq!(ada.get(&format!("{SESSIONS}?limit=2")).await.ok()["data"].as_array().unwrap().len(), 2);
    assert_eq!(ada.all(SESSIONS).await.len(), 3);
    let mut line = Line::open(&tablet).await;
    line.hear().await.unwrap();
    assert_eq!(ada.delete(SESSIONS).await.status, 204);
    assert_eq!(line.hear().await, Err(1008));
    assert_eq!((phone.get(ME).await.status, tablet.get(ME).await.status), (401, 401));
    assert_eq!((ada.all(SESSIONS).await.len(), eve.all(SESSIONS).await.len()), (1, 1));
    assert_eq!(ada.get(&format!("{SESSIONS}?limit=0")).await.fields(), ["limit"]);
}

#[both_databases]
async fn strangers_have_no_account_and_no_sessions(app: &App) {
    let stranger = app.stranger();
    assert_eq!(stranger.get(ACCOUNT).await.code(), "sign_in_required");
    assert_eq!(stranger.patch(ACCOUNT, json!({ "display_name": "x" })).await.code(), "sign_in_required");
    assert_eq!(change(&stranger, PASSWORD, NEW_PASSWORD).await.code(), "sign_in_required");
    assert_eq!(stranger.get(SESSIONS).await.code(), "sign_in_required");
    assert_eq!(stranger.delete(SESSIONS).await.code(), "sign_in_required");
    assert_eq!(stranger.delete("/api/v1/sessions/1").await.code(), "sign_in_required");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_without_javascript_leads_back_with_new_cookies() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    let phone = sign_in(&app, "ada").await;
    let submit = |current: &str| {
        let request = ada
            .request(Method::POST, "/api/ui/change_password")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html")
            .header("referer", format!("{}/account", app.base));
        send(request.body(format!("current_password={current}&new_password={NEW_PASSWORD}")))
    };
    let wrong = submit("wrong-guess").await;
    let back = wrong.header("location").to_owned();
    assert_eq!(wrong.status, 302, "{}", wrong.text());
    assert!(
        back.contains("/account?") && !back.contains("wrong-guess") && !back.contains(NEW_PASSWORD),
        "{back}"
    );
    let right = submit(PASSWORD).await;
    assert_eq!((right.status, right.header("location")), (302, "/account?changed=password"));
    let cookies: Vec<_> =
        right.headers.get_all("set-cookie").iter().map(|one| one.to_str().unwrap()).collect();
    assert!(cookies[0].starts_with("smartcache_session=") && cookies[0].contains("HttpOnly"), "{cookies:?}");
    assert!(ada.get("/account?changed=password").await.text().contains("Your password is changed."));
    assert_eq!(phone.get(ME).await.status, 401);
    app.clear().await;
}
