//! Accounts over REST: registration, sign-in and sign-out, and data that stays secret.

use both_databases::both_databases;
use reqwest::Method;
use serde_json::json;
use smartcache::domain::invite::SignupMode;
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::{App, send};

const REGISTER: &str = "/api/v1/auth/register";
const LOGIN: &str = "/api/v1/auth/login";
const LOGOUT: &str = "/api/v1/auth/logout";
const ME: &str = "/api/v1/auth/me";
const PREFERENCES: &str = "/api/v1/preferences";

#[both_databases]
async fn somebody_registers_and_is_signed_in(app: &App) {
    let ada = app.stranger();
    let wants = json!({ "topics": ["trains"], "max_daily_items": 3 });
    let typed = json!({ "username": "ada", "password": PASSWORD, "preferences": wants });
    let reply = ada.post(REGISTER, typed).await;
    assert_eq!((reply.status, reply.json()["preferences"]["max_storage_mb"].as_i64()), (201, Some(500)));
    let me = ada.get(ME).await.ok();
    assert_eq!((&me["user"]["username"], &me["preferences"]["topics"]), (&json!("ada"), &json!(["trains"])));
    assert_eq!(me["stats"], json!({ "subscriptions": 0, "downloads": 0, "ready": 0, "bytes": 0 }));
}

#[both_databases]
async fn somebody_signs_out_and_in_again(app: &App) {
    let ada = app.sign_up("ada").await;
    assert_eq!(ada.post(LOGOUT, json!({})).await.status, 204);
    assert_eq!(ada.get(ME).await.code(), "sign_in_required");
    let reply = ada.post(LOGIN, json!({ "username": "Ada", "password": PASSWORD })).await;
    assert_eq!((reply.status, &reply.json()["user"]["username"]), (200, &json!("ada")));
    assert_eq!(ada.get(ME).await.status, 200);
}

#[both_databases]
async fn a_weak_password_and_a_taken_name_name_their_fields(app: &App) {
    app.sign_up("ada").await;
    let eve = app.stranger();
    assert_eq!(
        eve.post(REGISTER, json!({ "username": "eve", "password": "password12" })).await.fields(),
        ["password"]
    );
    assert_eq!(
        eve.post(REGISTER, json!({ "username": "ADA", "password": PASSWORD })).await.fields(),
        ["username"]
    );
    assert_eq!(
        eve.post(REGISTER, json!({ "username": "e!", "password": "x" })).await.fields(),
        ["username", "password"]
    );
    assert_eq!(eve.get(ME).await.status, 401);
}

#[both_databases]
async fn a_wrong_type_and_a_missing_field_are_named(app: &App) {
    let eve = app.stranger();
    assert_eq!(eve.post(REGISTER, json!({ "username": "eve" })).await.fields(), ["password"]);
    let kinds = json!({ "username": "eve", "password": PASSWORD, "preferences": { "kinds": ["zine"] } });
    assert_eq!(eve.post(REGISTER, kinds).await.fields(), ["preferences.kinds[0]"]);
    let number = json!({ "username": "eve", "password": PASSWORD, "preferences": { "kinds": [1] } });
    assert_eq!(eve.post(REGISTER, number).await.fields(), ["preferences.kinds[0]"]);
    let garbage =
        send(eve.request(Method::POST, LOGIN).header("content-type", "application/json").body("{")).await;
    assert_eq!((garbage.status, garbage.code()), (400, "bad_request".into()));
}

#[both_databases]
async fn a_wrong_name_and_a_wrong_password_get_the_same_answer(app: &App) {
    app.sign_up("ada").await;
    let eve = app.stranger();
    let name = eve.post(LOGIN, json!({ "username": "nobody", "password": PASSWORD })).await;
    let password = eve.post(LOGIN, json!({ "username": "ada", "password": "not the password" })).await;
    assert_eq!((name.status, name.json()), (password.status, password.json()));
    assert_eq!(name.status, 401);
}

