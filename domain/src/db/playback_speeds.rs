//! Playback rates that users chose for sources.

use super::sql::{args, execute, value};
use super::{ConnectionTrait, DbErr};
use crate::{SourceId, UserId};

pub async fn get(db: &impl ConnectionTrait, owner: UserId, source: SourceId) -> Result<Option<f64>, DbErr> {
    let sql = "SELECT speed FROM playback_speed WHERE user_id = $1 AND source_id = $2";
    value(db, sql, args![owner, source]).await
}

pub async fn put(
    db: &impl ConnectionTrait,
    owner: UserId,
    source: SourceId,
    speed: f64,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO playback_speed (user_id, source_id, speed) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, source_id) DO UPDATE SET speed = excluded.speed";
    execute(db, sql, args![owner, source, speed]).await.map(|_| ())
}
