//! Private feeds: name and password are sent to their own origin only, and never revealed in any form.

use axum::http::header::AUTHORIZATION;
use both_databases::both_databases;
use serde_json::{Value, json};
use smartcache::db::sql;
use smartcache::testing::Backend;

use crate::harness::{App, Person, until};
use crate::origin::{Entry, Manner, Origin, sha256};

const NAME: &str = "mara";
const PASSWORD: &str = "p!n#1 ä?";
/// Base64 of the two, as in RFC 7617.
const BASIC: &str = "Basic bWFyYTpwIW4jMSDDpD8=";
/// Forms of the password that must not appear.
const FORMS: [&str; 4] = ["p!n#1", "p!n%231", "p%21n%231", "bWFyYTpw"];

fn private() -> Manner {
    Manner::Private(BASIC.into())
}

/// Publishes a feed with one file, both behind the password. Returns the feed's path and the sound.
fn publish(origin: &Origin, name: &str) -> (String, Vec<u8>) {
    let media = format!("/{name}.mp3");
    let sound = origin.sound(&media, 80_000, private());
    let entry = Entry { guid: Some(name), title: name, media: Some(&media), ..Entry::default() };
    let path = format!("/{name}.xml");
    origin.feed(&path, name, &[entry]);
    origin.change(&path, private());
    (path, sound)
}

/// A pasted address with these credentials between scheme and host.
fn pasted(origin: &Origin, login: &str, path: &str) -> String {
    origin.url(path).replace("http://", &format!("http://{login}@"))
}

fn with_login(address: &str) -> Value {
    json!({ "feed_url": address, "username": NAME, "password": PASSWORD })
}

