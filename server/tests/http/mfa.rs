//! Rule of second factors: told on every page in time, and enforced in REST, server functions and pages then.

use both_databases::both_databases;
use chrono::{DateTime, TimeDelta, Utc};
use leptos::server_fn::axum::server_fn_paths;
use reqwest::Method;
use serde_json::json;
use smartcache::domain::factor_rule::FactorRule;
use smartcache::engine::accounts::factors::GRACE;
use smartcache::engine::clock::Clock;
use smartcache::engine::rights::Right;
use smartcache::testing::{Backend, PASSWORD};
use smartcache_server::route_rights::ROUTES;
use totp_rs::Totp;

use crate::api_keys::program;
use crate::harness::{App, Person, send};
use crate::server_functions::{PUBLIC, call};

const CODE: &str = "factor_setup_required";
const SETUP: &str = "/account/second-factor";

/// A server that asks everybody for a second factor.
struct Strict {
    app: App,
    clock: Clock,
}

impl Strict {
    async fn on(backend: Backend) -> Option<Self> {
        let clock = Clock::fixed(DateTime::from_timestamp(Utc::now().timestamp(), 0).unwrap());
        let app = App::at(backend, clock.clone(), |config| config.mfa = FactorRule::Everyone).await?;
        Some(Self { app, clock })
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

    /// A user whose grace is over, in a session of this moment.
    async fn late(&self, name: &str) -> Person {
        let person = self.app.sign_up(name).await;
        self.clock.advance(GRACE);
        let typed = json!({ "username": name, "password": PASSWORD });
        assert_eq!(person.post("/api/v1/auth/login", typed).await.status, 200, "sign-in stays open");
        person
    }

    async fn enrol(&self, person: &Person) {
        let begun = person.post("/api/v1/account/totp", json!({})).await.json();
        let totp = Totp::from_url(begun["uri"].as_str().unwrap()).unwrap();
        let code = totp.generate(self.clock.now().timestamp().try_into().unwrap()).to_string();
        person.post("/api/v1/account/totp/confirm", json!({ "code": code })).await.ok();
    }
}

/// Code of a request whose ids name nothing, and whose body fits no handler.
async fn code(person: &Person, method: &str, path: &str) -> String {
    let path = path.replace("{name}", "discovery").replace("{token}", "0").replace("{hash}", "0");
    let path = path.replace("{id}", "999999").replace("{download_id}", "999999");
    let reply = send(person.request(method.parse().unwrap(), &path).json(&json!([]))).await;
    if reply.status < 300 { String::new() } else { format!("{} {}", reply.status, reply.code()) }
}

#[both_databases]
async fn after_the_grace_every_route_but_those_of_the_set_up_is_closed(strict: &Strict) {
    let Strict { app, clock } = strict;
    let ada = app.sign_up("ada").await;
    let key = program(app, &ada, &["read", "listen", "write", "run"]).await;
    clock.advance(GRACE - TimeDelta::seconds(1));
    assert_eq!((ada.get("/api/v1/items").await.status, key.get("/api/v1/items").await.status), (200, 200));
    clock.advance(TimeDelta::seconds(1));
    let mut off = Vec::new();
    for (right, routes) in ROUTES {
        for (path, method) in routes.iter().flat_map(|(path, all)| all.iter().map(move |one| (*path, *one))) {
            let closed = format!("403 {CODE}");
            let (by_session, by_key) = (code(&ada, method, path).await, code(&key, method, path).await);
            let is_open = *right == Right::Enrol;
            let key_is_closed = by_key == closed || (is_open && by_key == "403 forbidden");
            if (by_session == closed) == is_open || !key_is_closed {
                off.push(format!("{method} {path}: {by_session} in a session, {by_key} by a key"));
            }
        }
    }
    assert!(off.is_empty(), "{off:#?}");
    ada.post("/api/v1/account/step-up", json!({ "current_password": PASSWORD })).await;
    strict.enrol(&ada).await;
    assert_eq!((ada.get("/api/v1/items").await.status, key.get("/api/v1/items").await.status), (200, 200));
    let last = ada.delete("/api/v1/account/totp").await;
    assert_eq!((last.status, last.code()), (409, "conflict".into()));
    assert!(last.text().contains("this is the last one"), "{}", last.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_grace_server_functions_are_closed_and_pages_lead_to_the_set_up() {
    let strict = Strict::on_sqlite().await.unwrap();
    let ada = strict.late("ada").await;
    let open = [
        "begin_passkey",
        "begin_passkey_step_up",
        "begin_totp",
        "confirm_totp",
        "add_passkey",
        "list_identities",
        "list_passkeys",
        "show_factors",
        "step_up",
        "step_up_with_passkey",
    ];
    let mut off = Vec::new();
    for (path, method) in server_fn_paths() {
        let name = path.rsplit('/').next().unwrap();
        if PUBLIC.contains(&name) {
            continue;
        }
        let method: Method = method.to_string().parse().unwrap();
        let reply = call(&ada, &method, path).await;
        let is_closed = reply.status == 403 && reply.text().contains(CODE);
        if is_closed == open.contains(&name) {
            off.push(format!("{name}: {} {}", reply.status, reply.text()));
        }
    }
    assert!(off.is_empty(), "{off:#?}");
    for page in ["/", "/downloads", "/account", "/preferences", "/items?q=x", "/admin/users", "/runs"] {
        let led = ada.get(page).await;
        assert_eq!((led.status, led.header("location")), (302, SETUP), "{page}");
    }
    let setup = ada.get(SETUP).await;
    let text = setup.text();
    assert!(setup.status == 200 && text.contains("Set up an authenticator app"), "{text}");
    assert!(text.contains("/api/ui/sign_out") && !text.contains("class=\"nav\""), "{text}");
    assert_eq!(ada.get("/account/step-up").await.status, 200);
    strict.enrol(&ada).await;
    assert_eq!(ada.get("/downloads").await.status, 200);
    strict.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn within_the_grace_every_page_says_until_when() {
    let strict = Strict::on_sqlite().await.unwrap();
    let ada = strict.app.sign_up("ada").await;
    let words = "This server asks for a second factor with your account.";
    let day = (strict.clock.now() + GRACE).format("%Y-%m-%d").to_string();
    for page in ["/", "/downloads", "/account", "/items"] {
        let text = ada.get(page).await.text();
        assert!(text.contains(words) && text.contains(&day), "{page}: {text}");
        assert!(text.contains("href=\"/account#second-factors\""), "{page}");
    }
    strict.enrol(&ada).await;
    assert!(!ada.get("/").await.text().contains(words));
    strict.clear().await;
}
