//! Every route against every kind of caller: the answers are those of the table of rights, and nothing else.

use std::collections::BTreeSet;
use std::fmt::Write;

use both_databases::both_databases;
use reqwest::Method;
use serde_json::{Value, json};
use smartcache::domain::account::AccountRole;
use smartcache::domain::api_key::KeyScope;
use smartcache::engine::accounts;
use smartcache::engine::rights::{Credential, Right, may_as, may_by};
use smartcache_server::route_rights::{ROUTES, STEP_UP};

use crate::api_keys::program;
use crate::harness::{App, Person, send};
use crate::origin::Manner;
use crate::users;

struct KnownCaller {
    name: String,
    person: Person,
    role: AccountRole,
    credential: Credential,
}

async fn callers(app: &App) -> Vec<KnownCaller> {
    let [admin, ada, eve, child] = [
        app.sign_up("root").await,
        app.sign_up("ada").await,
        app.sign_up("eve").await,
        app.sign_up("child").await,
    ];
    accounts::make_admin(&app.engine, "root").await.unwrap();
    users::make_listener(app, &admin, "child", "ada").await;
    let mut all = Vec::new();
    for scope in KeyScope::ALL {
        let person = program(app, &admin, &[scope.as_str()]).await;
        let (name, role) = (format!("key {scope}"), AccountRole::Admin);
        all.push(KnownCaller { name, person, role, credential: Credential::Key(vec![*scope]) });
    }
    let people = [
        ("admin", admin, AccountRole::Admin),
        ("user", ada, AccountRole::User),
        ("other user", eve, AccountRole::User),
        ("listener", child, AccountRole::Listener),
    ];
    all.extend(people.map(|(name, person, role)| KnownCaller {
        name: name.into(),
        person,
        role,
        credential: Credential::Session { since: app.engine.now() },
    }));
    all
}

/// Status of a request whose ids name nothing, and whose body fits no handler.
async fn status(person: &Person, method: &str, path: &str) -> u16 {
    let path = path
        .replace("{name}", "discovery")
        .replace("{token}", &"0".repeat(64))
        .replace("{hash}", &"0".repeat(64))
        .replace("{id}", "999999")
        .replace("{download_id}", "999999");
    let method: Method = method.parse().unwrap();
    send(person.request(method, &path).json(&json!([]))).await.status
}

fn routes() -> impl Iterator<Item = (Right, &'static str, &'static str)> {
    ROUTES.iter().flat_map(|(right, routes)| {
        routes.iter().flat_map(|(path, methods)| methods.iter().map(|method| (*right, *method, *path)))
    })
}

#[both_databases]
async fn every_route_answers_every_caller_as_the_table_says(app: &App) {
    let (stranger, callers) = (app.stranger(), callers(app).await);
    let mut off = Vec::new();
    for (right, method, path) in routes() {
        let seen = status(&stranger, method, path).await;
        if seen != 401 {
            off.push(format!("{method} {path} answers a stranger with {seen}"));
        }
        for KnownCaller { name, person, role, credential } in &callers {
            let may = may_as(*role, right) && may_by(credential, right);
            let seen = status(person, method, path).await;
            let is_as_said = if may { !matches!(seen, 401 | 403 | 500..) } else { seen == 403 };
            if !is_as_said {
                off.push(format!("{method} {path} ({right:?}) answers {name} with {seen}"));
            }
        }
    }
    assert!(off.is_empty(), "{off:#?}");
}

#[test]
fn every_route_of_the_api_is_in_the_table_or_public() {
    let public = [
        ("POST", "/api/v1/auth/register"),
        ("POST", "/api/v1/auth/login"),
        ("POST", "/api/v1/auth/login/factor"),
        ("POST", "/api/v1/auth/passkey"),
        ("POST", "/api/v1/auth/passkey/challenge"),
        ("POST", "/api/v1/auth/logout"),
        ("POST", "/api/v1/auth/reset"),
        ("GET", "/api/v1/openapi.json"),
    ];
    let known: BTreeSet<_> = routes()
        .map(|(_, method, path)| (method, path))
        .chain(public)
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .collect();
    // The description is the router's own (`openapi::tests`).
    let described: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
    let paths = described["paths"].as_object().unwrap().iter();
    let routed: BTreeSet<_> = paths
        .filter(|(path, _)| path.starts_with("/api/v1/"))
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    assert!(routed.len() > 130, "{}", routed.len());
    let unnamed: Vec<_> = routed.difference(&known).collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
}

