//! Passkeys over REST: registered, listed, renamed and removed, and sign-in with one.

use serde_json::{Value, json};
use smartcache::testing::authenticator::Authenticator;
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::{App, Person};

const PASSKEYS: &str = "/api/v1/account/passkeys";
const CHALLENGE: &str = "/api/v1/account/passkeys/challenge";
const SIGN_IN: &str = "/api/v1/auth/passkey";
const SIGN_IN_CHALLENGE: &str = "/api/v1/auth/passkey/challenge";
const LOGIN: &str = "/api/v1/auth/login";
const ME: &str = "/api/v1/auth/me";
const ORIGIN: &str = "http://localhost:3000";

async fn app() -> App {
    App::with(Backend::Sqlite, |config| config.public_url = ORIGIN.into()).await.unwrap()
}

async fn register(person: &Person, name: &str) -> (Authenticator, Value) {
    let begun = person.post(CHALLENGE, json!({})).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let begun = begun.json();
    let (authenticator, credential) = Authenticator::register(ORIGIN, &begun["options"]);
    let new = json!({ "ceremony": begun["ceremony"], "name": name, "credential": credential });
    let added = person.post(PASSKEYS, new.clone()).await;
    assert_eq!(added.status, 201, "{}", added.text());
    assert_eq!(person.post(PASSKEYS, new).await.code(), "gone");
    (authenticator, added.json())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_signs_in_over_rest_and_belongs_to_its_user() {
    let app = app().await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (mut phone, added) = register(&ada, "Phone").await;
    assert_eq!(added["recovery"]["codes"].as_array().unwrap().len(), 10);
    let stranger = app.stranger();
    let begun = stranger.post(SIGN_IN_CHALLENGE, json!({})).await.ok();
    assert_eq!(begun["options"]["userVerification"], "required");
    assert!(begun["options"]["allowCredentials"].as_array().is_none_or(Vec::is_empty), "no names are told");
    let typed = json!({ "ceremony": begun["ceremony"], "credential": phone.answer(&begun["options"]) });
    assert_eq!(stranger.post(SIGN_IN, typed.clone()).await.ok()["user"]["username"], "ada");
    assert_eq!(stranger.get(ME).await.status, 200);
    let replayed = app.stranger().post(SIGN_IN, typed).await;
    assert_eq!((replayed.status, replayed.code()), (410, "gone".into()));
    let password = json!({ "username": "ada", "password": PASSWORD });
    let asked = app.stranger().post(LOGIN, password).await;
    assert_eq!(
        (asked.code(), &asked.json()["factors"]),
        ("factor_required".into(), &json!(["passkey", "recovery_code"]))
    );

    let path = format!("{PASSKEYS}/{}", added["id"]);
    assert_eq!(ada.patch(&path, json!({ "name": " " })).await.fields(), ["name"]);
    assert_eq!(ada.patch(&path, json!({ "name": "Old phone" })).await.ok()["name"], "Old phone");
    assert_eq!(eve.get(PASSKEYS).await.ok(), json!([]));
    assert_eq!(
        (eve.delete(&path).await.status, eve.patch(&path, json!({ "name": "x" })).await.status),
        (404, 404)
    );
    let page = ada.get("/account").await.text();
    assert!(page.contains("Old phone") && page.contains("Add a passkey"));
    let nonsense = json!({ "ceremony": "x", "name": "x", "credential": 7 });
    assert_eq!(ada.post(PASSKEYS, nonsense).await.fields(), ["credential"]);
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!(ada.get(PASSKEYS).await.ok(), json!([]));
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_of_numbers_has_no_passkeys() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    assert_eq!(ada.post(CHALLENGE, json!({})).await.code(), "conflict");
    assert_eq!(app.stranger().post(SIGN_IN_CHALLENGE, json!({})).await.code(), "conflict");
    assert!(ada.get("/account").await.text().contains("Browsers offer passkeys only"));
    app.clear().await;
}
