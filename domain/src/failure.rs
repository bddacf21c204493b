//! Causes of failed transfers, and the back-off before automatic retries.

use std::time::Duration;

use backoff::Backoff;

use super::words::words;
use super::{DateTime, TimeDelta, Utc};

words! {
    /// Cause of a failed transfer, as far as it determines when a retry is worthwhile.
    FailureCause {
        /// Resolves by itself: 5xx, resets, time-outs, unreachable hosts, wrong bytes.
        Temporary = "temporary",
        /// The origin refuses this address (401, 403, 410). The feed may have a newer one.
        Refused = "refused",
        /// The origin has nothing at this address (404): not yet, or no longer.
        NotFound = "not_found",
        /// The file or its address would have to change: too large, unsupported type, or address not allowed.
        Lasting = "lasting",
        /// The server's own disk is full.
        StorageFull = "storage_full",
    }
}

words! {
    /// Back-off schedule for the failed rounds of one address.
    RetrySchedule {
        /// Exponential back-off from 2 minutes up to 6 hours.
        Exponential = "minutes",
        /// Once a day for a week, then weekly.
        Days = "days",
    }
}

const BACKOFF: Backoff = Backoff::new(Duration::from_secs(2 * 60), Duration::from_secs(6 * 3600));
/// Number of daily rounds before they become weekly.
const DAILY_ROUNDS: i64 = 7;
/// Time for which an item counts as published today: its feed may be ahead of its file.
const TODAY: TimeDelta = TimeDelta::hours(24);

impl RetrySchedule {
    /// Chooses the schedule. `published_at` is the time of the latest item that has this address.
    pub fn of(cause: FailureCause, published_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        match cause {
            FailureCause::Temporary | FailureCause::StorageFull => Self::Exponential,
            FailureCause::NotFound if published_at.is_some_and(|at| at > now - TODAY) => Self::Exponential,
            FailureCause::NotFound | FailureCause::Refused | FailureCause::Lasting => Self::Days,
        }
    }

    /// Back-off after `rounds` failed rounds in a row, the last one included.
    pub fn backoff(self, rounds: i64) -> TimeDelta {
        match self {
            Self::Exponential => TimeDelta::from_std(BACKOFF.delay(rounds - 1)).unwrap_or(TimeDelta::MAX),
            Self::Days if rounds <= DAILY_ROUNDS => TimeDelta::days(1),
            Self::Days => TimeDelta::weeks(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_tried_again_after_two_minutes_doubling_to_six_hours() {
        let minutes: Vec<_> = (1..=10).map(|n| RetrySchedule::Exponential.backoff(n).num_minutes()).collect();
        assert_eq!(minutes, [2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
        assert_eq!(RetrySchedule::Exponential.backoff(i64::MAX), TimeDelta::hours(6));
    }

    #[test]
    fn a_refusal_is_tried_again_daily_for_a_week_and_then_weekly() {
        let days: Vec<_> = (1..=9).map(|n| RetrySchedule::Days.backoff(n).num_days()).collect();
        assert_eq!(days, [1, 1, 1, 1, 1, 1, 1, 7, 7]);
    }

    #[test]
    fn what_passes_by_itself_is_tried_within_minutes_and_what_was_published_today_may_still_come() {
        let now: DateTime<Utc> = "2026-11-21T06:00:00Z".parse().expect("a time");
        let schedule = |cause, hours_ago: Option<i64>| {
            RetrySchedule::of(cause, hours_ago.map(|hours| now - TimeDelta::hours(hours)), now)
        };
        use FailureCause::*;
        for soon in [Temporary, StorageFull] {
            assert_eq!(schedule(soon, Some(1_000)), RetrySchedule::Exponential);
        }
        for late in [Refused, Lasting] {
            assert_eq!(schedule(late, Some(0)), RetrySchedule::Days);
        }
        assert_eq!(schedule(NotFound, Some(23)), RetrySchedule::Exponential);
        assert_eq!(schedule(NotFound, Some(-2)), RetrySchedule::Exponential);
        assert_eq!([schedule(NotFound, Some(25)), schedule(NotFound, None)], [RetrySchedule::Days; 2]);
    }
}
