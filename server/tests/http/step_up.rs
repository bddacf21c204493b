//! Sensitive actions need an authentication within the last ten minutes.

use both_databases::both_databases;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use smartcache::engine::accounts;
use smartcache::testing::PASSWORD;
use smartcache_server::route_rights::STEP_UP;
use totp_rs::Totp;

use crate::api_keys::program;
use crate::harness::{Person, Reply, send};
use crate::stage::Stage;

async fn step_up(person: &Person, password: &str) -> Reply {
    person.post("/api/v1/account/step-up", json!({ "current_password": password })).await
}

/// Codes of all sensitive routes, with ids that name nothing and a body that fits no handler.
async fn codes(person: &Person) -> Vec<(u16, String)> {
    let mut codes = Vec::new();
    for (path, methods) in STEP_UP {
        let path = path.replace("{id}", "999999");
        for method in *methods {
            let method: Method = method.parse().unwrap();
            let reply = send(person.request(method, &path).json(&json!([]))).await;
            codes.push((reply.status, if reply.status < 300 { String::new() } else { reply.code() }));
        }
    }
    codes
}

#[both_databases]
async fn ten_minutes_after_the_sign_in_the_password_is_asked_for_again(stage: &Stage) {
    let Stage { app, clock } = stage;
    let ada = app.sign_up("ada").await;
    accounts::make_admin(&app.engine, "ada").await.unwrap();
    let key = program(app, &ada, &["admin"]).await;
    assert!(codes(&ada).await.iter().all(|(status, _)| *status != 403));
    clock.advance(TimeDelta::minutes(10));
    let refused = codes(&ada).await;
    assert!(refused.len() >= 5 && refused.iter().all(|(status, _)| *status == 403), "{refused:?}");
    assert!(refused.iter().all(|(_, code)| code == "step_up_required"), "{refused:?}");
    let change = json!({ "disabled": false });
    assert_eq!(key.patch("/api/v1/admin/users/999999", change).await.status, 404, "a key has no password");
    assert_eq!(
        key.post("/api/v1/account/step-up", json!({ "current_password": PASSWORD })).await.status,
        403
    );

    assert_eq!(step_up(&ada, "wrong-guess").await.fields(), ["current_password"]);
    assert_eq!(step_up(&ada, "").await.fields(), ["current_password"]);
    let before = ada.cookies();
    assert_eq!(step_up(&ada, PASSWORD).await.status, 204);
    assert_ne!(ada.cookies(), before, "the session has a new token");
    assert!(codes(&ada).await.iter().all(|(status, _)| *status != 403));
    clock.advance(TimeDelta::minutes(10));
    assert!(codes(&ada).await.iter().all(|(status, _)| *status == 403));
    assert_eq!(ada.get("/api/v1/auth/me").await.status, 200);
}

#[both_databases]
async fn a_replaced_token_lives_no_longer_by_a_step_up(stage: &Stage) {
    let Stage { app, clock } = stage;
    let ada = app.sign_up("ada").await;
    let old = app.stranger();
    let with_old = |method, path: &str| old.request(method, path).header("cookie", ada.cookies());
    let before =
        with_old(Method::POST, "/api/v1/account/step-up").json(&json!({ "current_password": PASSWORD }));
    let again = before.try_clone().unwrap();
    let me = with_old(Method::GET, "/api/v1/auth/me");
    assert_eq!(send(before).await.status, 204);
    assert_eq!(send(again).await.status, 401, "its token was replaced");
    assert_eq!(send(me.try_clone().unwrap()).await.status, 200, "requests under way");
    clock.advance(TimeDelta::seconds(31));
    assert_eq!(send(me).await.status, 401);
}

#[both_databases]
async fn an_administrator_with_an_app_needs_its_code_beside_the_password(stage: &Stage) {
    let Stage { app, clock } = stage;
    let ada = app.sign_up("ada").await;
    accounts::make_admin(&app.engine, "ada").await.unwrap();
    let begun = ada.post("/api/v1/account/totp", json!({})).await.json();
    let totp = Totp::from_url(begun["uri"].as_str().unwrap()).unwrap();
    let code = || totp.generate(clock.now().timestamp().try_into().unwrap()).to_string();
    ada.post("/api/v1/account/totp/confirm", json!({ "code": code() })).await.ok();
    clock.advance(TimeDelta::minutes(10));
    assert_eq!(step_up(&ada, PASSWORD).await.fields(), ["code"]);
    let typed = json!({ "current_password": PASSWORD, "code": "12" });
    assert_eq!(ada.post("/api/v1/account/step-up", typed).await.fields(), ["code"]);
    assert!(codes(&ada).await.iter().all(|(_, code)| code == "step_up_required"), "not by a password alone");
    let typed = json!({ "current_password": PASSWORD, "code": code() });
    assert_eq!(ada.post("/api/v1/account/step-up", typed.clone()).await.status, 204);
    assert_eq!(ada.post("/api/v1/account/step-up", typed).await.fields(), ["code"], "a code counts once");
    let page = ada.get("/account/step-up").await.text();
    assert!(page.contains("name=\"code\"") && page.contains("Current password"), "{page}");
    // Turns the app off, among other things.
    assert!(codes(&ada).await.iter().all(|(status, _)| *status != 403));
    let eve = app.sign_up("eve").await.get("/account/step-up").await.text();
    assert!(!eve.contains("name=\"code\""), "{eve}");
}

#[both_databases]
async fn a_form_without_javascript_is_led_to_the_page_that_asks(stage: &Stage) {
    let Stage { app, clock } = stage;
    let ada = app.sign_up("ada").await;
    let submit = |name: &str, body: &str| {
        let request = ada
            .request(Method::POST, &format!("/api/ui/{name}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html")
            .header("referer", format!("{}/api-keys?cursor=1", app.base));
        send(request.body(body.to_owned()))
    };
    clock.advance(TimeDelta::minutes(11));
    let asked = submit("add_api_key", "name=script&days=30&read=on").await;
    assert_eq!((asked.status, asked.header("location")), (302, "/account/step-up?next=%2Fapi%2Dkeys"));
    assert!(ada.get("/account/step-up?next=%2Fapi-keys").await.text().contains("Confirm that it is you"));
    let done = submit("step_up", &format!("current_password={PASSWORD}&next=%2Fapi-keys")).await;
    assert_eq!((done.status, done.header("location")), (302, "/api-keys"));
    let elsewhere = submit("step_up", &format!("current_password={PASSWORD}&next=%2F%2Fevil.example")).await;
    assert_eq!(elsewhere.header("location"), "/");
    assert_eq!(submit("add_api_key", "name=script&days=30&read=on").await.header("location"), "/api-keys");
    assert_eq!(ada.all("/api/v1/api-keys").await.len(), 1);
}