#[both_databases]
async fn the_rows_of_a_user_are_missing_ones_to_another_user(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (feed, _) = app.origin.podcast("hers", 2_000, Manner::Proper);
    let source = ada.follow(&feed).await;
    let item = ada.item_of(source).await;
    let download = ada.queue(&item).await;
    let id = async |path: &str, body| ada.post(path, body).await.json()["id"].as_i64().unwrap();
    let window = json!({ "label": "To work", "start": "07:00", "end": "08:00", "days": ["mon"] });
    let hook = json!({ "kind": "webhook", "target": "https://example.org/hook" });
    let rows = [
        ("/api/v1/sources/{id}", source),
        ("/api/v1/items/{id}", item["id"].as_i64().unwrap()),
        ("/api/v1/downloads/{id}", download),
        ("/api/v1/subscriptions/{id}", ada.all("/api/v1/subscriptions").await[0]["id"].as_i64().unwrap()),
        ("/api/v1/sessions/{id}", ada.all("/api/v1/sessions").await[0]["id"].as_i64().unwrap()),
        ("/api/v1/collections/{id}", id("/api/v1/collections", json!({ "name": "Trip" })).await),
        (
            "/api/v1/devices/{id}",
            id("/api/v1/devices", json!({ "name": "Phone", "platform": "Android" })).await,
        ),
        ("/api/v1/commute-windows/{id}", id("/api/v1/commute-windows", window).await),
        ("/api/v1/notifications/channels/{id}", id("/api/v1/notifications/channels", hook).await),
        ("/api/v1/api-keys/{id}", crate::api_keys::make(&ada, &["read"]).await["id"].as_i64().unwrap()),
        ("/api/v1/runs/{id}", ada.start_run(1).await),
    ];
    let mut off = Vec::new();
    for (root, row) in rows {
        for (right, method, path) in routes().filter(|(_, _, path)| path.starts_with(root)) {
            let path = path.replace("{name}", "discovery").replace("{download_id}", &download.to_string());
            let ask = async |id: i64| {
                let path = path.replace("{id}", &id.to_string());
                send(eve.request(method.parse().unwrap(), &path).json(&json!({}))).await.status
            };
            let (hers, missing) = (ask(row).await, ask(999_999).await);
            if hers != missing || !matches!(hers, 404 | 409 | 422) {
                off.push(format!(
                    "{method} {path} ({right:?}): {hers} for another's row, {missing} for none"
                ));
            }
        }
    }
    assert!(off.is_empty(), "{off:#?}");
    assert_eq!(ada.until_ended(download).await["status"], "ready");
}

/// The table of rights as a page.
fn page() -> String {
    let mut page = String::from(
        "# Rights\n\nWritten by a test from `engine/rights.rs` and `server/src/route_rights.rs`; renew it with \
         `UPDATE_DOCS=1 cargo test -p smartcache-server --test http rights`. A\nrequest needs the right of its route by its \
         user's role, and by its key's scopes if it comes with a key. Server functions of the pages ask for\nthe \
         same rights. All other routes are open, or locked by a secret in their path; `/metrics` and \
         `/health/detailed` also open to the\nnetworks of `SMARTCACHE_METRICS_ALLOW`.\n\n| right | admin | user | \
         listener | scope of a key |\n|---|---|---|---|---|\n",
    );
    for right in Right::ALL {
        let roles = [AccountRole::Admin, AccountRole::User, AccountRole::Listener];
        let roles = roles.map(|role| if may_as(role, right) { "yes" } else { "no" }).join(" | ");
        let scope = right.scope().map_or("none: sessions alone", |scope| scope.as_str());
        let scope = if right == Right::Monitor { "metrics: keys alone" } else { scope };
        writeln!(page, "| {right:?} | {roles} | {scope} |").unwrap();
    }
    for (right, routes) in ROUTES {
        write!(page, "\n## {right:?}\n\n").unwrap();
        for (path, methods) in *routes {
            writeln!(page, "- `{} {path}`", methods.join(" ")).unwrap();
        }
    }
    page.push_str(
        "\n## Step-up\n\nA session needs an authentication within the last ten minutes for these: a sign-in, or \
         `POST /api/v1/account/step-up`. A key\ndoes not.\n\n",
    );
    for (path, methods) in STEP_UP {
        writeln!(page, "- `{} {path}`", methods.join(" ")).unwrap();
    }
    page
}

#[test]
fn the_page_of_rights_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rights.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), page(), "see its first lines");
}
