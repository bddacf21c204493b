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
    let told = &told.replace(['−', '–'], "-");
    iso::read(told)
        .or_else(|| unix_seconds(told))
        .or_else(|| spoken::read(told))
        .filter(|date| is_plausible(date, now))
}

/// Dates before the Web and after tomorrow are mistakes.
fn is_plausible(date: &DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (0..=(now + TimeDelta::days(1)).timestamp()).contains(&date.timestamp())
}

/// `1072986501`, `1072986501.0`, milliseconds, and `/Date(1072986501000+0100)/`, where the offset changes nothing.
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

/// A time of day, and how far its clock is ahead of UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Time {
    hour: i64,
    minute: i64,
    second: i64,
    offset_minutes: i64,
}

impl Time {
    /// `19`, `1948` or `194821`.
    fn of_digits(digits: &str) -> Option<Self> {
        let part = |from: usize| digits.get(from..from + 2).map_or(Some(0), |part| part.parse().ok());
        let time = Self { hour: part(0)?, minute: part(2)?, second: part(4)?, offset_minutes: 0 };
        matches!(digits.len(), 2 | 4 | 6).then_some(time)
    }
}

/// Puts date and time together. 24:00 is the next day's midnight, a leap second the one before it.
fn moment(date: NaiveDate, time: Time) -> Option<DateTime<Utc>> {
    let Time { hour, minute, second, offset_minutes } = time;
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let minutes = hour * 60 + minute - offset_minutes;
    let midnight = date.and_hms_opt(0, 0, 0)?.and_utc();
    midnight.checked_add_signed(TimeDelta::seconds(minutes * 60 + second.min(59)))
}

/// A day; the 31st of a shorter month is its last.
fn day(year: i64, month: i64, day: i64) -> Option<NaiveDate> {
    let (year, month) = (i32::try_from(year).ok()?, u32::try_from(month).ok()?);
    let day = u32::try_from(day).ok().filter(|day| *day <= 31)?;
    (0..4).find_map(|less| NaiveDate::from_ymd_opt(year, month, day.checked_sub(less)?))
}

/// Two digits are a year from 1969 to 2068. Four are what they say: year 1 is how some programs write "no date".
fn full_year(year: i64, digits: usize) -> i64 {
    match year {
        0..=68 if digits <= 2 => 2_000 + year,
        69..=99 if digits <= 2 => 1_900 + year,
        year => year,
    }
}

#[cfg(test)]
mod tests;
