//! Sizes, speeds and times as display text. Integers only: formatting floats costs the browser 20 kB.

use chrono::{Datelike, FixedOffset, Timelike, Weekday};
use domain::{DateTime, Utc};

pub use crate::language::number;
use crate::language::{Language, language};
use crate::{t, tn};

/// Formats a size in decimal units: "950 B", "12.3 MB", "1.5 GB".
pub fn size(bytes: i64) -> String {
    with_decimal_sign(domain::size::size(bytes))
}

fn with_decimal_sign(text: String) -> String {
    match language() {
        Language::English => text,
        Language::German => text.replace('.', ","),
    }
}

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

/// Formats a date: "2026-07-18", in German "18.07.2026".
pub fn day(at: DateTime<FixedOffset>) -> String {
    match language() {
        Language::English => iso_day(at),
        Language::German => two(at.day()) + "." + &two(at.month()) + "." + &at.year().to_string(),
    }
}

fn iso_day(at: DateTime<FixedOffset>) -> String {
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
    let at = at.fixed_offset();
    iso_day(at) + "T" + &clock(at) + "Z"
}

/// Formats "today 09:30", "tomorrow 09:30", "yesterday 09:30"; the full date otherwise or without `now`.
pub fn when(at: DateTime<FixedOffset>, now: Option<DateTime<FixedOffset>>) -> String {
    match now.and_then(|now| near_day(at, now)) {
        Some(day) => day.words().to_owned() + " " + &time_of_day(at),
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
        Some(NearDay::Today) => when(at, Some(now)),
        Some(near) => near.words().to_owned(),
        None if (2..7).contains(&(now.num_days_from_ce() - at.num_days_from_ce())) => weekday(at).to_owned(),
        None => day(at),
    }
}

fn weekday(at: DateTime<FixedOffset>) -> &'static str {
    match at.weekday() {
        Weekday::Mon => t!("Mon"),
        Weekday::Tue => t!("Tue"),
        Weekday::Wed => t!("Wed"),
        Weekday::Thu => t!("Thu"),
        Weekday::Fri => t!("Fri"),
        Weekday::Sat => t!("Sat"),
        Weekday::Sun => t!("Sun"),
    }
}

fn minutes_ago(at: DateTime<FixedOffset>, now: DateTime<FixedOffset>) -> Option<String> {
    match (now - at).num_seconds() {
        0..60 => Some(t!("just now").to_owned()),
        seconds @ 60..3_600 => Some(t!("{n} min ago", n = seconds / 60)),
        _ => None,
    }
}

/// Day that has a word of its own.
enum NearDay {
    Yesterday,
    Today,
    Tomorrow,
}

impl NearDay {
    fn words(self) -> &'static str {
        match self {
            Self::Yesterday => t!("yesterday"),
            Self::Today => t!("today"),
            Self::Tomorrow => t!("tomorrow"),
        }
    }
}

fn near_day(at: DateTime<FixedOffset>, now: DateTime<FixedOffset>) -> Option<NearDay> {
    match at.num_days_from_ce() - now.num_days_from_ce() {
        0 => Some(NearDay::Today),
        1 => Some(NearDay::Tomorrow),
        -1 => Some(NearDay::Yesterday),
        _ => None,
    }
}

/// Formats the time left: "in 23 hours", "in 1 minute", "in a moment".
pub fn ahead(seconds: i64) -> String {
    match seconds {
        7_200.. => tn!(seconds / 3_600, "in {n} hour", "in {n} hours"),
        60.. => tn!(seconds / 60, "in {n} minute", "in {n} minutes"),
        _ => t!("in a moment").to_owned(),
    }
}

/// Formats a number with at most three decimal places: "0.7", "0.25", "2"; in German "0,7".
pub fn decimal(number: f64) -> String {
    with_decimal_sign(plain_decimal(number))
}

/// Like [`decimal`], for the value of a form's field, which is not written in a language.
pub fn plain_decimal(number: f64) -> String {
    let thousandths = (number * 1_000.0).round() as i64;
    let sign = if thousandths < 0 { "-" } else { "" };
    let (whole, rest) = (thousandths.unsigned_abs() / 1_000, thousandths.unsigned_abs() % 1_000);
    let places = (1_000 + rest).to_string();
    let places = places[1..].trim_end_matches('0');
    let point = if places.is_empty() { "" } else { "." };
    sign.to_owned() + &whole.to_string() + point + places
}

fn two(number: u32) -> String {
    let text = number.to_string();
    if number < 10 { "0".to_owned() + &text } else { text }
}

fn with_unit(number: i64, unit: &str) -> String {
    number.to_string() + unit
}

#[cfg(test)]
mod tests;
