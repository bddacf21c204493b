//! A contact of a device with the server: its request, its answer, and the proof that follows.

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use super::proof::{Challenge, is_hash};
use crate::copy::{CopyClaim, CopyReason, HoldReason, MAX_COPIES};
use crate::plan::view::PlannedDeparture;
use crate::playback::{MAX_SECONDS, PlaybackPosition};
use crate::refusal::{Complaints, Refusal};
use crate::source::Kind;
use crate::words::words;
use crate::{DateTime, DownloadId, ItemId, Utc};

/// Maximum number of events in one contact. A device with more of them sends the oldest first.
pub const MAX_EVENTS: usize = 500;
/// Largest number of bytes, of bytes per second, and of an inventory, that a device may tell.
const MAX_NUMBER: i64 = 1 << 50;
/// Maximum characters of the names that a device gives to its start and its build.
const MAX_WORD: usize = 64;

words! {
    DeviceEventKind {
        /// An uninterrupted play has reached `to`; it began at `from`.
        Play = "play",
        Finish = "finish", Reopen = "reopen",
        /// The user has removed the copy on the device.
        Drop = "drop",
        /// The user wants the download on the device.
        Keep = "keep",
    }
}

/// Event of a device's outbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceEvent {
    /// Number in the outbox, from 1 on and without gaps.
    pub seq: i64,
    pub kind: DeviceEventKind,
    #[serde(default)]
    pub item_id: Option<ItemId>,
    #[serde(default)]
    pub download_id: Option<DownloadId>,
    #[serde(default)]
    pub from: Option<f64>,
    #[serde(default)]
    pub to: Option<f64>,
    /// Time of the event by the device's clock.
    pub at: DateTime<Utc>,
    /// With `drop`: the download's `ready_at` that the device knew. The download is deleted too if it still
    /// is this one.
    #[serde(default)]
    pub ready_at: Option<DateTime<Utc>>,
}

impl DeviceEvent {
    /// The first field that is wrong, and what belongs there.
    fn complaint(&self) -> Option<(&'static str, &'static str)> {
        use DeviceEventKind::*;
        let is_position = |seconds: Option<f64>| seconds.is_none_or(|it| (0.0..=MAX_SECONDS).contains(&it));
        let of_item = matches!(self.kind, Play | Finish | Reopen);
        let (from, to) = (self.from.unwrap_or_default(), self.to.unwrap_or_default());
        [
            (self.seq < 1, "seq", "Number events from 1 on."),
            (of_item && self.item_id.is_none(), "item_id", "Name the item."),
            (!of_item && self.download_id.is_none(), "download_id", "Name the download."),
            (!is_position(self.from), "from", "Give seconds from the start, at most a week."),
            (!is_position(self.to), "to", "Give seconds from the start, at most a week."),
            (self.kind == Play && self.from.is_none(), "from", "Say where the play began."),
            (self.kind == Play && self.to.is_none(), "to", "Say how far the play got."),
            (self.kind == Play && from > to, "to", "A play ends after it began."),
        ]
        .into_iter()
        .find_map(|(is_wrong, field, why)| is_wrong.then_some((field, why)))
    }
}

/// Events that the server has not seen: those that follow `through` without a gap, in order. What comes after
/// a gap is sent again by the device, once it knows how far the server has got.
pub fn next_events(through: i64, mut events: Vec<DeviceEvent>) -> Vec<DeviceEvent> {
    events.sort_by_key(|event| event.seq);
    events.dedup_by_key(|event| event.seq);
    let mut next = through;
    events
        .into_iter()
        .skip_while(|event| event.seq <= through)
        .take_while(|event| {
            next += 1;
            event.seq == next
        })
        .collect()
}

/// Storage of a device, as its browser tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceStorage {
    #[serde(default)]
    pub used: Option<i64>,
    /// Whether the browser has promised to keep the data.
    #[serde(default)]
    pub persisted: Option<bool>,
}

/// Connection of a device, as its browser tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceLink {
    /// Bytes per second of its latest transfer.
    #[serde(default)]
    pub bps: Option<i64>,
    /// Whether it costs by the megabyte. None if the browser does not say: that counts as no.
    #[serde(default)]
    pub metered: Option<bool>,
}

/// Request of a contact. Fields that this version does not know are ignored, because a device may be newer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewContact {
    /// Name of the device's current start: contacts of one start are one visit.
    pub boot: String,
    /// Number of the inventory, which grows with each. A late one is ignored.
    pub rev: i64,
    /// Time of sending by the device's clock, from which the clock's error is measured.
    pub sent_at: DateTime<Utc>,
    #[serde(default)]
    pub events: Vec<DeviceEvent>,
    /// All bytes on the device.
    pub copies: Vec<CopyClaim>,
    #[serde(default)]
    pub storage: DeviceStorage,
    #[serde(default)]
    pub net: DeviceLink,
    #[serde(default)]
    pub build: Option<String>,
}

