//! Channels: each kind takes one message, failures are shown and retried, and nobody else's are reached.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use both_databases::both_databases;
use chrono::{DateTime, TimeDelta, Utc};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey};
use ring::hmac;
use ring::rand::SystemRandom;
use serde_json::{Value, json};
use smartcache::db::{accounts, sql};
use smartcache::domain::UserId;
use smartcache::domain::event::EventKind;
use smartcache::engine::channels;
use smartcache::engine::clock::Clock;
use smartcache::engine::config::SmtpSettings;
use smartcache::testing::Backend;

use crate::harness::{App, Person, until};
use crate::origin::Manner;
use crate::receiver::{MailServer, Receiver};

const CHANNELS: &str = "/api/v1/notifications/channels";

/// A server whose clock the test moves, with another side of every kind.
pub struct Outside {
    app: App,
    clock: Clock,
    receiver: Receiver,
    mail: MailServer,
}

impl Outside {
    async fn on(backend: Backend) -> Option<Self> {
        let (receiver, mail) = (Receiver::start().await, MailServer::start().await);
        // Noon in UTC, which is no quiet hour.
        let clock = Clock::fixed(noon());
        let (allowance, push) = (receiver.allowance(), receiver.url(""));
        let url = format!("smtp://{}", mail.addr);
        let app = App::at(backend, clock.clone(), |config| {
            config.egress_allow.push(allowance.parse().unwrap());
            config.channels.push_services.push(push.parse().unwrap());
            config.channels.smtp = Some(SmtpSettings { url, from: "SmartCache <cache@example.org>".into() });
        });
        Some(Self { app: app.await?, clock, receiver, mail })
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

    async fn owner(&self, name: &str) -> UserId {
        accounts::by_name(&self.app.engine.db, name).await.unwrap().unwrap().user.id
    }

    /// Notifies a user that a source is gone. Each source is a group of its own.
    async fn notify(&self, name: &str, source: i64, title: &str) {
        let owner = self.owner(name).await;
        let mut work = self.app.engine.begin().await.unwrap();
        let message = format!("{title} answers 410.");
        let data =
            json!({ "notice": "source_gone", "source_id": source, "title": title, "message": message });
        work.record(owner, None, EventKind::System, data).await.unwrap();
        work.commit().await.unwrap();
    }

    /// Lets time pass, and waits until all that is due was attempted.
    async fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
        channels::push_due(&self.app.engine).await.unwrap();
        self.until_idle().await;
    }

    async fn until_idle(&self) {
        let open = "SELECT COUNT(*) FROM job WHERE kind = 'deliver' AND state IN ('ready', 'running')";
        until("no delivery is under way", async || {
            let left: Option<i64> = sql::value(&self.app.engine.db, open, Vec::new()).await.unwrap();
            (left == Some(0)).then_some(())
        })
        .await;
    }

    /// States of all deliveries, in the order of their ids.
    async fn states(&self) -> Vec<String> {
        let sql = "SELECT state FROM channel_delivery ORDER BY id";
        sql::values(&self.app.engine.db, sql, Vec::new()).await.unwrap()
    }
}

fn noon() -> DateTime<Utc> {
    let day = Utc::now().timestamp().div_euclid(86_400);
    DateTime::from_timestamp(day * 86_400 + 12 * 3_600, 0).unwrap()
}

fn minute() -> TimeDelta {
    TimeDelta::minutes(1)
}

async fn add(person: &Person, what: Value) -> Value {
    let added = person.post(CHANNELS, what).await;
    assert_eq!(added.status, 201, "{}", added.text());
    added.json()
}

/// A subscription whose messages only its browser reads.
fn subscription(endpoint: &str) -> Value {
    let key = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
    let p256dh = URL_SAFE_NO_PAD.encode(key.compute_public_key().unwrap());
    let auth = URL_SAFE_NO_PAD.encode([7u8; 16]);
    json!({ "kind": "push", "target": endpoint, "p256dh": p256dh, "auth": auth })
}

