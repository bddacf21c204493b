//! Identities of users who have accounts: linked, asked for a second factor, used for a step-up, removed.

use both_databases::both_databases;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use smartcache::testing::PASSWORD;
use totp_rs::Totp;

use super::provider::Token;
use super::{IDENTITIES, Stage, name};
use crate::harness::send;

#[both_databases]
async fn an_identity_is_linked_by_its_signed_in_user_alone_and_removed(stage: &Stage) {
    let Stage { app, clock, .. } = stage;
    let (ada, eve) = (app.sign_up("ada-l").await, app.sign_up("eve").await);
    assert_eq!(stage.led(&ada, "purpose=link&next=%2Faccount").await, "/account");
    assert_eq!(ada.get(IDENTITIES).await.ok().as_array().unwrap().len(), 1);
    assert_eq!(eve.get(IDENTITIES).await.ok(), json!([]));
    assert_eq!(
        stage.led(&ada, "purpose=link&next=%2Faccount").await,
        "/account",
        "once more changes nothing"
    );
    assert_eq!(stage.led(&eve, "purpose=link&next=%2Faccount").await, "/account?oidc=taken");
    let browser = app.stranger();
    stage.flow(&browser, "").await;
    assert_eq!(name(&browser).await.as_deref(), Some("ada-l"));
    // A flow that another user's session ends.
    let back = stage.provider.sign_in(&stage.begin(&ada, "purpose=link").await);
    let flow = ada.cookies().split("; ").find(|pair| pair.starts_with("smartcache_oidc")).unwrap().to_owned();
    let cookies = format!("{}; {flow}", eve.cookies());
    let ended = send(app.stranger().request(Method::GET, &back).header("cookie", cookies)).await;
    assert_eq!(ended.header("location"), "/account?oidc=expired");
    // Begun by another site, by a stranger, and long after the sign-in.
    let foreign = ada.request(Method::GET, "/oidc/start?purpose=link").header("sec-fetch-site", "cross-site");
    assert_eq!(send(foreign).await.header("location"), "/login");
    assert_eq!(stage.begin(&app.stranger(), "purpose=link").await, "/login");
    clock.advance(TimeDelta::minutes(11));
    assert_eq!(stage.begin(&ada, "purpose=link").await, "/account/step-up?next=%2Faccount");
    let id = ada.get(IDENTITIES).await.ok()[0]["id"].as_i64().unwrap();
    assert_eq!(ada.delete(&format!("{IDENTITIES}/{id}")).await.code(), "step_up_required");
    ada.post("/api/v1/account/step-up", json!({ "current_password": PASSWORD })).await;
    assert_eq!(eve.delete(&format!("{IDENTITIES}/{id}")).await.status, 403, "her sign-in is old, too");
    assert_eq!(ada.delete(&format!("{IDENTITIES}/{id}")).await.status, 204);
    assert_eq!(ada.delete(&format!("{IDENTITIES}/{id}")).await.status, 404);
    assert_eq!(ada.get(IDENTITIES).await.ok(), json!([]));
}

#[both_databases]
async fn a_user_without_a_password_steps_up_with_the_provider(stage: &Stage) {
    let Stage { app, clock, provider } = stage;
    let ada = app.stranger();
    stage.flow(&ada, "").await;
    clock.advance(TimeDelta::minutes(11));
    let key = json!({ "name": "script", "scopes": ["read"] });
    assert_eq!(ada.post("/api/v1/api-keys", key.clone()).await.code(), "step_up_required");
    let url = stage.begin(&ada, "purpose=step_up&next=%2Fapi-keys").await;
    assert!(url.contains("max_age=0") && url.contains("prompt=login"), "{url}");
    for lie in [claim!("auth_time", 0) as fn(&mut Token), without!("auth_time")] {
        provider.lie(lie);
        assert_eq!(stage.led(&ada, "purpose=step_up").await, "/account?oidc=untrusted");
    }
    provider.be_honest();
    provider.be(json!({ "sub": "eve-1" }));
    assert_eq!(stage.led(&ada, "purpose=step_up").await, "/account?oidc=other");
    assert_eq!(ada.post("/api/v1/api-keys", key.clone()).await.status, 403);
    provider.be(json!({ "sub": "ada-1" }));
    let before = ada.cookies();
    assert_eq!(stage.led(&ada, "purpose=step_up&next=%2Fapi-keys").await, "/api-keys");
    assert_ne!(ada.cookies(), before);
    assert_eq!(ada.post("/api/v1/api-keys", key).await.status, 201);
    let id = ada.get(IDENTITIES).await.ok()[0]["id"].as_i64().unwrap();
    assert_eq!(ada.delete(&format!("{IDENTITIES}/{id}")).await.code(), "conflict", "no other way is left");
}

#[both_databases]
async fn an_account_with_a_second_factor_asks_for_it_after_the_provider(stage: &Stage) {
    let Stage { app, clock, .. } = stage;
    let ada = app.sign_up("ada-l").await;
    stage.flow(&ada, "purpose=link").await;
    let enrolment = ada.post("/api/v1/account/totp", json!({})).await.ok();
    let app_of_ada = Totp::from_url(enrolment["uri"].as_str().unwrap()).unwrap();
    let code = app_of_ada.generate(clock.now().timestamp().try_into().unwrap()).to_string();
    let made = ada.post("/api/v1/account/totp/confirm", json!({ "code": code })).await.ok();
    let browser = app.stranger();
    let asked = stage.flow(&browser, "next=%2Fdownloads").await;
    assert!(asked.header("location").starts_with("/login?"), "{}", asked.header("location"));
    assert_eq!(name(&browser).await, None);
    assert!(browser.cookies().contains("smartcache_ceremony="));
    let code = made["codes"][0].as_str().unwrap();
    let ceremony =
        browser.cookies().split("smartcache_ceremony=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let finished =
        browser.post("/api/v1/auth/login/factor", json!({ "ceremony": ceremony, "code": code })).await;
    assert_eq!(finished.status, 200, "{}", finished.text());
    assert_eq!(name(&browser).await.as_deref(), Some("ada-l"));

    clock.advance(TimeDelta::minutes(11));
    let key = json!({ "name": "script", "scopes": ["read"] });
    let led = stage.led(&browser, "purpose=step_up&next=%2Fapi-keys").await;
    assert_eq!(led, "/login?step=code&next=%2Fapi%2Dkeys", "the provider alone is one factor");
    assert_eq!(browser.post("/api/v1/api-keys", key.clone()).await.code(), "step_up_required");
    assert!(browser.get(&led).await.text().contains("Enter a code"), "open in a session, too");
    let form = format!("code={}&next=%2Fapi-keys", made["codes"][1].as_str().unwrap());
    let request = browser.request(Method::POST, "/api/ui/finish_sign_in").header("accept", "text/html");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    assert_eq!(send(request).await.header("location"), "/api-keys");
    assert_eq!(browser.post("/api/v1/api-keys", key).await.status, 201);
}
