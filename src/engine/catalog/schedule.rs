//! Refresh schedule: polls a feed as often as it publishes, but no more often than its publisher asks.

use std::time::Duration;

use backoff::Backoff;
use chrono::{Datelike, TimeDelta, Timelike};

use crate::domain::source::Hints;
use crate::domain::{DateTime, Utc};

/// Minimum and maximum interval between two readings.
pub const MIN_INTERVAL: TimeDelta = TimeDelta::minutes(15);
pub const MAX_INTERVAL: TimeDelta = TimeDelta::hours(24);
/// Interval while a feed's publishing rhythm is unknown.
const UNKNOWN: TimeDelta = TimeDelta::minutes(30);
/// Interval while a feed fails: from `UNKNOWN` up to `MAX_INTERVAL`.
const FAILURE_BACKOFF: Backoff = Backoff::new(Duration::from_secs(30 * 60), Duration::from_secs(24 * 3600));
/// Maximum delay that a server may ask for.
const MAX_SILENCE: TimeDelta = TimeDelta::days(7);
/// Polls per median gap between items.
const READS_A_GAP: i32 = 4;

/// The median gap between the latest items, if two are known. Items of the same minute count as one.
pub fn usual_gap(published: &[DateTime<Utc>]) -> Option<TimeDelta> {
    let mut times: Vec<_> = published.to_vec();
    times.sort();
    let mut gaps: Vec<_> = times.windows(2).map(|two| two[1] - two[0]).collect();
    gaps.retain(|gap| *gap >= TimeDelta::minutes(1));
    gaps.sort();
    gaps.get(gaps.len() / 2).copied()
}

/// Whether at least 70 % of the gaps are within a factor of two of the usual gap.
pub fn is_regular(published: &[DateTime<Utc>], gap: TimeDelta) -> bool {
    let mut times: Vec<_> = published.to_vec();
    times.sort();
    let gaps: Vec<_> = times.windows(2).map(|two| two[1] - two[0]).collect();
    let usual = gaps.iter().filter(|other| **other * 2 >= gap && **other <= gap * 2).count();
    usual * 10 >= gaps.len() * 7
}

/// Time of the next refresh after success. `max_age` is from the response's `Cache-Control` (RFC 9111).
pub fn next(
    published: &[DateTime<Utc>],
    hints: &Hints,
    max_age: Option<TimeDelta>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let by_habit = match (usual_gap(published), published.iter().max()) {
        // For a feed that fell silent, the interval grows with the silence.
        (Some(gap), Some(newest)) => gap.max((now - *newest) / 10) / READS_A_GAP,
        _ => UNKNOWN,
    };
    let asked = [
        max_age,
        hints.ttl_minutes.and_then(TimeDelta::try_minutes),
        // The feed changes once per period; half a period is frequent enough.
        hints.update_period_seconds.and_then(TimeDelta::try_seconds).map(|period| period / 2),
    ];
    let asked = asked.into_iter().flatten().max().unwrap_or_default();
    after_skipped(hints, now + by_habit.max(asked).clamp(MIN_INTERVAL, MAX_INTERVAL))
}

/// Time of the next attempt: exponential back-off up to one day, or as late as Retry-After asks.
pub fn after_failure(failures: i64, retry_after: Option<TimeDelta>, now: DateTime<Utc>) -> DateTime<Utc> {
    let doubled = TimeDelta::from_std(FAILURE_BACKOFF.delay(failures)).unwrap_or(MAX_INTERVAL);
    now + retry_after.map_or(doubled, |asked| asked.clamp(doubled, MAX_SILENCE.max(doubled)))
}

