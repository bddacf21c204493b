//! Sign-out at the provider, after that of a session which it has opened.

use chrono::TimeDelta;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use smartcache::testing::{Backend, PASSWORD};

use super::{Stage, name};
use crate::harness::{Person, send};

/// Signs out as a script does, or as a form without one. Returns the path that it leads to.
async fn sign_out(person: &Person, is_script: bool) -> String {
    let accept = if is_script { "application/json" } else { "text/html" };
    let request = person.request(Method::POST, "/api/ui/sign_out").header("accept", accept);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body("");
    let reply = send(request.header("referer", format!("{}/", person.base))).await;
    match is_script {
        true => reply.ok().as_str().unwrap().to_owned(),
        false => reply.header("location").to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_by_the_provider_ends_there_too_and_no_other_one() {
    let stage = Stage::with(Backend::Sqlite, |_| ()).await.unwrap();
    let issuer = stage.provider.issuer().to_owned();
    stage.provider.publish(json!({ "end_session_endpoint": format!("{issuer}/logout?tenant=1") }));
    let own = stage.app.sign_up("grace").await;
    assert_eq!(sign_out(&own, true).await, "/login");
    let ada = stage.app.stranger();
    stage.flow(&ada, "").await;
    assert_eq!(sign_out(&ada, true).await, "/oidc/logout");
    assert_eq!(name(&ada).await, None);
    let url = Url::parse(ada.get("/oidc/logout").await.header("location")).unwrap();
    assert!(url.as_str().starts_with(&format!("{issuer}/logout?tenant=1&")), "{url}");
    let asked: Vec<_> = url.query_pairs().into_owned().skip(1).collect();
    let login = format!("{}/login", stage.app.base);
    let expected = [("client_id", "smartcache"), ("post_logout_redirect_uri", login.as_str())];
    assert_eq!(asked, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));

    stage.flow(&ada, "").await;
    assert_eq!(sign_out(&ada, false).await, "/login?changed=session");
    let page = ada.get("/login?changed=session").await.text();
    assert!(page.contains("You are signed out here.") && page.contains("href=\"/oidc/logout\""), "{page}");
    // A step-up and a second sign-in in the same browser.
    stage.flow(&ada, "").await;
    stage.clock.advance(TimeDelta::minutes(11));
    stage.flow(&ada, "purpose=step_up").await;
    assert_eq!(sign_out(&ada, true).await, "/oidc/logout", "a renewed session is the provider's, too");
    let typed = json!({ "username": "grace", "password": PASSWORD });
    stage.flow(&ada, "").await;
    ada.post("/api/v1/auth/login", typed).await.ok();
    assert_eq!(sign_out(&ada, true).await, "/login", "the last sign-in was by a password");
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_without_a_sign_out_leads_to_our_page() {
    let stage = Stage::with(Backend::Sqlite, |_| ()).await.unwrap();
    let ada = stage.app.stranger();
    stage.flow(&ada, "").await;
    let led = ada.get(&sign_out(&ada, true).await).await;
    assert_eq!((led.status, led.header("location")), (303, "/login"));
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_with_a_hostile_sign_out_is_refused() {
    let lies: [Value; 8] = [
        json!("javascript:alert(1)"),
        json!("data:text/html,x"),
        json!("file:///etc/passwd"),
        json!("ftp://id.example/logout"),
        json!("/logout"),
        json!(""),
        json!(7),
        json!({ "url": "https://id.example/logout" }),
    ];
    for lie in lies {
        let stage = Stage::with(Backend::Sqlite, |_| ()).await.unwrap();
        stage.provider.publish(json!({ "end_session_endpoint": lie }));
        let browser = stage.app.stranger();
        let begun = browser.get("/oidc/start").await;
        assert_eq!(begun.header("location"), "/login?oidc=unavailable", "{lie}");
        assert_eq!(browser.get("/oidc/logout").await.header("location"), "/login", "{lie}");
        stage.clear().await;
    }
}
