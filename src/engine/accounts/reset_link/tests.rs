#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use futures::future::join_all;

use super::*;
use crate::domain::TimeDelta;
use crate::domain::account::{Credentials, PasswordChange, User};
use crate::domain::managed_user::UserChange;
use crate::engine::accounts::{NewSession, caller, change_password, make_admin, sign_in};
use crate::testing::{PASSWORD, TestEngine, client, refusal};

const CHOSEN: &str = "copper-lantern-river-41";

async fn sign_in_with(t: &TestEngine, password: &str) -> Result<NewSession> {
    let typed = Credentials { username: "ada".into(), password: password.into() };
    sign_in(&t.engine, &typed, &client()).await
}

async fn made(t: &TestEngine, owner: &User) -> String {
    let link = make_reset_link_by_name(&t.engine, &owner.username).await.unwrap();
    assert_eq!((link.user_id, link.username.as_str()), (owner.id, "ada"));
    link.url.rsplit('/').next().unwrap().to_owned()
}

fn reset(token: &str, new_password: &str) -> PasswordReset {
    PasswordReset { token: token.into(), new_password: new_password.into() }
}

fn is_gone<T: std::fmt::Debug>(result: Result<T>) -> bool {
    matches!(refusal(result), Refusal::Gone { .. })
}

#[both_databases]
async fn of_parallel_uses_of_a_link_one_sets_the_password_and_ends_all_sessions(t: &TestEngine) {
    let ada = t.sign_up("ada").await;
    let session = sign_in_with(t, PASSWORD).await.unwrap();
    let token = made(t, &ada).await;
    let opened = reset_link(&t.engine, &token).await.unwrap().unwrap();
    assert_eq!(opened.username, "ada");
    let all = join_all((0..6).map(|_| reset_by_link(&t.engine, reset(&token, CHOSEN)))).await;
    assert_eq!(all.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(all.into_iter().filter(Result::is_err).all(is_gone));
    assert!(caller(&t.engine, &session.token).await.unwrap().is_none());
    assert!(reset_link(&t.engine, &token).await.unwrap().is_none());
    assert!(sign_in_with(t, PASSWORD).await.is_err());
    sign_in_with(t, CHOSEN).await.unwrap();
}

#[both_databases]
async fn a_wrong_password_leaves_the_link_for_another_try(t: &TestEngine) {
    let ada = t.sign_up("ada").await;
    let token = made(t, &ada).await;
    for weak in ["short", "password1234", &"x".repeat(2_000)] {
        let refused = refusal(reset_by_link(&t.engine, reset(&token, weak)).await);
        assert_eq!(refused.fields()[0].field, "new_password", "{weak}");
    }
    reset_by_link(&t.engine, reset(&token, CHOSEN)).await.unwrap();
}

#[both_databases]
async fn a_link_ends_after_an_hour_with_a_newer_one_and_with_a_changed_password(t: &TestEngine) {
    let ada = t.sign_up("ada").await;
    let (first, second) = (made(t, &ada).await, made(t, &ada).await);
    assert!(is_gone(reset_by_link(&t.engine, reset(&first, CHOSEN)).await));
    assert!(is_gone(reset_by_link(&t.engine, reset("unknown", CHOSEN)).await));
    t.clock.advance(TimeDelta::minutes(61));
    assert!(is_gone(reset_by_link(&t.engine, reset(&second, CHOSEN)).await));
    let third = made(t, &ada).await;
    let session = sign_in_with(t, PASSWORD).await.unwrap();
    let typed = PasswordChange { current_password: PASSWORD.into(), new_password: CHOSEN.into() };
    change_password(&t.engine, ada.id, &session.token, typed, &client()).await.unwrap();
    assert!(is_gone(reset_by_link(&t.engine, reset(&third, "another-fine-password-7")).await));
    made(t, &ada).await;
    t.clock.advance(TimeDelta::minutes(61));
    assert_eq!(crate::db::reset_links::delete_expired(&t.engine.db, t.engine.now()).await.unwrap(), 1);
}

#[both_databases]
async fn an_administrator_makes_links_for_others_who_may_sign_in(t: &TestEngine) {
    let (ada, root) = (t.sign_up("ada").await, t.sign_up("root").await);
    make_admin(&t.engine, "root").await.unwrap();
    let own = refusal(make_reset_link(&t.engine, root.id, root.id).await);
    assert!(matches!(own, Refusal::Conflict { .. }));
    let link = make_reset_link(&t.engine, root.id, ada.id).await.unwrap();
    let disabled = |disabled| UserChange { disabled: Some(disabled), ..UserChange::default() };
    crate::engine::users::change(&t.engine, ada.id, disabled(true)).await.unwrap();
    let token = link.url.rsplit('/').next().unwrap();
    assert!(is_gone(reset_by_link(&t.engine, reset(token, CHOSEN)).await));
    assert!(matches!(refusal(make_reset_link(&t.engine, root.id, ada.id).await), Refusal::Conflict { .. }));
    crate::engine::users::change(&t.engine, ada.id, disabled(false)).await.unwrap();
    assert!(is_gone(reset_by_link(&t.engine, reset(token, CHOSEN)).await), "disabling ended it");
    let unknown = make_reset_link(&t.engine, root.id, crate::domain::UserId(999)).await;
    assert!(matches!(refusal(unknown), Refusal::NotFound { .. }));
}
