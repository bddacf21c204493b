//! Sizes that are checked against limits once they are known.

use super::super::sql::{args, execute, sql, value};
use super::super::{ConnectionTrait, DbErr};
use super::transitions;
use crate::{DownloadId, RunId, UserId};

/// Stores the actual size of a waiting download. False if it does not wait any more.
pub async fn resize(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
    bytes: i64,
) -> Result<bool, DbErr> {
    let sql = sql!(
        "UPDATE download SET bytes_total = $3
         WHERE user_id = $1 AND id = $2 AND status IN {waiting}",
        waiting = transitions::awaiting()
    );
    Ok(execute(db, sql, args![owner, id, bytes]).await? > 0)
}

/// Total size of a run's downloads that are ready or in progress.
pub async fn bytes_of_run(db: &impl ConnectionTrait, owner: UserId, run: RunId) -> Result<i64, DbErr> {
    let sql = sql!(
        "SELECT CAST(COALESCE(SUM(bytes_total), 0) AS BIGINT) FROM download
         WHERE user_id = $1 AND run_id = $2 AND (status IN {open} OR status = 'ready')",
        open = transitions::open()
    );
    Ok(value(db, sql, args![owner, run]).await?.unwrap_or_default())
}