async fn channel(person: &Person, id: &Value) -> Value {
    let all = person.all(CHANNELS).await;
    all.into_iter().find(|channel| channel["id"] == *id).unwrap()
}

#[both_databases]
async fn every_kind_takes_one_message_of_one_notification(stage: &Outside) {
    let (app, receiver) = (&stage.app, &stage.receiver);
    let ada = app.sign_up("ada").await;
    let ntfy = json!({ "kind": "ntfy", "target": receiver.url("/my-topic"), "token": "tk_ntfy" });
    let gotify = json!({ "kind": "gotify", "target": receiver.url("/gotify/"), "token": "AppToken" });
    let webhook = json!({ "kind": "webhook", "target": receiver.url("/hook?key=s3cret"), "name": "My hook" });
    let mail = json!({ "kind": "mail", "target": "ada@example.org" });
    let mut hook = Value::Null;
    for new in [ntfy, gotify, webhook, mail, subscription(&receiver.url("/wpush/abc"))] {
        let added = add(&ada, new).await;
        if added["kind"] == "webhook" {
            hook = added;
        }
    }
    stage.notify("ada", 7, "Night Trains").await;
    stage.pass(TimeDelta::seconds(10)).await;
    assert!(receiver.messages().is_empty(), "a burst gets some time");
    stage.pass(minute()).await;
    stage.pass(minute()).await;
    assert_eq!(receiver.messages().len(), 4);
    assert!(receiver.messages().iter().all(|message| message.method == "POST"));
    assert_eq!(stage.states().await, ["sent"; 5]);

    let page = format!("{}/sources/7", app.base);
    let ntfy = &receiver.at("/")[0];
    assert_eq!(ntfy.header("authorization"), "Bearer tk_ntfy");
    let content = ntfy.json();
    assert_eq!((&content["topic"], &content["click"]), (&json!("my-topic"), &json!(page)));
    assert_eq!(content["title"], "A source is gone: Night Trains");
    assert_eq!(content["message"], "Night Trains answers 410.");
    let gotify = &receiver.at("/gotify/message")[0];
    assert_eq!(gotify.header("x-gotify-key"), "AppToken");
    assert_eq!(gotify.json()["extras"]["client::notification"]["click"]["url"], json!(page));

    let sent = &receiver.at("/hook?key=s3cret")[0];
    assert_eq!(sent.json()["data"]["url"], json!(page));
    let secret = hook["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap();
    let [id, time, signature] =
        ["id", "timestamp", "signature"].map(|it| sent.header(&format!("webhook-{it}")));
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", &sent.body].concat();
    let tag = STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(secret).unwrap());
    assert!(hmac::verify(&key, &signed, &tag).is_ok());

    let push = &receiver.at("/wpush/abc")[0];
    assert_eq!(push.header("content-encoding"), "aes128gcm");
    assert!(push.header("authorization").starts_with("vapid t="));
    assert!(!String::from_utf8_lossy(&push.body).contains("Night Trains"));

    let mails = stage.mail.mails();
    assert_eq!(mails.len(), 1);
    for part in ["RCPT TO:<ada@example.org>", "MAIL FROM:<cache@example.org>", "Night Trains", page.as_str()]
    {
        assert!(mails[0].contains(part), "{part}: {}", mails[0]);
    }
    for channel in ada.all(CHANNELS).await {
        assert!(channel["verified_at"].is_string() && channel["failing_since"].is_null(), "{channel}");
        assert!(!channel.to_string().contains("s3cret") && !channel.to_string().contains("my-topic"));
    }
}