#[both_databases]
async fn a_password_of_128_characters_works(app: &App) {
    let long = format!("{PASSWORD}{}", "ä".repeat(128 - PASSWORD.len()));
    let ada = app.stranger();
    let typed = json!({ "username": "ada", "password": long });
    assert_eq!(ada.post(REGISTER, typed.clone()).await.status, 201);
    assert_eq!(app.stranger().post(LOGIN, typed).await.status, 200);
    let cut = json!({ "username": "ada", "password": long.chars().take(127).collect::<String>() });
    assert_eq!(app.stranger().post(LOGIN, cut).await.status, 401);
}

#[both_databases]
async fn every_sign_in_makes_a_new_token_and_ends_the_old_one(app: &App) {
    let ada = app.sign_up("ada").await;
    let old = ada.cookies();
    ada.post(LOGIN, json!({ "username": "ada", "password": PASSWORD })).await.ok();
    assert_ne!(ada.cookies(), old);
    let with_old = app.stranger().request(Method::GET, ME).header("cookie", old);
    assert_eq!(send(with_old).await.status, 401);
}

#[both_databases]
async fn a_token_somebody_chose_is_not_taken_over(app: &App) {
    let eve = app.stranger();
    let fixed = eve.request(Method::POST, REGISTER).header("cookie", "smartcache_session=chosen");
    let reply = send(fixed.json(&json!({ "username": "eve", "password": PASSWORD }))).await;
    assert!(reply.status == 201 && !reply.header("set-cookie").contains("chosen"));
}

#[both_databases]
async fn guessing_is_slowed_down_for_one_name_and_no_other(app: &App) {
    let ada = app.sign_up("ada").await;
    let eve = app.stranger();
    for _ in 0..10 {
        assert_eq!(
            eve.post(LOGIN, json!({ "username": "ada", "password": "wrong guess" })).await.status,
            401
        );
    }
    let refused = eve.post(LOGIN, json!({ "username": "ada", "password": PASSWORD })).await;
    assert_eq!((refused.status, refused.code()), (429, "too_fast".into()));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() <= 301);
    assert_eq!(eve.post(LOGIN, json!({ "username": "bob", "password": "wrong guess" })).await.status, 401);
    assert_eq!(ada.get(ME).await.status, 200);
}

#[both_databases]
async fn preferences_change_in_part_and_name_what_is_wrong(app: &App) {
    let ada = app.sign_up("ada").await;
    let changed =
        ada.put(PREFERENCES, json!({ "timezone": "Asia/Tokyo", "approval": { "file_mb": 9 } })).await.ok();
    assert_eq!(
        (&changed["timezone"], &changed["approval"]),
        (&json!("Asia/Tokyo"), &json!({ "file_mb": 9, "run_mb": 500 }))
    );
    assert_eq!(ada.get(PREFERENCES).await.ok(), changed);
    assert_eq!(
        ada.put(PREFERENCES, json!({ "max_daily_items": 99, "timezone": "Mars" })).await.fields(),
        ["max_daily_items", "timezone"]
    );
    assert_eq!(ada.put(PREFERENCES, json!({ "topics": "trains" })).await.fields(), ["topics"]);
    assert_eq!(ada.get(PREFERENCES).await.ok(), changed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cookie_is_kept_from_scripts_and_other_sites() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let reply = app.stranger().post(REGISTER, json!({ "username": "ada", "password": PASSWORD })).await;
    let cookie = reply.header("set-cookie");
    for part in ["smartcache_session=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Secure"));
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cookie_travels_by_https_alone_where_people_come_by_https() {
    let app = App::with(Backend::Sqlite, |config| config.public_url = "https://cache.example.org".into())
        .await
        .unwrap();
    let reply = app.stranger().post(REGISTER, json!({ "username": "ada", "password": PASSWORD })).await;
    assert!(reply.header("set-cookie").contains("; Secure"));
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_server_takes_no_new_accounts() {
    let app = App::with(Backend::Sqlite, |config| config.signup = SignupMode::Closed).await.unwrap();
    let reply = app.stranger().post(REGISTER, json!({ "username": "ada", "password": PASSWORD })).await;
    assert_eq!((reply.status, reply.code()), (403, "forbidden".into()));
    app.clear().await;
}