/// The first time from `at` on that is not in skipHours or skipDays. Ignores hints that exclude everything.
fn after_skipped(hints: &Hints, at: DateTime<Utc>) -> DateTime<Utc> {
    let is_skipped = |at: DateTime<Utc>| {
        hints.skip_hours.contains(&(at.hour() as u8))
            || hints.skip_days.contains(&(at.weekday().number_from_monday() as u8))
    };
    let hours = (1..=7 * 24).map(|hours| {
        let later = at + TimeDelta::hours(hours);
        later - TimeDelta::minutes(later.minute().into()) - TimeDelta::seconds(later.second().into())
    });
    std::iter::once(at).chain(hours).find(|at| !is_skipped(*at)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Wednesday.
    fn now() -> DateTime<Utc> {
        "2026-11-18T10:20:00Z".parse().expect("a time")
    }

    fn every(gap: TimeDelta, n: i32) -> Vec<DateTime<Utc>> {
        (0..n).map(|n| now() - gap * n).collect()
    }

    fn wait(published: &[DateTime<Utc>], hints: &Hints, max_age: Option<TimeDelta>) -> TimeDelta {
        next(published, hints, max_age, now()) - now()
    }

    #[test]
    fn a_feed_is_read_as_often_as_it_publishes() {
        let none = Hints::default();
        assert_eq!(wait(&every(TimeDelta::hours(4), 10), &none, None), TimeDelta::hours(1));
        assert_eq!(wait(&every(TimeDelta::minutes(5), 10), &none, None), MIN_INTERVAL);
        assert_eq!(wait(&every(TimeDelta::days(7), 10), &none, None), MAX_INTERVAL);
        assert_eq!(wait(&[], &none, None), UNKNOWN);
        assert_eq!(wait(&[now()], &none, None), UNKNOWN);
    }

    #[test]
    fn one_burst_says_nothing_of_the_usual_gap() {
        let mut times = every(TimeDelta::hours(4), 6);
        times.extend(std::iter::repeat_n(now(), 50));
        assert_eq!(usual_gap(&times), Some(TimeDelta::hours(4)));
    }

    #[test]
    fn a_feed_that_fell_silent_is_asked_less() {
        let old: Vec<_> = every(TimeDelta::hours(1), 10).iter().map(|at| *at - TimeDelta::days(40)).collect();
        assert_eq!(wait(&old, &Hints::default(), None), MAX_INTERVAL);
    }

    #[test]
    fn whoever_asks_for_more_time_gets_it_up_to_a_day() {
        let busy = every(TimeDelta::minutes(10), 10);
        assert_eq!(wait(&busy, &Hints::default(), Some(TimeDelta::hours(2))), TimeDelta::hours(2));
        let ttl = Hints { ttl_minutes: Some(60), ..Hints::default() };
        assert_eq!(wait(&busy, &ttl, Some(TimeDelta::minutes(5))), TimeDelta::hours(1));
        let daily = Hints { update_period_seconds: Some(24 * 3_600), ..Hints::default() };
        assert_eq!(wait(&busy, &daily, None), TimeDelta::hours(12));
        assert_eq!(wait(&busy, &Hints::default(), Some(TimeDelta::days(365))), MAX_INTERVAL);
    }

    #[test]
    fn hours_and_days_that_are_left_out_are_waited_for() {
        let hours = Hints { skip_hours: vec![10, 11, 12], ..Hints::default() };
        assert_eq!(wait(&[], &hours, None), TimeDelta::minutes(160), "until 13:00");
        let days = Hints { skip_days: vec![3], ..Hints::default() };
        assert_eq!(next(&[], &days, None, now()).to_rfc3339(), "2026-11-19T00:00:00+00:00");
        let all = Hints { skip_hours: (0..24).collect(), ..Hints::default() };
        assert_eq!(wait(&[], &all, None), UNKNOWN);
    }

    #[test]
    fn a_failing_source_is_asked_less_and_less_but_every_day() {
        let wait = |failures, asked| after_failure(failures, asked, now()) - now();
        assert_eq!((wait(0, None), wait(1, None)), (UNKNOWN, UNKNOWN * 2));
        assert_eq!(wait(1_000, None), MAX_INTERVAL);
        assert_eq!(wait(0, Some(TimeDelta::hours(5))), TimeDelta::hours(5));
        assert_eq!(wait(0, Some(TimeDelta::seconds(1))), UNKNOWN);
        assert_eq!(wait(0, Some(TimeDelta::days(365))), MAX_SILENCE);
    }
}
