//! Channels: each kind takes one message at its time, and failures are shown and retried.

mod outside;
mod refusals;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use both_databases::both_databases;
use chrono::TimeDelta;
use ring::hmac;
use serde_json::{Value, json};

use crate::origin::Manner;
use outside::{CHANNELS, Outside, add, channel, confirm, minute, subscription};

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
        if added["kind"] == "mail" {
            confirm(stage, &ada, &added["id"]).await;
        }
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

    let mails = stage.mail.mails().split_off(1);
    assert_eq!(mails.len(), 1);
    let headers =
        ["RCPT TO:<ada@example.org>", "MAIL FROM:<cache@example.org>", "Auto-Submitted: auto-generated"];
    for part in headers.into_iter().chain(["Night Trains", page.as_str()]) {
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
    let feed = "<rss version=\"2.0\"><channel><title>Club talks</title>\
         <item><guid>1</guid><title>Members only</title></item></channel></rss>";
    let feed = app.origin.put("/club.xml", "application/rss+xml", feed, private);
    ada.follow(&feed.replace("://", "://ada:secret@")).await;
    add(&ada, json!({ "kind": "webhook", "target": receiver.url("/hook") })).await;
    stage.notify("ada", 1, "Members only, and").await;
    stage.pass(minute()).await;
    let sent = receiver.at("/hook")[0].clone();
    assert!(!String::from_utf8_lossy(&sent.body).contains("Members"));
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
