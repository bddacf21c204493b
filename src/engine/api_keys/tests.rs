#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use std::net::IpAddr;

use super::*;
use crate::domain::api_key::KeyScope;
use crate::engine::notifications;
use crate::engine::rights::{self, Right};
use crate::testing::{TestEngine, refusal};

fn at(last: u8) -> ClientAddress {
    ClientAddress::new(IpAddr::from([192, 0, 2, last]))
}

fn new(name: &str, scopes: &[KeyScope]) -> NewApiKey {
    NewApiKey { name: name.into(), scopes: scopes.to_vec(), expires_at: None }
}

async fn made(t: &TestEngine, owner: &User, scopes: &[KeyScope]) -> MadeApiKey {
    add(&t.engine, owner, new("script", scopes)).await.unwrap()
}

#[both_databases]
async fn a_key_stands_for_its_owner_within_its_scopes(t: &TestEngine) {
    let ada = t.sign_up("ada").await;
    let MadeApiKey { row, key } = made(t, &ada, &[KeyScope::Read, KeyScope::Run]).await;
    assert!(key.starts_with(&row.prefix) && row.prefix.len() == 12);
    let caller = caller(&t.engine, &key, at(7)).await.unwrap();
    assert_eq!(caller.user, ada);
    let allowed = Right::ALL.map(|right| rights::may(&caller, right));
    assert_eq!(allowed, [true, false, false, false, false, true, false, false, false, false, false]);
    let refused = rights::check(&caller, Right::Write).unwrap_err().to_string();
    assert_eq!(refused, "This API key has no scope write. Make one with it under API keys.");
}

#[both_databases]
async fn the_last_use_is_recorded_once_a_minute_with_its_network(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await);
    let MadeApiKey { row, key } = made(t, &ada, &[KeyScope::Read]).await;
    assert_eq!((row.last_used_at, row.last_used_from.as_str()), (None, ""));
    let start = e.now();
    let mut seen = Vec::new();
    for _ in 0..4 {
        caller(e, &key, at(7)).await.unwrap();
        let last = get(e, ada.id, row.id).await.unwrap().last_used_at;
        seen.push(last.map(|last| (last - start).num_seconds()));
        t.clock.advance(TimeDelta::seconds(40));
    }
    assert_eq!(seen, [Some(0), Some(0), Some(80), Some(80)]);
    assert_eq!(get(e, ada.id, row.id).await.unwrap().last_used_from, "192.0.2.0/24");
}

#[both_databases]
async fn a_key_that_is_wrong_revoked_or_expired_is_refused_in_words(t: &TestEngine) {
    let (e, ada, eve) = (&t.engine, t.sign_up("ada").await, t.sign_up("eve").await);
    let key = made(t, &ada, &[KeyScope::Read]).await;
    let why = async |key: &str| refusal(caller(e, key, at(7)).await);
    let is_about = |refusal: Refusal, word: &str| {
        assert_eq!(refusal.code(), "wrong_key");
        assert!(refusal.to_string().contains(word), "{refusal}");
    };
    is_about(why("smc_").await, "complete");
    is_about(why(&format::new_key().unwrap()).await, "unknown");
    let listener = e.hub.listen(ada.id, token_hash(&key.key));
    assert_eq!(refusal(revoke(e, eve.id, key.row.id).await), missing());
    revoke(e, ada.id, key.row.id).await.unwrap();
    assert!(listener.ended.is_cancelled());
    revoke(e, ada.id, key.row.id).await.unwrap();
    is_about(why(&key.key).await, "revoked");
    let other = made(t, &ada, &[KeyScope::Read]).await;
    t.clock.advance(TimeDelta::days(365));
    is_about(why(&other.key).await, "expired");
}

