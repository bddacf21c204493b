//! Date parser: standard formats, variants of them, and natural languages.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

mod iso;
mod months;
mod spoken;
mod zones;

/// Maximum bytes of a date; a longer text is prose.
const MAX_LENGTH: usize = 120;

/// Parses a date; none if it is invalid or implausible for a publication.
pub fn read(told: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let told = told.trim();
    if told.is_empty() || told.len() > MAX_LENGTH {
        return None;
    }
    let told = &told.replace(['−', '–'], "-");
    iso::read(told)
        .or_else(|| unix_seconds(told))
        .or_else(|| spoken::read(told))
        .filter(|date| is_plausible(date, now))
}

/// Whether a date is between 1970 and one day after `now`.
fn is_plausible(date: &DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (0..=(now + TimeDelta::days(1)).timestamp()).contains(&date.timestamp())
}

/// Parses `1072986501`, `1072986501.0`, milliseconds, and `/Date(1072986501000+0100)/`, ignoring the offset.
fn unix_seconds(told: &str) -> Option<DateTime<Utc>> {
    let number = match told.strip_prefix("/Date(").and_then(|told| told.strip_suffix(")/")) {
        Some(dot_net) => dot_net.split(['+', '-']).next()?,
        None => {
            told.split_once('.').filter(|(_, part)| part.parse::<u64>().is_ok()).map_or(told, |told| told.0)
        }
    };
    let count: i64 = number.parse().ok()?;
    match number.len() {
        9 | 10 => DateTime::from_timestamp(count, 0),
        13 => DateTime::from_timestamp_millis(count),
        _ => None,
    }
}

/// A time of day and its offset from UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Time {
    hour: i64,
    minute: i64,
    second: i64,
    offset_minutes: i64,
}

impl Time {
    /// Parses `19`, `1948` or `194821`.
    fn of_digits(digits: &str) -> Option<Self> {
        let part = |from: usize| digits.get(from..from + 2).map_or(Some(0), |part| part.parse().ok());
        let time = Self { hour: part(0)?, minute: part(2)?, second: part(4)?, offset_minutes: 0 };
        matches!(digits.len(), 2 | 4 | 6).then_some(time)
    }
}

/// Combines date and time. 24:00 is midnight of the next day, and second 60 counts as 59.
fn moment(date: NaiveDate, time: Time) -> Option<DateTime<Utc>> {
    let Time { hour, minute, second, offset_minutes } = time;
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let minutes = hour * 60 + minute - offset_minutes;
    let midnight = date.and_hms_opt(0, 0, 0)?.and_utc();
    midnight.checked_add_signed(TimeDelta::seconds(minutes * 60 + second.min(59)))
}

/// A calendar day; days beyond the end of a shorter month become its last day.
fn day(year: i64, month: i64, day: i64) -> Option<NaiveDate> {
    let (year, month) = (i32::try_from(year).ok()?, u32::try_from(month).ok()?);
    let day = u32::try_from(day).ok().filter(|day| *day <= 31)?;
    (0..4).find_map(|less| NaiveDate::from_ymd_opt(year, month, day.checked_sub(less)?))
}

/// Expands a two-digit year to 1969–2068. Four digits are literal: some programs write year 1 for "no date".
fn full_year(year: i64, digits: usize) -> i64 {
    match year {
        0..=68 if digits <= 2 => 2_000 + year,
        69..=99 if digits <= 2 => 1_900 + year,
        year => year,
    }
}

#[cfg(test)]
mod tests;
