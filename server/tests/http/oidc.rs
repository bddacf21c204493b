//! Sign-in with an OpenID Connect provider: who is let in, and that no lie of a provider is believed.

#[macro_use]
mod lies;
mod identities;
mod logout;
mod provider;
mod roles;
mod sign_up;

use both_databases::both_databases;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::json;
use smartcache::domain::feed_login::Secret;
use smartcache::engine::clock::Clock;
use smartcache::engine::config::{OidcSettings, OidcSignup};
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::{App, Person, Reply, send};
use provider::{CLIENT, Provider, SECRET};

const IDENTITIES: &str = "/api/v1/account/identities";

/// A server with a provider, whose clock the test moves.
struct Stage {
    app: App,
    clock: Clock,
    provider: Provider,
}

impl Stage {
    async fn on(backend: Backend) -> Option<Self> {
        Self::with(backend, |_| ()).await
    }

    /// A server with changed settings. Unless they say otherwise, each identity gets an account.
    async fn with(backend: Backend, change: impl FnOnce(&mut OidcSettings)) -> Option<Self> {
        let clock = Clock::fixed(DateTime::from_timestamp(Utc::now().timestamp(), 0).unwrap());
        let provider = Provider::start({
            let clock = clock.clone();
            move || clock.now().timestamp()
        });
        let provider = provider.await;
        let mut settings = OidcSettings {
            issuer: provider.issuer().to_owned(),
            client_id: CLIENT.to_owned(),
            client_secret: Secret(SECRET.to_owned()),
            name: "House".to_owned(),
            signup: OidcSignup::Yes,
            role: None,
        };
        change(&mut settings);
        let app = App::at(backend, clock.clone(), |config| config.oidc = Some(settings)).await?;
        Some(Self { app, clock, provider })
    }

    async fn on_sqlite() -> Option<Self> {
        Self::on(Backend::Sqlite).await
    }

    async fn on_postgres() -> Option<Self> {
        Self::on(Backend::Postgres).await
    }

    async fn clear(self) {
        self.app.clear().await;
    }

    /// Begins a flow in a browser. Returns the address of the provider.
    async fn begin(&self, browser: &Person, query: &str) -> String {
        let request = browser.request(Method::GET, &format!("/oidc/start?{query}"));
        let begun = send(request.header("sec-fetch-site", "same-origin")).await;
        assert_eq!(begun.status, 303, "{}", begun.text());
        begun.header("location").to_owned()
    }

    /// A whole flow. Returns the last answer of our server.
    async fn flow(&self, browser: &Person, query: &str) -> Reply {
        let back = self.provider.sign_in(&self.begin(browser, query).await);
        browser.get(&back).await
    }

    /// Where a flow has led the browser.
    async fn led(&self, browser: &Person, query: &str) -> String {
        self.flow(browser, query).await.header("location").to_owned()
    }
}

async fn name(person: &Person) -> Option<String> {
    let me = person.get("/api/v1/auth/me").await;
    (me.status == 200).then(|| me.json()["user"]["username"].as_str().unwrap().to_owned())
}

#[both_databases]
async fn an_identity_gets_an_account_and_comes_back_to_it(stage: &Stage) {
    let Stage { app, provider, .. } = stage;
    app.sign_up("grace").await;
    let ada = app.stranger();
    assert_eq!(stage.led(&ada, "next=%2Fdownloads").await, "/downloads");
    assert_eq!(name(&ada).await.as_deref(), Some("ada"));
    let again = app.stranger();
    assert_eq!(stage.led(&again, "").await, "/");
    assert_eq!(name(&again).await.as_deref(), Some("ada"), "the same account");
    // A name or an address decides nothing.
    provider.be(json!({ "sub": "grace-2", "preferred_username": "grace", "email": "ada@example.org" }));
    let grace = app.stranger();
    stage.flow(&grace, "").await;
    assert_eq!(name(&grace).await.as_deref(), Some("grace-2"));
    assert_eq!(grace.get(IDENTITIES).await.ok()[0]["name"], "ada@example.org");
    // An account without a password is opened by none.
    for password in ["", "none:", PASSWORD] {
        let typed = json!({ "username": "ada", "password": password });
        assert_eq!(app.stranger().post("/api/v1/auth/login", typed).await.status, 401);
    }
    let page = app.stranger().get("/login").await.text();
    assert!(page.contains("Sign in with House") && page.contains("/oidc/start?purpose=sign_in"), "{page}");
}

