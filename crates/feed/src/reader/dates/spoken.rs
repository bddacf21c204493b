//! Dates with words: RFC 822, asctime and free text, largely independent of order and language.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::months::month;
use super::{Time, day, full_year, moment, zones};

/// Maximum number of unknown words, such as a weekday, "at" or "Uhr"; more of them make a sentence.
const MAX_UNKNOWN: usize = 4;

/// Minutes ahead of UTC.
const KOREA: i64 = 9 * 60;

/// The parts found so far.
#[derive(Default)]
struct DateParts {
    /// Value, number of digits, and the following character.
    numbers: Vec<(i64, usize, char)>,
    month: Option<i64>,
    time: Option<Time>,
    zone: Option<i64>,
    place: Option<Tz>,
    afternoon: Option<bool>,
    unknown: usize,
}

/// Parses a date; none unless it has a year, a month and a day. After a month name the day may be missing.
pub fn read(text: &str) -> Option<DateTime<Utc>> {
    let text = text.to_lowercase().replace("a.m", "am").replace("p.m", "pm");
    let mut found = DateParts::default();
    let mut rest = text.as_str();
    while let Some(next) = rest.chars().next() {
        let taken = match next {
            '0'..='9' => found.digits(rest),
            '+' | '-' if found.time.is_some() && found.zone.is_none_or(|zone| zone == 0) => {
                found.offset(rest)
            }
            '年' | '月' | '日' | '년' | '월' | '일' => next.len_utf8(),
            c if c.is_alphabetic() => found.word(rest),
            c => c.len_utf8(),
        };
        rest = &rest[taken..];
    }
    if found.unknown > MAX_UNKNOWN {
        return None;
    }
    let (year, month, on) = found.date()?;
    let shown = moment(day(year, month, on)?, found.time())?;
    let home = if text.contains(|c| matches!(c, '가'..='힣')) { KOREA } else { 0 };
    let place = || found.place.map(|place| zones::offset_of_place(place, shown.naive_utc()));
    shown.checked_sub_signed(TimeDelta::minutes(found.zone.or_else(place).unwrap_or(home)))
}

impl DateParts {
    fn digits(&mut self, text: &str) -> usize {
        // 10.14 and 10h14 are a time once the date is complete, and a day before that.
        let separators: &[char] = if self.is_dated() { &[':', '.', 'h'] } else { &[':'] };
        if self.time.is_none()
            && let Some((time, length)) = clock(text, separators).or_else(|| clock_in_characters(text))
        {
            self.time = Some(time);
            return length;
        }
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, behind) = text.split_at(length);
        if self.time.is_none() && self.is_complete() {
            self.time = clock_in_digits(digits, behind);
            if self.time.is_some() {
                return length;
            }
        }
        let behind = behind.chars().next().unwrap_or(' ');
        if length == 8 && self.numbers.is_empty() {
            for part in [0..4, 4..6, 6..8] {
                self.number(&digits[part], behind);
            }
        } else {
            self.number(digits, behind);
        }
        length
    }

    fn number(&mut self, digits: &str, behind: char) {
        if let Ok(value) = digits.parse() {
            self.numbers.push((value, digits.len(), behind));
        }
    }

    fn is_dated(&self) -> bool {
        self.numbers.len() + usize::from(self.month.is_some()) > 2
    }

    fn is_complete(&self) -> bool {
        self.is_dated() && self.numbers.iter().any(|(_, digits, _)| *digits == 4)
    }

    fn offset(&mut self, text: &str) -> usize {
        match zones::numeric(text) {
            Some((minutes, length)) => {
                self.zone = Some(minutes);
                length
            }
            None => 1,
        }
    }

    fn word(&mut self, text: &str) -> usize {
        let word = first_word(text);
        match word {
            "am" => self.half(false),
            "pm" => self.half(true),
            "오전" | "午前" | "上午" | "πμ" => self.afternoon = Some(false),
            "오후" | "午後" | "午后" | "下午" | "μμ" => self.afternoon = Some(true),
            "t" => {}
            "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun" => {}
            _ => {
                if let Some(length) = self.zone(text, word) {
                    return length;
                }
                // The last match counts: "mar" is both a month and a weekday.
                match month(word).filter(|_| !self.is_complete()) {
                    Some(named) => self.month = Some(named),
                    None => self.unknown += 1,
                }
            }
        }
        word.len()
    }

    /// Length of the zone at the start of a text; zones follow the time.
    fn zone(&mut self, text: &str, word: &str) -> Option<usize> {
        self.time?;
        if let Some((place, length)) = zones::place(text) {
            self.place = Some(place);
            return Some(length);
        }
        let named = || zones::offset(word).map(|minutes| (minutes, word.len()));
        let (minutes, length) = zones::written_out(text).or_else(named).filter(|_| self.zone.is_none())?;
        self.zone = Some(minutes);
        Some(length)
    }

    /// Sets the half of the day; a number directly before it is the hour.
    fn half(&mut self, afternoon: bool) {
        self.afternoon = Some(afternoon);
        if self.time.is_none()
            && let Some((hour @ 1..=12, 1 | 2, behind)) = self.numbers.last().copied()
            && (behind.is_alphabetic() || self.numbers.len() > 2)
        {
            self.numbers.pop();
            self.time = Some(Time { hour, ..Time::default() });
        }
    }

    /// Year, month and day.
    fn date(&self) -> Option<(i64, i64, i64)> {
        match (self.month, self.numbers.as_slice()) {
            (Some(month), [(year, 4, _)]) => Some((*year, month, 1)),
            (Some(month), [(year, 4, _), (day, ..), ..]) => Some((*year, month, *day)),
            (Some(month), [(day, 1 | 2, _), (year, digits @ (2 | 4), _), ..]) => {
                Some((full_year(*year, *digits), month, *day))
            }
            (None, [(year, 4, _), (month, ..), (day, ..), ..]) => Some((*year, *month, *day)),
            (None, [(first, 1 | 2, behind), (second, 1 | 2, _), (year, digits @ (2 | 4), _), ..]) => {
                let year = full_year(*year, *digits);
                let day_first = *first > 12 || (*behind != '/' && *second <= 12);
                Some(if day_first { (year, *second, *first) } else { (year, *first, *second) })
            }
            _ => None,
        }
    }

    fn time(&self) -> Time {
        let mut time = self.time.unwrap_or_default();
        time.hour = match (self.afternoon, time.hour) {
            (Some(true), hour @ 0..=11) => hour + 12,
            (Some(false), 12) => 0,
            (_, hour) => hour,
        };
        time
    }
}

