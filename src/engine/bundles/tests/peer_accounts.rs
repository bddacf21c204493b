//! Accounts of a gateway at its site.

use super::*;
use crate::domain::bundle::{PeerAccount, Record};
use crate::domain::managed_user::UserChange;
use crate::engine::bundles::peer_accounts::apply_accounts;
use crate::engine::users;
use crate::testing::client;

impl Pair {
    async fn tell_accounts(&self) {
        let options =
            ExportOptions { has_accounts: true, ..ExportOptions::into_directory(self.medium.clone()) };
        let written = export(&self.gateway.engine, "school", &options).await.unwrap();
        import(&self.site.engine, &written.volumes[0]).await.unwrap();
    }
}

async fn signs_in(node: &Node, name: &str, password: &str) -> bool {
    let typed = Credentials { username: name.into(), password: password.into() };
    accounts::sign_in(&node.engine, &typed, &client()).await.is_ok()
}

#[both_databases]
async fn users_of_the_gateway_sign_in_at_the_site_and_follow_their_changes(t: &TestEngine) {
    let pair = Pair::new(t).await;
    pair.gateway.user("eve").await;
    pair.to_site().await;
    assert!(!signs_in(&pair.site, "eve", PASSWORD).await, "only if the operator wants so");
    pair.tell_accounts().await;
    assert!(signs_in(&pair.site, "eve", PASSWORD).await);
    // A new password comes, and the old one does not work any more.
    let typed = Credentials { username: "eve".into(), password: "other-quiet-lantern-81".into() };
    accounts::reset_password(&pair.gateway.engine, &typed.username, typed.password).await.unwrap();
    pair.tell_accounts().await;
    assert!(!signs_in(&pair.site, "eve", PASSWORD).await);
    assert!(signs_in(&pair.site, "eve", "other-quiet-lantern-81").await);
    // Disabled there, disabled here; and enabled again.
    let eve = users::by_name(&pair.gateway.engine, "eve").await.unwrap().unwrap();
    for is_disabled in [true, false] {
        let change = UserChange { disabled: Some(is_disabled), ..UserChange::default() };
        users::change(&pair.gateway.engine, eve, change).await.unwrap();
        pair.tell_accounts().await;
        assert_eq!(signs_in(&pair.site, "eve", "other-quiet-lantern-81").await, !is_disabled);
    }
    // A bundle without accounts changes none.
    pair.to_site().await;
    assert!(signs_in(&pair.site, "eve", "other-quiet-lantern-81").await);
}

#[both_databases]
async fn names_of_the_site_stay_its_own_and_shadows_are_not_told(t: &TestEngine) {
    let pair = Pair::new(t).await;
    pair.gateway.user("ada").await;
    let ada = pair.site.user("ada").await;
    let own = Credentials { username: "ada".into(), password: "sites-own-harbour-33".into() };
    accounts::reset_password(&pair.site.engine, &own.username, own.password).await.unwrap();
    pair.to_gateway().await;
    pair.tell_accounts().await;
    assert!(signs_in(&pair.site, "ada", "sites-own-harbour-33").await);
    assert!(!signs_in(&pair.site, "ada", PASSWORD).await);
    assert_eq!(rows::home(&pair.site.engine.db, ada).await.unwrap(), None);
    let told = rows::own_accounts(&pair.gateway.engine.db).await.unwrap();
    assert!(told.iter().all(|account| !account.username.contains('@')));
}

#[both_databases]
async fn an_account_that_is_gone_at_the_gateway_is_disabled_at_the_site(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let eve = pair.gateway.user("eve").await;
    pair.tell_accounts().await;
    crate::db::sql::execute(&pair.gateway.engine.db, "DELETE FROM account WHERE id = $1", args![eve])
        .await
        .unwrap();
    pair.tell_accounts().await;
    assert!(!signs_in(&pair.site, "eve", PASSWORD).await);
    let here = users::by_name(&pair.site.engine, "eve").await.unwrap().unwrap();
    assert!(users::get(&pair.site.engine, here).await.unwrap().disabled_at.is_some());
}

#[both_databases]
async fn wrong_accounts_of_a_broken_gateway_are_left(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let account = |username: &str, password_hash: &str| {
        Record::Account(PeerAccount {
            username: username.into(),
            display_name: None,
            password_hash: password_hash.into(),
            is_disabled: false,
        })
    };
    let batch = vec![
        account("a b", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"),
        account("mallory", "plain"),
        account("x@school", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"),
        Record::AccountEnd { number: u64::MAX },
    ];
    let position = rows::peer(&pair.site.engine.db, "gateway").await.unwrap().unwrap().position();
    apply_accounts(&pair.site.engine, "gateway", position, batch).await.unwrap();
    for name in ["a b", "mallory", "x@school"] {
        assert_eq!(users::by_name(&pair.site.engine, name).await.unwrap(), None);
    }
}
