//! Refreshes of followed feeds shortly before their followers leave, and before their devices are usually in
//! contact for the last time, regardless of the feeds' own schedules.

use std::collections::BTreeMap;

use super::refresh::RefreshSource;
use crate::db::commute::{self, Travels};
use crate::db::plans;
use crate::db::sources::{self, DueSource};
use crate::domain::UserId;
use crate::domain::commute::reading_before;
use crate::domain::urgency::reading_ahead_of;
use crate::engine::local_time::zone;
use crate::engine::{Engine, Result};

/// Queues a refresh of a departing user's feeds that were not requested since the latest due moment.
pub(crate) async fn refresh(engine: &Engine) -> Result<()> {
    let mut users: BTreeMap<UserId, Vec<Travels>> = BTreeMap::new();
    for travels in commute::active(&engine.db).await? {
        users.entry(travels.user_id).or_default().push(travels);
    }
    let contacts = plans::next_contacts(&engine.db, engine.now()).await?;
    let mut due = BTreeMap::new();
    for (user, travels) in users {
        let Some(Travels { preferences, .. }) = travels.first() else { continue };
        let zone = zone(preferences);
        let windows: Vec<_> = travels.into_iter().map(|travels| travels.window).collect();
        let now = engine.now();
        let of_devices = contacts.iter().filter(|it| it.user_id == user);
        let moments = of_devices.filter_map(|it| reading_ahead_of(it.contact_by, now));
        let Some(moment) = moments.chain(reading_before(&windows, &zone, now)).max() else { continue };
        let not_asked = sources::not_asked_since(&engine.db, user, moment).await?;
        due.extend(not_asked.into_iter().map(|DueSource { id, feed_url }| (id, feed_url)));
    }
    if due.is_empty() {
        return Ok(());
    }
    let mut work = engine.begin().await?;
    for (id, feed_url) in due {
        work.push(&RefreshSource::of(id, &feed_url)).await?;
    }
    work.commit().await
}

#[cfg(all(test, feature = "testing"))]
#[allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]
mod tests {
    use both_databases::both_databases;
    use chrono::TimeDelta;

    use super::*;
    use crate::db::sql;
    use crate::domain::commute::TypedPlan;
    use crate::engine::catalog::{NewSubscription, subscribe, unsubscribe};
    use crate::testing::TestEngine;

    /// Number of refreshes that one run queues.
    async fn pushed(t: &TestEngine) -> i64 {
        sql::execute(&t.engine.db, "DELETE FROM job WHERE kind = 'refresh_source'", vec![]).await.unwrap();
        refresh(&t.engine).await.unwrap();
        let count = "SELECT COUNT(*) FROM job WHERE kind = 'refresh_source'";
        sql::value(&t.engine.db, count, vec![]).await.unwrap().unwrap()
    }

    async fn read_now(t: &TestEngine) {
        let now = ::sql::args![t.engine.now()];
        sql::execute(&t.engine.db, "UPDATE source SET last_asked_at = $1", now).await.unwrap();
    }

    #[both_databases]
    async fn a_followed_feed_is_read_before_its_follower_leaves(t: &TestEngine) {
        let ada = t.sign_up("ada").await.id;
        let feed_url = Some("https://example.org/weekly".to_owned());
        let new = NewSubscription { feed_url, ..Default::default() };
        let subscription = subscribe(&t.engine, ada, new).await.unwrap();
        // The test clock starts at 06:00 on a Saturday.
        let train = TypedPlan {
            label: Some("Train".into()),
            start: Some("08:00".into()),
            end: Some("08:30".into()),
            days: Some(vec!["sat".into()]),
            is_active: None,
        };
        crate::engine::commute::add(&t.engine, ada, train).await.unwrap();
        read_now(t).await;
        assert_eq!(pushed(t).await, 0, "two hours before the departure");
        t.clock.advance(TimeDelta::minutes(30));
        assert_eq!(pushed(t).await, 1);
        read_now(t).await;
        assert_eq!(pushed(t).await, 0, "it was read just now");
        t.clock.advance(TimeDelta::minutes(75));
        assert_eq!(pushed(t).await, 1, "once more for late publications");
        unsubscribe(&t.engine, ada, subscription.id).await.unwrap();
        assert_eq!(pushed(t).await, 0, "nobody follows it");
    }
}
