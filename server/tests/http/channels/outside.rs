//! A server with the other sides of its channels on loopback, and the clock that decides what is due.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use egress::Allowed;
use ring::agreement::{ECDH_P256, EphemeralPrivateKey};
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
use crate::receiver::{MailServer, Receiver};

pub const CHANNELS: &str = "/api/v1/notifications/channels";

/// A server whose clock the test moves, with another side of every kind.
pub struct Outside {
    pub app: App,
    pub clock: Clock,
    pub receiver: Receiver,
    pub mail: MailServer,
}

impl Outside {
    pub async fn on(backend: Backend) -> Option<Self> {
        Self::allowing(backend, &[]).await
    }

    /// Allows further networks to the server.
    pub async fn allowing(backend: Backend, networks: &[String]) -> Option<Self> {
        let (receiver, mail) = (Receiver::start().await, MailServer::start().await);
        // Noon in UTC, which is no quiet hour.
        let clock = Clock::fixed(noon());
        let (allowance, push) = (receiver.allowance(), receiver.url(""));
        let url = format!("smtp://{}", mail.addr);
        let app = App::at(backend, clock.clone(), |config| {
            config.egress_allow.push(allowance.parse().unwrap());
            config.egress_allow.extend(networks.iter().map(|network| network.parse::<Allowed>().unwrap()));
            config.channels.push_services.push(push.parse().unwrap());
            config.channels.smtp = Some(SmtpSettings { url, from: "SmartCache <cache@example.org>".into() });
        });
        Some(Self { app: app.await?, clock, receiver, mail })
    }

    pub async fn on_sqlite() -> Option<Self> {
        Self::on(Backend::Sqlite).await
    }

    pub async fn on_postgres() -> Option<Self> {
        Self::on(Backend::Postgres).await
    }

    pub async fn clear(self) {
        self.app.clear().await;
    }

    async fn owner(&self, name: &str) -> UserId {
        accounts::by_name(&self.app.engine.db, name).await.unwrap().unwrap().user.id
    }

    /// Notifies a user that a source is gone. Each source is a group of its own.
    pub async fn notify(&self, name: &str, source: i64, title: &str) {
        let owner = self.owner(name).await;
        let mut work = self.app.engine.begin().await.unwrap();
        let message = format!("{title} answers 410.");
        let data =
            json!({ "notice": "source_gone", "source_id": source, "title": title, "message": message });
        work.record(owner, None, EventKind::System, data).await.unwrap();
        work.commit().await.unwrap();
    }

    /// Lets time pass, and waits until all that is due was attempted.
    pub async fn pass(&self, time: TimeDelta) {
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
    pub async fn states(&self) -> Vec<String> {
        let sql = "SELECT state FROM channel_delivery ORDER BY id";
        sql::values(&self.app.engine.db, sql, Vec::new()).await.unwrap()
    }
}

fn noon() -> DateTime<Utc> {
    let day = Utc::now().timestamp().div_euclid(86_400);
    DateTime::from_timestamp(day * 86_400 + 12 * 3_600, 0).unwrap()
}

pub fn minute() -> TimeDelta {
    TimeDelta::minutes(1)
}

pub async fn add(person: &Person, what: Value) -> Value {
    let added = person.post(CHANNELS, what).await;
    assert_eq!(added.status, 201, "{}", added.text());
    added.json()
}

/// A subscription whose messages only its browser reads.
pub fn subscription(endpoint: &str) -> Value {
    let key = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
    let p256dh = URL_SAFE_NO_PAD.encode(key.compute_public_key().unwrap());
    let auth = URL_SAFE_NO_PAD.encode([7u8; 16]);
    json!({ "kind": "push", "target": endpoint, "p256dh": p256dh, "auth": auth })
}

pub async fn channel(person: &Person, id: &Value) -> Value {
    let all = person.all(CHANNELS).await;
    all.into_iter().find(|channel| channel["id"] == *id).unwrap()
}

/// Enters the code that a test brings to a mail address.
pub async fn confirm(stage: &Outside, person: &Person, id: &Value) {
    let path = format!("{CHANNELS}/{id}");
    assert_eq!(person.post(&format!("{path}/test"), json!({})).await.ok()["ok"], true);
    let mail = stage.mail.mails().pop().unwrap();
    let code = mail.split("the code ").nth(1).unwrap()[..32].to_owned();
    let confirmed = person.patch(&path, json!({ "code": format!(" {} ", code.to_uppercase()) })).await.ok();
    assert_eq!(confirmed["confirmed"], true);
}
