//! Time spent listening: measured between consecutive positions, and the report over it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::merge::MAX_GAP;
use crate::{DateTime, SourceId, TimeDelta, Utc};

/// Time without a play after which a begun item counts as abandoned.
pub const ABANDONED_AFTER: TimeDelta = TimeDelta::days(14);

/// Parts of the pace within which a play counts as uninterrupted, however long ago the last position came.
const PACE: std::ops::RangeInclusive<f64> = 0.8..=1.1;

/// Time spent listening between two positions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ListenedTime {
    pub seconds: f64,
    /// Seconds that a higher speed saved. None if the player told no speed.
    pub saved: Option<f64>,
}

impl ListenedTime {
    /// Time for a step `ahead` in the item within `wall` seconds: at most these, so that a jump counts no
    /// more than the time it took. None for a step back.
    pub fn between(ahead: f64, wall: f64, speed: Option<f64>) -> Option<Self> {
        let pace = speed.unwrap_or(1.0);
        let is_whole = PACE.contains(&(ahead / (wall * pace)));
        let wall = if is_whole { wall } else { wall.min(MAX_GAP) };
        let played = ahead.min(wall * pace);
        let seconds = played / pace;
        (seconds > 0.0).then_some(Self { seconds, saved: speed.map(|_| played - seconds) })
    }
}

/// Number of the quarter of an hour since 1970. All time zones in use are offset by whole quarters.
pub fn quarter_hour(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(900)
}

/// Minutes with one decimal.
pub fn minutes(seconds: f64) -> f64 {
    (seconds / 6.0).round() / 10.0
}

/// Listening in a range of days that ends today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListeningReport {
    pub days: i64,
    pub minutes: f64,
    /// Minutes that a higher speed saved. Null if no player told its speed.
    pub saved_minutes: Option<f64>,
    /// Items finished in the range.
    pub finished: i64,
    /// Items begun and then left alone for 14 days, a time that ended in the range.
    pub abandoned: i64,
    pub picks: PickListening,
    /// Every day of the range in order.
    pub per_day: Vec<DayListening>,
    /// Sources with the most minutes first.
    pub per_source: Vec<SourceListening>,
    /// Topics with the most minutes first. An item with several topics counts for each.
    pub per_topic: Vec<TopicListening>,
    /// All 24 hours of the day in order, in the user's time zone.
    pub per_hour: Vec<HourListening>,
}

/// Audio and video that runs of agents made ready in the range.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PickListening {
    pub ready: i64,
    /// Those that were begun.
    pub played: i64,
    /// Those that were not begun so far.
    pub ignored: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayListening {
    /// Date in the user's time zone.
    pub day: NaiveDate,
    pub minutes: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SourceListening {
    pub source_id: SourceId,
    /// Null for a source that was deleted.
    pub name: Option<String>,
    pub minutes: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TopicListening {
    pub topic: String,
    pub minutes: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HourListening {
    pub hour: u32,
    pub minutes: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(ahead: f64, wall: f64, speed: Option<f64>) -> Option<(f64, Option<f64>)> {
        ListenedTime::between(ahead, wall, speed).map(|time| (time.seconds, time.saved))
    }

    #[test]
    fn a_play_counts_with_the_time_it_took() {
        assert_eq!(between(10.0, 10.0, None), Some((10.0, None)));
        assert_eq!(between(4.0, 10.0, None), Some((4.0, None)), "it was paused for six seconds");
        assert_eq!(between(20.0, 10.0, Some(2.0)), Some((10.0, Some(10.0))));
        assert_eq!(between(5.0, 10.0, Some(0.5)), Some((10.0, Some(-5.0))));
    }

    #[test]
    fn a_jump_counts_no_more_than_the_time_it_took() {
        assert_eq!(between(900.0, 10.0, None), Some((10.0, None)));
        assert_eq!(between(900.0, 36_000.0, None), Some((MAX_GAP, None)), "ahead of a long pause");
        for back in [0.0, -30.0] {
            assert_eq!(between(back, 10.0, None), None);
        }
        assert_eq!(between(10.0, 0.0, None), None);
    }

    #[test]
    fn a_play_that_was_told_late_counts_as_a_whole() {
        assert_eq!(between(1_800.0, 1_800.0, None), Some((1_800.0, None)));
        assert_eq!(between(2_700.0, 1_800.0, Some(1.5)), Some((1_800.0, Some(900.0))));
    }

    #[test]
    fn quarters_are_counted_from_1970() {
        assert_eq!(quarter_hour(DateTime::UNIX_EPOCH + TimeDelta::seconds(899)), 0);
        assert_eq!(quarter_hour(DateTime::UNIX_EPOCH + TimeDelta::hours(2)), 8);
        assert_eq!(minutes(90.0), 1.5);
    }
}
