//! A contact of a device with the server: its request, its answer, and the proof that follows.

use serde::{Deserialize, Serialize};

use crate::copy::{CopyClaim, CopyReason, HoldReason, MAX_COPIES};
use crate::playback::{MAX_SECONDS, PlaybackPosition};
use crate::refusal::{Complaints, Refusal};
use crate::source::Kind;
use crate::words::words;
use crate::{DateTime, DownloadId, ItemId, Utc};

/// Maximum number of events in one contact. A device with more of them sends the oldest first.
pub const MAX_EVENTS: usize = 500;
/// Largest number of bytes, or of bytes per second, that a device may tell.
const MAX_BYTES: i64 = 1 << 50;
/// Maximum characters of the names that a device gives to its start and its build.
const MAX_WORD: usize = 64;

words! {
    DeviceEventKind {
        /// An uninterrupted play has reached `to`; it began at `from`.
        Play = "play",
        Finish = "finish",
        Reopen = "reopen",
        /// The user has removed the copy on the device.
        Drop = "drop",
        /// The user wants the download on the device.
        Keep = "keep",
    }
}

/// Event of a device's outbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
pub struct DeviceStorage {
    #[serde(default)]
    pub used: Option<i64>,
    /// Whether the browser has promised to keep the data.
    #[serde(default)]
    pub persisted: Option<bool>,
}

/// Connection of a device, as its browser tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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
        let is_size = |bytes: Option<i64>| bytes.is_none_or(|bytes| (0..=MAX_BYTES).contains(&bytes));
        let word = format!("Use at most {MAX_WORD} characters on one line.");
        complaints.check(is_word(&self.boot), "boot", word.clone());
        complaints.check(self.build.as_deref().is_none_or(is_word), "build", word);
        complaints.check(self.rev >= 0, "rev", "Count inventories up from 0.");
        complaints.check(is_size(self.storage.used), "storage.used", "Give the number of bytes.");
        complaints.check(is_size(self.net.bps), "net.bps", "Give bytes per second.");
        self.events = complaints.bounded(self.events, MAX_EVENTS, "events", "events");
        self.copies = complaints.bounded(self.copies, MAX_COPIES, "copies", "copies");
        let wrong = self.events.iter().enumerate().find_map(|(n, event)| Some((n, event.complaint()?)));
        if let Some((n, (field, why))) = wrong {
            complaints.check(false, &format!("events[{n}].{field}"), why);
        }
        let is_hash = |hash: &str| is_hex(hash, 64);
        for (n, copy) in self.copies.iter().enumerate() {
            let [hash, bytes] = [is_hash(&copy.sha256), is_size(Some(copy.bytes))];
            complaints.check(hash, &format!("copies[{n}].sha256"), "Give 64 lower-case hexadecimal digits.");
            complaints.check(bytes, &format!("copies[{n}].bytes"), "Give the number of bytes.");
            if !(hash && bytes) {
                break;
            }
        }
        complaints.finish()?;
        Ok(self)
    }

    /// Whether the device has sent all that it had: a full request may be a part.
    pub fn is_whole(&self) -> bool {
        self.events.len() < MAX_EVENTS
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

/// Answer to a contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
}

/// Copy that a device is to fetch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Position to play on from, in seconds.
    pub position: f64,
    /// Time at which its file became ready, for a later `drop`.
    pub ready_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBackCopy {
    pub download_id: DownloadId,
    pub reason: HoldReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedCopy {
    pub download_id: DownloadId,
    pub reason: CopyReason,
}

/// Slices of files that a device proves to hold: it sends SHA-256 over the characters of the nonce, then the
/// bytes of all slices in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// 64 hexadecimal digits, valid for two minutes and for one proof.
    pub nonce: String,
    pub slices: Vec<ChallengeSlice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeSlice {
    pub download_id: DownloadId,
    pub offset: i64,
    pub length: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProof {
    pub nonce: String,
    /// 64 lower-case hexadecimal digits.
    pub digest: String,
}

impl NewProof {
    /// # Errors
    /// Invalid, naming every field that is no hash.
    pub fn check(self) -> Result<Self, Refusal> {
        let mut complaints = Complaints::default();
        let why = "Give 64 lower-case hexadecimal digits.";
        complaints.check(is_hex(&self.nonce, 64), "nonce", why);
        complaints.check(is_hex(&self.digest, 64), "digest", why);
        complaints.finish()?;
        Ok(self)
    }
}

/// Outcome of a proof.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofResult {
    pub proved: Vec<DownloadId>,
    /// Copies to remove and fetch again.
    pub failed: Vec<DownloadId>,
    /// A next challenge: a wrong digest over several copies does not tell which of them is damaged, so that
    /// each is then proved by itself.
    pub challenge: Option<Challenge>,
}

#[cfg(test)]
mod tests;
