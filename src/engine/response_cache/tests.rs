#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;

use super::*;
use crate::domain::UserId;
use crate::domain::account::{AccountRole, User};
use crate::testing::TestEngine;

async fn key(t: &TestEngine, scope: CacheScope) -> CacheKey {
    ScopeEpoch::now(&t.engine.db, scope).await.unwrap().key(&["test", "7"])
}

async fn cached(t: &TestEngine, scope: CacheScope) -> Option<String> {
    t.engine.response_cache.get(&key(t, scope).await, t.engine.now()).await
}

async fn keep(t: &TestEngine, scope: CacheScope, response: &str) {
    keep_at(t, key(t, scope).await, response);
}

fn keep_at(t: &TestEngine, key: CacheKey, response: &str) {
    t.engine.response_cache.keep(key, &response, MAX_LIFETIME, t.engine.now());
}

async fn administrator(t: &TestEngine) -> User {
    User { role: AccountRole::Admin, ..t.sign_up("root").await }
}

const ADA: CacheScope = CacheScope::User(UserId(1));
const BOB: CacheScope = CacheScope::User(UserId(2));

#[both_databases]
async fn the_epoch_rises_with_every_clearing_of_the_scope_or_of_all(t: &TestEngine) {
    let (db, now) = (&t.engine.db, t.engine.now());
    let epoch = async |scope| cache_epochs::current(db, scope).await.unwrap();
    assert_eq!(epoch(ADA).await, CacheEpoch { of_all: 0, of_user: 0 });
    cache_epochs::raise(db, ADA, now).await.unwrap();
    let first = epoch(ADA).await;
    assert_eq!((first.of_all, first.of_user), (0, now.timestamp_millis()));
    // In the same millisecond, and by a clock that is behind.
    cache_epochs::raise(db, ADA, now).await.unwrap();
    cache_epochs::raise(db, ADA, now - TimeDelta::hours(1)).await.unwrap();
    assert_eq!(epoch(ADA).await.of_user, first.of_user + 2);
    assert_eq!((epoch(BOB).await.of_user, epoch(CacheScope::All).await), (0, epoch(BOB).await));
    cache_epochs::raise(db, CacheScope::All, now).await.unwrap();
    for scope in [ADA, BOB, CacheScope::All] {
        assert_eq!(epoch(scope).await.of_all, now.timestamp_millis());
    }
}

#[both_databases]
async fn an_epoch_counts_from_the_commit_on(t: &TestEngine) {
    keep(t, ADA, "answer").await;
    let work = t.engine.begin().await.unwrap();
    cache_epochs::raise(&*work, ADA, work.now()).await.unwrap();
    drop(work);
    assert_eq!(cached(t, ADA).await.as_deref(), Some("answer"), "it was rolled back");
    let work = t.engine.begin().await.unwrap();
    cache_epochs::raise(&*work, ADA, work.now()).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(cached(t, ADA).await, None);
}

#[both_databases]
async fn a_clearing_reaches_its_scope_alone(t: &TestEngine) {
    let root = administrator(t).await;
    let ada = CacheScope::User(t.sign_up("ada").await.id);
    let bob = CacheScope::User(t.sign_up("bob").await.id);
    for scope in [CacheScope::All, ada, bob] {
        keep(t, scope, &scope.to_string()).await;
    }
    let CacheScope::User(id) = ada else { unreachable!() };
    clear_user(&t.engine, &root, id).await.unwrap();
    assert_eq!((cached(t, ada).await, cached(t, bob).await), (None, Some(bob.to_string())));
    assert_eq!(cached(t, CacheScope::All).await.as_deref(), Some("all"));
    let before = stats(&t.engine, &root).await.unwrap();
    assert_eq!((before.epoch, before.redis_up), (0, None));
    let of = |stats: &CacheScopeStats| [stats.memory_hits, stats.misses, stats.entries, stats.bytes];
    assert_eq!(before.scopes.iter().map(of).collect::<Vec<_>>(), [[1, 0, 1, 5], [1, 1, 1, 4]]);
    clear(&t.engine, &root).await.unwrap();
    assert_eq!((cached(t, bob).await, cached(t, CacheScope::All).await), (None, None));
    let after = stats(&t.engine, &root).await.unwrap();
    assert_eq!(after.epoch, t.engine.now().timestamp_millis());
    assert!(after.scopes.iter().all(|scope| scope.entries == 0));
}

#[both_databases]
async fn an_answer_that_was_on_its_way_during_a_clearing_is_not_read(t: &TestEngine) {
    let root = administrator(t).await;
    let asked = key(t, CacheScope::All).await;
    clear(&t.engine, &root).await.unwrap();
    keep_at(t, asked, "old");
    assert_eq!(cached(t, CacheScope::All).await, None);
    let old = stats(&t.engine, &root).await.unwrap().scopes;
    assert_eq!(old[0].entries, 0, "it takes no memory");
}

#[both_databases]
async fn only_administrators_clear_and_unknown_users_are_named(t: &TestEngine) {
    let (root, ada) = (administrator(t).await, t.sign_up("ada").await);
    for refused in [
        stats(&t.engine, &ada).await.err(),
        clear(&t.engine, &ada).await.err(),
        clear_user(&t.engine, &ada, ada.id).await.err(),
    ] {
        assert_eq!(refused.unwrap().into_refusal().status(), 403);
    }
    let unknown = clear_user(&t.engine, &root, UserId(ada.id.0 + 1)).await.unwrap_err();
    assert_eq!(unknown.into_refusal().status(), 404);
}

#[tokio::test]
async fn a_response_lives_for_a_day_at_most_and_has_at_most_256_kib() {
    let (t, year) = (TestEngine::on_sqlite().await.unwrap(), TimeDelta::days(365));
    let (asked, cache) = (key(&t, ADA).await, &t.engine.response_cache);
    cache.keep(asked.clone(), &"answer", year, t.engine.now());
    t.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(cached(&t, ADA).await.as_deref(), Some("answer"));
    t.clock.advance(TimeDelta::seconds(1));
    assert_eq!(cached(&t, ADA).await, None);
    // With the quotation marks of JSON.
    for (bytes, is_kept) in [(MAX_BYTES - 2, true), (MAX_BYTES - 1, false)] {
        let response = "x".repeat(bytes);
        let asked = ScopeEpoch::now(&t.engine.db, ADA).await.unwrap().key(&[&bytes.to_string()]);
        keep_at(&t, asked.clone(), &response);
        assert_eq!(cache.get::<String>(&asked, t.engine.now()).await.is_some(), is_kept);
    }
    t.clear().await;
}

#[test]
fn scopes_epochs_and_questions_never_share_a_name() {
    let name = |scope, of_all, of_user, question: &[&str]| {
        let epoch = CacheEpoch { of_all, of_user };
        ScopeEpoch { scope, epoch }.key(question).name()
    };
    let names = [
        name(CacheScope::All, 1, 0, &["q"]),
        name(CacheScope::All, 2, 0, &["q"]),
        name(CacheScope::All, 1, 0, &["r"]),
        name(CacheScope::All, 1, 0, &["ab", "c"]),
        name(CacheScope::All, 1, 0, &["a", "bc"]),
        name(ADA, 1, 0, &["q"]),
        name(BOB, 1, 0, &["q"]),
        name(ADA, 1, 1, &["q"]),
        name(ADA, 11, 0, &["q"]),
    ];
    let different: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(different.len(), names.len());
    assert!(names[0].starts_with("all:1-0:") && names[7].starts_with("u1:1-1:"));
}