#[both_databases]
async fn a_key_is_made_within_the_owners_rights(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await);
    let metrics = new("grafana", &[KeyScope::Metrics]);
    assert_eq!(refusal(add(e, &ada, metrics.clone()).await).fields()[0].field, "scopes");
    let admin = User { role: AccountRole::Admin, ..ada.clone() };
    let key = add(e, &admin, metrics).await.unwrap().key;
    let demoted = caller(e, &key, at(7)).await.unwrap();
    assert!(!rights::may(&demoted, Right::Monitor), "the owner is no administrator any more");
    accounts::make_admin(e, "ada").await.unwrap();
    assert!(rights::may(&caller(e, &key, at(7)).await.unwrap(), Right::Monitor));
}

#[both_databases]
async fn a_user_lists_own_keys_alone_and_has_fifty_at_most(t: &TestEngine) {
    let (e, ada, eve) = (&t.engine, t.sign_up("ada").await, t.sign_up("eve").await);
    let first = made(t, &ada, &[KeyScope::Read]).await.row;
    for n in 1..MAX_API_KEYS {
        let draft = ApiKeyDraft {
            public_id: &n.to_string(),
            hash: &n.to_string(),
            name: "n",
            scopes: &[KeyScope::Read],
            expires_at: e.now() + TimeDelta::days(1),
        };
        rows::insert(&e.db, ada.id, draft, e.now()).await.unwrap();
    }
    let full = add(e, &ada, new("one more", &[KeyScope::Read])).await;
    assert!(matches!(refusal(full), Refusal::Conflict { .. }));
    revoke(e, ada.id, first.id).await.unwrap();
    made(t, &ada, &[KeyScope::Read]).await;
    let page = PageQuery { limit: Some(50), cursor: None };
    let Page { data, next_cursor } = list(e, ada.id, &page).await.unwrap();
    assert_eq!((data.len(), next_cursor.is_some()), (50, true));
    let rest = list(e, ada.id, &PageQuery { cursor: next_cursor, ..page.clone() }).await.unwrap().data;
    assert_eq!(rest[0].id, first.id);
    assert_eq!(list(e, eve.id, &page).await.unwrap().data, []);
    assert_eq!(refusal(get(e, eve.id, first.id).await), missing());
}

#[both_databases]
async fn the_owner_is_notified_once_before_the_end_and_ended_keys_go(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await);
    let titles = async || -> Vec<String> {
        let page = notifications::list(e, ada.id, &Default::default(), &Default::default()).await.unwrap();
        let expiring = page.data.into_iter().filter(|row| row.kind == NotificationKind::KeyExpires);
        expiring.map(|row| row.title).collect()
    };
    made(t, &ada, &[KeyScope::Read]).await;
    let revoked = made(t, &ada, &[KeyScope::Read]).await.row.id;
    revoke(e, ada.id, revoked).await.unwrap();
    t.clock.advance(TimeDelta::days(350));
    tidy(e).await.unwrap();
    assert_eq!(titles().await, [""; 0]);
    t.clock.advance(TimeDelta::days(2));
    tidy(e).await.unwrap();
    tidy(e).await.unwrap();
    assert_eq!(titles().await, ["An API key expires soon: script"]);
    let left = list(e, ada.id, &PageQuery::default()).await.unwrap().data;
    assert_eq!(left.len(), 1, "the revoked one was deleted after ninety days");
    t.clock.advance(TimeDelta::days(13 + 90) + TimeDelta::seconds(1));
    tidy(e).await.unwrap();
    assert_eq!(list(e, ada.id, &PageQuery::default()).await.unwrap().data, []);
}

#[both_databases]
async fn a_live_connection_by_key_ends_when_another_process_revokes_the_key(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await);
    let key = made(t, &ada, &[KeyScope::Read]).await;
    let listener = e.hub.listen(ada.id, token_hash(&key.key));
    let mut told = crate::engine::live::ToldProgress::default();
    crate::engine::live::look(e, &mut told).await.unwrap();
    assert!(!listener.ended.is_cancelled());
    rows::revoke(&e.db, ada.id, key.row.id, e.now()).await.unwrap();
    crate::engine::live::look(e, &mut told).await.unwrap();
    assert!(listener.ended.is_cancelled());
}
