//! Roles by a claim of the provider, at each sign-in.

use both_databases::both_databases;
use serde_json::{Value, json};
use smartcache::engine::accounts;
use smartcache::engine::config::RoleClaim;
use smartcache::testing::Backend;

use super::Stage;
use crate::harness::Person;

/// A server whose provider tells groups.
struct Groups(Stage);

impl Groups {
    async fn on(backend: Backend) -> Option<Self> {
        let role = RoleClaim { name: "groups".into(), admin: "admins".into() };
        Stage::with(backend, |settings| settings.role = Some(role)).await.map(Self)
    }

    async fn on_sqlite() -> Option<Self> {
        Self::on(Backend::Sqlite).await
    }

    async fn on_postgres() -> Option<Self> {
        Self::on(Backend::Postgres).await
    }

    async fn clear(self) {
        self.0.clear().await;
    }

    /// Signs in with these groups. Returns the browser and its role.
    async fn role(&self, groups: Option<Value>) -> (Person, String) {
        let mut subject = json!({ "sub": "ada-1", "preferred_username": "ada" });
        if let Some(groups) = groups {
            subject["groups"] = groups;
        }
        self.0.provider.be(subject);
        let browser = self.0.app.stranger();
        assert_eq!(self.0.led(&browser, "").await, "/");
        let me = browser.get("/api/v1/auth/me").await.ok();
        (browser, me["user"]["role"].as_str().unwrap().to_owned())
    }
}

#[both_databases]
async fn a_claim_decides_at_each_sign_in_who_is_an_administrator(groups: &Groups) {
    let app = &groups.0.app;
    let root = app.sign_up("root").await;
    accounts::make_admin(&app.engine, "root").await.unwrap();
    assert_eq!(groups.role(Some(json!(["users", "admins"]))).await.1, "admin");
    let (old, _) = groups.role(Some(json!("admins"))).await;
    assert_eq!(groups.role(Some(json!(["users"]))).await.1, "user");
    assert_eq!(old.get("/api/v1/admin/users").await.status, 403, "in sessions that are open, too");
    assert_eq!(groups.role(None).await.1, "user", "an absent claim changes nothing");
    assert_eq!(groups.role(Some(json!("admins"))).await.1, "admin");
    for unchanged in [None, Some(Value::Null)] {
        assert_eq!(groups.role(unchanged).await.1, "admin");
    }
    let log = root.all("/api/v1/admin/audit?action=user_change").await;
    let by_claim: Vec<_> = log.iter().filter(|entry| entry["data"]["by"] == "provider").collect();
    assert_eq!(by_claim.len(), 3, "{by_claim:?}");
    let (ada, _) = groups.role(None).await;
    let told = ada.all("/api/v1/notifications").await;
    assert!(told.iter().any(|one| one["body"].as_str().unwrap().contains("administrator")), "{told:?}");
}

#[both_databases]
async fn a_claim_of_another_type_changes_nothing(groups: &Groups) {
    accounts::make_admin(&groups.0.app.engine, {
        groups.0.app.sign_up("root").await;
        "root"
    })
    .await
    .unwrap();
    let lies = [
        json!(7),
        json!(true),
        json!({ "admins": true }),
        json!({ "groups": ["admins"] }),
        json!([["admins"]]),
        json!(["admins", 7]),
        json!([{ "name": "admins" }]),
    ];
    for lie in &lies {
        assert_eq!(groups.role(Some(lie.clone())).await.1, "user", "{lie}");
    }
    assert_eq!(groups.role(Some(json!("admins"))).await.1, "admin");
    for lie in lies {
        assert_eq!(groups.role(Some(lie.clone())).await.1, "admin", "{lie}");
    }
    for other in ["Admins", "admins ", "admin", ""] {
        groups.role(Some(json!("admins"))).await;
        assert_eq!(groups.role(Some(json!(other))).await.1, "user", "{other:?} is another group");
    }
}

#[both_databases]
async fn the_last_administrator_stays_one_whatever_the_claim_says(groups: &Groups) {
    assert_eq!(groups.role(Some(json!("admins"))).await.1, "admin");
    assert_eq!(groups.role(Some(json!(["users"]))).await.1, "admin");
    groups.0.app.sign_up("root").await;
    accounts::make_admin(&groups.0.app.engine, "root").await.unwrap();
    assert_eq!(groups.role(Some(json!(["users"]))).await.1, "user");
}
