//! Deliveries of notifications on channels: a queue of rows, each with its attempts.

use super::sql::{all, args, execute, one, row, sql, value};
use super::{ConnectionTrait, DbErr};
use crate::channel::{DELAY, DeliveryState, MAX_WAITING, due_at};
use crate::notification::{Notification, NotificationKind};
use crate::preference::Preferences;
use crate::{ChannelDeliveryId, ChannelId, DateTime, NotificationId, UserId, Utc};

/// Channel that a notification is sent on, with its delivery of the notification that this one replaces.
struct WantedOn {
    id: ChannelId,
    delivery: Option<ChannelDeliveryId>,
    state: Option<DeliveryState>,
    at: Option<DateTime<Utc>>,
}
row!(WantedOn { id, delivery, state, at });

/// Pattern that finds a kind in the kinds of a channel.
fn pattern(kind: NotificationKind) -> String {
    format!("%\"{kind}\"%")
}

/// Queues a notification on all channels of its owner that want its kind. `replaced` is the notification in
/// whose place it stands. The caller holds the user's row.
pub async fn queue(
    db: &impl ConnectionTrait,
    owner: UserId,
    made: &Notification,
    replaced: Option<NotificationId>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "SELECT c.id, d.id AS delivery, d.state, COALESCE(d.ended_at, d.due_at) AS at FROM channel c
         LEFT JOIN channel_delivery d ON d.channel_id = c.id AND d.notification_id = $3
         WHERE c.user_id = $1 AND c.confirmed AND c.kinds LIKE $2 ORDER BY c.id";
    let replaced = replaced.unwrap_or(NotificationId(0));
    let wanted: Vec<WantedOn> = all(db, sql, args![owner, pattern(made.kind), replaced]).await?;
    if wanted.is_empty() {
        return Ok(());
    }
    let mut room = MAX_WAITING - waiting(db, owner).await?;
    for WantedOn { id, delivery, state, at } in wanted {
        let due = due_at(state.zip(at), now);
        if let (Some(delivery), Some(DeliveryState::Waiting)) = (delivery, state) {
            let sql = "UPDATE channel_delivery SET notification_id = $3, due_at = $4
                 WHERE user_id = $1 AND id = $2 AND state = 'waiting'";
            execute(db, sql, args![owner, delivery, made.id, due]).await?;
        } else if room > 0 {
            room -= 1;
            let sql = "INSERT INTO channel_delivery
                    (user_id, channel_id, notification_id, state, due_at, created_at)
                 VALUES ($1, $2, $3, 'waiting', $4, $5)";
            execute(db, sql, args![owner, id, made.id, due, now]).await?;
        }
    }
    Ok(())
}

/// Queues the notifications of a group that all users have, such as an announcement, on all channels that
/// want their kind.
pub async fn queue_for_all(
    db: &impl ConnectionTrait,
    kind: NotificationKind,
    group: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = sql!(
        "INSERT INTO channel_delivery (user_id, channel_id, notification_id, state, due_at, created_at)
         SELECT c.user_id, c.id, n.id, 'waiting', $3, $4 FROM channel c
         JOIN notification n ON n.user_id = c.user_id AND n.group_key = $1 AND n.read_at IS NULL
         WHERE c.confirmed AND c.kinds LIKE $2 AND (SELECT COUNT(*) FROM channel_delivery d
            WHERE d.user_id = c.user_id AND d.state = 'waiting') < {MAX_WAITING}"
    );
    execute(db, sql, args![group, pattern(kind), now + DELAY, now]).await.map(|_| ())
}

/// Number of a user's deliveries that wait.
async fn waiting(db: &impl ConnectionTrait, owner: UserId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM channel_delivery WHERE user_id = $1 AND state = 'waiting'";
    Ok(value(db, sql, args![owner]).await?.unwrap_or_default())
}

/// Delivery that is due.
pub struct DueDelivery {
    pub id: ChannelDeliveryId,
    pub user_id: UserId,
    pub due_at: DateTime<Utc>,
    /// None if the notification was deleted.
    pub kind: Option<NotificationKind>,
    pub preferences: Preferences,
}
row!(DueDelivery { id, user_id, due_at, kind; preferences });

