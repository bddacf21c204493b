//! Networks that users have signed in from.

use super::sql::{args, execute, value};
use super::{ConnectionTrait, DbErr};
use crate::{DateTime, UserId, Utc};

/// Whether the user has signed in from any network.
pub async fn any(db: &impl ConnectionTrait, owner: UserId) -> Result<bool, DbErr> {
    let sql = "SELECT COUNT(*) FROM known_network WHERE user_id = $1";
    Ok(value::<i64>(db, sql, args![owner]).await?.unwrap_or_default() > 0)
}

/// Records a sign-in from a network. False if it is the first one from there.
pub async fn record(
    db: &impl ConnectionTrait,
    owner: UserId,
    network: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE known_network SET seen_at = $3 WHERE user_id = $1 AND network = $2";
    if execute(db, sql, args![owner, network, now]).await? > 0 {
        return Ok(true);
    }
    let sql = "INSERT INTO known_network (user_id, network, seen_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, network) DO NOTHING";
    execute(db, sql, args![owner, network, now]).await.map(|_| false)
}

/// Deletes networks of the user that were not seen since a time.
pub async fn delete_before(
    db: &impl ConnectionTrait,
    owner: UserId,
    before: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "DELETE FROM known_network WHERE user_id = $1 AND seen_at < $2";
    execute(db, sql, args![owner, before]).await.map(|_| ())
}