#[both_databases]
async fn a_failure_is_shown_and_retried_three_times(stage: &Outside) {
    let (ada, receiver) = (stage.app.sign_up("ada").await, &stage.receiver);
    let id = add(&ada, json!({ "kind": "ntfy", "target": receiver.url("/topic") })).await["id"].clone();
    (0..4).for_each(|_| receiver.answer(503, &[]));
    stage.notify("ada", 1, "One").await;
    let times = [1, 1, 5, 30];
    for (attempt, minutes) in (1..).zip(times) {
        stage.pass(TimeDelta::minutes(minutes)).await;
        assert_eq!(receiver.messages().len(), attempt, "after {minutes} minutes");
        stage.pass(TimeDelta::seconds(20)).await;
        assert_eq!(receiver.messages().len(), attempt, "and not sooner");
        let shown = channel(&ada, &id).await;
        assert_eq!(shown["last_error"], "The server has a problem of its own (HTTP 503).");
        assert!(shown["failing_since"].is_string(), "{shown}");
    }
    let shown = channel(&ada, &id).await;
    assert_eq!((&shown["waiting"], &shown["failed"]), (&json!(0), &json!(1)));
    stage.pass(TimeDelta::hours(1)).await;
    assert_eq!(receiver.messages().len(), 4, "then it is given up");

    // A later message mends the channel. The other side's wish for a pause counts.
    receiver.answer(429, &[("retry-after", "120")]);
    stage.notify("ada", 2, "Two").await;
    stage.pass(minute()).await;
    stage.pass(minute()).await;
    assert_eq!(receiver.messages().len(), 5);
    stage.pass(minute()).await;
    assert_eq!(receiver.messages().len(), 6);
    let shown = channel(&ada, &id).await;
    assert_eq!((&shown["last_error"], &shown["failing_since"]), (&Value::Null, &Value::Null));
    assert_eq!(stage.states().await, ["failed", "sent"]);
}

#[both_databases]
async fn quiet_hours_hold_back_all_but_the_kinds_that_may_come_at_any_time(stage: &Outside) {
    let (ada, receiver) = (stage.app.sign_up("ada").await, &stage.receiver);
    let zone = json!({ "timezone": "Europe/Berlin" });
    let preferences = ada.put("/api/v1/preferences", zone).await.ok();
    let hours = json!({ "enabled": true, "from": "22:00", "until": "06:00", "except": [] });
    assert_eq!(preferences["quiet_hours"], hours);
    add(&ada, json!({ "kind": "webhook", "target": receiver.url("/all") })).await;
    stage.clock.advance(TimeDelta::hours(11));
    stage.notify("ada", 1, "At night").await;
    stage.pass(minute()).await;
    assert!(receiver.messages().is_empty() && stage.states().await == ["waiting"]);
    stage.pass(TimeDelta::hours(7)).await;
    assert_eq!(receiver.messages().len(), 1, "it is after six");
    stage.clock.advance(TimeDelta::hours(17));
    let except = json!({ "quiet_hours": { "enabled": true, "from": "22:00", "until": "06:00", "except": ["source_gone"] } });
    ada.put("/api/v1/preferences", except).await.ok();
    stage.notify("ada", 2, "At any time").await;
    stage.pass(minute()).await;
    assert_eq!(receiver.messages().len(), 2);
    let same = json!({ "quiet_hours": { "enabled": true, "from": "22:00", "until": "22:00", "except": [] } });
    assert_eq!(ada.put("/api/v1/preferences", same).await.fields(), ["quiet_hours.until"]);
}

