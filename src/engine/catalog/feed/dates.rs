//! Dates as publishers write them: by the standards, nearly so, or in their own language.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

mod iso;
mod months;
mod spoken;
mod zones;

/// No date is longer; what is, is prose.
const LENGTH_MOST: usize = 120;

/// The moment a text tells; none if it tells none, or one that cannot be that of a publication.
pub fn read(told: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let told = told.trim();
    if told.is_empty() || told.len() > LENGTH_MOST {
        return None;
    }
    iso::read(told)
        .or_else(|| unix_seconds(told))
        .or_else(|| spoken::read(told))
        .filter(|date| is_plausible(date, now))
}

/// Dates before the Web and after tomorrow are mistakes.
fn is_plausible(date: &DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (0..=(now + TimeDelta::days(1)).timestamp()).contains(&date.timestamp())
}

fn unix_seconds(told: &str) -> Option<DateTime<Utc>> {
    let number: i64 = told.parse().ok()?;
    match told.len() {
        9 | 10 => DateTime::from_timestamp(number, 0),
        13 => DateTime::from_timestamp_millis(number),
        _ => None,
    }
}

/// A time of day, and how far its clock is ahead of UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Time {
    hour: i64,
    minute: i64,
    second: i64,
    offset_minutes: i64,
}

/// Puts date and time together. 24:00 is the next day's midnight, a leap second the one before it.
fn moment(date: NaiveDate, time: Time) -> Option<DateTime<Utc>> {
    let Time { hour, minute, second, offset_minutes } = time;
    if hour > 24 || minute > 59 || second > 60 || offset_minutes.abs() > 24 * 60 {
        return None;
    }
    let minutes = hour * 60 + minute - offset_minutes;
    let midnight = date.and_hms_opt(0, 0, 0)?.and_utc();
    midnight.checked_add_signed(TimeDelta::seconds(minutes * 60 + second.min(59)))
}

/// A day; the 31st of a shorter month is its last.
fn day(year: i64, month: i64, day: i64) -> Option<NaiveDate> {
    let (year, month) = (i32::try_from(full_year(year)).ok()?, u32::try_from(month).ok()?);
    let day = u32::try_from(day).ok().filter(|day| *day <= 31)?;
    (0..4).find_map(|less| NaiveDate::from_ymd_opt(year, month, day.checked_sub(less)?))
}

/// Two digits are a year from 1969 to 2068.
fn full_year(year: i64) -> i64 {
    match year {
        0..=68 => 2_000 + year,
        69..=99 => 1_900 + year,
        year => year,
    }
}

#[cfg(test)]
mod tests;
