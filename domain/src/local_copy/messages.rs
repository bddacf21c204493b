//! Messages between a page and its device worker.

use serde::{Deserialize, Serialize};

use super::{LocalCopy, LocalPosition};
use crate::plan::view::PlannedDeparture;
use crate::reading::Reading;
use crate::{DeviceId, DownloadId};

/// Storage of this browser, with all copies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LocalState {
    /// Directory of the user's copies. `None` before the first contact with the server.
    pub vault: Option<String>,
    /// Whether the session has ended: the copies are not shown until the user signs in again.
    pub is_locked: bool,
    /// This browser among the user's devices. `None` before it has kept something.
    pub device_id: Option<DeviceId>,
    /// Whether the user has revoked this device: everything was deleted.
    pub is_revoked: bool,
    /// Reason for which the server does not register this browser.
    pub refusal: Option<String>,
    pub copies: Vec<LocalCopy>,
    /// Departures by the latest plan.
    #[serde(default)]
    pub plan: Vec<PlannedDeparture>,
    /// Bytes in use by this site, as the browser estimates.
    pub used: f64,
    /// Whether the browser promised not to evict.
    pub is_persisted: bool,
}

/// Request of a page to its device worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceRequest {
    Keep(Box<LocalCopy>),
    /// Makes this browser one of the user's devices, for which copies are planned.
    Register,
    Remove(DownloadId),
    Retry(DownloadId),
    Position(LocalPosition),
    /// Answered by a report with the text.
    Read(DownloadId),
    /// The connection is back, or the page is visible again.
    Wake,
    /// Deletes everything of a vault, by default of the user who was signed in last, after an attempt to send
    /// the positions.
    Purge(Option<String>),
}

/// Report of a device worker to its page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceReport {
    State(LocalState),
    /// Bytes of a copy that have arrived.
    Progress(DownloadId, i64),
    Text(DownloadId, Option<Box<Reading>>),
    Purged,
    /// This browser has no storage for files, such as in a private window.
    Unsupported,
}