/// All responses of the server to this user that could reveal a password.
async fn all_told(person: &Person) -> String {
    let mut told = String::new();
    for path in [
        "/api/v1/sources?subscribed=true&limit=100",
        "/api/v1/subscriptions",
        "/api/v1/subscriptions/export",
        "/api/v1/items",
        "/api/v1/downloads",
        "/api/v1/analytics/downloads",
        "/subscriptions",
        "/sources",
        "/items",
        "/downloads",
    ] {
        let reply = person.get(path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        told += &reply.text();
    }
    told
}

fn assert_unknown(told: &str) {
    for form in FORMS {
        assert!(!told.contains(form), "{form}: {told}");
    }
    assert!(!told.contains("private-"), "{told}");
}

#[both_databases]
async fn a_feed_and_its_files_get_the_password_of_the_pasted_address(app: &App) {
    let ada = app.sign_up("ada").await;
    for (n, login) in ["mara:p!n#1 ä?", "mara:p%21n%231%20%C3%A4%3F"].into_iter().enumerate() {
        let (path, sound) = publish(&app.origin, &format!("tides{n}"));
        let source = ada.follow(&pasted(&app.origin, login, &path)).await;
        let item = ada.item_of(source).await;
        let ready = ada.until_ended(ada.queue(&item).await).await;
        assert_eq!(
            (&ready["status"], &ready["sha256"]),
            (&json!("ready"), &json!(sha256(&sound))),
            "{ready}"
        );
        let source = ada.get(&format!("/api/v1/sources/{source}")).await.ok();
        assert_eq!(
            (&source["feed_url"], &source["has_login"]),
            (&json!(app.origin.url(&path)), &json!(true))
        );
        assert!(source["last_error"].is_null(), "{source}");
    }
    assert_unknown(&all_told(&ada).await);
    let rows: Vec<String> = {
        let all =
            "SELECT feed_url || name || COALESCE(last_error, '') || COALESCE(credential, '') FROM source";
        sql::values(&app.engine.db, all, Vec::new()).await.unwrap()
    };
    for form in FORMS {
        assert!(!rows.concat().contains(form), "it is sealed in the database");
    }
}

#[both_databases]
async fn without_a_password_the_words_say_where_to_give_it_and_then_all_comes_by_itself(app: &App) {
    let ada = app.sign_up("ada").await;
    let (path, sound) = publish(&app.origin, "members");
    let address = app.origin.url(&path);
    let followed = ada.post("/api/v1/subscriptions", json!({ "feed_url": address })).await.json();
    let source = followed["source_id"].as_i64().unwrap();
    let report = ada.refresh(source).await;
    let why = report["error"].as_str().unwrap();
    assert!(why.contains("a name and a password") && why.contains("Private feed"), "{why}");
    let page = ada.get(&format!("/sources/{source}")).await.text();
    assert!(page.contains("Private feed") && page.contains("name=\"password\""), "{page}");

    let change = json!({ "username": NAME, "password": "wrong" });
    let subscription = format!("/api/v1/subscriptions/{}", followed["id"]);
    let changed = ada.patch(&subscription, change).await.ok();
    assert_eq!(changed["source_id"], source, "it was hers alone");
    let why = ada.refresh(source).await["error"].as_str().unwrap().to_owned();
    assert!(why.contains("does not take the name and the password"), "{why}");
    let changed = ada.patch(&format!("/api/v1/sources/{source}"), json!({ "password": PASSWORD })).await.ok();
    assert_eq!((&changed["has_login"], changed.get("password")), (&json!(true), None));
    until("the feed is read", async || {
        let items = ada.all(&format!("/api/v1/items?source_id={source}")).await;
        (items.len() == 1).then_some(())
    })
    .await;

    // The publisher changes the password: the download fails, and is retried by itself with the new one.
    let other = "Basic bWFyYTpvdGhlcg==";
    app.origin.change("/members.mp3", Manner::Private(other.into()));
    app.origin.change(&path, Manner::Private(other.into()));
    let id = ada.queue(&ada.item_of(source).await).await;
    let failed = ada.until_download(id, "failed").await;
    assert!(failed["error"].as_str().unwrap().contains("Private feed"), "{failed}");
    ada.patch(&subscription, json!({ "password": "other" })).await.ok();
    assert_eq!(ada.until_download(id, "ready").await["sha256"], sha256(&sound));
    assert_unknown(&all_told(&ada).await);

    // Empty fields remove the login.
    let changed =
        ada.patch(&format!("/api/v1/sources/{source}"), json!({ "username": "", "password": "" })).await.ok();
    assert_eq!(changed["has_login"], false);
    assert_eq!(ada.refresh(source).await["status"], "failed");
}

#[both_databases]
async fn a_follower_of_a_shared_source_who_gives_a_password_gets_a_source_of_her_own(app: &App) {
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let (path, sound) = publish(&app.origin, "club");
    app.origin.change(&path, Manner::Proper);
    let shared = bob.follow(&app.origin.url(&path)).await;
    let followed =
        ada.post("/api/v1/subscriptions", json!({ "feed_url": app.origin.url(&path) })).await.json();
    assert_eq!(followed["source_id"], shared);
    let subscription = format!("/api/v1/subscriptions/{}", followed["id"]);
    let login = json!({ "username": NAME, "password": PASSWORD });
    let changed = ada.patch(&subscription, login).await.ok();
    let own = changed["source_id"].as_i64().unwrap();
    assert_ne!(own, shared);
    assert_eq!(ada.all("/api/v1/subscriptions").await.len(), 1);
    ada.refresh(own).await;
    let ready = ada.until_ended(ada.queue(&ada.item_of(own).await).await).await;
    assert_eq!((&ready["status"], &ready["sha256"]), (&json!("ready"), &json!(sha256(&sound))), "{ready}");
    let of_bob = bob.get(&format!("/api/v1/sources/{shared}")).await.ok();
    assert_eq!(of_bob["has_login"], false);
    assert_eq!(bob.get(&format!("/api/v1/sources/{own}")).await.status, 404);
}

#[both_databases]
async fn a_source_that_gets_a_password_has_its_known_files_with_it(app: &App) {
    let ada = app.sign_up("ada").await;
    let (path, sound) = publish(&app.origin, "guild");
    app.origin.change(&path, Manner::Proper);
    let source = ada.follow(&app.origin.url(&path)).await;
    let id = ada.queue(&ada.item_of(source).await).await;
    ada.until_download(id, "failed").await;
    let login = json!({ "username": NAME, "password": PASSWORD });
    assert_eq!(ada.patch(&format!("/api/v1/sources/{source}"), login).await.ok()["has_login"], true);
    let item = ada.item_of(source).await;
    assert_eq!(item["media_url"], json!(app.origin.url("/guild.mp3")), "the mark is not shown");
    // It is tried again by itself.
    assert_eq!(ada.until_download(id, "ready").await["sha256"], sha256(&sound));
}

#[both_databases]
async fn users_of_one_address_share_neither_source_nor_bytes(app: &App) {
    let (ada, bob, eve) = (app.sign_up("ada").await, app.sign_up("bob").await, app.sign_up("eve").await);
    let (path, _) = publish(&app.origin, "paid");
    let address = app.origin.url(&path);
    let hers = ada.post("/api/v1/sources", with_login(&address)).await;
    assert_eq!(hers.status, 201, "{}", hers.text());
    let hers = hers.json()["id"].as_i64().unwrap();
    assert_eq!(ada.refresh(hers).await["added"], 1);
    ada.until_download(ada.queue(&ada.item_of(hers).await).await, "ready").await;
    assert_eq!(ada.post("/api/v1/sources", json!({ "feed_url": address })).await.json()["id"], hers);

    let his = bob.follow(&address).await;
    let theirs =
        eve.post("/api/v1/sources", json!({ "feed_url": address, "username": "eve", "password": "x" })).await;
    let theirs = theirs.json()["id"].as_i64().unwrap();
    eve.refresh(theirs).await;
    assert!(hers != his && hers != theirs && his != theirs);
    for (person, own) in [(&bob, his), (&eve, theirs)] {
        assert!(person.all(&format!("/api/v1/items?source_id={own}")).await.is_empty());
        for path in [format!("/api/v1/sources/{hers}"), format!("/sources/{hers}")] {
            assert_eq!(person.get(&path).await.status, 404);
        }
        let stolen = person.post("/api/v1/subscriptions", json!({ "source_id": hers })).await;
        assert_eq!(stolen.status, 404, "{}", stolen.text());
    }
    // A user who knows the file's address gets the publisher's response, not the stored bytes.
    let media = app.origin.url("/paid.mp3");
    let id = bob.fetch(&app.origin, &media).await;
    assert!(bob.until_ended(id).await["error"].as_str().unwrap().contains("401"));
    assert_unknown(&all_told(&bob).await);
}

#[both_databases]
async fn what_cannot_be_a_login_is_refused_by_its_field(app: &App) {
    let ada = app.sign_up("ada").await;
    for (login, field) in [
        (json!({ "username": "ma:ra", "password": "x" }), "username"),
        (json!({ "username": "mara", "password": "x\r\nX-Other: y" }), "password"),
    ] {
        let mut asked = login.clone();
        asked["feed_url"] = json!(app.origin.url("/feed.xml"));
        for path in ["/api/v1/sources", "/api/v1/subscriptions"] {
            let refused = ada.post(path, asked.clone()).await;
            assert_eq!((refused.status, refused.fields()), (422, vec![field.to_owned()]), "{path}");
        }
    }
    let directory = ada.all("/api/v1/sources?q=demo").await;
    let refused =
        ada.patch(&format!("/api/v1/sources/{}", directory[0]["id"]), json!({ "username": "a" })).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_origin_gets_the_password() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let other = Origin::start().await;
        let allowance = other.allowance().parse().unwrap();
        let Some(app) = App::with(backend, |config| config.egress_allow.push(allowance)).await else {
            continue;
        };
        let ada = app.sign_up("ada").await;
        other.sound("/moved.mp3", 40_000, Manner::Proper);
        let elsewhere = other.url("/elsewhere.mp3");
        other.sound("/elsewhere.mp3", 41_000, Manner::Proper);
        // One file redirects to the other origin, the other file is there in the first place.
        app.origin.put("/sent-on.mp3", "audio/mpeg", "", Manner::Redirects(other.url("/moved.mp3")));
        let items: String = [app.origin.url("/sent-on.mp3"), elsewhere]
            .iter()
            .map(|media| {
                format!("<item><guid>{media}</guid><title>{media}</title><enclosure url=\"{media}\" type=\"audio/mpeg\"/></item>")
            })
            .collect();
        let feed = format!("<rss version=\"2.0\"><channel><title>Split</title>{items}</channel></rss>");
        let address = app.origin.put("/split.xml", "application/rss+xml", feed, private());
        let source =
            ada.post("/api/v1/subscriptions", with_login(&address)).await.json()["source_id"].clone();
        ada.refresh(source.as_i64().unwrap()).await;
        for item in ada.all(&format!("/api/v1/items?source_id={source}")).await {
            ada.until_download(ada.queue(&item).await, "ready").await;
        }
        assert_eq!(app.origin.requests("/sent-on.mp3")[0].headers[AUTHORIZATION], BASIC);
        for path in ["/moved.mp3", "/elsewhere.mp3"] {
            let requests = other.requests(path);
            assert!(
                !requests.is_empty() && requests.iter().all(|it| !it.headers.contains_key(AUTHORIZATION)),
                "{path}"
            );
        }
        app.clear().await;
    }
}
