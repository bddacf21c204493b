//! Subscriptions: following a source, its priority and rules, and unfollowing.

use chrono::TimeDelta;

use super::push_prefetch;
use super::{find_or_add, private, refresh, source};
use crate::db::{sources, subscriptions};
use crate::domain::deleted::DeletedSubscription;
use crate::domain::feed_login;
use crate::domain::page::PageQuery;
use crate::domain::rules::Begin;
use crate::domain::source::{NewSource, NewSubscription, PRIORITY_DEFAULT, Subscription, SubscriptionChange};
use crate::domain::{Page, Refusal, SourceId, SubscriptionId, UserId};
use crate::engine::{Engine, Result};

/// Time for which the end of a subscription can be undone.
pub const UNDO_GRACE: TimeDelta = TimeDelta::minutes(2);

pub async fn subscriptions(engine: &Engine, owner: UserId, page: &PageQuery) -> Result<Page<Subscription>> {
    Ok(subscriptions::list(&engine.db, owner, page).await?)
}

/// The user's subscription to a source; none if the user does not follow it.
pub async fn subscription_of(
    engine: &Engine,
    owner: UserId,
    source: SourceId,
) -> Result<Option<Subscription>> {
    Ok(subscriptions::of_source(&engine.db, owner, source).await?)
}

/// Subscribes to a known or new source and queues a refresh of its feed.
pub async fn subscribe(engine: &Engine, owner: UserId, new: NewSubscription) -> Result<Subscription> {
    let priority = check_priority(new.priority.unwrap_or(PRIORITY_DEFAULT))?;
    let NewSubscription { username, password, .. } = new;
    let (source_id, feed_url) = match (new.source_id, new.feed_url) {
        (Some(id), None) => {
            let found = source(engine, owner, id).await?;
            match feed_login::login(username.clone(), password.clone()).is_some_and(|login| !login.is_empty())
            {
                true => {
                    let feed_url = found.feed_url;
                    find_or_add(
                        engine,
                        owner,
                        &NewSource { feed_url, username, password, ..Default::default() },
                    )
                    .await?
                }
                false => (found.id, found.feed_url),
            }
        }
        (None, Some(feed_url)) => {
            find_or_add(engine, owner, &NewSource { feed_url, username, password, ..Default::default() })
                .await?
        }
        _ => return Err(Refusal::field("source_id", "Give either source_id or feed_url.").into()),
    };
    let mut work = engine.begin().await?;
    let id = subscriptions::upsert(&*work, owner, source_id, priority, engine.now()).await?;
    work.push(&refresh::RefreshSource::of(source_id, &feed_url)).await?;
    work.commit().await?;
    subscription(engine, owner, id).await
}

/// Subscribes to several known sources in one transaction, and queues a refresh of each. Subscriptions that
/// exist stay as they are.
pub async fn subscribe_all(engine: &Engine, owner: UserId, ids: &[SourceId]) -> Result<()> {
    let mut work = engine.begin().await?;
    let mut added = Vec::new();
    for id in ids {
        let found = sources::get(&*work, owner, *id, engine.now()).await?;
        let found = found.ok_or_else(|| {
            Refusal::field("sources", "One of these sources is no longer here. Reload the page.")
        })?;
        if found.subscription_id.is_none() {
            subscriptions::upsert(&*work, owner, *id, PRIORITY_DEFAULT, engine.now()).await?;
            added.push(refresh::RefreshSource::of(*id, &found.feed_url));
        }
    }
    // Pushed last and in one order: a pushed job that exists stays locked until the commit.
    for refresh in &added {
        work.push(refresh).await?;
    }
    work.commit().await
}

/// Changes the given fields and keeps the others.
pub async fn change_subscription(
    engine: &Engine,
    owner: UserId,
    id: SubscriptionId,
    change: SubscriptionChange,
) -> Result<Subscription> {
    let known = subscription(engine, owner, id).await?;
    let priority = check_priority(change.priority.unwrap_or(known.priority))?;
    let typed = private::LoginChange { username: change.username, password: change.password };
    let mut rules = change.rules.unwrap_or(known.rules).check()?;
    // The default is not stored, so that it changes with the source if that becomes a serial.
    rules.begin = rules.begin.filter(|begin| *begin != Begin::usual(known.is_serial));
    let ahead = change.ahead.unwrap_or(known.ahead).check()?;
    let mut work = engine.begin().await?;
    subscriptions::change(&*work, owner, id, priority, &rules, ahead).await?;
    push_prefetch(&mut work, known.source_id).await?;
    work.commit().await?;
    if !typed.is_nothing() {
        private::change_login_of_subscription(engine, owner, id, known.source_id, &typed).await?;
    }
    subscription(engine, owner, id).await
}

/// Ends a subscription. It can be restored with its rules for as long as a deleted download.
pub async fn unsubscribe(engine: &Engine, owner: UserId, id: SubscriptionId) -> Result<()> {
    let work = engine.begin().await?;
    if !subscriptions::delete(&*work, owner, id, engine.now()).await? {
        return Err(Refusal::missing("subscription").into());
    }
    work.commit().await
}

/// Restores a subscription that was ended a moment ago, with its priority and rules.
pub async fn resubscribe(engine: &Engine, owner: UserId, id: SubscriptionId) -> Result<Subscription> {
    let mut work = engine.begin().await?;
    let Some(source) = subscriptions::deleted_source(&*work, owner, id).await? else {
        drop(work);
        return match subscriptions::get(&engine.db, owner, id).await? {
            Some(known) => Ok(known),
            None => Err(Refusal::conflict("The time to undo this is over. Subscribe to it again.").into()),
        };
    };
    if !subscriptions::restore(&*work, owner, id).await? {
        return Err(Refusal::conflict("You follow this source again already.").into());
    }
    push_prefetch(&mut work, source).await?;
    work.commit().await?;
    subscription(engine, owner, id).await
}

/// Subscriptions that can still be restored, the latest end first.
pub async fn recently_unsubscribed(engine: &Engine, owner: UserId) -> Result<Vec<DeletedSubscription>> {
    Ok(subscriptions::deleted_since(&engine.db, owner, engine.now() - UNDO_GRACE).await?)
}

async fn subscription(engine: &Engine, owner: UserId, id: SubscriptionId) -> Result<Subscription> {
    let found = subscriptions::get(&engine.db, owner, id).await?;
    Ok(found.ok_or_else(|| Refusal::missing("subscription"))?)
}

fn check_priority(priority: i64) -> Result<i64, Refusal> {
    match priority {
        1..=5 => Ok(priority),
        _ => Err(Refusal::field("priority", "Choose between 1 (low) and 5 (high).")),
    }
}
