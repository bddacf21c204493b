//! Sizes, speeds and times as display text. Integers only: formatting floats costs the browser 20 kB.

use chrono::{Datelike, FixedOffset, Timelike};
pub use domain::size::size;
use domain::{DateTime, Utc};

/// Formats a speed in bytes per second.
pub fn speed(bytes_per_second: i64) -> String {
    size(bytes_per_second) + "/s"
}

/// Formats a duration: "40 s", "3 min 20 s", "1 h 5 min".
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (large, small) = match seconds {
        0..60 => return with_unit(seconds, " s"),
        60..3_600 => (with_unit(seconds / 60, " min"), (seconds % 60, " s")),
        _ => (with_unit(seconds / 3_600, " h"), (seconds % 3_600 / 60, " min")),
    };
    if small.0 == 0 { large } else { large + " " + &with_unit(small.0, small.1) }
}

/// Formats a position in a recording: "0:05", "12:34", "1:02:03".
pub fn place(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as i64;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds % 3_600 / 60, two((seconds % 60) as u32));
    match hours {
        0 => minutes.to_string() + ":" + &seconds,
        _ => hours.to_string() + ":" + &two(minutes as u32) + ":" + &seconds,
    }
}

/// Percentage of the total that is done, 0 to 100; `None` if the total is unknown.
pub fn percent(done: i64, total: Option<i64>) -> Option<i64> {
    let total = total.filter(|total| *total > 0)?;
    Some((done.clamp(0, total) as i128 * 100 / i128::from(total)) as i64)
}

/// Formats a time as "2026-07-18 09:30". Like all functions below, it uses the time's own offset.
pub fn time(at: DateTime<FixedOffset>) -> String {
    day(at) + " " + &time_of_day(at)
}

/// Formats a date: "2026-07-18".
pub fn day(at: DateTime<FixedOffset>) -> String {
    at.year().to_string() + "-" + &two(at.month()) + "-" + &two(at.day())
}

/// Formats a time of day: "09:30".
pub fn time_of_day(at: DateTime<FixedOffset>) -> String {
    two(at.hour()) + ":" + &two(at.minute())
}

/// Formats a time of day with seconds: "09:30:05".
pub fn clock(at: DateTime<FixedOffset>) -> String {
    time_of_day(at) + ":" + &two(at.second())
}

/// Formats a time with seconds and offset: "2026-07-18 09:30:05 UTC+02:00".
pub fn exact(at: DateTime<FixedOffset>) -> String {
    let minutes = at.offset().local_minus_utc() / 60;
    let sign = if minutes < 0 { "-" } else { "+" };
    let (hours, minutes) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
    day(at) + " " + &clock(at) + " UTC" + sign + &two(hours) + ":" + &two(minutes)
}

/// Formats a time for machines (RFC 3339): "2026-07-18T07:30:05Z".
pub fn datetime(at: DateTime<Utc>) -> String {
    exact(at.fixed_offset())[..19].replace(' ', "T") + "Z"
}

/// Formats "today 09:30", "tomorrow 09:30", "yesterday 09:30"; the full date otherwise or without `now`.
pub fn when(at: DateTime<FixedOffset>, now: Option<DateTime<FixedOffset>>) -> String {
    match now.and_then(|now| near_day(at, now)) {
        Some(day) => day.to_owned() + " " + &time_of_day(at),
        None => time(at),
    }
}

/// Formats "just now" or "8 min ago", otherwise like [`when`].
pub fn ago(at: DateTime<FixedOffset>, now: Option<DateTime<FixedOffset>>) -> String {
    now.and_then(|now| minutes_ago(at, now)).unwrap_or_else(|| when(at, now))
}

/// Formats the day of a time: "8 min ago", "today 09:30", "yesterday", "Tue" within a week, "2026-07-18".
pub fn day_of(at: DateTime<FixedOffset>, now: Option<DateTime<FixedOffset>>) -> String {
    let Some(now) = now else { return day(at) };
    if let Some(words) = minutes_ago(at, now) {
        return words;
    }
    match near_day(at, now) {
        Some("today") => when(at, Some(now)),
        Some(near) => near.to_owned(),
        None if (2..7).contains(&(now.num_days_from_ce() - at.num_days_from_ce())) => weekday(at).to_owned(),
        None => day(at),
    }
}

