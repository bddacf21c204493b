//! The feed of a user's ready items: readable by its address alone, with the files, until it is closed.

use crate::harness::App;
use both_databases::both_databases;
use serde_json::{Value, json};

use crate::harness::{Person, send};
use crate::origin::{Manner, sha256};

const FEED: &str = "/api/v1/personal-feed";

/// Opens the feed. Returns its path on the server.
async fn open(app: &crate::harness::App, person: &Person) -> String {
    let made = person.post(FEED, json!({})).await;
    assert_eq!(made.status, 201);
    let url = made.json()["url"].as_str().unwrap().to_owned();
    url.strip_prefix(&app.base).unwrap_or_else(|| panic!("{url}")).to_owned()
}

#[both_databases]
async fn what_is_ready_is_read_and_fetched_by_a_program_that_cannot_sign_in(app: &App) {
    let (ada, program) = (app.sign_up("ada").await, app.stranger());
    let (feed, bytes) = app.origin.podcast("trains", 30_000, Manner::Proper);
    let item = ada.item_of(ada.follow(&feed).await).await;
    let id = ada.queue(&item).await;
    ada.until_download(id, "ready").await;
    assert_eq!(ada.get(FEED).await.ok(), Value::Null);
    let path = open(app, &ada).await;
    let read = program.get(&path).await;
    assert_eq!((read.status, read.header("content-type")), (200, "application/rss+xml; charset=utf-8"));
    let text = read.text();
    assert!(
        text.contains("<itunes:block>Yes</itunes:block>") && text.matches("<item>").count() == 1,
        "{text}"
    );
    let file = text.split("<enclosure url=\"").nth(1).unwrap().split('"').next().unwrap();
    let file = file.strip_prefix(&app.base).unwrap();
    let whole = program.get(file).await;
    assert_eq!((whole.status, sha256(&whole.body)), (200, sha256(&bytes)));
    let part = send(program.request(reqwest::Method::GET, file).header("range", "bytes=10-19")).await;
    assert_eq!((part.status, &part.body[..]), (206, &bytes[10..20]));
    assert!(ada.get(FEED).await.ok()["last_read_at"].is_string());
}

#[both_databases]
async fn an_address_that_was_taken_back_or_guessed_opens_nothing(app: &App) {
    let (ada, eve, program) = (app.sign_up("ada").await, app.sign_up("eve").await, app.stranger());
    let (feed, _) = app.origin.podcast("mine", 3_000, Manner::Proper);
    let id = ada.queue(&ada.item_of(ada.follow(&feed).await).await).await;
    ada.until_download(id, "ready").await;
    let first = open(app, &ada).await;
    assert_eq!(program.get(&format!("{first}/files/{id}")).await.status, 200);
    let second = open(app, &ada).await;
    assert_eq!((program.get(&first).await.status, program.get(&second).await.status), (404, 200));
    let hers = open(app, &eve).await;
    assert_eq!(program.get(&format!("{hers}/files/{id}")).await.status, 404, "another person's file");
    assert!(!program.get(&hers).await.text().contains("<item>"));
    assert_eq!((ada.delete(FEED).await.status, ada.delete(FEED).await.status), (204, 404));
    assert_eq!(program.get(&second).await.status, 404);
    assert_eq!(program.get(&format!("{second}/files/{id}")).await.status, 404);
    for odd in ["/feed/", "/feed/x", "/feed/x/files/1", "/feed/x/files/y"] {
        assert_eq!(program.get(odd).await.status, 404, "{odd}");
    }
    assert_eq!(program.get(FEED).await.status, 401);
}