impl NewContact {
    /// # Errors
    /// Invalid, naming every wrong field; of events and of copies the first wrong one.
    pub fn check(mut self) -> Result<Self, Refusal> {
        let mut complaints = Complaints::default();
        let is_word = |word: &str| word.chars().count() <= MAX_WORD && !word.chars().any(char::is_control);
        let is_size = |bytes: Option<i64>| bytes.is_none_or(|bytes| (0..=MAX_NUMBER).contains(&bytes));
        let word = format!("Use at most {MAX_WORD} characters on one line.");
        complaints.check(is_word(&self.boot), "boot", word.clone());
        complaints.check(self.build.as_deref().is_none_or(is_word), "build", word);
        complaints.check(is_size(Some(self.rev)), "rev", "Count inventories up from 0.");
        complaints.check(is_size(self.storage.used), "storage.used", "Give the number of bytes.");
        complaints.check(is_size(self.net.bps), "net.bps", "Give bytes per second.");
        self.events = complaints.bounded(self.events, MAX_EVENTS, "events", "events");
        self.copies = complaints.bounded(self.copies, MAX_COPIES, "copies", "copies");
        let wrong = self.events.iter().enumerate().find_map(|(n, event)| Some((n, event.complaint()?)));
        if let Some((n, (field, why))) = wrong {
            complaints.check(false, &format!("events[{n}].{field}"), why);
        }
        let wrong = self.copies.iter().enumerate().find_map(|(n, copy)| Some((n, complaint_of(copy)?)));
        if let Some((n, (field, why))) = wrong {
            complaints.check(false, &format!("copies[{n}].{field}"), why);
        }
        complaints.finish()?;
        Ok(self)
    }

    /// Whether the device has sent all that it had: a full request may be a part.
    pub fn is_whole(&self) -> bool {
        self.events.len() < MAX_EVENTS
    }
}

/// The first field of an inventory's entry that is wrong, and what belongs there.
fn complaint_of(copy: &CopyClaim) -> Option<(&'static str, &'static str)> {
    let is_time = copy.checked_at.is_none_or(|at| (1970..10_000).contains(&at.year()));
    [
        (is_hash(&copy.sha256), "sha256", "Give 64 lower-case hexadecimal digits."),
        ((0..=MAX_NUMBER).contains(&copy.bytes), "bytes", "Give the number of bytes."),
        (is_time, "checked_at", "Give the time of the check."),
    ]
    .into_iter()
    .find_map(|(is_right, field, why)| (!is_right).then_some((field, why)))
}

/// Answer to a contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactAnswer {
    pub now: DateTime<Utc>,
    /// Number of the newest inventory that the server has. The next one must be larger.
    pub rev: i64,
    /// Number of the newest event that the server has. The device may forget events up to it.
    pub events_through: i64,
    /// Copies to fetch, in this order.
    pub want: Vec<WantedCopy>,
    /// Wanted copies that are not to be fetched now.
    pub held_back: Vec<HeldBackCopy>,
    /// Copies to remove.
    pub drop: Vec<DroppedCopy>,
    /// Positions in the items of the device's copies and events.
    pub positions: Vec<PlaybackPosition>,
    /// Slices to prove the copies by. None if there is nothing to prove.
    pub challenge: Option<Challenge>,
    /// Departures that the device is planned for, in order.
    #[serde(default)]
    pub plan: Vec<PlannedDeparture>,
}

/// Copy that a device is to fetch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WantedCopy {
    pub download_id: DownloadId,
    pub item_id: ItemId,
    pub title: String,
    pub kind: Kind,
    pub mime_type: Option<String>,
    pub bytes: i64,
    pub sha256: String,
    /// Length of audio or video, as the feed announces it.
    pub minutes: Option<f64>,
    /// Number in the order of fetching.
    pub place: i64,
    /// Time of a departure by which it is needed.
    pub departs_at: Option<DateTime<Utc>>,
    /// Whether a plan wants it, and not the user.
    #[serde(default)]
    pub is_planned: bool,
    /// Position to play on from, in seconds.
    pub position: f64,
    /// Time at which its file became ready, for a later `drop`.
    pub ready_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldBackCopy {
    pub download_id: DownloadId,
    pub reason: HoldReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DroppedCopy {
    pub download_id: DownloadId,
    pub reason: CopyReason,
}

#[cfg(test)]
mod tests;
