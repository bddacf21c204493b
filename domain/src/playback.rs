//! Playback of items: positions, the play queue and the speed, as clients send and read them.

mod listening;
mod merge;

use serde::{Deserialize, Serialize};

use super::download::{Download, DownloadStatus, file_url};
use super::refusal::{Complaints, Refusal};
use super::source::Kind;
use super::{DateTime, DownloadId, ItemId, SourceId, Utc};

pub use listening::{
    ABANDONED_AFTER, DayListening, HourListening, ListenedTime, ListeningReport, PickListening,
    SourceListening, TopicListening, minutes, quarter_hour,
};
pub use merge::{ClockCorrection, Play, Playback, merged};

/// Largest position, in seconds: a week.
pub(crate) const MAX_SECONDS: f64 = 604_800.0;
/// Position from which an item counts as begun, in seconds.
pub const BEGUN: f64 = 10.0;
/// Maximum length of a device's name.
const MAX_DEVICE: usize = 60;
pub const MIN_SPEED: f64 = 0.5;
pub const MAX_SPEED: f64 = 3.0;
/// Maximum number of items in the play queue.
pub const MAX_QUEUE: usize = 500;

/// Position of a user in an item, merged over all devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaybackPosition {
    pub item_id: ItemId,
    pub seconds: f64,
    pub finished: bool,
    /// Time of the newest play by the server's clock. None if the item was never played.
    pub at: Option<DateTime<Utc>>,
    /// Number of changes so far. A client sends the newest one it knows with its next position.
    pub rev: i64,
    /// Device of the newest play, as it named itself.
    pub device: Option<String>,
    /// Length of the item. None if its feed does not announce one.
    pub duration_seconds: Option<i64>,
    /// Position that lost against this one, offered for a day.
    pub other: Option<OtherPosition>,
}

impl PlaybackPosition {
    /// Position of an item now, without an offer whose time is over.
    pub fn of(
        item_id: ItemId,
        duration_seconds: Option<i64>,
        playback: Option<&Playback>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            item_id,
            seconds: playback.map_or(0.0, |it| it.seconds),
            finished: playback.is_some_and(Playback::is_finished),
            at: playback.map(|it| it.at),
            rev: playback.map_or(0, |it| it.rev),
            device: playback.and_then(|it| it.device.clone()),
            duration_seconds,
            other: playback.and_then(|it| it.other.clone()).filter(|other| other.until > now),
        }
    }
}

/// Position of another device that lost a merge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OtherPosition {
    pub seconds: f64,
    /// Time of its play by the server's clock.
    pub at: DateTime<Utc>,
    pub device: Option<String>,
    /// Time until which it is offered.
    pub until: DateTime<Utc>,
}

/// Position as a player sends it, every few seconds and at each pause.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPosition {
    pub seconds: f64,
    /// Marks the item as finished. False does not take that back.
    #[serde(default)]
    pub finished: bool,
    /// Marks a finished item as unfinished.
    #[serde(default)]
    pub reopen: bool,
    /// Time of the play by the device's clock; the arrival by default.
    #[serde(default)]
    pub at: Option<DateTime<Utc>>,
    /// Time of sending by the device's clock, from which the clock's error is measured.
    #[serde(default)]
    pub sent_at: Option<DateTime<Utc>>,
    /// Newest `rev` that the client knows.
    #[serde(default)]
    pub rev: Option<i64>,
    /// Playback rate at that time.
    #[serde(default)]
    pub speed: Option<f64>,
    /// Name of the device, as the user may read it: "Firefox on Linux".
    #[serde(default)]
    pub device: Option<String>,
}

