//! Copies that devices are still to fetch.

use super::super::sql::json::numbers_in;
use super::super::sql::{all, args, row, sql, to_json};
use super::super::{ConnectionTrait, DbErr};
use super::awaiting;
use crate::copy::CopyState;
use crate::{DateTime, DeviceId, DownloadId, UserId, Utc};

/// Copy that its device is still to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwaitedCopy {
    pub user_id: UserId,
    pub device_id: DeviceId,
    pub download_id: DownloadId,
    pub state: CopyState,
}
row!(AwaitedCopy { user_id, device_id, download_id, state });

/// Copies that are still to be fetched by devices last seen before a time, at most 500, ordered by owner.
pub async fn abandoned(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<Vec<AwaitedCopy>, DbErr> {
    let sql = sql!(
        "SELECT c.user_id, c.device_id, c.download_id, c.state FROM copy c JOIN device v ON v.id = c.device_id
         WHERE v.last_seen_at < $1 AND c.state IN {} ORDER BY c.user_id, c.device_id, c.download_id LIMIT 500",
        awaiting()
    );
    all(db, sql, args![before]).await
}

/// Those of these downloads.
pub async fn awaited_among(
    db: &impl ConnectionTrait,
    downloads: &[DownloadId],
) -> Result<Vec<AwaitedCopy>, DbErr> {
    let listed = numbers_in(db, 1);
    let sql = sql!(
        "SELECT user_id, device_id, download_id, state FROM copy WHERE download_id IN ({listed}) AND state IN {}
         ORDER BY user_id, device_id, download_id",
        awaiting()
    );
    all(db, sql, args![to_json(&downloads)?]).await
}
