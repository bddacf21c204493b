//! Dates with words in them: RFC 822, asctime, and what people write. Order and language hardly matter.

use chrono::{DateTime, Utc};

use super::months::month;
use super::{Time, day, moment, zones};

/// Words that say nothing: a weekday, "at", "Uhr". More of them make a sentence.
const UNKNOWN_MOST: usize = 4;

/// Minutes ahead of UTC.
const KOREA: i64 = 9 * 60;

/// What was found so far.
#[derive(Default)]
struct Found {
    /// Value, number of digits, and what stands behind it.
    numbers: Vec<(i64, usize, char)>,
    month: Option<i64>,
    time: Option<Time>,
    zone: Option<i64>,
    afternoon: Option<bool>,
    /// Minutes ahead of UTC where the language is spoken, if that is one place.
    home: i64,
    unknown: usize,
}

/// The moment a text tells, if it names day, month and year in some way.
pub fn read(text: &str) -> Option<DateTime<Utc>> {
    let text = text.to_lowercase().replace("a.m", "am").replace("p.m", "pm");
    let mut found = Found::default();
    let mut rest = text.as_str();
    while let Some(next) = rest.chars().next() {
        let taken = match next {
            '0'..='9' => found.digits(rest),
            '+' | '-' if found.time.is_some() && found.zone.is_none_or(|zone| zone == 0) => {
                found.offset(rest)
            }
            c if c.is_alphabetic() => found.word(rest),
            c => c.len_utf8(),
        };
        rest = &rest[taken..];
    }
    if found.unknown > UNKNOWN_MOST {
        return None;
    }
    let (year, month, on) = found.date()?;
    moment(day(year, month, on)?, found.time())
}

impl Found {
    fn digits(&mut self, text: &str) -> usize {
        // 10.14 and 10h14 are a time once the day is known, and before that a day.
        let separators: &[char] = if self.is_dated() { &[':', '.', 'h'] } else { &[':'] };
        if self.time.is_none()
            && let Some((time, length)) = clock(text, separators)
        {
            self.time = Some(time);
            return length;
        }
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        if let Ok(value) = text[..length].parse() {
            self.numbers.push((value, length, text[length..].chars().next().unwrap_or(' ')));
        }
        length
    }

    fn is_dated(&self) -> bool {
        self.numbers.len() + usize::from(self.month.is_some()) > 2
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
        let length = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
        let word = &text[..length];
        match word {
            "am" => self.half(false),
            "pm" => self.half(true),
            "오전" => (self.afternoon, self.home) = (Some(false), KOREA),
            "오후" => (self.afternoon, self.home) = (Some(true), KOREA),
            "년" | "월" | "일" => self.home = KOREA,
            "上午" | "πμ" => self.afternoon = Some(false),
            "下午" | "μμ" => self.afternoon = Some(true),
            "t" => {}
            "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun" => {}
            _ => {
                let zone = zones::offset(word).filter(|_| self.time.is_some() && self.zone.is_none());
                if zone.is_some() {
                    self.zone = zone;
                } else if let Some(named) = month(word) {
                    // The last counts: "mar" is a month, and a day of the week as well.
                    self.month = Some(named);
                } else {
                    self.unknown += 1;
                }
            }
        }
        length
    }

    /// Before or after noon; a number right before it is the hour.
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
            (Some(month), [(day, 1 | 2, _), (year, 2 | 4, _), ..]) => Some((*year, month, *day)),
            (None, [(year, 4, _), (month, ..), (day, ..), ..]) => Some((*year, *month, *day)),
            (None, [(first, 1 | 2, behind), (second, 1 | 2, _), (year, 2 | 4, _), ..]) => {
                let day_first = *first > 12 || (*behind != '/' && *second <= 12);
                Some(if day_first { (*year, *second, *first) } else { (*year, *first, *second) })
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
        Time { offset_minutes: self.zone.unwrap_or(self.home), ..time }
    }
}

/// `9:15`, `19:48:21`, `19:48:21.5` at the start of a text, and how long it is.
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
