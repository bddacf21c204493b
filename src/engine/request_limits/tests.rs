//! Request limits on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use chrono::TimeDelta;

use super::*;
use crate::db::usage as usage_rows;
use crate::domain::Refusal;
use crate::domain::account::User;
use crate::domain::api_key::KeyScope;
use crate::domain::managed_user::UserFilter;
use crate::domain::page::PageQuery;
use crate::domain::request_limit::UserLimits;
use crate::engine::Error;
use crate::testing::TestEngine;

const LIMITS: RequestLimits = RequestLimits { minute: 5, hour: 20, day: 50, hard_percent: 120 };

/// Number of requests that are served of those made at once.
async fn served(t: &TestEngine, identity: &LimitIdentity, made: usize) -> usize {
    let all = (0..made).map(|_| admit(&t.engine, identity, Some(AccountRole::User)));
    let all = futures::future::join_all(all).await;
    all.into_iter().filter(|decision| decision.as_ref().unwrap().as_ref().unwrap().refused.is_none()).count()
}

async fn limited(t: &TestEngine, name: &str) -> (User, LimitIdentity) {
    let user = t.sign_up(name).await;
    override_limits(&t.engine, user.id, Some(LIMITS)).await.unwrap();
    let identity = LimitIdentity::Account(user.id);
    (user, identity)
}

async fn key(t: &TestEngine, owner: UserId) -> ApiKeyId {
    let until = t.engine.now() + TimeDelta::days(1);
    let draft = api_keys::ApiKeyDraft {
        public_id: "abcdefgh",
        hash: "hash",
        name: "Backup",
        scopes: &[KeyScope::Read],
        expires_at: until,
    };
    api_keys::insert(&t.engine.db, owner, draft, t.engine.now()).await.unwrap().unwrap()
}

fn used(limits: &UserLimits) -> Vec<i64> {
    limits.windows.iter().map(|window| window.used).collect()
}

#[both_databases]
async fn each_identity_has_counters_of_its_own(t: &TestEngine) {
    let (ada, identity) = limited(t, "ada").await;
    let key = key(t, ada.id).await;
    assert_eq!(served(t, &identity, 20).await, 6);
    assert_eq!(served(t, &LimitIdentity::Key(ada.id, key), 20).await, 6);
    let seen = get(&t.engine, ada.id).await.unwrap();
    assert_eq!((used(&seen), seen.is_override), (vec![6, 6, 6], true));
    assert_eq!((seen.api_keys.len(), seen.api_keys[0].name.as_str()), (1, "Backup"));
    assert_eq!(seen.api_keys[0].windows[2].used, 6);
    t.clock.advance(TimeDelta::seconds(30));
    assert_eq!(served(t, &identity, 20).await, 3, "half a minute gives half the rate");
    let unlimited = t.sign_up("grace").await;
    let open =
        admit(&t.engine, &LimitIdentity::Account(unlimited.id), Some(AccountRole::User)).await.unwrap();
    assert!(open.is_none(), "tests have no limits of roles");
}

#[both_databases]
async fn the_day_outlives_the_process_and_the_memory(t: &TestEngine) {
    let (ada, identity) = limited(t, "ada").await;
    let mut all = 0;
    for _ in 0..12 {
        all += served(t, &identity, 5).await as i64;
        t.clock.advance(TimeDelta::minutes(20));
    }
    assert_eq!(all, 60, "50 are promised, and 60 enforced");
    assert_eq!(served(t, &identity, 1).await, 0);
    flush(&t.engine).await.unwrap();
    let today = day_of(t.engine.now().timestamp_micros());
    assert_eq!(usage_rows::of_day(&t.engine.db, ada.id, None, today).await.unwrap(), 60);
    t.clock.advance(TimeDelta::hours(2));
    flush(&t.engine).await.unwrap();
    assert!(!t.engine.request_limiter.is_known(&identity), "the memory is free again");
    assert_eq!(served(t, &identity, 3).await, 0, "and the day is as full as before");
    assert_eq!(get(&t.engine, ada.id).await.unwrap().windows[2].used, 60);
    t.clock.advance(TimeDelta::days(1));
    assert_eq!(served(t, &identity, 3).await, 3);
    flush(&t.engine).await.unwrap();
    t.clock.advance(TimeDelta::days(1));
    tidy(&t.engine).await.unwrap();
    assert_eq!(usage_rows::of_day(&t.engine.db, ada.id, None, today).await.unwrap(), 0);
    assert_eq!(usage_rows::of_day(&t.engine.db, ada.id, None, today + 1).await.unwrap(), 3);
}