#[both_databases]
async fn keys_of_every_common_kind_are_accepted(stage: &Stage) {
    for (alg, kid) in [("EdDSA", "ed"), ("ES256", "ec"), ("RS256", "rsa")] {
        stage.provider.lie(move |token| {
            token.header = json!({ "alg": alg, "kid": kid });
            token.signer = alg.to_owned();
        });
        let browser = stage.app.stranger();
        assert_eq!(stage.led(&browser, "").await, "/", "{alg}");
        assert_eq!(name(&browser).await.as_deref(), Some("ada"), "{alg}");
    }
    stage.provider.lie(|token| {
        token.claims["aud"] = json!(["other", CLIENT]);
        token.claims["azp"] = json!(CLIENT);
    });
    assert_eq!(stage.led(&stage.app.stranger(), "").await, "/");
}

#[both_databases]
async fn a_flow_ends_once_in_its_own_browser_and_in_time(stage: &Stage) {
    let Stage { app, clock, provider } = stage;
    let (ada, eve) = (app.stranger(), app.stranger());
    let back = provider.sign_in(&stage.begin(&ada, "").await);
    let expired = "/login?oidc=expired";
    assert_eq!(eve.get(&back).await.header("location"), expired, "another browser, without a flow");
    let hers = provider.sign_in(&stage.begin(&eve, "").await);
    assert_eq!(eve.get(&back).await.header("location"), expired, "another browser, with a flow of its own");
    assert_eq!(ada.get(&back.replace("state=", "state=x")).await.header("location"), expired);
    let cookies = ada.cookies();
    assert_eq!(ada.get(&back).await.header("location"), "/");
    let replayed = eve.request(Method::GET, &back).header("cookie", cookies);
    assert_eq!(send(replayed).await.header("location"), expired, "with the same cookie once more");
    assert_eq!((name(&ada).await.as_deref(), name(&eve).await), (Some("ada"), None));
    let _ = hers;

    let late = app.stranger();
    let back = provider.sign_in(&stage.begin(&late, "").await);
    clock.advance(TimeDelta::minutes(11));
    assert_eq!(late.get(&back).await.header("location"), expired);
    for (change, why) in [("code=", "cancelled"), ("iss=https%3A%2F%2Fevil.example&x=", "untrusted")] {
        let browser = app.stranger();
        let back = provider.sign_in(&stage.begin(&browser, "").await);
        let (name, _) = change.split_once('=').unwrap();
        let cut: Vec<_> = back
            .split_once('?')
            .unwrap()
            .1
            .split('&')
            .filter(|pair| !pair.starts_with(&format!("{name}=")))
            .collect();
        let led = browser.get(&format!("/oidc/callback?{}&{change}", cut.join("&"))).await;
        assert_eq!(led.header("location"), format!("/login?oidc={why}"));
    }
    let browser = app.stranger();
    stage.begin(&browser, "").await;
    let cancelled = browser.get("/oidc/callback?error=access_denied").await;
    assert_eq!(cancelled.header("location"), "/login?oidc=cancelled");
    let codes = app.stranger();
    let (first, second) =
        (provider.sign_in(&stage.begin(&ada, "").await), provider.sign_in(&stage.begin(&codes, "").await));
    let code = |path: &str| path.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let mixed = second.replace(&format!("code={}", code(&second)), &format!("code={}", code(&first)));
    assert_eq!(
        codes.get(&mixed).await.header("location"),
        "/login?oidc=unavailable",
        "the code of another flow"
    );
    assert_eq!(name(&codes).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_sign_up_an_unknown_identity_is_told_to_link_and_a_disabled_user_stays_out() {
    let stage = Stage::with(Backend::Sqlite, |settings| settings.signup = OidcSignup::No).await.unwrap();
    let app = &stage.app;
    let browser = app.stranger();
    assert_eq!(stage.led(&browser, "").await, "/login?oidc=unknown");
    assert!(
        browser.get("/login?oidc=unknown").await.text().contains("No account is linked to this identity.")
    );
    let (root, ada) = (app.sign_up("root").await, app.sign_up("ada").await);
    smartcache::engine::accounts::make_admin(&app.engine, "root").await.unwrap();
    stage.flow(&ada, "purpose=link").await;
    let id = ada.get("/api/v1/auth/me").await.ok()["user"]["id"].as_i64().unwrap();
    root.patch(&format!("/api/v1/admin/users/{id}"), json!({ "disabled": true })).await.ok();
    assert_eq!(stage.led(&browser, "").await, "/login?oidc=disabled");
    assert_eq!(name(&browser).await, None);
    stage.clear().await;
}
