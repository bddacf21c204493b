//! First sign-ins with an invitation: used up with the making of the account, whose role it gives.

use futures::future::join_all;
use serde_json::{Value, json};
use smartcache::engine::accounts;
use smartcache::engine::config::OidcSignup;
use smartcache::testing::Backend;

use super::{Stage, name};
use crate::harness::Person;

const INVITES: &str = "/api/v1/admin/invites";

impl Stage {
    async fn by_invitation(backend: Backend) -> (Self, Person) {
        let stage = Self::with(backend, |settings| settings.signup = OidcSignup::Invite).await.unwrap();
        let root = stage.app.sign_up("root").await;
        accounts::make_admin(&stage.app.engine, "root").await.unwrap();
        (stage, root)
    }
}

/// Makes an invitation. Returns its secret.
async fn invite(root: &Person, new: Value) -> String {
    let made = root.post(INVITES, new).await.ok();
    made["url"].as_str().unwrap().rsplit('=').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identity_needs_an_invitation_and_gets_its_role() {
    let (stage, root) = Stage::by_invitation(Backend::Sqlite).await;
    let (app, provider) = (&stage.app, &stage.provider);
    let browser = app.stranger();
    assert_eq!(stage.led(&browser, "").await, "/login?oidc=uninvited");
    assert!(browser.get("/login?oidc=uninvited").await.text().contains("by invitation"));
    for useless in ["x", &"0".repeat(64)] {
        assert_eq!(stage.led(&browser, &format!("invite={useless}")).await, "/login?oidc=invite");
    }
    assert_eq!(name(&browser).await, None);
    let id = root.get("/api/v1/auth/me").await.ok()["user"]["id"].clone();
    let secret = invite(&root, json!({ "role": "listener", "guardian_id": id })).await;
    let page = browser.get(&format!("/register?invite={secret}")).await.text();
    assert!(page.contains("Continue with House") && page.contains("You are invited to hear"), "{page}");
    assert!(page.contains(&format!("invite={secret}")), "the flow carries the invitation");
    assert!(!browser.get("/register?invite=x").await.text().contains("Continue with House"));
    assert_eq!(stage.led(&browser, &format!("invite={secret}&next=%2Fitems")).await, "/items");
    let me = browser.get("/api/v1/auth/me").await.ok();
    assert_eq!((&me["user"]["username"], &me["user"]["role"]), (&json!("ada"), &json!("listener")));
    assert_eq!(root.all(INVITES).await[0]["state"], "used_up");
    let told = browser.all("/api/v1/notifications").await;
    assert_eq!(told.len(), 0, "the session of the very sign-up: {told:?}");

    let again = app.stranger();
    assert_eq!(stage.led(&again, &format!("invite={secret}")).await, "/", "a known identity needs none");
    provider.be(json!({ "sub": "eve-1", "preferred_username": "eve" }));
    assert_eq!(stage.led(&app.stranger(), &format!("invite={secret}")).await, "/login?oidc=invite");
    let revoked = root.post(INVITES, json!({})).await.ok();
    let secret = revoked["url"].as_str().unwrap().rsplit('=').next().unwrap().to_owned();
    let late = app.stranger();
    let back = provider.sign_in(&stage.begin(&late, &format!("invite={secret}")).await);
    root.delete(&format!("{INVITES}/{}", revoked["id"])).await;
    assert_eq!(late.get(&back).await.header("location"), "/login?oidc=invite", "revoked on the way");
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_parallel_flows_an_invitation_opens_as_many_as_it_says() {
    let (stage, root) = Stage::by_invitation(Backend::Postgres).await;
    let secret = invite(&root, json!({ "uses": 2 })).await;
    let mut flows = Vec::new();
    for n in 0..6 {
        let browser = stage.app.stranger();
        let url = stage.begin(&browser, &format!("invite={secret}")).await;
        stage.provider.be(json!({ "sub": format!("guest-{n}"), "preferred_username": "guest" }));
        flows.push((browser, stage.provider.sign_in(&url)));
    }
    let ended = join_all(flows.iter().map(|(browser, back)| browser.get(back))).await;
    let mut led: Vec<_> = ended.iter().map(|reply| reply.header("location")).collect();
    led.sort_unstable();
    let refused = "/login?oidc=invite";
    assert_eq!(led, ["/", "/", refused, refused, refused, refused]);
    let users = root.all("/api/v1/admin/users?q=guest").await;
    assert_eq!(users.len(), 2, "{users:?}");
    stage.clear().await;
}