#[both_databases]
async fn only_what_is_still_news_is_sent_and_only_where_it_is_wanted(stage: &Outside) {
    let (ada, receiver) = (stage.app.sign_up("ada").await, &stage.receiver);
    add(&ada, json!({ "kind": "webhook", "target": receiver.url("/gone"), "kinds": ["source_gone"] })).await;
    let none = add(&ada, json!({ "kind": "webhook", "target": receiver.url("/none"), "kinds": [] })).await;
    // Three facts of one group within seconds are one message, with the last words.
    for title in ["One", "Two", "Three"] {
        stage.notify("ada", 1, title).await;
        stage.clock.advance(TimeDelta::seconds(5));
    }
    stage.pass(minute()).await;
    assert_eq!(receiver.messages().len(), 1);
    assert_eq!(receiver.messages()[0].json()["data"]["title"], "3 sources are gone");
    // A fourth one comes after a pause; one that is read before is not sent.
    stage.notify("ada", 1, "Four").await;
    stage.pass(minute()).await;
    assert_eq!(receiver.messages().len(), 1);
    stage.pass(TimeDelta::minutes(10)).await;
    assert_eq!(receiver.messages().len(), 2);
    stage.notify("ada", 2, "Five").await;
    ada.post("/api/v1/notifications/read", json!({})).await.ok();
    stage.pass(minute()).await;
    assert_eq!(receiver.messages().len(), 2);
    assert_eq!(stage.states().await, ["sent", "sent", "dropped"]);
    let path = format!("{CHANNELS}/{}", none["id"]);
    let change = json!({ "kinds": ["source_gone", "source_gone"], "name": " Second  hook " });
    let changed = ada.patch(&path, change).await.ok();
    assert_eq!((&changed["kinds"], &changed["name"]), (&json!(["source_gone"]), &json!("Second hook")));
    stage.notify("ada", 3, "Six").await;
    stage.pass(minute()).await;
    assert_eq!(receiver.at("/none").len(), 1);
}

#[both_databases]
async fn an_announcement_reaches_the_channels_of_all(stage: &Outside) {
    let (app, receiver) = (&stage.app, &stage.receiver);
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    smartcache::engine::accounts::make_admin(&app.engine, "ada").await.unwrap();
    add(&ada, json!({ "kind": "webhook", "target": receiver.url("/ada") })).await;
    add(&eve, json!({ "kind": "webhook", "target": receiver.url("/eve"), "kinds": ["announcement"] })).await;
    add(&eve, json!({ "kind": "webhook", "target": receiver.url("/other"), "kinds": ["run_ended"] })).await;
    let said = json!({ "message": "The server moves tonight.", "level": "info" });
    let said = ada.post("/api/v1/admin/announcements", said).await;
    assert!(said.status < 300, "{}", said.text());
    stage.pass(minute()).await;
    let paths: Vec<_> = receiver.messages().iter().map(|message| message.path.clone()).collect();
    assert_eq!((receiver.at("/ada").len(), receiver.at("/eve").len(), paths.len()), (1, 1, 2), "{paths:?}");
    assert_eq!(receiver.at("/eve")[0].json()["data"]["body"], "The server moves tonight.");
}

