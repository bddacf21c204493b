//! Requests about devices that are refused: of other users, of strangers, and with wrong fields.

use reqwest::Method;

use super::*;
use crate::harness::send;

#[both_databases]
async fn another_users_device_and_downloads_are_missing(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (download, _) = episode(&ada, &app.origin, "one").await;
    let mut phone = Phone::register(&ada, "Phone").await;
    phone.keep(download).await.ok();
    let answer = phone.contact().await;
    phone.fetch(&answer).await;
    let answer = phone.contact().await;
    let mut stolen = Phone { person: eve.clone(), path: phone.path.clone(), rev: 9, files: Vec::new() };
    let contact = stolen.next();
    let copy = stolen.at(&format!("copies/{download}"));
    let replies = [
        eve.get(&stolen.path).await,
        eve.patch(&stolen.path, json!({ "name": "Mine" })).await,
        eve.delete(&stolen.path).await,
        stolen.send(contact).await,
        stolen.prove(phone.proof(&answer["challenge"])).await,
        eve.get(&stolen.at("copies")).await,
        stolen.keep(download).await,
        eve.delete(&copy).await,
        eve.get(&format!("{DEVICES}/x")).await,
        eve.delete(&stolen.at("copies/x")).await,
    ];
    assert!(replies.iter().all(|reply| reply.status == 404), "{:?}", replies.map(|it| it.status));
    assert!(eve.all(DEVICES).await.is_empty());
    let mut own = Phone::register(&eve, "Phone").await;
    assert_eq!(own.keep(download).await.status, 404);
    own.files = phone.files.clone();
    let drop = own.contact().await["drop"].clone();
    assert_eq!(drop, json!([{ "download_id": download, "reason": "unknown" }]));
    assert_eq!(
        eve.get(&format!("/api/v1/downloads/{download}/file?device=0123456789abcdef/{}", "0".repeat(64)))
            .await
            .status,
        404
    );
    let vault = |device: Value| device["vault"].clone();
    assert_ne!(vault(ada.get(&phone.path).await.ok()), vault(eve.get(&own.path).await.ok()));
    assert_eq!(phone.prove(phone.proof(&answer["challenge"])).await.ok()["proved"], json!([download]));
    assert_eq!(app.stranger().get(DEVICES).await.status, 401);
    let foreign = ada.request(Method::POST, &phone.at("contact")).header("origin", "https://evil.example");
    assert_eq!(send(foreign.json(&phone.next())).await.status, 403);
}

#[both_databases]
async fn what_is_wrong_is_named(app: &App) {
    let ada = app.sign_up("ada").await;
    for (body, fields) in [
        (json!({}), vec!["name"]),
        (json!({ "name": " " }), vec!["name"]),
        (json!({ "name": "x", "budget_mb": 1, "platform": "x".repeat(61) }), vec!["platform", "budget_mb"]),
        (json!({ "name": "x", "budget_mb": "much" }), vec!["budget_mb"]),
        (json!({ "name": 7 }), vec!["name"]),
    ] {
        assert_eq!(ada.post(DEVICES, body.clone()).await.fields(), fields, "{body}");
    }
    let mut phone = Phone::register(&ada, "Phone").await;
    Phone::register(&ada, "Tablet").await;
    assert_eq!(ada.patch(&phone.path, json!({ "name": "Tablet" })).await.fields(), ["name"]);
    assert_eq!(ada.patch(&phone.path, json!({ "owner": 1 })).await.status, 422);
    let event = |change: Value| {
        let mut event = json!({ "seq": 1, "kind": "play", "item_id": 1, "from": 0, "to": 9, "at": "2026-11-21T06:00:00Z" });
        event.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        json!([event])
    };
    let copy = |hash: &str, bytes: i64| json!([{ "download_id": 1, "sha256": hash, "bytes": bytes }]);
    let hash = "0".repeat(64);
    for (name, value, field) in [
        ("rev", json!(-1), "rev"),
        ("rev", json!(1.5), "rev"),
        ("boot", json!("x".repeat(65)), "boot"),
        ("sent_at", json!("noon"), "sent_at"),
        ("events", event(json!({ "kind": "burn" })), "events[0].kind"),
        ("events", event(json!({ "to": -1 })), "events[0].to"),
        ("events", event(json!({ "to": null })), "events[0].to"),
        ("events", event(json!({ "from": 10 })), "events[0].to"),
        ("events", event(json!({ "seq": 0 })), "events[0].seq"),
        ("events", event(json!({ "at": "99999-01-01" })), "events[0].at"),
        ("events", json!(vec![event(json!({}))[0].clone(); 501]), "events"),
        ("copies", copy("../../etc/passwd", 1), "copies[0].sha256"),
        ("copies", copy(&hash, -1), "copies[0].bytes"),
        ("copies", json!(vec![copy(&hash, 1)[0].clone(); 2_001]), "copies"),
        ("copies", json!(null), "copies"),
        ("rev", json!(i64::MAX), "rev"),
        ("storage", json!({ "used": -1 }), "storage.used"),
        ("net", json!({ "bps": -1 }), "net.bps"),
    ] {
        let mut contact = phone.next();
        contact[name] = value.clone();
        let reply = phone.send(contact).await;
        assert_eq!(reply.fields(), [field], "{name}: {}", reply.text());
    }
    let mut strange = phone.next();
    strange["events"] = event(json!({ "item_id": 999_999, "at": "0001-01-01T00:00:00Z", "to": 604_800 }));
    strange["sent_at"] = json!("9999-12-31T23:59:59Z");
    strange["copies"] = copy(&hash, 1 << 50);
    strange["later"] = json!("a field of a newer version");
    let answer = phone.send(strange).await.ok();
    assert_eq!((&answer["events_through"], &answer["drop"][0]["reason"]), (&json!(1), &json!("unknown")));
    assert_eq!(phone.prove(json!({ "nonce": "", "digest": "" })).await.fields(), ["nonce", "digest"]);
    assert_eq!(phone.keep(999_999).await.status, 404);
    assert_eq!(ada.all(DEVICES).await.len(), 2);
}
