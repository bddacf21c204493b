//! Prefetch plans: which items of a source, for which subscription, and their maximum size.

use super::sql::{all, args, execute, listed, row, sql, value, values};
use super::{ConnectionTrait, DbErr};
use crate::{ItemId, SourceId, SubscriptionId, UserId};

/// Subscription that prefetches items of a source, or did until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follower {
    pub subscription_id: SubscriptionId,
    pub user_id: UserId,
}
row!(Follower { subscription_id, user_id });

pub async fn followers(db: &impl ConnectionTrait, source: SourceId) -> Result<Vec<Follower>, DbErr> {
    all(
        db,
        "SELECT b.id AS subscription_id, b.user_id FROM subscription b WHERE b.source_id = $1 AND (b.ahead_items > 0
             OR EXISTS (SELECT 1 FROM ahead a WHERE a.subscription_id = b.id)) ORDER BY b.id",
        args![source],
    )
    .await
}

/// Item of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub item: ItemId,
    pub media_url: String,
    /// Maximum size of its file.
    pub bytes_most: i64,
}

/// Replaces a subscription's plan.
pub async fn plan(
    db: &impl ConnectionTrait,
    subscription: SubscriptionId,
    planned: &[Planned],
) -> Result<(), DbErr> {
    execute(db, "DELETE FROM ahead WHERE subscription_id = $1", args![subscription]).await?;
    let sql = "INSERT INTO ahead (subscription_id, item_id, media_url, bytes_most) VALUES ($1, $2, $3, $4)";
    for Planned { item, media_url, bytes_most } in planned {
        execute(db, sql, args![subscription, *item, media_url.as_str(), *bytes_most]).await?;
    }
    Ok(())
}

pub async fn is_planned(db: &impl ConnectionTrait, media_url: &str) -> Result<bool, DbErr> {
    let found: Option<i64> =
        value(db, "SELECT item_id FROM ahead WHERE media_url = $1 LIMIT 1", args![media_url]).await?;
    Ok(found.is_some())
}

/// Those of these addresses that are in any plan.
pub async fn planned_among(db: &impl ConnectionTrait, urls: &[&str]) -> Result<Vec<String>, DbErr> {
    let mut args = Vec::new();
    let urls = listed(urls.iter().copied(), &mut args);
    let sql = sql!("SELECT DISTINCT media_url FROM ahead WHERE media_url IN ({urls})");
    values(db, sql, args).await
}

/// Whether any plan allows less than the actual size.
pub async fn is_too_large(db: &impl ConnectionTrait, media_url: &str, bytes: i64) -> Result<bool, DbErr> {
    let sql = "SELECT item_id FROM ahead WHERE media_url = $1 AND bytes_most < $2 LIMIT 1";
    Ok(value::<ItemId>(db, sql, args![media_url, bytes]).await?.is_some())
}

/// Removes a file from plans it is too large for and stores its size in the items. Returns the number of
/// rows.
pub async fn leave_out(db: &impl ConnectionTrait, media_url: &str, bytes: i64) -> Result<u64, DbErr> {
    let sql = "DELETE FROM ahead WHERE media_url = $1 AND bytes_most < $2";
    let left_out = execute(db, sql, args![media_url, bytes]).await?;
    if left_out > 0 {
        execute(db, "UPDATE item SET media_bytes = $2 WHERE media_url = $1", args![media_url, bytes]).await?;
    }
    Ok(left_out)
}

/// Planned addresses that are neither stored nor being fetched, newest items first.
pub async fn missing(db: &impl ConnectionTrait, limit: i64) -> Result<Vec<String>, DbErr> {
    values(
        db,
        "SELECT a.media_url FROM ahead a JOIN item i ON i.id = a.item_id WHERE i.availability = 'cacheable'
         GROUP BY a.media_url ORDER BY MAX(i.id) DESC LIMIT $1",
        args![limit],
    )
    .await
}

/// Number of planned addresses that are being fetched.
pub async fn under_way(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(DISTINCT a.media_url) FROM ahead a JOIN item i ON i.id = a.item_id
        WHERE i.availability = 'caching'";
    Ok(value(db, sql, args![]).await?.unwrap_or_default())
}
