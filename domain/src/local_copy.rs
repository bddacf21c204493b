//! Copies of downloads in a browser's storage, and the messages between a page and its device worker.

mod messages;

use serde::{Deserialize, Serialize};

use super::copy::{CopyClaim, HoldReason};
use super::download::{Download, DownloadStatus, file_url};
use super::source::Kind;
use super::{DateTime, DownloadId, ItemId, SourceId, Utc};

pub use messages::{DeviceReport, DeviceRequest, LocalState};

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
    /// File of the download before it changed on the server. It plays until the present one is here.
    #[serde(default)]
    pub previous: Option<PreviousFile>,
    /// Whether a plan wants it, and not the user.
    #[serde(default)]
    pub is_planned: bool,
}

/// A whole file that the server has replaced since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviousFile {
    pub sha256: String,
    pub mime_type: String,
    pub bytes: Option<i64>,
}

/// Name of the lock that a page holds while it plays a file of a vault, so that the file stays.
pub fn playing_lock(vault: &str, sha256: &str) -> String {
    format!("smartcache.playing/{vault}/{sha256}")
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
            previous: None,
            is_planned: false,
        })
    }

    /// Hash, type and size of the whole file that is on this device: the present one, or that of before.
    pub fn file(&self) -> Option<(&str, &str, Option<i64>)> {
        if self.state == LocalCopyState::Held {
            return Some((&self.sha256, &self.mime_type, self.bytes));
        }
        self.previous.as_ref().map(|it| (&*it.sha256, &*it.mime_type, it.bytes))
    }

    /// The files of the copy as the device's inventory lists them, without those that have no bytes.
    pub fn claims(&self) -> impl Iterator<Item = CopyClaim> {
        let (bytes, checked_at) = match self.state {
            LocalCopyState::Held => (self.bytes.filter(|_| self.checked_at.is_some()), self.checked_at),
            LocalCopyState::Checking => (self.bytes, None),
            LocalCopyState::OnItsWay | LocalCopyState::Wanted => (Some(self.flushed), None),
            LocalCopyState::Failed => (None, None),
        };
        let present = (&self.sha256, bytes, checked_at);
        let previous = self.previous.as_ref().map(|it| (&it.sha256, it.bytes, None));
        [Some(present), previous].into_iter().flatten().filter_map(|(sha256, bytes, checked_at)| {
            let bytes = bytes.filter(|bytes| *bytes > 0)?;
            let (download_id, is_planned) = (self.download_id, self.is_planned);
            Some(CopyClaim { download_id, sha256: sha256.clone(), bytes, checked_at, is_planned })
        })
    }

    /// Starts the transfer anew, of a file with this hash. A whole file with another hash stays until then.
    pub fn restart(&mut self, sha256: &str) {
        if self.state == LocalCopyState::Held && self.sha256 != sha256 {
            let (sha256, mime_type) = (self.sha256.clone(), self.mime_type.clone());
            self.previous = Some(PreviousFile { sha256, mime_type, bytes: self.bytes });
        }
        (self.state, self.failure, self.flushed) = (LocalCopyState::Wanted, None, 0);
        (self.checked_at, self.proved_at) = (None, None);
        sha256.clone_into(&mut self.sha256);
    }

    /// Whether the sanitised text is kept beside the file.
    pub fn is_text(&self) -> bool {
        self.mime_type.starts_with("text/")
    }

    /// Address of the file, which the service worker serves from the device. `None` while none is here.
    pub fn file_url(&self, vault: &str) -> Option<String> {
        let (sha256, mime_type, _) = self.file()?;
        let mime = mime_type.split(';').next().unwrap_or_default().trim().replace('+', "%2B");
        Some(format!("{}?device={vault}/{sha256}&type={mime}", file_url(self.download_id)))
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
    pub delivery: PositionDelivery,
}

/// Whether the server has a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionDelivery {
    /// A request is under way. If its page is closed meanwhile, its outcome is not known.
    Underway,
    Delivered,
    Failed,
}

#[cfg(test)]
mod tests;
