//! Sizes, speeds and times as people say them. Whole numbers only: formatting floats costs the browser 20 kB.

use chrono::{Datelike, FixedOffset, Timelike};
pub use smartcache::domain::size::size;
use smartcache::domain::{DateTime, Utc};

/// Bytes per second.
pub fn speed(bytes_per_second: i64) -> String {
    size(bytes_per_second) + "/s"
}

/// "40 s", "3 min 20 s", "1 h 5 min".
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (large, small) = match seconds {
        0..60 => return with_unit(seconds, " s"),
        60..3_600 => (with_unit(seconds / 60, " min"), (seconds % 60, " s")),
        _ => (with_unit(seconds / 3_600, " h"), (seconds % 3_600 / 60, " min")),
    };
    if small.0 == 0 { large } else { large + " " + &with_unit(small.0, small.1) }
}

/// A place in a sound: "0:05", "12:34", "1:02:03".
pub fn place(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as i64;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds % 3_600 / 60, two((seconds % 60) as u32));
    match hours {
        0 => minutes.to_string() + ":" + &seconds,
        _ => hours.to_string() + ":" + &two(minutes as u32) + ":" + &seconds,
    }
}

/// How much of the whole is there, 0 to 100; nothing when the whole is unknown.
pub fn percent(done: i64, total: Option<i64>) -> Option<i64> {
    let total = total.filter(|total| *total > 0)?;
    Some((done.clamp(0, total) as i128 * 100 / i128::from(total)) as i64)
}

/// "2026-07-18 09:30"; in UTC.
pub fn time(at: DateTime<Utc>) -> String {
    day(at) + " " + &two(at.hour()) + ":" + &two(at.minute())
}

/// "2026-07-18"; in UTC.
pub fn day(at: DateTime<Utc>) -> String {
    at.year().to_string() + "-" + &two(at.month()) + "-" + &two(at.day())
}

/// The same for machines: "2026-07-18T09:30Z".
pub fn datetime(at: DateTime<Utc>) -> String {
    time(at).replace(' ', "T") + "Z"
}

/// "09:30", by the clock that the time comes with.
pub fn time_of_day(at: DateTime<FixedOffset>) -> String {
    two(at.hour()) + ":" + &two(at.minute())
}

/// "09:30:05"; in UTC.
pub fn clock(at: DateTime<Utc>) -> String {
    [at.hour(), at.minute(), at.second()].map(two).join(":")
}

/// "in 23 hours", "in 1 minute", "in a moment".
pub fn ahead(seconds: i64) -> String {
    match seconds {
        7_200.. => "in ".to_owned() + &count(seconds / 3_600, "hour", "hours"),
        60.. => "in ".to_owned() + &count(seconds / 60, "minute", "minutes"),
        _ => "in a moment".to_owned(),
    }
}

/// "12,345".
pub fn number(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "0.7", "0.25", "2": three places at the most.
pub fn decimal(number: f64) -> String {
    let thousandths = (number * 1_000.0).round() as i64;
    let sign = if thousandths < 0 { "-" } else { "" };
    let (whole, rest) = (thousandths.unsigned_abs() / 1_000, thousandths.unsigned_abs() % 1_000);
    let places = (1_000 + rest).to_string();
    let places = places[1..].trim_end_matches('0');
    let point = if places.is_empty() { "" } else { "." };
    sign.to_owned() + &whole.to_string() + point + places
}

/// "1 item", "3 items".
pub fn count(number: i64, one: &str, many: &str) -> String {
    number.to_string() + " " + if number == 1 { one } else { many }
}

fn two(number: u32) -> String {
    let text = number.to_string();
    if number < 10 { "0".to_owned() + &text } else { text }
}

fn with_unit(number: i64, unit: &str) -> String {
    number.to_string() + unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_parts_at_the_most() {
        let said: Vec<_> = [0, 59, 60, 200, 3_900, 7_200].map(duration).into();
        assert_eq!(said, ["0 s", "59 s", "1 min", "3 min 20 s", "1 h 5 min", "2 h"]);
    }

    #[test]
    fn places_read_like_a_player_says_them() {
        assert_eq!([0.0, 65.9, 3_723.0, -1.0].map(place).join(" "), "0:00 1:05 1:02:03 0:00");
    }

    #[test]
    fn percents_stay_within_bounds() {
        assert_eq!(percent(50, Some(200)), Some(25));
        assert_eq!(percent(300, Some(200)), Some(100));
        assert_eq!((percent(5, None), percent(5, Some(0))), (None, None));
    }

    #[test]
    fn what_is_to_come_is_told_in_hours_or_minutes() {
        let said: Vec<_> = [86_399, 7_200, 7_199, 61, 5, -3].map(ahead).into();
        assert_eq!(
            said,
            ["in 23 hours", "in 2 hours", "in 119 minutes", "in 1 minute", "in a moment", "in a moment"]
        );
    }

    #[test]
    fn large_numbers_have_commas() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567, -12_345].map(number).join(" "),
            "0 999 1,000 1,234,567 -12,345"
        );
    }

    #[test]
    fn decimals_have_no_more_places_than_they_need() {
        assert_eq!([0.0, 0.7, 0.25, 2.0, 1.005, -0.5].map(decimal).join(" "), "0 0.7 0.25 2 1.005 -0.5");
    }

    #[test]
    fn times_read_the_same_everywhere() {
        let at: DateTime<Utc> = "2026-07-08T09:05:03Z".parse().expect("a time");
        assert_eq!((time(at), clock(at)), ("2026-07-08 09:05".into(), "09:05:03".into()));
    }
}
