//! Merge of plays from several devices, which may arrive late, repeated and with wrong clocks. The newest
//! play, finish and reopening are each a maximum, so the order of arrival does not matter.

use std::cmp::Ordering;

use chrono::SubsecRound;

use super::{MAX_SPEED, OtherPosition};
use crate::{DateTime, TimeDelta, Utc};

/// Part of an item after which it counts as finished.
const FINISHED_PART: f64 = 0.95;
/// A finished item is reopened by a play that begins before this position and lasts longer, in seconds.
const REPLAY: f64 = 30.0;
/// Distance from which a lost position is offered, in seconds.
const APART: f64 = 60.0;
/// Time for which a lost position is offered.
const OFFERED: TimeDelta = TimeDelta::hours(24);
/// Age beyond which a play of a device without a previous contact is not believed.
const MAX_AGE: TimeDelta = TimeDelta::days(366);
/// Longest time between two positions of an uninterrupted play, in seconds: players send one every ten
/// seconds, and browsers delay those of hidden pages.
pub(super) const MAX_GAP: f64 = 120.0;
/// Tolerance of that play for delays on the way, in seconds.
const DELAY: f64 = 5.0;

/// Correction of a device's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClockCorrection {
    /// Server's time minus the device's, measured at a contact.
    pub skew: TimeDelta,
    /// The device's previous contact: plays that it reports now are not older.
    pub previous_contact: Option<DateTime<Utc>>,
}

impl ClockCorrection {
    /// Time of a play by the server's clock: between the previous contact and now, whatever the device says.
    pub fn apply(self, at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        let oldest = self.previous_contact.unwrap_or(now - MAX_AGE).min(now);
        let corrected = at.checked_add_signed(self.skew).unwrap_or(now);
        // The precision of PostgreSQL, so that a repeated play is recognised.
        corrected.clamp(oldest, now).trunc_subsecs(6)
    }
}

/// A play as reported by a device: its end, and the time of that by the server's clock.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Play {
    pub seconds: f64,
    /// Position at which it began.
    pub from: f64,
    pub at: DateTime<Utc>,
    pub finish: bool,
    pub reopen: bool,
    /// Newest `rev` that the device knew. None if it keeps none.
    pub rev: Option<i64>,
    pub device: Option<String>,
}

impl Play {
    fn finishes(&self, duration: Option<i64>) -> bool {
        let length = duration.filter(|length| *length > 0);
        self.finish || length.is_some_and(|length| self.seconds >= length as f64 * FINISHED_PART)
    }

    fn reopens(&self, duration: Option<i64>) -> bool {
        let is_replay = self.from < REPLAY && self.seconds - self.from > REPLAY;
        !self.finishes(duration) && (self.reopen || is_replay)
    }

    /// Whether it is newer than the known position or, at the same time, further.
    pub fn wins_over(&self, known: &Playback) -> bool {
        self.at.cmp(&known.at).then(self.seconds.total_cmp(&known.seconds)) == Ordering::Greater
    }
}

/// Stored playback of an item by a user.
#[derive(Debug, Clone, PartialEq)]
pub struct Playback {
    pub seconds: f64,
    pub at: DateTime<Utc>,
    pub device: Option<String>,
    pub finished_at: Option<DateTime<Utc>>,
    pub reopened_at: Option<DateTime<Utc>>,
    /// Position at which the current, uninterrupted play began.
    pub played_from: f64,
    pub rev: i64,
    pub other: Option<OtherPosition>,
    /// Arrival of the latest change.
    pub updated_at: DateTime<Utc>,
}

impl Playback {
    pub fn is_finished(&self) -> bool {
        self.finished_at.is_some() && self.finished_at >= self.reopened_at
    }

    /// Start of the uninterrupted play that has reached `seconds` now; after a jump, the target of that.
    pub fn start_of_play(&self, seconds: f64, now: DateTime<Utc>) -> f64 {
        let most = self.seconds_since(now).min(MAX_GAP) * MAX_SPEED + DELAY;
        let is_continued = (0.0..=most).contains(&(seconds - self.seconds));
        if is_continued { self.played_from } else { seconds }
    }

    /// Seconds between the latest change and now.
    pub fn seconds_since(&self, now: DateTime<Utc>) -> f64 {
        (now - self.updated_at).to_std().map_or(0.0, |time| time.as_secs_f64())
    }

    /// Newest `rev` that a device knew which last heard of positions at this time: none of the later ones.
    pub fn rev_known_since(&self, contact: DateTime<Utc>) -> i64 {
        if self.updated_at > contact { self.rev - 1 } else { self.rev }
    }

    fn begin(play: &Play, now: DateTime<Utc>) -> Self {
        Self {
            seconds: play.seconds,
            at: play.at,
            device: play.device.clone(),
            finished_at: None,
            reopened_at: None,
            played_from: play.from,
            rev: 0,
            other: None,
            updated_at: now,
        }
    }
}

/// Merges a play into the known playback. `duration` is the item's length as the server knows it. The result
/// equals what was known if the play changes nothing; else it has the next `rev`.
pub fn merged(known: Option<&Playback>, play: &Play, duration: Option<i64>, now: DateTime<Utc>) -> Playback {
    let mut next = known.cloned().unwrap_or_else(|| Playback::begin(play, now));
    let wins = known.is_none_or(|known| play.wins_over(known));
    if wins {
        (next.seconds, next.at, next.played_from) = (play.seconds, play.at, play.from);
        next.device.clone_from(&play.device);
    }
    if play.finishes(duration) {
        next.finished_at = next.finished_at.max(Some(play.at));
        if wins {
            // The rest of this play is not a replay.
            next.played_from = next.seconds;
        }
    }
    if play.reopens(duration) {
        next.reopened_at = next.reopened_at.max(Some(play.at));
    }
    next.other = other(known, play, wins, now)
        .filter(|other| !next.is_finished() && is_apart(other.seconds, next.seconds));
    if known != Some(&next) {
        next.rev += 1;
        next.updated_at = now;
    }
    next
}

/// Lost position to offer: the one that loses now or an earlier one, the newer of them.
fn other(known: Option<&Playback>, play: &Play, wins: bool, now: DateTime<Utc>) -> Option<OtherPosition> {
    let known = known?;
    let earlier = known.other.clone().filter(|other| other.until > now);
    if !is_concurrent(known, play, wins) {
        return earlier;
    }
    let (seconds, at, device) =
        if wins { (known.seconds, known.at, &known.device) } else { (play.seconds, play.at, &play.device) };
    if !is_apart(known.seconds, play.seconds) || earlier.as_ref().is_some_and(|other| other.at >= at) {
        return earlier;
    }
    Some(OtherPosition { seconds, at, device: device.clone(), until: now + OFFERED })
}

/// Whether both sides moved since they last knew of each other. A device is never concurrent with itself.
fn is_concurrent(known: &Playback, play: &Play, wins: bool) -> bool {
    if play.device.is_some() && play.device == known.device {
        return false;
    }
    play.rev.map_or(!wins, |rev| rev < known.rev)
}

fn is_apart(one: f64, other: f64) -> bool {
    (one - other).abs() > APART
}

#[cfg(test)]
mod tests;