#[both_databases]
async fn a_reset_and_an_override_take_effect_at_once(t: &TestEngine) {
    let (ada, identity) = limited(t, "ada").await;
    assert_eq!(served(t, &identity, 20).await, 6);
    flush(&t.engine).await.unwrap();
    t.clock.advance(TimeDelta::seconds(1));
    reset(&t.engine, ada.id).await.unwrap();
    assert_eq!(used(&get(&t.engine, ada.id).await.unwrap()), [0, 0, 0]);
    assert_eq!(served(t, &identity, 20).await, 6);
    let more = RequestLimits { minute: 10, ..LIMITS };
    override_limits(&t.engine, ada.id, Some(more)).await.unwrap();
    assert_eq!(served(t, &identity, 20).await, 12, "another limit begins the minute anew");
    override_limits(&t.engine, ada.id, None).await.unwrap();
    assert!(admit(&t.engine, &identity, Some(AccountRole::User)).await.unwrap().is_none());
    let seen = get(&t.engine, ada.id).await.unwrap();
    assert_eq!((seen.limits, seen.is_override, seen.windows.len()), (None, false, 0));
}

#[both_databases]
async fn another_process_learns_of_both_within_ten_seconds(t: &TestEngine) {
    let (ada, identity) = limited(t, "ada").await;
    assert_eq!(served(t, &identity, 20).await, 6);
    // As another process does it: the memory of this one is not told.
    rows::record_reset(&t.engine.db, ada.id, t.engine.now()).await.unwrap();
    rows::set(&t.engine.db, ada.id, Some(RequestLimits { minute: 3, ..LIMITS })).await.unwrap();
    assert_eq!(served(t, &identity, 20).await, 0);
    t.clock.advance(TimeDelta::seconds(10));
    // The first one reads the settings; others at the same time would go by the old ones.
    assert_eq!((served(t, &identity, 1).await, served(t, &identity, 20).await), (1, 3));
}

#[both_databases]
async fn pages_are_warned_once_when_a_soft_limit_is_exceeded(t: &TestEngine) {
    let (ada, identity) = limited(t, "ada").await;
    let key = key(t, ada.id).await;
    let mut listener = t.engine.hub.listen(ada.id, "token".into());
    assert_eq!(served(t, &identity, 5).await, 5);
    assert!(listener.frames.try_recv().is_err(), "nothing below the soft limit");
    let sixth = admit(&t.engine, &identity, Some(AccountRole::User)).await.unwrap().unwrap();
    assert!(sixth.is_soft() && sixth.refused.is_none());
    let seventh = admit(&t.engine, &identity, Some(AccountRole::User)).await.unwrap().unwrap();
    assert_eq!((seventh.refused, seventh.is_soft()), (Some(LimitWindow::Minute), false));
    assert_eq!(seventh.retry_after(LimitWindow::Minute), 10);
    served(t, &LimitIdentity::Key(ada.id, key), 20).await;
    let texts: Vec<_> =
        std::iter::from_fn(|| listener.frames.try_recv().ok()).map(|wire| wire.text.clone()).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("more than 5 requests a minute in your name"), "{texts:?}");
    assert!(texts[1].contains("The API key Backup sent") && texts[1].contains("\"warning\""), "{texts:?}");
}

#[both_databases]
async fn wrong_limits_and_unknown_users_are_refused(t: &TestEngine) {
    let (ada, _) = limited(t, "ada").await;
    let wrong = RequestLimits { minute: 0, ..LIMITS };
    let refused = override_limits(&t.engine, ada.id, Some(wrong)).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::Invalid { .. }))));
    for nobody in [reset(&t.engine, UserId(999)).await, get(&t.engine, UserId(999)).await.map(|_| ())] {
        assert!(matches!(nobody, Err(Error::Refused(Refusal::NotFound { .. }))));
    }
    usage_rows::add(&t.engine.db, UserId(999), None, 1, 1).await.unwrap();
    let page = list(&t.engine, &UserFilter::default(), &PageQuery::default()).await.unwrap();
    assert_eq!(page.data.iter().map(|user| user.username.as_str()).collect::<Vec<_>>(), ["ada"]);
    assert_eq!(page.data[0].limits, Some(LIMITS));
}
