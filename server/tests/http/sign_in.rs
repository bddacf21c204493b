//! Password guessing, and hashing under load: the limits, and the service for all other requests.

use both_databases::both_databases;
use std::net::Ipv4Addr;

use futures::future::join_all;
use reqwest::Client;
use serde_json::json;
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::{App, Person};

const LOGIN: &str = "/api/v1/auth/login";

/// A client with its own network on loopback.
fn from(app: &App, last: u8) -> Person {
    let mut person = app.stranger();
    let local = Ipv4Addr::new(127, 0, last, 1);
    person.client =
        Client::builder().cookie_store(true).no_proxy().local_address(Some(local.into())).build().unwrap();
    person
}

#[both_databases]
async fn a_wrong_password_is_a_401_that_names_itself(app: &App) {
    app.sign_up("ada").await;
    let wrong = app.stranger().post(LOGIN, json!({ "username": "ada", "password": "not the one" })).await;
    assert_eq!((wrong.status, wrong.code()), (401, "wrong_credentials".into()));
    let problem = wrong.json();
    assert_eq!(problem["detail"], "This name and password do not fit together.");
    assert_eq!(problem["fields"][0]["field"], "password");
}

#[both_databases]
async fn guesses_from_many_addresses_are_bounded_and_a_known_device_is_not_locked_out(app: &App) {
    let ada = app.sign_up("ada").await;
    let mut statuses = Vec::new();
    for address in 1..=12 {
        let guesser = from(app, address);
        for _ in 0..5 {
            let guess = json!({ "username": "ada", "password": "wrong guess" });
            let reply = guesser.post(LOGIN, guess).await;
            assert!(reply.status == 401 || !reply.header("retry-after").is_empty());
            statuses.push(reply.status);
        }
    }
    assert_eq!((statuses.iter().filter(|s| **s == 401).count(), statuses[50]), (50, 429));
    let right = json!({ "username": "ada", "password": PASSWORD });
    assert_eq!(app.stranger().post(LOGIN, right.clone()).await.status, 429);
    let cookies = ada.cookies();
    assert!(cookies.contains("smartcache_device="), "{cookies}");
    ada.post("/api/v1/auth/logout", json!({})).await;
    assert_eq!(ada.post(LOGIN, right).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hashing_has_a_bounded_queue_and_other_answers_do_not_wait_for_it() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let tries = (0..300).map(|n| {
        let somebody = app.stranger();
        async move {
            let typed = json!({ "username": format!("nobody{n}"), "password": "wrong guess" });
            somebody.post(LOGIN, typed).await
        }
    });
    let tries = tokio::spawn(join_all(tries.collect::<Vec<_>>()));
    let asked = std::time::Instant::now();
    assert_eq!(app.stranger().get("/health").await.status, 200);
    assert!(asked.elapsed().as_secs() < 5, "{:?}", asked.elapsed());
    let replies = tries.await.unwrap();
    let (mut compared, mut busy) = (0, 0);
    for reply in replies {
        match reply.status {
            401 => compared += 1,
            503 => {
                busy += 1;
                assert_eq!((reply.header("retry-after"), reply.code()), ("2", "unavailable".into()));
            }
            other => panic!("{other}: {}", reply.text()),
        }
    }
    assert!(compared >= 65 && busy > 0, "{compared} compared, {busy} refused");
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registrations_of_one_network_are_bounded() {
    let app = App::with(Backend::Sqlite, |config| config.signups_per_hour = 4).await.unwrap();
    for n in 0..6 {
        let typed = json!({ "username": format!("somebody{n}"), "password": PASSWORD });
        let reply = app.stranger().post("/api/v1/auth/register", typed).await;
        assert_eq!(reply.status, if n < 4 { 201 } else { 429 }, "{}", reply.text());
    }
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_trusted_proxy_each_client_counts_by_itself() {
    let change = |config: &mut smartcache::engine::Config| {
        config.signups_per_hour = 1;
        config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    };
    let app = App::with(Backend::Sqlite, change).await.unwrap();
    for (name, client, status) in
        [("one", "192.0.2.1", 201), ("two", "192.0.3.1", 201), ("six", "192.0.2.9", 429)]
    {
        let typed = json!({ "username": name, "password": PASSWORD });
        let request = app.stranger().request(reqwest::Method::POST, "/api/v1/auth/register");
        let reply = crate::harness::send(request.header("x-forwarded-for", client).json(&typed)).await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_from_a_breach_is_refused_at_its_field() {
    let file = std::env::temp_dir().join(format!("breached_{}", uuid::Uuid::new_v4().simple()));
    // SHA-1 of "violet-anchor-train-92".
    std::fs::write(&file, "E908D4BB4F9FF82CC0F9428485A4B2C99FC583D3:7\n").unwrap();
    let known = file.clone();
    let app =
        App::with(Backend::Sqlite, move |config| config.breached_passwords = Some(known)).await.unwrap();
    let register = async |password: &str| {
        app.stranger().post("/api/v1/auth/register", json!({ "username": "ada", "password": password })).await
    };
    let refused = register("violet-anchor-train-92").await;
    assert_eq!((refused.status, refused.fields()), (422, vec!["password".to_owned()]));
    assert!(refused.text().contains("known from a breach elsewhere"), "{}", refused.text());
    std::fs::remove_file(&file).unwrap();
    assert_eq!(register("violet-anchor-train-93").await.status, 503, "closed while the file is missing");
    app.clear().await;
}
