//! Copies that their devices were to fetch and have not.

use super::super::sql::{all, args, row, sql};
use super::super::{ConnectionTrait, DbErr};
use super::awaiting;
use crate::{DateTime, DeviceId, DownloadId, UserId, Utc};

/// Copy that its device was to fetch and has not, because it was not seen for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbandonedCopy {
    pub user_id: UserId,
    pub device_id: DeviceId,
    pub download_id: DownloadId,
}
row!(AbandonedCopy { user_id, device_id, download_id });

/// Copies that are still to be fetched by devices last seen before a time, at most 500, ordered by owner.
pub async fn abandoned(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> Result<Vec<AbandonedCopy>, DbErr> {
    let sql = sql!(
        "SELECT c.user_id, c.device_id, c.download_id FROM copy c JOIN device v ON v.id = c.device_id
         WHERE v.last_seen_at < $1 AND c.state IN {} ORDER BY c.user_id, c.device_id, c.download_id LIMIT 500",
        awaiting()
    );
    all(db, sql, args![before]).await
}
