//! Copies of downloads in a browser's storage, and the messages between a page and its device worker.

use serde::{Deserialize, Serialize};

use super::copy::{CopyClaim, HoldReason};
use super::download::{Download, DownloadStatus, file_url};
use super::reading::Reading;
use super::source::Kind;
use super::{DateTime, DeviceId, DownloadId, ItemId, SourceId, Utc};

/// State of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocalCopyState {
    Wanted,
    OnItsWay,
    /// Read back and hashed.
    Checking,
    /// The file's SHA-256, read back, is that of the download.
    Held,
    Failed,
}

impl LocalCopyState {
    /// Whether a transition is legal. A retry is the transition back to `wanted`.
    pub fn may_become(self, next: Self) -> bool {
        use LocalCopyState::*;
        match self {
            Wanted => matches!(next, OnItsWay | Failed),
            OnItsWay => matches!(next, Wanted | Checking | Failed),
            Checking => matches!(next, Wanted | Held | Failed),
            Held | Failed => matches!(next, Wanted),
        }
    }

    /// Whether bytes are missing and will be fetched without the user.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Wanted | Self::OnItsWay | Self::Checking)
    }
}

/// Reason why a copy failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyFailure {
    /// The browser's storage is full.
    Full,
    /// The server has no such file any more.
    Gone,
    /// The hash of the file was wrong twice.
    Damaged,
    /// The browser refused to store it, for another reason than room.
    Refused,
}

/// A download on this device, or on its way to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalCopy {
    pub download_id: DownloadId,
    pub item_id: ItemId,
    pub title: String,
    pub source_id: SourceId,
    pub source_name: String,
    pub kind: Kind,
    pub mime_type: String,
    pub duration_seconds: Option<i64>,
    pub bytes: Option<i64>,
    /// Hash of the download, under which the file is stored.
    pub sha256: String,
    pub state: LocalCopyState,
    /// Bytes of an unfinished file that were flushed.
    pub flushed: i64,
    pub failure: Option<CopyFailure>,
    /// Playback position in seconds.
    #[serde(default)]
    pub seconds: f64,
    #[serde(default)]
    pub finished: bool,
    /// Time of the request by the browser's clock, in milliseconds. Oldest first.
    #[serde(default)]
    pub wanted_at: f64,
    /// Time at which the finished file was read back with its hash, by the browser's clock.
    #[serde(default)]
    pub checked_at: Option<DateTime<Utc>>,
    /// Time of the latest proof to the server that the file is here, by the server's clock.
    #[serde(default)]
    pub proved_at: Option<DateTime<Utc>>,
    /// Reason for which the server does not hand it out now.
    #[serde(default)]
    pub held_back: Option<HoldReason>,
}

/// Whether a device keeps files of a type: audio, video and text.
pub fn can_be_kept(mime_type: &str) -> bool {
    ["audio/", "video/", "text/"].iter().any(|kind| mime_type.starts_with(kind))
}

impl LocalCopy {
    /// The copy that a download may have. `None` unless it is ready, and audio, video or text.
    pub fn of(download: &Download) -> Option<Self> {
        let mime_type = download.mime_type.clone().filter(|_| download.status == DownloadStatus::Ready)?;
        let sha256 = download.sha256.clone()?;
        can_be_kept(&mime_type).then(|| Self {
            download_id: download.id,
            item_id: download.item_id,
            title: download.title.clone(),
            source_id: download.source_id,
            source_name: download.source_name.clone(),
            kind: download.kind,
            mime_type,
            duration_seconds: download.duration_seconds,
            bytes: download.bytes_total,
            sha256,
            state: LocalCopyState::Wanted,
            flushed: 0,
            failure: None,
            seconds: 0.0,
            finished: false,
            wanted_at: 0.0,
            checked_at: None,
            proved_at: None,
            held_back: None,
        })
    }

    /// The copy as the device's inventory lists it. `None` while it has no bytes.
    pub fn claim(&self) -> Option<CopyClaim> {
        let (bytes, checked_at) = match self.state {
            LocalCopyState::Held => (self.bytes?, Some(self.checked_at?)),
            LocalCopyState::Checking => (self.bytes?, None),
            LocalCopyState::OnItsWay | LocalCopyState::Wanted => (self.flushed, None),
            LocalCopyState::Failed => return None,
        };
        let sha256 = self.sha256.clone();
        (bytes > 0).then_some(CopyClaim { download_id: self.download_id, sha256, bytes, checked_at })
    }

    /// Starts the transfer anew, of a file with this hash.
    pub fn restart(&mut self, sha256: &str) {
        (self.state, self.failure, self.flushed) = (LocalCopyState::Wanted, None, 0);
        (self.checked_at, self.proved_at) = (None, None);
        sha256.clone_into(&mut self.sha256);
    }

    /// Whether the sanitised text is kept beside the file.
    pub fn is_text(&self) -> bool {
        self.mime_type.starts_with("text/")
    }

    /// Address of the file, which the service worker serves from the device.
    pub fn file_url(&self, vault: &str) -> String {
        let mime = self.mime_type.split(';').next().unwrap_or_default().trim().replace('+', "%2B");
        format!("{}?device={vault}/{}&type={mime}", file_url(self.download_id), self.sha256)
    }
}

/// Playback position on a device, sent to the server once there is a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalPosition {
    pub item_id: ItemId,
    pub seconds: f64,
    pub finished: bool,
    pub speed: f64,
    /// Time of the play by the browser's clock (RFC 3339).
    pub at: String,
    /// Whether the server still has to be told.
    pub is_unsent: bool,
}

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
    Remove(DownloadId),
    Retry(DownloadId),
    Position(LocalPosition),
    /// Answered by a report with the text.
    Read(DownloadId),
    /// The connection is back, or the page is visible again.
    Wake,
    /// Deletes everything of all users, after an attempt to send the positions.
    Purge,
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

#[cfg(test)]
mod tests;
