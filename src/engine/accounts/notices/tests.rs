#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::{IpAddr, Ipv4Addr};

use both_databases::both_databases;

use super::*;
use crate::domain::account::{Credentials, PasswordChange};
use crate::domain::api_key::{KeyScope, NewApiKey};
use crate::domain::notification::{Notification, NotificationFilter};
use crate::domain::page::PageQuery;
use crate::domain::preference::Preferences;
use crate::engine::accounts::{
    ClientAddress, NewSession, change_password, make_admin, register, reset_password, sign_in,
};
use crate::engine::{api_keys, notifications};
use crate::testing::{PASSWORD, TestEngine};

const NEW_PASSWORD: &str = "copper-lantern-river-41";

/// A browser in the network `10.0.N.0/24`.
fn at(network: u8, device: &str) -> Client {
    let address = ClientAddress::new(IpAddr::from(Ipv4Addr::new(10, 0, network, 7)));
    Client { address, device: device.into(), user_agent: "curl/8.5.0".into() }
}

async fn told(t: &TestEngine, owner: UserId) -> Vec<Notification> {
    let (filter, page) = (NotificationFilter::default(), PageQuery::default());
    let listed = notifications::list(&t.engine, owner, &filter, &page).await.unwrap().data;
    assert!(listed.iter().all(|one| one.kind == NotificationKind::Security && one.link == "/account"));
    listed
}

async fn titles(t: &TestEngine, owner: UserId) -> Vec<String> {
    told(t, owner).await.into_iter().map(|one| one.title).collect()
}

async fn type_password(t: &TestEngine, password: &str, client: &Client) -> Result<NewSession> {
    let typed = Credentials { username: "ada".into(), password: password.into() };
    sign_in(&t.engine, &typed, client).await
}

#[both_databases]
async fn a_sign_in_from_a_new_device_or_network_is_told_and_a_known_one_is_not(t: &TestEngine) {
    let typed = Credentials { username: "ada".into(), password: PASSWORD.into() };
    let first = register(&t.engine, typed, Preferences::default(), None, &at(1, "")).await.unwrap();
    let ada = first.user.id;
    let again = type_password(t, PASSWORD, &at(1, &first.device)).await.unwrap();
    assert_eq!(titles(t, ada).await, [""; 0], "neither the sign-up nor its own browser");
    type_password(t, PASSWORD, &at(2, &again.device)).await.unwrap();
    type_password(t, PASSWORD, &at(2, &again.device)).await.unwrap();
    assert_eq!(titles(t, ada).await, ["You have signed in from a new network"]);
    type_password(t, PASSWORD, &at(2, "")).await.unwrap();
    let all = told(t, ada).await;
    assert_eq!(all[0].title, "You have signed in with a new device");
    let words = "It was curl, from 10.0.2.0/24. If this was not you, change your password.";
    assert_eq!((all.len(), all[0].body.as_str()), (2, words));
    t.clock.advance(TimeDelta::days(401));
    type_password(t, PASSWORD, &at(1, &first.device)).await.unwrap();
    assert_eq!(titles(t, ada).await.len(), 2, "long ago nothing differs from, the first sign-in is not told");
    type_password(t, PASSWORD, &at(3, &first.device)).await.unwrap();
    assert_eq!(told(t, ada).await[0].title, "You have signed in from a new network");
}

#[both_databases]
async fn five_failed_tries_are_told_once(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    for tries in 1..=8 {
        type_password(t, "not-the-one", &at(1, "")).await.unwrap_err();
        let expected = if tries < FAILED_TRIES { 0 } else { 1 };
        assert_eq!(titles(t, ada).await.len(), expected, "after {tries}");
    }
    assert_eq!(titles(t, ada).await, ["Sign-ins to your account fail"]);
}

#[both_databases]
async fn changes_of_what_opens_the_account_are_told(t: &TestEngine) {
    let ada = t.sign_up("ada").await;
    let session = type_password(t, PASSWORD, &at(1, "")).await.unwrap();
    let change = PasswordChange { current_password: PASSWORD.into(), new_password: NEW_PASSWORD.into() };
    change_password(&t.engine, ada.id, &session.token, change, &at(1, "")).await.unwrap();
    assert_eq!(titles(t, ada.id).await, ["Your password has changed"]);
    let new = NewApiKey { name: "Script of ada".into(), scopes: vec![KeyScope::Read], expires_at: None };
    api_keys::add(&t.engine, &ada, new).await.unwrap();
    make_admin(&t.engine, "ada").await.unwrap();
    make_admin(&t.engine, "ada").await.unwrap();
    let all = told(t, ada.id).await;
    let told: Vec<_> = all.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(told, ["Your role has changed", "You have a new API key", "Your password has changed"]);
    assert!(all[0].body.contains("administrator") && all[1].body.contains("Script of ada"), "{all:?}");
    notifications::mark_all_read(&t.engine, ada.id).await.unwrap();
    reset_password(&t.engine, "ada", PASSWORD.into()).await.unwrap();
    assert_eq!(titles(t, ada.id).await[0], "Your password has changed");
    assert_eq!(notifications::unread(&t.engine, ada.id).await.unwrap(), 1);
}
