#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use both_databases::both_databases;
use totp_rs::Totp;

use super::super::{begin_totp, confirm_totp, remove_totp};
use super::*;
use crate::domain::account::Credentials;
use crate::domain::api_key::{KeyScope, NewApiKey};
use crate::domain::managed_user::UserChange;
use crate::engine::accounts::{ClientAddress, caller, make_admin, sign_in};
use crate::engine::models::builtin::Planner;
use crate::engine::rights::{Caller, Right};
use crate::engine::{Config, Error, SharedEngine, api_keys, rights, start, users};
use crate::testing::{PASSWORD, TestEngine, client, refusal};

/// A process with this rule, after its start.
async fn under(t: &TestEngine, mfa: FactorRule) -> SharedEngine {
    let config = Config { mfa, ..t.engine.config.clone() };
    let engine = start::open_with(config, t.clock.clone(), Some(Arc::new(Planner) as _)).await.unwrap();
    begin_for_all(&engine).await.unwrap();
    engine
}

async fn enrol(e: &Engine, owner: &User) {
    let enrolment = begin_totp(e, owner, "token").await.unwrap();
    let app = Totp::from_url(&enrolment.uri).unwrap();
    let code = app.generate(e.now().timestamp().try_into().unwrap()).to_string();
    confirm_totp(e, owner.id, &code).await.unwrap();
}

/// Rights that a caller has.
fn rights_of(caller: &Caller) -> Vec<Right> {
    Right::ALL.into_iter().filter(|right| rights::may(caller, *right)).collect()
}

#[both_databases]
async fn the_grace_runs_from_the_first_moment_and_no_restart_extends_it(t: &TestEngine) {
    let (start, ada) = (t.clock.now(), t.sign_up("ada").await);
    let at = Some(start + GRACE);
    assert_eq!(deadline(&t.engine, &ada).await.unwrap(), None, "no rule");
    for days in [0, 3, 4] {
        t.clock.advance(TimeDelta::days(days));
        let e = under(t, FactorRule::Everyone).await;
        let known = deadline(&e, &ada).await.unwrap().unwrap();
        assert_eq!((Some(known.at), known.is_over), (at, t.clock.now() >= start + GRACE));
        under(t, FactorRule::Off).await;
    }
    let e = under(t, FactorRule::Everyone).await;
    let late = t.sign_up("eve").await;
    let known = deadline(&e, &late).await.unwrap().unwrap();
    assert_eq!((known.at, known.is_over), (t.clock.now() + GRACE, false), "an account of another process");
    enrol(&e, &ada).await;
    assert_eq!(deadline(&e, &ada).await.unwrap(), None, "a second factor ends it");
}

#[both_databases]
async fn a_new_role_and_a_new_account_begin_their_own_grace(t: &TestEngine) {
    let e = under(t, FactorRule::Admins).await;
    let ada = t.sign_up("ada").await;
    assert_eq!(deadline(&e, &ada).await.unwrap(), None, "a user");
    t.clock.advance(TimeDelta::days(30));
    make_admin(&e, "ada").await.unwrap();
    let begun = t.clock.now();
    t.clock.advance(TimeDelta::days(2));
    let admin = accounts::get(&e.db, ada.id).await.unwrap().unwrap();
    assert_eq!(deadline(&e, &admin).await.unwrap().unwrap().at, begun + GRACE);
    let typed = Credentials { username: "root".into(), password: PASSWORD.into() };
    let all = under(t, FactorRule::Everyone).await;
    let root = crate::engine::accounts::create(&all, typed, Default::default()).await.unwrap();
    t.clock.advance(TimeDelta::hours(1));
    assert_eq!(deadline(&all, &root).await.unwrap().unwrap().at, begun + TimeDelta::days(2) + GRACE);
    make_admin(&e, "root").await.unwrap();
    let role = |role| UserChange { role: Some(role), ..UserChange::default() };
    users::change(&e, ada.id, role(AccountRole::User)).await.unwrap();
    t.clock.advance(TimeDelta::days(9));
    users::change(&e, ada.id, role(AccountRole::Admin)).await.unwrap();
    let again = deadline(&e, &admin).await.unwrap().unwrap();
    assert_eq!((again.at, again.is_over), (begun + GRACE, true), "the grace is given once");
}

#[both_databases]
async fn a_late_account_may_set_up_a_factor_and_nothing_else(t: &TestEngine) {
    let e = under(t, FactorRule::Everyone).await;
    let ada = t.sign_up("ada").await;
    let typed = Credentials { username: "ada".into(), password: PASSWORD.into() };
    let new = NewApiKey { name: "script".into(), scopes: vec![KeyScope::Read], expires_at: None };
    let key = api_keys::add(&e, &ada, new).await.unwrap().key;
    let session = sign_in(&e, &typed, &client()).await.unwrap();
    let by_session = async || caller(&e, &session.token).await.unwrap().unwrap();
    let by_key = async || api_keys::caller(&e, &key, ClientAddress::default()).await.unwrap();
    let before = (rights_of(&by_session().await), rights_of(&by_key().await));
    assert!(before.0.len() > 5 && before.1 == [Right::Read], "{before:?}");
    t.clock.advance(GRACE);
    let (late, late_key) = (by_session().await, by_key().await);
    assert_eq!((rights_of(&late), rights_of(&late_key)), (vec![Right::Enrol], Vec::new()));
    for (caller, right) in [(&late, Right::Read), (&late, Right::Account), (&late_key, Right::Read)] {
        assert_eq!(refusal(rights::check(caller, right)), Refusal::FactorSetupRequired);
    }
    let again = sign_in(&e, &typed, &client()).await.unwrap();
    assert_eq!(again.user.id, ada.id, "sign-in itself stays open");
    enrol(&e, &ada).await;
    assert_eq!((rights_of(&by_session().await), rights_of(&by_key().await)), before);
}

#[both_databases]
async fn the_last_factor_of_an_account_under_the_rule_stays(t: &TestEngine) {
    let ada = t.sign_up("ada").await;
    enrol(&t.engine, &ada).await;
    let strict = under(t, FactorRule::Everyone).await;
    let refused = remove_totp(&strict, ada.id).await;
    assert!(matches!(&refused, Err(Error::Refused(Refusal::Conflict { why })) if why.contains("last one")));
    assert_eq!(deadline(&strict, &ada).await.unwrap(), None, "nothing was removed");
    let admins = under(t, FactorRule::Admins).await;
    remove_totp(&admins, ada.id).await.unwrap();
}