/// Parses `194821` and `1948`, and `19` before a zone or the German "Uhr".
fn clock_in_digits(digits: &str, behind: &str) -> Option<Time> {
    let next = first_word(behind.trim_start());
    let is_hour = matches!(next, "uhr" | "z") || (next.len() > 1 && zones::offset(next).is_some());
    Time::of_digits(digits)
        .filter(|time| time.hour < 24 && time.minute < 60 && time.second < 60)
        .filter(|_| digits.len() > 2 || is_hour)
}

/// Parses `19시 48분 21초` at the start of a text. Returns the time and its length.
fn clock_in_characters(text: &str) -> Option<(Time, usize)> {
    let (mut parts, mut rest) = ([0; 3], text);
    for (part, characters) in
        parts.iter_mut().zip([['시', '時', '时'], ['분', '分', '分'], ['초', '秒', '秒']])
    {
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let Some(after) = rest[length..].strip_prefix(characters) else { break };
        *part = rest[..length].parse().ok()?;
        rest = after.trim_start();
    }
    let [hour, minute, second] = parts;
    (rest.len() < text.len())
        .then_some((Time { hour, minute, second, offset_minutes: 0 }, text.len() - rest.len()))
}

fn first_word(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len())]
}

/// Parses `9:15`, `19:48:21`, `19:48:21.5` at the start of a text. Returns the time and its length.
fn clock(text: &str, separators: &[char]) -> Option<(Time, usize)> {
    let count = |from: usize| text.bytes().skip(from).take_while(u8::is_ascii_digit).count();
    let hour = count(0);
    let minute = count(hour + 1);
    if hour > 2 || !text[hour..].starts_with(separators) || !(1..=2).contains(&minute) {
        return None;
    }
    let mut length = hour + 1 + minute;
    let mut time = Time {
        hour: text[..hour].parse().ok()?,
        minute: text[hour + 1..length].parse().ok()?,
        ..Time::default()
    };
    let second = count(length + 1);
    if text[length..].starts_with(separators) && (1..=2).contains(&second) {
        time.second = text[length + 1..length + 1 + second].parse().ok()?;
        length += 1 + second;
        if text[length..].starts_with(['.', ',']) {
            length += 1 + count(length + 1);
        }
    }
    Some((time, length))
}
