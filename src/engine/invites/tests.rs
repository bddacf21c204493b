#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use both_databases::both_databases;
use futures::future::join_all;

use super::*;
use crate::domain::account::{AccountRole, Credentials, User};
use crate::domain::invite::{InviteState, SignupMode};
use crate::domain::managed_user::UserChange;
use crate::domain::preference::Preferences;
use crate::domain::{DateTime, TimeDelta, Utc};
use crate::engine::accounts::{NewSession, register, signup_offer, useless_invite};
use crate::engine::models::builtin::Planner;
use crate::engine::users as managed;
use crate::engine::{Config, SharedEngine, accounts, start};
use crate::testing::{PASSWORD, TestEngine, client, refusal};

async fn with_signup(t: &TestEngine, signup: SignupMode) -> SharedEngine {
    let config = Config { signup, ..t.engine.config.clone() };
    start::open_with(config, t.clock.clone(), Some(Arc::new(Planner) as _)).await.unwrap()
}

async fn administrator(t: &TestEngine) -> User {
    let root = t.sign_up("root").await;
    accounts::make_admin(&t.engine, "root").await.unwrap();
    root
}

fn secret(made: &MadeInvite) -> String {
    made.url.rsplit('=').next().unwrap().to_owned()
}

async fn open(engine: &Engine, name: &str, invite: Option<&str>) -> Result<NewSession> {
    let typed = Credentials { username: name.into(), password: PASSWORD.into() };
    register(engine, typed, Preferences::default(), invite, &client()).await
}

async fn states(t: &TestEngine) -> Vec<InviteState> {
    let listed = list(&t.engine, &PageQuery::default()).await.unwrap();
    listed.data.into_iter().map(|row| row.state).collect()
}

fn lasting(uses: i64, until: DateTime<Utc>) -> NewInvite {
    NewInvite { uses: Some(uses), expires_at: Some(until), ..NewInvite::default() }
}

#[both_databases]
async fn of_parallel_registrations_an_invitation_opens_as_many_as_it_says(t: &TestEngine) {
    let (engine, root) = (with_signup(t, SignupMode::Invite).await, administrator(t).await);
    let made = make(&engine, root.id, lasting(3, t.engine.now() + TimeDelta::days(1))).await.unwrap();
    let token = secret(&made);
    let names: Vec<_> = (0..8).map(|n| format!("guest{n}")).collect();
    let all = join_all(names.iter().map(|name| open(&engine, name, Some(&token)))).await;
    let opened = all.iter().filter(|result| result.is_ok()).count();
    assert_eq!(opened, 3);
    for refused in all.into_iter().filter(|result| result.is_err()) {
        assert_eq!(refusal(refused), useless_invite());
    }
    let row = list(&engine, &PageQuery::default()).await.unwrap().data.remove(0);
    assert_eq!((row.uses_left, row.state, row.made_by.as_str()), (0, InviteState::UsedUp, "root"));
}

#[both_databases]
async fn every_invitation_that_does_not_work_is_refused_alike(t: &TestEngine) {
    let (engine, root) = (with_signup(t, SignupMode::Invite).await, administrator(t).await);
    let (now, day) = (t.engine.now(), TimeDelta::days(1));
    let new = async |until| secret(&make(&engine, root.id, lasting(1, until)).await.unwrap());
    let [used, expired, revoked, works] =
        [new(now + day * 9).await, new(now + day).await, new(now + day * 9).await, new(now + day * 9).await];
    open(&engine, "guest", Some(&used)).await.unwrap();
    let third = list(&engine, &PageQuery::default()).await.unwrap().data[1].id;
    revoke(&engine, third).await.unwrap();
    revoke(&engine, third).await.unwrap();
    t.clock.advance(day * 2);
    for token in [&used, &expired, &revoked, "unknown", "0"] {
        assert_eq!(refusal(open(&engine, "eve", Some(token)).await), useless_invite(), "{token}");
        assert_eq!(refusal(signup_offer(&engine, Some(token)).await), useless_invite(), "{token}");
    }
    use InviteState::{Expired, Orphaned, Revoked, UsedUp, Works};
    assert_eq!(states(t).await, [Works, Revoked, Expired, UsedUp]);
    let taken = refusal(open(&engine, "guest", Some(&works)).await);
    assert_eq!(taken.fields()[0].field, "username", "and the use comes back");
    assert_eq!(states(t).await[0], Works);
    t.sign_up("second").await;
    accounts::make_admin(&t.engine, "second").await.unwrap();
    managed::change(&engine, root.id, UserChange { disabled: Some(true), ..UserChange::default() })
        .await
        .unwrap();
    assert_eq!(states(t).await[0], Orphaned);
    assert_eq!(refusal(open(&engine, "eve", Some(&works)).await), useless_invite());
    assert_eq!(refusal(revoke(&engine, InviteId(999)).await), missing());
    t.clock.advance(day * 200);
    tidy(&engine).await.unwrap();
    assert_eq!(states(t).await, []);
}

