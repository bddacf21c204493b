//! Copies of downloads in a browser's storage, and the messages between a page and its device worker.

use serde::{Deserialize, Serialize};

use super::download::{Download, DownloadStatus, file_url};
use super::reading::Reading;
use super::source::Kind;
use super::{DownloadId, ItemId, SourceId};

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
            Wanted => matches!(next, OnItsWay | Held | Failed),
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
}

impl LocalCopy {
    /// The copy that a download may have. `None` unless it is ready, and audio, video or text.
    pub fn of(download: &Download) -> Option<Self> {
        let mime_type = download.mime_type.clone().filter(|_| download.status == DownloadStatus::Ready)?;
        let sha256 = download.sha256.clone()?;
        ["audio/", "video/", "text/"].iter().any(|kind| mime_type.starts_with(kind)).then(|| Self {
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
        })
    }

    /// Whether the sanitised text is kept, rather than the file.
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
mod tests {
    use super::LocalCopyState::{self, *};
    use super::*;

    fn copy(mime_type: &str) -> LocalCopy {
        LocalCopy {
            download_id: DownloadId(7),
            item_id: ItemId(3),
            title: "Night trains".into(),
            source_id: SourceId(1),
            source_name: "The Long Platform".into(),
            kind: Kind::Podcast,
            mime_type: mime_type.into(),
            duration_seconds: Some(60),
            bytes: Some(9),
            sha256: "ab".repeat(32),
            state: Wanted,
            flushed: 0,
            failure: None,
            seconds: 0.0,
            finished: false,
            wanted_at: 0.0,
        }
    }

    #[test]
    fn a_copy_is_held_only_after_it_was_checked() {
        let all = [Wanted, OnItsWay, Checking, Held, Failed];
        // A text is stored in one step and needs no check of its own.
        let to_held: Vec<LocalCopyState> = all.into_iter().filter(|state| state.may_become(Held)).collect();
        assert_eq!(to_held, [Wanted, Checking]);
        assert!(all.into_iter().all(|state| !state.may_become(state)));
        assert!(all.into_iter().all(|state| state == Wanted || state.may_become(Wanted)));
    }

    #[test]
    fn the_address_of_a_copy_names_vault_hash_and_type() {
        let url = copy("audio/mpeg; charset=x").file_url("0123456789abcdef");
        let hash = "ab".repeat(32);
        assert_eq!(url, format!("/api/v1/downloads/7/file?device=0123456789abcdef/{hash}&type=audio/mpeg"));
        assert!(copy("audio/x+y").file_url("0").ends_with("&type=audio/x%2By"));
    }
}
