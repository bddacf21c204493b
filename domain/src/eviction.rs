//! Evictions: downloads removed by the program, each with title, size and reason.

use serde::{Deserialize, Serialize};

use super::size::size;
use super::{DateTime, DownloadId, EvictionId, Utc};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Eviction {
    pub id: EvictionId,
    /// None once the download has been deleted.
    pub download_id: Option<DownloadId>,
    pub title: String,
    pub bytes: i64,
    /// Reason as shown to the user: "played, oldest, 38 MB".
    pub reason: String,
    pub at: DateTime<Utc>,
}

/// Cause of an eviction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The user's own limit.
    Limit,
    /// The disk shared by all users.
    Disk,
    /// Expiry, without lack of disk space.
    Time,
}

/// Reason for evicting this download, such as "played, oldest, 38 MB".
pub fn reason(cause: Cause, played: bool, bytes: i64) -> String {
    let played = if played { "played" } else { "not played" };
    let why = match cause {
        Cause::Limit => "oldest",
        Cause::Disk => "oldest on a full disk",
        Cause::Time => "its time was over",
    };
    format!("{played}, {why}, {}", size(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_read_by_a_person() {
        assert_eq!(reason(Cause::Limit, true, 38_000_000), "played, oldest, 38 MB");
        assert_eq!(reason(Cause::Time, false, 950), "not played, its time was over, 950 B");
    }
}
