//! ISO 8601, RFC 3339 and W3CDTF at every precision, with and without separators.

use chrono::{DateTime, NaiveDate, Utc, Weekday};

use super::{Time, day, full_year, moment, zones};

/// Parses a date if the whole text has this form.
pub fn read(text: &str) -> Option<DateTime<Utc>> {
    let (date, rest) = date(text)?;
    let rest = rest.trim_start();
    if rest.is_empty() {
        return moment(date, Time::default());
    }
    if let Some(offset_minutes) = zone_of_day(rest) {
        return moment(date, Time { offset_minutes, ..Time::default() });
    }
    moment(date, time(rest.strip_prefix(['T', 't']).unwrap_or(rest).trim_start())?)
}

fn date(text: &str) -> Option<(NaiveDate, &str)> {
    let (digits, rest) = split_digits(text);
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i64>().ok();
    let year = |digits: usize| Some(full_year(number(0, digits)?, digits));
    match digits.len() {
        // -03-12: year and month of this century.
        0 => {
            let (year, rest) = split_digits(rest.strip_prefix('-').filter(|rest| rest.len() <= 5)?);
            let (year, month) =
                if year.len() == 4 { (&year[..2], &year[2..]) } else { (year, rest.trim_matches('-')) };
            let month = if month.is_empty() { 1 } else { month.parse().ok()? };
            Some((day(full_year(year.parse().ok()?, year.len()), month, 1)?, ""))
        }
        2 | 4 => separated(year(digits.len())?, digits.len() == 4, rest),
        5 => Some((ordinal(year(2)?, number(2, 5)?)?, rest)),
        6 => Some((day(year(2)?, number(2, 4)?, number(4, 6)?)?, rest)),
        7 => Some((ordinal(year(4)?, number(4, 7)?)?, rest)),
        8 => Some((day(year(4)?, number(4, 6)?, number(6, 8)?)?, rest)),
        12 | 14 => Some((day(year(4)?, number(4, 6)?, number(6, 8)?)?, &text[8..])),
        _ => None,
    }
}

/// Parses the rest after a year: nothing, a month, month and day, a week, or the day of the year.
fn separated(year: i64, is_full: bool, rest: &str) -> Option<(NaiveDate, &str)> {
    let separator = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.' | 'W' | 'w'));
    let Some(separator) = separator else { return Some((day(year, 1, 1).filter(|_| is_full)?, rest)) };
    // 31.12.2003 and 12/31/2003 begin with two digits as well.
    if !is_full && separator != '-' {
        return None;
    }
    let part = &rest[1..];
    if matches!(separator, 'W' | 'w') || part.starts_with(['W', 'w']) {
        return week(year, part.trim_start_matches(['W', 'w']));
    }
    let (first, after) = split_digits(part);
    match first.len() {
        3 => Some((ordinal(year, first.parse().ok()?)?, after)),
        1 | 2 => {
            let (second, rest) = split_digits(after.strip_prefix(separator).unwrap_or_default());
            match second.len() {
                0 if after.starts_with(separator) || !is_full => None,
                0 => Some((day(year, first.parse().ok()?, 1)?, after)),
                1 | 2 => Some((day(year, first.parse().ok()?, second.parse().ok()?)?, rest)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn ordinal(year: i64, day_of_year: i64) -> Option<NaiveDate> {
    NaiveDate::from_yo_opt(i32::try_from(year).ok()?, u32::try_from(day_of_year).ok()?)
}

fn week(year: i64, part: &str) -> Option<(NaiveDate, &str)> {
    let (digits, rest) = split_digits(part);
    let (week, weekday, rest) = match digits.len() {
        3 => (&digits[..2], &digits[2..], rest),
        2 => match rest.strip_prefix('-') {
            Some(after) => (digits, split_digits(after).0, split_digits(after).1),
            None => (digits, "1", rest),
        },
        _ => return None,
    };
    let weekday = Weekday::try_from(weekday.parse::<u8>().ok()?.checked_sub(1)?).ok()?;
    Some((NaiveDate::from_isoywd_opt(i32::try_from(year).ok()?, week.parse().ok()?, weekday)?, rest))
}

/// Parses `10`, `10:14`, `1014`, `10:14:55.5`, each with or without a zone.
fn time(text: &str) -> Option<Time> {
    let (digits, mut rest) = split_digits(text);
    let (mut parts, mut told) = ([0_i64; 3], digits.len() / 2);
    match digits.len() {
        1 | 2 => {
            (parts[0], told) = (digits.parse().ok()?, 1);
            let separator = separator(rest);
            for part in &mut parts[1..] {
                let Some(after) = rest.strip_prefix(separator) else { break };
                let (digits, after) = split_digits(after);
                *part = digits.parse().ok().filter(|_| digits.len() <= 2)?;
                (rest, told) = (after, told + 1);
            }
        }
        _ => {
            let time = Time::of_digits(digits)?;
            parts = [time.hour, time.minute, time.second];
        }
    }
    let (digits, rest) = rest.strip_prefix(['.', ',']).map_or(("", rest), split_digits);
    // A fraction applies to the last unit present (ISO 8601, 5.3.1.4).
    let seconds = fraction(digits, [3_600, 60, 0][told - 1]);
    let [hour, minute, second] = parts;
    let (minute, second) = (minute + seconds / 60, second + seconds % 60);
    Some(Time { hour, minute, second, offset_minutes: zone(rest.trim())? })
}

/// The separator of a time: a colon, except in `19.48` and `19-48-21`.
fn separator(rest: &str) -> char {
    match rest.as_bytes() {
        [b'-', _, _, b'-', ..] => '-',
        [b'.', b'0'..=b'5', b'0'..=b'9', after @ ..] if !after.first().is_some_and(u8::is_ascii_digit) => '.',
        _ => ':',
    }
}

fn fraction(digits: &str, unit: i64) -> i64 {
    let digits = &digits[..digits.len().min(9)];
    digits.parse().map_or(0, |parts: i64| parts * unit / 10_i64.pow(digits.len() as u32))
}

/// The zone directly after a day, as in XML Schema dates.
fn zone_of_day(text: &str) -> Option<i64> {
    zones::numeric(text).filter(|(_, length)| *length == text.len() && text.contains(':')).map(|zone| zone.0)
}

fn zone(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    match zones::numeric(text) {
        Some((minutes, length)) => text[length..].trim().is_empty().then_some(minutes),
        None => zones::offset(text),
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}
