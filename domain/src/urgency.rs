//! Order of waiting downloads: the only code that combines priority, deadline and waiting time (ageing).

use chrono::TimeDelta;

use super::{DateTime, Refusal, Utc};

/// Highest priority that a user may set; the lowest is -10.
pub const MAX_PRIORITY: i64 = 10;

/// Time before its start from which a commute counts as near. It stays near until it ends.
pub const NEAR: TimeDelta = TimeDelta::hours(2);

/// Bonus of a near commute. Exceeds the range of priorities, so that users who leave soon come before all
/// others. Among them the priority decides.
const HURRY: i64 = 2 * MAX_PRIORITY + 5;

/// Priority of prefetching: after everything that users wait for, until it has waited for a day.
pub const AHEAD: i64 = -MAX_PRIORITY - 72;

/// Seconds of waiting worth one point of priority. Prevents starvation: after 15 hours a download comes
/// before everything requested from then on.
const PATIENCE: f64 = 20.0 * 60.0;

/// Assumed size of a file of unknown size: half an hour of audio.
const USUAL: i64 = 30_000_000;

/// Size class of a file: powers of four. At equal urgency smaller classes come first; within a class, the
/// order of requests decides.
pub fn size_class(bytes: Option<i64>) -> i64 {
    i64::from(bytes.unwrap_or(USUAL).max(1).ilog2() / 2)
}

pub fn check_priority(priority: i64) -> Result<i64, Refusal> {
    if (-MAX_PRIORITY..=MAX_PRIORITY).contains(&priority) {
        return Ok(priority);
    }
    let most = MAX_PRIORITY;
    Err(Refusal::field(
        "priority",
        format!("Choose a whole number from -{most} to {most}; 0 is the usual one."),
    ))
}

pub fn is_near(departure: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    departure <= now + NEAR
}

/// Times before a departure at which followed feeds are polled: early enough for large files, and once more
/// for late publications.
const READ_BEFORE: [TimeDelta; 2] = [TimeDelta::minutes(90), TimeDelta::minutes(15)];

/// Latest moment at which feeds should have been polled for a departure, or for the last usual contact of a
/// device. None while it is too far away, and once it has passed.
pub fn reading_ahead_of(departure: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let departure = Some(departure).filter(|departure| *departure > now)?;
    READ_BEFORE.iter().map(|before| departure - *before).filter(|moment| *moment <= now).max()
}

/// Time by which a planned file must be here: the last usual contact of its device before the departure or,
/// once that has passed, the departure.
pub fn deadline(contact_by: DateTime<Utc>, departs_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    if contact_by > now { contact_by } else { departs_at }
}

/// Urgency of a download for one user.
pub fn urgency(priority: i64, is_near: bool) -> i64 {
    priority + if is_near { HURRY } else { 0 }
}

/// Position in the queue, from the users' greatest urgency and the seconds of waiting. Higher is earlier.
pub fn place(urgency: i64, waited: f64) -> i64 {
    urgency + (waited.max(0.0) / PATIENCE) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_commute_comes_before_any_priority_and_among_such_the_priority_decides() {
        assert!(urgency(-10, true) > urgency(10, false));
        assert!(urgency(1, true) > urgency(0, true));
    }

    #[test]
    fn the_least_wanted_is_ahead_of_everything_new_after_fifteen_hours() {
        let greatest = place(urgency(10, true), 0.0);
        assert!(place(urgency(-10, false), 14.0 * 3600.0) < greatest);
        assert!(place(urgency(-10, false), 15.0 * 3600.0) >= greatest);
    }

    #[test]
    fn small_files_come_before_large_ones_and_what_is_alike_in_turn() {
        assert!(size_class(Some(3_000)) < size_class(Some(1_000_000)));
        assert!(size_class(Some(1_000_000)) < size_class(Some(24_000_000)));
        assert_eq!(size_class(Some(40_000_000)), size_class(Some(60_000_000)));
        assert_eq!((size_class(None), size_class(Some(-5))), (size_class(Some(30_000_000)), 0));
    }

    #[test]
    fn a_clock_that_was_set_back_takes_nothing_away() {
        assert_eq!(place(3, -5_000.0), 3);
    }

    #[test]
    fn a_priority_out_of_bounds_names_its_field() {
        assert_eq!((check_priority(-10), check_priority(10)), (Ok(-10), Ok(10)));
        for wrong in [-11, 11, i64::MIN, i64::MAX] {
            assert_eq!(check_priority(wrong).expect_err("out of bounds").fields()[0].field, "priority");
        }
    }
}