#[both_databases]
async fn titles_of_private_feeds_stay_here_and_german_users_read_german(stage: &Outside) {
    let (app, receiver) = (&stage.app, &stage.receiver);
    let ada = app.sign_up("ada").await;
    // RFC 7617, 2, the pair in Base64.
    let private = Manner::Private("Basic YWRhOnNlY3JldA==".into());
    let (feed, _) = app.origin.podcast("Club talks", 2_000, private);
    ada.follow(&feed.replace("://", "://ada:secret@")).await;
    add(&ada, json!({ "kind": "webhook", "target": receiver.url("/hook") })).await;
    stage.notify("ada", 1, "Club talks").await;
    stage.pass(minute()).await;
    let sent = receiver.at("/hook")[0].clone();
    assert!(!String::from_utf8_lossy(&sent.body).contains("Club talks"));
    assert_eq!(sent.json()["data"]["title"], "A source is gone");
    ada.put("/api/v1/preferences", json!({ "language": "de" })).await.ok();
    stage.notify("ada", 2, "Club talks").await;
    stage.notify("ada", 3, "Open talks").await;
    stage.pass(minute()).await;
    let titles: Vec<_> = receiver
        .at("/hook")
        .iter()
        .map(|sent| sent.json()["data"]["title"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(titles[1..], ["Eine Quelle ist weg", "Eine Quelle ist weg: Open talks"]);
}

#[both_databases]
async fn a_test_says_what_failed_and_a_browser_that_has_unsubscribed_is_removed(stage: &Outside) {
    let (ada, receiver) = (stage.app.sign_up("ada").await, &stage.receiver);
    let support = ada.get(&format!("{CHANNELS}/key")).await.ok();
    assert_eq!(support["mail"], true);
    assert_eq!(URL_SAFE_NO_PAD.decode(support["key"].as_str().unwrap()).unwrap().len(), 65);
    assert_eq!(ada.get(&format!("{CHANNELS}/key")).await.ok(), support, "the key stays");
    let test = async |id: &Value| ada.post(&format!("{CHANNELS}/{id}/test"), json!({})).await.ok();
    let gotify = json!({ "kind": "gotify", "target": receiver.url(""), "token": "wrong" });
    let gotify = add(&ada, gotify).await["id"].clone();
    receiver.answer(401, &[]);
    let why = "The server does not accept the token or the key (HTTP 401).";
    assert_eq!(test(&gotify).await, json!({ "ok": false, "error": why }));
    assert_eq!(channel(&ada, &gotify).await["last_error"], why);
    assert_eq!(test(&gotify).await, json!({ "ok": true, "error": null }));
    assert!(channel(&ada, &gotify).await["last_error"].is_null());
    receiver.answer(302, &[("location", "http://127.0.0.1:1/")]);
    assert!(test(&gotify).await["error"].as_str().unwrap().contains("redirects"));

    let mail = add(&ada, json!({ "kind": "mail", "target": "ada@example.org" })).await["id"].clone();
    stage.mail.refuse(true);
    let refused = test(&mail).await["error"].as_str().unwrap().to_owned();
    assert!(refused.contains("550") && !refused.contains("inner.host"), "{refused}");

    let endpoint = receiver.url("/wpush/gone");
    let push = add(&ada, subscription(&endpoint)).await["id"].clone();
    assert_eq!(add(&ada, subscription(&endpoint)).await["id"], push, "the same browser has one channel");
    receiver.answer(410, &[]);
    assert!(test(&push).await["error"].as_str().unwrap().contains("unsubscribed"));
    assert!(ada.all(CHANNELS).await.iter().all(|channel| channel["id"] != push));
    let push = add(&ada, subscription(&endpoint)).await["id"].clone();
    receiver.answer(404, &[]);
    stage.notify("ada", 1, "One").await;
    stage.mail.refuse(false);
    stage.pass(minute()).await;
    assert!(ada.all(CHANNELS).await.iter().all(|channel| channel["id"] != push));
}

#[both_databases]
async fn a_strangers_channel_looks_missing_and_there_are_ten_at_most(stage: &Outside) {
    let (app, receiver) = (&stage.app, &stage.receiver);
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let id = add(&ada, json!({ "kind": "webhook", "target": receiver.url("/0") })).await["id"].clone();
    let missing = |id: &Value| {
        let (eve, path) = (eve.clone(), format!("{CHANNELS}/{id}"));
        async move {
            let change = eve.patch(&path, json!({ "name": "Mine" })).await;
            let test = eve.post(&format!("{path}/test"), json!({})).await;
            let removed = eve.delete(&path).await;
            [change, test, removed].map(|reply| (reply.status, reply.text()))
        }
    };
    let theirs = missing(&id).await;
    assert!(theirs.iter().all(|reply| reply.0 == 404), "{theirs:?}");
    assert_eq!(theirs, missing(&json!(999_999)).await);
    assert!(eve.all(CHANNELS).await.is_empty());
    let stranger = app.stranger();
    assert_eq!(stranger.get(CHANNELS).await.code(), "sign_in_required");
    assert_eq!(stranger.post(CHANNELS, json!({})).await.code(), "sign_in_required");
    let twice = json!({ "kind": "webhook", "target": receiver.url("/0") });
    assert_eq!(ada.post(CHANNELS, twice).await.fields(), ["target"]);
    for n in 1..10 {
        add(&ada, json!({ "kind": "webhook", "target": receiver.url(&format!("/{n}")) })).await;
    }
    let eleventh = json!({ "kind": "webhook", "target": receiver.url("/10") });
    assert_eq!(ada.post(CHANNELS, eleventh).await.code(), "conflict");
    assert_eq!(ada.delete(&format!("{CHANNELS}/{id}")).await.status, 204);
    assert_eq!(ada.all(CHANNELS).await.len(), 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_of_the_servers_own_network_are_never_reached() {
    let stage = Outside::on(Backend::Sqlite).await.unwrap();
    let ada = stage.app.sign_up("ada").await;
    let canary = Receiver::start().await;
    let port = canary.addr.port();
    let mut named = 0;
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "017700000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.1.1",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "localhost",
        "user:pw@127.0.0.1",
    ] {
        for kind in ["ntfy", "gotify", "webhook", "push"] {
            for scheme in ["http", "https"] {
                let target = format!("{scheme}://{host}:{port}/topic");
                let mut new = subscription(&target);
                new["kind"] = kind.into();
                new["token"] = "token".into();
                let added = ada.post(CHANNELS, new).await;
                if kind == "push" || host != "localhost" {
                    assert!(
                        added.fields().contains(&"target".to_owned()),
                        "{kind} {target}: {}",
                        added.text()
                    );
                } else if added.status == 201 {
                    // A name is judged when it is resolved.
                    let path = format!("{CHANNELS}/{}", added.json()["id"]);
                    let tested = ada.post(&format!("{path}/test"), json!({})).await.ok();
                    assert!(tested["error"].as_str().unwrap().contains("private network"), "{tested}");
                    assert_eq!(ada.delete(&path).await.status, 204);
                    named += 1;
                }
            }
        }
    }
    for target in ["ftp://example.org/x", "file:///etc/passwd", "https://example.org:22/x", "x"] {
        let wrong = ada.post(CHANNELS, json!({ "kind": "webhook", "target": target })).await;
        assert_eq!(wrong.fields(), ["target"], "{target}");
    }
    for target in ["ada", "ada@localhost", "ada@[127.0.0.1]", "a@b@c.org", "ada@example.org,eve@example.org"]
    {
        let wrong = ada.post(CHANNELS, json!({ "kind": "mail", "target": target })).await;
        assert_eq!(wrong.fields(), ["target"], "{target}");
    }
    assert!(named > 0 && canary.messages().is_empty() && stage.receiver.messages().is_empty());
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_mail_server_there_are_no_channels_by_mail_and_a_slow_channel_holds_up_nothing() {
    let slow = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = slow.local_addr().unwrap().port();
    let app = App::with(Backend::Sqlite, |config| {
        config.egress_allow.push(format!("127.0.0.1/32:{port}").parse().unwrap());
    });
    let app = app.await.unwrap();
    let ada = app.sign_up("ada").await;
    assert_eq!(ada.get(&format!("{CHANNELS}/key")).await.ok()["mail"], false);
    let mail = ada.post(CHANNELS, json!({ "kind": "mail", "target": "ada@example.org" })).await;
    assert_eq!(mail.fields(), ["kind"]);
    assert!(mail.text().contains("SMARTCACHE_SMTP_URL"));
    // It accepts connections and never answers.
    let hook = json!({ "kind": "webhook", "target": format!("http://127.0.0.1:{port}/") });
    let hook = add(&ada, hook).await["id"].clone();
    let test = tokio::spawn({
        let (ada, path) = (ada.clone(), format!("{CHANNELS}/{hook}/test"));
        async move { ada.post(&path, json!({})).await.ok() }
    });
    let (feed, _) = app.origin.podcast("meanwhile", 3_000, Manner::Proper);
    let source = ada.follow(&feed).await;
    let download = ada.queue(&ada.item_of(source).await).await;
    ada.until_download(download, "ready").await;
    assert!(!test.is_finished(), "the channel still waits for its answer");
    assert_eq!(test.await.unwrap(), json!({ "ok": false, "error": "The server did not answer in time." }));
    app.clear().await;
}
