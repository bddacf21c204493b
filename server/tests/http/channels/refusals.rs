//! Refusals of channels: in words, of strangers, and of addresses in the server's own network.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use both_databases::both_databases;
use serde_json::{Value, json};
use smartcache::testing::Backend;

use super::outside::{CHANNELS, Outside, add, channel, confirm, minute, subscription};
use crate::harness::App;
use crate::origin::Manner;
use crate::receiver::Receiver;

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
    stage.notify("ada", 9, "Nine").await;
    stage.pass(minute()).await;
    assert!(stage.mail.mails().is_empty(), "the address is not confirmed");
    for code in ["", "00000000"] {
        let wrong = ada.patch(&format!("{CHANNELS}/{mail}"), json!({ "code": code })).await;
        assert_eq!(wrong.fields(), ["code"]);
    }
    assert_eq!(channel(&ada, &mail).await["confirmed"], false);
    confirm(stage, &ada, &mail).await;
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
    assert_eq!(ada.delete(&format!("{CHANNELS}/{gotify}")).await.status, 204);
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
    let canary = Receiver::start().await;
    let port = canary.addr.port();
    // The port is allowed for another address, so that it alone decides nothing.
    let elsewhere = [format!("10.9.8.7/32:{port}")];
    let stage = Outside::allowing(Backend::Sqlite, &elsewhere).await.unwrap();
    let ada = stage.app.sign_up("ada").await;
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

#[both_databases]
async fn a_mail_address_gets_few_codes_by_whomever(stage: &Outside) {
    let mail = json!({ "kind": "mail", "target": "ada@example.org" });
    for name in ["bob", "eve"] {
        let user = stage.app.sign_up(name).await;
        let id = add(&user, mail.clone()).await["id"].clone();
        for _ in 0..3 {
            user.post(&format!("{CHANNELS}/{id}/test"), json!({})).await;
        }
    }
    assert_eq!(stage.mail.mails().len(), 5);
}
