//! Exports: all that the server knows of a user, as one file.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{DateTime, Utc};

/// Time for which an export can be downloaded.
pub const LASTS: TimeDelta = TimeDelta::hours(24);
/// Maximum number of exports per user within a day.
pub const MAX_A_DAY: usize = 10;
/// Path of the file in the REST API.
pub const FILE_URL: &str = "/api/v1/account/export/file";
/// Name under which a browser saves the file.
pub const FILE_NAME: &str = "smartcache-export.jsonl.gz";
pub const MIME_TYPE: &str = "application/gzip";

words! {
    ExportState {
        Preparing = "preparing",
        Ready = "ready",
        Failed = "failed",
    }
}

/// Export of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Export {
    pub state: ExportState,
    pub requested_at: DateTime<Utc>,
    pub ready_at: Option<DateTime<Utc>>,
    /// End of the time in which the file can be downloaded.
    pub expires_at: Option<DateTime<Utc>>,
    pub bytes: Option<i64>,
    /// SHA-256 of the file, in lower-case hex.
    pub sha256: Option<String>,
    /// Path of the file, once it is ready.
    pub url: Option<String>,
}