#[both_databases]
async fn an_invitation_gives_its_role_where_everybody_may_register(t: &TestEngine) {
    let (ada, root) = (t.sign_up("ada").await, administrator(t).await);
    let listener = NewInvite {
        role: Some(AccountRole::Listener),
        guardian_id: Some(ada.id),
        uses: Some(2),
        ..NewInvite::default()
    };
    let made = make(&t.engine, root.id, listener).await.unwrap();
    let token = secret(&made);
    let offered = signup_offer(&t.engine, Some(&token)).await.unwrap();
    assert_eq!(offered.map(|o| (o.role, o.guardian)), Some((AccountRole::Listener, Some("ada".into()))));
    let child = open(&t.engine, "child", Some(&token)).await.unwrap().user;
    assert_eq!(child.role, AccountRole::Listener);
    let row = managed::get(&t.engine, child.id).await.unwrap();
    assert_eq!((row.role, row.guardian_id), (AccountRole::Listener, Some(ada.id)));
    let admin = NewInvite { role: Some(AccountRole::Admin), ..NewInvite::default() };
    let token = secret(&make(&t.engine, root.id, admin).await.unwrap());
    let second = open(&t.engine, "second", Some(&token)).await.unwrap().user;
    assert!(second.is_admin && managed::get(&t.engine, second.id).await.unwrap().is_admin);
    assert_eq!(open(&t.engine, "plain", None).await.unwrap().user.role, AccountRole::User);
    let wrong = NewInvite { guardian_id: Some(child.id), ..listener };
    assert_eq!(refusal(make(&t.engine, root.id, wrong).await).fields()[0].field, "guardian_id");
}

#[both_databases]
async fn a_guardian_who_may_be_none_any_more_invites_nobody(t: &TestEngine) {
    let (ada, root) = (t.sign_up("ada").await, administrator(t).await);
    let (role, guardian_id) = (Some(AccountRole::Listener), Some(ada.id));
    let made =
        make(&t.engine, root.id, NewInvite { role, guardian_id, ..NewInvite::default() }).await.unwrap();
    managed::change(&t.engine, ada.id, UserChange { disabled: Some(true), ..UserChange::default() })
        .await
        .unwrap();
    assert_eq!(refusal(open(&t.engine, "child", Some(&secret(&made))).await), useless_invite());
}

#[both_databases]
async fn a_closed_server_takes_no_invitation_and_a_private_one_nothing_else(t: &TestEngine) {
    let root = administrator(t).await;
    let (closed, private) =
        (with_signup(t, SignupMode::Closed).await, with_signup(t, SignupMode::Invite).await);
    let token = secret(&make(&private, root.id, NewInvite::default()).await.unwrap());
    let is_forbidden = |refusal| matches!(refusal, Refusal::Forbidden { .. });
    assert!(is_forbidden(refusal(open(&closed, "guest", Some(&token)).await)));
    assert!(is_forbidden(refusal(open(&closed, "guest", None).await)));
    assert!(is_forbidden(refusal(open(&private, "root", None).await)), "and no name is told");
    open(&private, "guest", Some(&token)).await.unwrap();
}