fn weekday(at: DateTime<FixedOffset>) -> &'static str {
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][at.weekday().num_days_from_monday() as usize]
}

fn minutes_ago(at: DateTime<FixedOffset>, now: DateTime<FixedOffset>) -> Option<String> {
    match (now - at).num_seconds() {
        0..60 => Some("just now".to_owned()),
        seconds @ 60..3_600 => Some(with_unit(seconds / 60, " min ago")),
        _ => None,
    }
}

fn near_day(at: DateTime<FixedOffset>, now: DateTime<FixedOffset>) -> Option<&'static str> {
    match at.num_days_from_ce() - now.num_days_from_ce() {
        0 => Some("today"),
        1 => Some("tomorrow"),
        -1 => Some("yesterday"),
        _ => None,
    }
}

/// Formats the time left: "in 23 hours", "in 1 minute", "in a moment".
pub fn ahead(seconds: i64) -> String {
    match seconds {
        7_200.. => "in ".to_owned() + &count(seconds / 3_600, "hour", "hours"),
        60.. => "in ".to_owned() + &count(seconds / 60, "minute", "minutes"),
        _ => "in a moment".to_owned(),
    }
}

/// Formats a number with thousands separators: "12,345".
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

/// Formats a number with at most three decimal places: "0.7", "0.25", "2".
pub fn decimal(number: f64) -> String {
    let thousandths = (number * 1_000.0).round() as i64;
    let sign = if thousandths < 0 { "-" } else { "" };
    let (whole, rest) = (thousandths.unsigned_abs() / 1_000, thousandths.unsigned_abs() % 1_000);
    let places = (1_000 + rest).to_string();
    let places = places[1..].trim_end_matches('0');
    let point = if places.is_empty() { "" } else { "." };
    sign.to_owned() + &whole.to_string() + point + places
}

/// Formats a count with its noun: "1 item", "3 items".
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

    fn local(text: &str) -> DateTime<FixedOffset> {
        text.parse().expect("a time")
    }

    #[test]
    fn times_go_by_the_clock_they_come_with() {
        let at = local("2026-07-08T09:05:03+02:00");
        assert_eq!((time(at), clock(at)), ("2026-07-08 09:05".into(), "09:05:03".into()));
        assert_eq!(exact(at), "2026-07-08 09:05:03 UTC+02:00");
        assert_eq!(exact(local("2026-07-08T09:05:03-03:30")), "2026-07-08 09:05:03 UTC-03:30");
        assert_eq!(datetime(at.into()), "2026-07-08T07:05:03Z");
    }

    #[test]
    fn near_now_there_are_words() {
        let now = Some(local("2026-07-08T09:30:00+09:00"));
        let said = |at: &str| (when(local(at), now), ago(local(at), now), day_of(local(at), now));
        let all = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(said("2026-07-08T09:29:30+09:00"), all("today 09:29", "just now", "just now"));
        assert_eq!(said("2026-07-08T09:22:00+09:00"), all("today 09:22", "8 min ago", "8 min ago"));
        assert_eq!(said("2026-07-08T03:02:00+09:00"), all("today 03:02", "today 03:02", "today 03:02"));
        assert_eq!(said("2026-07-07T23:00:00+09:00"), all("yesterday 23:00", "yesterday 23:00", "yesterday"));
        assert_eq!(said("2026-07-09T00:00:00+09:00"), all("tomorrow 00:00", "tomorrow 00:00", "tomorrow"));
        assert_eq!(said("2026-07-06T09:30:00+09:00"), all("2026-07-06 09:30", "2026-07-06 09:30", "Mon"));
        assert_eq!(said("2026-07-01T09:30:00+09:00").2, "2026-07-01");
        let at = local("2026-07-08T09:29:30+09:00");
        assert_eq!((when(at, None), ago(at, None)), ("2026-07-08 09:29".into(), "2026-07-08 09:29".into()));
        assert_eq!(day_of(at, None), "2026-07-08");
    }
}
