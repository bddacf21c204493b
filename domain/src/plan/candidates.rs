//! Candidates for a device: items that could be on it, with the score by which they are chosen.

use crate::item::Availability;
use crate::rating::Thumb;
use crate::urgency::MAX_PRIORITY;
use crate::words::words;
use crate::{ItemId, SourceId, TimeDelta};

words! {
    /// Location of an item's file, as far as it is known.
    CopyLocation {
        /// On the device, by the last proof.
        Proved = "proved",
        /// On the device as it says, without a proof that still counts.
        Unproved = "unproved",
        OnServer = "on_server",
        /// Being fetched by the server.
        OnTheWay = "on_the_way",
        /// At its publisher.
        Origin = "origin",
    }
}

impl CopyLocation {
    pub fn is_on_device(self) -> bool {
        matches!(self, Self::Proved | Self::Unproved)
    }
}

words! {
    /// Supply that an item belongs to. The next one is used only when the one before does not suffice.
    SupplyTier {
        Followed = "followed",
        BackCatalogue = "back_catalogue",
        Article = "article",
        Directory = "directory",
    }
}

/// An unfinished item that the user's rules allow, as the planner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanCandidate {
    pub item_id: ItemId,
    pub source_id: SourceId,
    pub tier: SupplyTier,
    pub location: CopyLocation,
    /// Time to listen to its rest, in seconds.
    pub listening_s: i64,
    pub bytes: i64,
    /// Bytes of it that the device has fetched so far.
    pub fetched_bytes: i64,
    /// Position in its serial: parts are played in order.
    pub part: Option<i64>,
    /// Started, pinned or requested by the user.
    pub is_asked: bool,
    pub score: f64,
}

/// Properties of an item that decide whether it is a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Eligibility {
    pub availability: Availability,
    pub is_finished: bool,
    /// Whether the rules of its subscription and the user's preferences allow it.
    pub is_allowed: bool,
    pub is_dismissed: bool,
    pub rating: Option<Thumb>,
}

impl Eligibility {
    pub fn is_candidate(self) -> bool {
        let is_refused = self.is_dismissed || self.rating == Some(Thumb::Down);
        self.availability.is_fetchable() && self.is_allowed && !self.is_finished && !is_refused
    }
}

/// Seconds that it takes to listen to the rest of an item at a playback rate.
pub fn listening_seconds(duration_s: i64, position_s: f64, speed: f64) -> i64 {
    let rest = (duration_s as f64 - position_s).max(0.0);
    (rest / speed.max(0.1)) as i64
}

/// Minutes that an article counts for.
pub const ARTICLE_MINUTES: i64 = 4;

/// Weights of a score's parts. Their sum is 1.
const PRIORITY: f64 = 0.35;
const FRESHNESS: f64 = 0.25;
const QUALITY: f64 = 0.2;
const ASKED: f64 = 0.2;
/// Gap assumed for a source whose rhythm is unknown, in seconds: a week.
const UNKNOWN_GAP: i64 = 604_800;
/// Quality assumed for an item that was not assessed.
const UNKNOWN_QUALITY: f64 = 0.5;

/// Facts behind a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreFacts {
    /// Of the subscription, from -10 to 10.
    pub priority: i64,
    /// Time since the publication.
    pub age: TimeDelta,
    pub usual_gap_seconds: Option<i64>,
    /// From 0 to 1.
    pub quality: Option<f64>,
    pub is_asked: bool,
    /// Chance that it is on the server in time, from 0 to 1.
    pub chance: f64,
}

impl ScoreFacts {
    /// Score from 0 to 1. Freshness halves within the usual gap of its source.
    pub fn score(&self) -> f64 {
        let most = MAX_PRIORITY as f64;
        let priority = (self.priority as f64 + most).clamp(0.0, 2.0 * most) / (2.0 * most);
        let gap = self.usual_gap_seconds.unwrap_or(UNKNOWN_GAP).max(3_600) as f64;
        let freshness = (-(self.age.num_seconds().max(0) as f64) / gap).exp2();
        let quality = self.quality.unwrap_or(UNKNOWN_QUALITY).clamp(0.0, 1.0);
        let asked = if self.is_asked { ASKED } else { 0.0 };
        let sum = PRIORITY * priority + FRESHNESS * freshness + QUALITY * quality + asked;
        sum * self.chance.clamp(0.0, 1.0)
    }
}

/// Number of transfers by which a source is judged.
pub const TRANSFERS: i64 = 20;
/// Pace assumed for a source without transfers, in bytes per second.
const UNKNOWN_BPS: i64 = 1_000_000;

/// Last transfers from a source, at most [`TRANSFERS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransferRecord {
    pub ended: i64,
    pub succeeded: i64,
    /// Median pace in bytes per second.
    pub bps: Option<i64>,
}

impl TransferRecord {
    /// Chance that so many bytes arrive within the time: the share of successes (rule of succession), reduced
    /// where the time does not suffice.
    pub fn chance(&self, bytes: i64, time: TimeDelta) -> f64 {
        let succeeds = (self.succeeded as f64 + 1.0) / (self.ended as f64 + 2.0);
        // A source without transfers is trusted: most work.
        let succeeds = if self.ended == 0 { 0.95 } else { succeeds };
        let needed = bytes.max(0) as f64 / self.bps.unwrap_or(UNKNOWN_BPS).max(1) as f64;
        let in_time = if needed > 0.0 { (time.num_seconds().max(0) as f64 / needed).min(1.0) } else { 1.0 };
        succeeds * in_time
    }
}