/// Due deliveries of all users, in the order of their times.
pub async fn due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DueDelivery>, DbErr> {
    let sql = "SELECT d.id, d.user_id, d.due_at, n.kind, a.preferences FROM channel_delivery d
         JOIN account a ON a.id = d.user_id AND a.disabled_at IS NULL
         LEFT JOIN notification n ON n.id = d.notification_id
         WHERE d.state = 'waiting' AND d.due_at <= $1 ORDER BY d.due_at, d.id LIMIT $2";
    all(db, sql, args![now, limit]).await
}

/// Moves the time of a waiting delivery (compare-and-set).
pub async fn postpone(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ChannelDeliveryId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE channel_delivery SET due_at = $4
         WHERE user_id = $1 AND id = $2 AND due_at = $3 AND state = 'waiting'";
    Ok(execute(db, sql, args![owner, id, from, to]).await? > 0)
}

/// Makes the user's deliveries due that wait for their first attempt, after a change of the quiet hours.
pub async fn review(db: &impl ConnectionTrait, owner: UserId, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "UPDATE channel_delivery SET due_at = $2
         WHERE user_id = $1 AND state = 'waiting' AND attempts = 0 AND due_at > $2";
    execute(db, sql, args![owner, now + DELAY]).await.map(|_| ())
}

/// Delivery with its channel.
pub struct WaitingDelivery {
    pub id: ChannelDeliveryId,
    pub channel_id: ChannelId,
    pub notification_id: NotificationId,
    pub attempts: i64,
}
row!(WaitingDelivery { id, channel_id, notification_id, attempts });

/// A delivery, if it still waits.
pub async fn get(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ChannelDeliveryId,
) -> Result<Option<WaitingDelivery>, DbErr> {
    let sql = "SELECT id, channel_id, notification_id, attempts FROM channel_delivery
         WHERE user_id = $1 AND id = $2 AND state = 'waiting'";
    one(db, sql, args![owner, id]).await
}

/// Result of an attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryMove {
    pub to: DeliveryState,
    pub attempts: i64,
    /// Time of the next attempt of a delivery that goes on waiting.
    pub due_at: DateTime<Utc>,
    pub reason: Option<String>,
}

/// Records an attempt (compare-and-set). False if the delivery has changed meanwhile.
pub async fn advance(
    db: &impl ConnectionTrait,
    owner: UserId,
    from: &WaitingDelivery,
    to: DeliveryMove,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let ended_at = (to.to != DeliveryState::Waiting).then_some(now);
    let sql = "UPDATE channel_delivery SET state = $5, attempts = $6, due_at = $7, reason = $8, ended_at = $9
         WHERE user_id = $1 AND id = $2 AND notification_id = $3 AND attempts = $4 AND state = 'waiting'";
    let values = args![
        owner,
        from.id,
        from.notification_id,
        from.attempts,
        to.to,
        to.attempts,
        to.due_at,
        to.reason,
        ended_at
    ];
    Ok(execute(db, sql, values).await? > 0)
}

/// Notification to send, with the group that it replaces on a device. None if it was deleted.
pub struct NotificationToSend {
    pub notification: Notification,
    pub group: String,
}

impl sea_orm::FromQueryResult for NotificationToSend {
    fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let group = row.try_get(prefix, "group_key")?;
        Ok(Self { notification: Notification::from_query_result(row, prefix)?, group })
    }
}

pub async fn notification(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: NotificationId,
) -> Result<Option<NotificationToSend>, DbErr> {
    let sql = "SELECT id, kind, title, body, link, created_at, read_at, group_key FROM notification
         WHERE user_id = $1 AND id = $2";
    one(db, sql, args![owner, id]).await
}

/// Whether a text names a private source of the user, or an item of one. Titles are compared by their
/// beginnings, because texts of notifications are cut.
pub async fn names_private(db: &impl ConnectionTrait, owner: UserId, text: &str) -> Result<bool, DbErr> {
    let sql = "SELECT COUNT(*) FROM source s WHERE s.private_to = $1 AND (
            (LENGTH(s.name) > 2 AND REPLACE($2, SUBSTR(s.name, 1, 60), '') <> $2)
            OR EXISTS (SELECT 1 FROM item i WHERE i.source_id = s.id AND LENGTH(i.title) > 2
                AND REPLACE($2, SUBSTR(i.title, 1, 60), '') <> $2))";
    let found: Option<i64> = value(db, sql, args![owner, text]).await?;
    Ok(found.unwrap_or_default() > 0)
}

/// Deletes deliveries that ended before a time.
pub async fn delete_before(db: &impl ConnectionTrait, time: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM channel_delivery WHERE ended_at < $1", args![time]).await
}