impl NewPosition {
    /// # Errors
    /// Invalid, naming every wrong field. Times are never wrong: they are corrected.
    pub fn check(self) -> Result<Self, Refusal> {
        let device = self.device.as_deref().map(|name| name.replace(char::is_control, "").trim().to_owned());
        let device = device.filter(|name| !name.is_empty());
        let mut complaints = Complaints::default();
        let is_position = (0.0..=MAX_SECONDS).contains(&self.seconds);
        complaints.check(is_position, "seconds", format!("Give 0 to {MAX_SECONDS} seconds from the start."));
        let is_speed = self.speed.is_none_or(|speed| (MIN_SPEED..=MAX_SPEED).contains(&speed));
        complaints.check(is_speed, "speed", format!("Give a speed from {MIN_SPEED} to {MAX_SPEED}."));
        complaints.check(self.rev.is_none_or(|rev| rev >= 0), "rev", "Send the rev that you have read.");
        complaints.check(
            !(self.finished && self.reopen),
            "reopen",
            "An item is either finished or reopened, not both.",
        );
        complaints.check(
            device.as_ref().is_none_or(|name| name.chars().count() <= MAX_DEVICE),
            "device",
            format!("Keep the name under {MAX_DEVICE} characters."),
        );
        complaints.finish()?;
        // Whole milliseconds, so that a position reads back equal.
        Ok(Self { seconds: (self.seconds * 1_000.0).round() / 1_000.0, device, ..self })
    }
}

/// Playback rate of a source.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlaybackSpeed {
    pub speed: f64,
}

impl PlaybackSpeed {
    pub const NORMAL: Self = Self { speed: 1.0 };

    /// # Errors
    /// Invalid, naming the field `speed`, outside 0.5 to 3 or between two steps of 0.05.
    pub fn check(self) -> Result<Self, Refusal> {
        let steps = (self.speed * 20.0).round();
        let is_step = (self.speed * 20.0 - steps).abs() < 1e-6;
        if is_step && (MIN_SPEED..=MAX_SPEED).contains(&(steps / 20.0)) {
            return Ok(Self { speed: steps / 20.0 });
        }
        let why = format!("Choose a speed from {MIN_SPEED} to {MAX_SPEED} in steps of 0.05.");
        Err(Refusal::field("speed", why))
    }
}

/// Item as the player shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlayableItem {
    pub item_id: ItemId,
    pub title: String,
    pub source_id: SourceId,
    pub source_name: String,
    pub kind: Kind,
    /// Hash of the picture that is kept for it (`GET /covers/{hash}`).
    pub cover: Option<String>,
    pub duration_seconds: Option<i64>,
    pub seconds: f64,
    pub finished: bool,
    /// Time of the newest play.
    pub at: Option<DateTime<Utc>>,
    /// The user's ready download of it, whose file is played.
    pub download_id: Option<DownloadId>,
    /// Type of the download's file.
    pub mime_type: Option<String>,
}

impl PlayableItem {
    /// The file of a download, without a position. None unless it is ready, and audio or video.
    pub fn of(download: &Download) -> Option<Self> {
        let mime_type = download.mime_type.as_deref().filter(|_| download.status == DownloadStatus::Ready)?;
        (mime_type.starts_with("audio/") || mime_type.starts_with("video/")).then(|| Self {
            item_id: download.item_id,
            title: download.title.clone(),
            source_id: download.source_id,
            source_name: download.source_name.clone(),
            kind: download.kind,
            cover: download.cover.clone(),
            duration_seconds: download.duration_seconds,
            seconds: 0.0,
            finished: download.played_at.is_some(),
            at: download.played_at,
            download_id: Some(download.id),
            mime_type: Some(mime_type.to_owned()),
        })
    }

    /// Address of the file, if it is ready.
    pub fn file_url(&self) -> Option<String> {
        self.download_id.map(file_url)
    }
}

/// Play queue as a client sends it: the whole list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPlayQueue {
    pub item_ids: Vec<ItemId>,
}

/// Items to play next, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlayQueue {
    pub item_ids: Vec<ItemId>,
    pub items: Vec<PlayableItem>,
}

impl From<Vec<PlayableItem>> for PlayQueue {
    fn from(items: Vec<PlayableItem>) -> Self {
        Self { item_ids: items.iter().map(|item| item.item_id).collect(), items }
    }
}

#[cfg(test)]
mod tests;
