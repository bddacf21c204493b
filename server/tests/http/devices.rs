//! Devices over REST: registration, contacts, proofs and copies.

mod plans;
mod refusals;

use both_databases::both_databases;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smartcache::db::sql::{self, args};

use crate::harness::{App, Person, Reply};
use crate::live::Line;
use crate::origin::{Manner, Origin};

const DEVICES: &str = "/api/v1/devices";

/// A device as its program sees it: it keeps files, and makes contact.
struct Phone {
    person: Person,
    path: String,
    rev: i64,
    files: Vec<(i64, Vec<u8>)>,
}

impl Phone {
    async fn register(person: &Person, name: &str) -> Self {
        let device = person.post(DEVICES, json!({ "name": name, "platform": "Chrome on Android" })).await;
        assert_eq!(device.status, 201, "{}", device.text());
        let path = format!("{DEVICES}/{}", device.json()["id"]);
        Self { person: person.clone(), path, rev: 0, files: Vec::new() }
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.path)
    }

    /// The request of the next contact.
    fn next(&mut self) -> Value {
        self.rev += 1;
        let copy = |(id, bytes): &(i64, Vec<u8>)| json!({ "download_id": id, "sha256": sha256(bytes), "bytes": bytes.len(), "checked_at": "2026-11-21T06:00:00Z" });
        let copies: Vec<_> = self.files.iter().map(copy).collect();
        json!({
            "boot": "b1", "rev": self.rev, "sent_at": chrono::Utc::now(), "events": [], "copies": copies,
            "storage": { "used": 4096, "persisted": true }, "net": { "bps": 100_000, "metered": false }, "build": "1f"
        })
    }

    async fn send(&self, contact: Value) -> Reply {
        self.person.post(&self.at("contact"), contact).await
    }

    async fn contact(&mut self) -> Value {
        let contact = self.next();
        self.send(contact).await.ok()
    }

    async fn keep(&self, download: i64) -> Reply {
        self.person.post(&self.at("copies"), json!({ "download_id": download })).await
    }

    /// Fetches all that is wanted, as a device does: by ranges of the file route.
    async fn fetch(&mut self, answer: &Value) {
        for wish in answer["want"].as_array().unwrap() {
            let id = wish["download_id"].as_i64().unwrap();
            let file = self.person.get(&format!("/api/v1/downloads/{id}/file")).await;
            assert_eq!(sha256(&file.body), wish["sha256"].as_str().unwrap());
            assert_eq!(file.header("etag"), format!("\"{}\"", wish["sha256"].as_str().unwrap()));
            self.files.push((id, file.body));
        }
    }

    /// The proof that belongs to a challenge, over the device's own bytes.
    fn proof(&self, challenge: &Value) -> Value {
        let mut hash = Sha256::new();
        hash.update(challenge["nonce"].as_str().unwrap());
        for slice in challenge["slices"].as_array().unwrap() {
            let number = |name: &str| slice[name].as_i64().unwrap();
            let file = &self.files.iter().find(|(id, _)| *id == number("download_id")).unwrap().1;
            let from = number("offset") as usize;
            hash.update(&file[from..from + number("length") as usize]);
        }
        json!({ "nonce": challenge["nonce"], "digest": hex::encode(hash.finalize()) })
    }

    async fn prove(&self, proof: Value) -> Reply {
        self.person.post(&self.at("proof"), proof).await
    }

    async fn copy(&self) -> Value {
        self.person.all(&self.at("copies")).await[0].clone()
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Follows a feed with an episode of 3,000 seconds. Returns the episode.
async fn follow(person: &Person, origin: &Origin, name: &str) -> Value {
    origin.sound(&format!("/{name}.mp3"), 20_000, Manner::Proper);
    let media = origin.url(&format!("/{name}.mp3"));
    let feed = format!(
        "<rss version=\"2.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel>\
         <title>{name}</title><item><guid>{name}</guid><title>{name}</title><itunes:duration>3000</itunes:duration>\
         <enclosure url=\"{media}\" length=\"20000\" type=\"audio/mpeg\"/></item></channel></rss>"
    );
    let feed = origin.put(&format!("/{name}.xml"), "application/rss+xml", feed, Manner::Proper);
    person.item_of(person.follow(&feed).await).await
}

/// A ready download of such an episode. Returns it with its item.
async fn episode(person: &Person, origin: &Origin, name: &str) -> (i64, Value) {
    let item = follow(person, origin, name).await;
    let download = person.queue(&item).await;
    person.until_download(download, "ready").await;
    (download, item["id"].clone())
}

fn play(seq: i64, item: &Value, to: i64, at: chrono::DateTime<chrono::Utc>) -> Value {
    json!({ "seq": seq, "kind": "play", "item_id": item, "from": 0, "to": to, "at": at })
}

#[both_databases]
async fn a_device_fetches_proves_loses_and_fetches_again(app: &App) {
    let ada = app.sign_up("ada").await;
    let (download, _) = episode(&ada, &app.origin, "one").await;
    let mut phone = Phone::register(&ada, "Phone").await;
    assert_eq!((phone.keep(download).await.status, phone.keep(download).await.status), (201, 200));
    let answer = phone.contact().await;
    assert_eq!((&answer["want"][0]["title"], &answer["want"][0]["minutes"]), (&json!("one"), &json!(50.0)));
    phone.fetch(&answer).await;
    let answer = phone.contact().await;
    assert_eq!((phone.copy().await["state"].as_str(), &answer["want"]), (Some("held"), &json!([])));
    let path = phone.path.clone();
    let held = async || ada.get(&path).await.ok()["held"].clone();
    assert_eq!(held().await["minutes"], 0.0, "not proved");
    let proof = phone.proof(&answer["challenge"]);
    assert_eq!(phone.prove(proof.clone()).await.ok()["proved"], json!([download]));
    let proved = held().await;
    assert_eq!((&proved["minutes"], &proved["copies"]), (&json!(50.0), &json!(1)));
    assert!(proved["proved_at"].is_string());
    assert_eq!(phone.prove(proof).await.code(), "conflict", "a replay");

    // A flipped byte on the device: the whole file is short enough to be one slice.
    phone.files[0].1[7] ^= 1;
    let mut contact = phone.next();
    contact["copies"][0]["sha256"] = phone.copy().await["sha256"].clone();
    let answer = phone.send(contact).await.ok();
    let failed = phone.prove(phone.proof(&answer["challenge"])).await.ok();
    assert_eq!((&failed["failed"], &failed["proved"]), (&json!([download]), &json!([])));
    let copy = phone.copy().await;
    assert_eq!((&copy["state"], &copy["reason"]), (&json!("lost"), &json!("proof_failed")));
    phone.files.clear();
    phone.contact().await;
    let answer = phone.contact().await;
    phone.fetch(&answer).await;
    let answer = phone.contact().await;
    assert_eq!(phone.copy().await["state"], "held");
    assert_eq!(phone.prove(phone.proof(&answer["challenge"])).await.ok()["proved"], json!([download]));

    // The browser has removed everything.
    phone.files.clear();
    phone.contact().await;
    let copy = phone.copy().await;
    assert_eq!((&copy["state"], &copy["reason"]), (&json!("lost"), &json!("missing")));
    assert_eq!(ada.get(&phone.path).await.ok()["held"]["minutes"], 0.0);
}

#[both_databases]
async fn positions_of_devices_with_wrong_clocks_meet(app: &App) {
    let ada = app.sign_up("ada").await;
    let (_, item) = episode(&ada, &app.origin, "one").await;
    let (mut phone, mut laptop) =
        (Phone::register(&ada, "Phone").await, Phone::register(&ada, "Laptop").await);
    let hours = chrono::TimeDelta::hours;
    let now = chrono::Utc::now();
    // Both were registered long ago.
    let earlier = "UPDATE device SET drained_at = $1";
    sql::execute(&app.engine.db, earlier, args![now - hours(9)]).await.unwrap();
    let told = |contact: &mut Value, behind, events: Value| {
        contact["sent_at"] = json!(chrono::Utc::now() - hours(behind));
        contact["events"] = events;
    };
    let (mut of_phone, mut of_laptop) = (phone.next(), laptop.next());
    told(&mut of_phone, 3, json!([play(1, &item, 200, now - hours(1 + 3))]));
    told(&mut of_laptop, -3, json!([play(1, &item, 1_000, now - hours(2 - 3))]));
    phone.send(of_phone.clone()).await.ok();
    let answer = laptop.send(of_laptop.clone()).await.ok();
    let position = &answer["positions"][0];
    assert_eq!((&position["seconds"], &position["device"]), (&json!(200.0), &json!("Phone")));
    assert_eq!(
        (&position["other"]["seconds"], &position["other"]["device"]),
        (&json!(1_000.0), &json!("Laptop"))
    );
    for _ in 0..3 {
        phone.send(of_phone.clone()).await.ok();
        laptop.send(of_laptop.clone()).await.ok();
    }
    assert_eq!(&ada.get(&format!("/api/v1/items/{item}/position")).await.ok(), position);
}

#[both_databases]
async fn events_count_once_however_often_they_are_sent(app: &App) {
    let ada = app.sign_up("ada").await;
    let (_, item) = episode(&ada, &app.origin, "one").await;
    let mut phone = Phone::register(&ada, "Phone").await;
    let events: Vec<_> = (1..=40).map(|seq| play(seq, &item, seq, chrono::Utc::now())).collect();
    for (first, last) in [(0, 10), (0, 10), (5, 25), (30, 40), (0, 40), (39, 40)] {
        let mut contact = phone.next();
        contact["events"] = json!(events[first..last]);
        let (one, other) = tokio::join!(phone.send(contact.clone()), phone.send(contact));
        let through = [one.ok()["events_through"].clone(), other.ok()["events_through"].clone()];
        assert_eq!(through[0], through[1]);
    }
    let position = ada.get(&format!("/api/v1/items/{item}/position")).await.ok();
    assert_eq!((&position["seconds"], &position["rev"]), (&json!(40.0), &json!(40)));
}

#[both_databases]
async fn a_revoked_device_is_told_so(app: &App) {
    let ada = app.sign_up("ada").await;
    let mut phone = Phone::register(&ada, "Phone").await;
    assert_eq!(ada.delete(&phone.path).await.status, 204);
    let contact = phone.next();
    let reply = phone.send(contact).await;
    assert_eq!((reply.status, reply.code()), (410, "gone".to_owned()));
    let proof = json!({ "nonce": "0".repeat(64), "digest": "0".repeat(64) });
    assert_eq!(phone.prove(proof).await.status, 410);
    for reply in
        [ada.get(&phone.path).await, ada.delete(&phone.path).await, ada.get(&phone.at("copies")).await]
    {
        assert_eq!(reply.status, 404);
    }
    assert!(ada.all(DEVICES).await.is_empty());
}

#[both_databases]
async fn changes_are_heard_live(app: &App) {
    let ada = app.sign_up("ada").await;
    let (download, _) = episode(&ada, &app.origin, "one").await;
    let mut line = Line::open(&ada).await;
    line.hear().await.unwrap();
    let phone = Phone::register(&ada, "Phone").await;
    let id: i64 = phone.path.rsplit('/').next().unwrap().parse().unwrap();
    let added = line.hear_until("device_changed").await.pop().unwrap();
    assert_eq!(added["data"], json!({ "device_id": id, "change": "added" }));
    phone.keep(download).await.ok();
    let wanted = line.hear_until("copy_changed").await.pop().unwrap();
    assert_eq!(wanted["data"], json!({ "device_id": id, "download_id": download, "state": "wanted" }));
    assert!(wanted["seq"].is_i64());
    assert_eq!(ada.delete(&phone.at(&format!("copies/{download}"))).await.status, 204);
    let dropped = line.hear_until("copy_changed").await.pop().unwrap();
    assert_eq!(dropped["data"]["state"], "dropped");
}

/// Two installations, or one whose database was emptied: the same user id has another vault.
#[both_databases]
async fn a_new_database_has_new_vaults(app: &App) {
    let one = app.sign_up("ada").await.post(DEVICES, json!({ "name": "Phone" })).await.json();
    let other = App::on_sqlite().await.unwrap();
    let again = other.sign_up("ada").await.post(DEVICES, json!({ "name": "Phone" })).await.json();
    assert_eq!(one["id"], again["id"]);
    assert_ne!(one["vault"], again["vault"]);
    other.clear().await;
}
