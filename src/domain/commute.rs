//! Commute windows: when a person travels, by their own clock, and when that is next.

use chrono::{Datelike, Days, FixedOffset, NaiveDate, TimeDelta, TimeZone, Timelike};
use serde::{Deserialize, Serialize};

use super::refusal::{Complaints, Refusal};
use super::words::{UnknownWord, words};
use super::{CommuteWindowId, DateTime, Utc};

/// As many as one person may have.
pub const WINDOWS_MOST: i64 = 20;

words! {
    Day { Mon = "mon", Tue = "tue", Wed = "wed", Thu = "thu", Fri = "fri", Sat = "sat", Sun = "sun" }
}

impl Day {
    pub fn of(date: NaiveDate) -> Self {
        Self::ALL[date.weekday().num_days_from_monday() as usize]
    }
}

/// A time of day to the minute, spelled `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    minutes: u16,
}

impl std::str::FromStr for TimeOfDay {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let two = |part: &str, below: u16| {
            let is_two = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u16>().ok().filter(|number| is_two && *number < below)
        };
        let parts = text.split_once(':');
        let minutes = parts.and_then(|(hour, minute)| Some(two(hour, 24)? * 60 + two(minute, 60)?));
        let unknown = || UnknownWord { vocabulary: "time of day", word: text.to_owned() };
        minutes.map(|minutes| Self { minutes }).ok_or_else(unknown)
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = UnknownWord;
    fn try_from(text: String) -> Result<Self, UnknownWord> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// When somebody travels. It begins on each of its days; where the end is not after the start, it ends a day later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommuteWindow {
    pub id: CommuteWindowId,
    #[serde(flatten)]
    pub plan: Plan,
}

/// What a person says about a window; both times are local to their time zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub label: String,
    pub start: TimeOfDay,
    pub end: TimeOfDay,
    /// In the order of the week, each once.
    pub days: Vec<Day>,
    pub is_active: bool,
}

/// A window as it is typed. What is left out stays as it is; a new window needs everything but `is_active`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TypedPlan {
    pub label: Option<String>,
    /// `HH:MM`, from `00:00` to `23:59`.
    pub start: Option<String>,
    pub end: Option<String>,
    /// `mon` to `sun`.
    pub days: Option<Vec<String>>,
    pub is_active: Option<bool>,
}

impl TypedPlan {
    /// Every field that is wrong is named; `before` is the window that is changed.
    pub fn check(self, before: Option<Plan>) -> Result<Plan, Refusal> {
        let before = before.as_ref();
        let mut complaints = Complaints::default();
        let label = match self.label {
            Some(label) => label.split_whitespace().collect::<Vec<_>>().join(" "),
            None => before.map(|plan| plan.label.clone()).unwrap_or_default(),
        };
        let is_name = (1..=60).contains(&label.chars().count()) && !label.chars().any(char::is_control);
        complaints.check(is_name, "label", "Give it a name of 1 to 60 characters, such as Morning.");
        let mut time = |typed: Option<String>, field: &str, before: Option<TimeOfDay>| {
            let time = typed.map_or(before, |typed| typed.trim().parse().ok());
            complaints.check(time.is_some(), field, "Use a time from 00:00 to 23:59, such as 07:30.");
            time
        };
        let start = time(self.start, "start", before.map(|plan| plan.start));
        let end = time(self.end, "end", before.map(|plan| plan.end));
        let differ = start.is_none() || start != end;
        complaints.check(differ, "end", "Choose an end that differs from the start.");
        let is_bounded = self.days.as_ref().is_none_or(|typed| typed.len() <= Day::ALL.len());
        let typed = self.days.map(|typed| complaints.bounded(typed, Day::ALL.len(), "days", "days"));
        let days: Option<Vec<Day>> = match typed {
            Some(typed) => typed.iter().map(|day| day.parse().ok()).collect(),
            None => before.map(|plan| plan.days.clone()),
        };
        let mut days = days.unwrap_or_default();
        days.sort();
        days.dedup();
        complaints.check(
            !(is_bounded && days.is_empty()),
            "days",
            "Choose at least one day: mon, tue, wed, thu, fri, sat or sun.",
        );
        complaints.finish()?;
        let is_active = self.is_active.or(before.map(|plan| plan.is_active)).unwrap_or(true);
        match (start, end) {
            (Some(start), Some(end)) => Ok(Plan { label, start, end, days, is_active }),
            _ => Err(Refusal::field("start", "Use a time from 00:00 to 23:59, such as 07:30.")),
        }
    }
}

/// One time a person travels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Commute {
    pub label: String,
    /// By the person's own clock; in the past while it is under way.
    pub begins: DateTime<FixedOffset>,
    pub is_under_way: bool,
    /// How long it lasts.
    pub minutes: i64,
}

/// The commute a person is on, else the next one of their active windows.
pub fn next_commute<Z: TimeZone>(windows: &[CommuteWindow], zone: &Z, now: DateTime<Utc>) -> Option<Commute> {
    let today = now.with_timezone(zone).date_naive();
    // From yesterday, for what goes over midnight; a fortnight on, in case the zone leaves out the only day of a week.
    let dates: Vec<_> = today.pred_opt().into_iter().flat_map(|first| first.iter_days().take(16)).collect();
    let active = windows.iter().map(|window| &window.plan).filter(|plan| plan.is_active);
    let times = active.flat_map(|plan| {
        let dates = dates.iter().filter(|date| plan.days.contains(&Day::of(**date)));
        dates.filter_map(|date| {
            let (begins, ends) = plan.on(*date, zone)?;
            let (begins, ends) = (begins.fixed_offset(), ends.fixed_offset());
            let is_under_way = begins <= now && now < ends;
            (is_under_way || begins > now).then(|| Commute {
                label: plan.label.clone(),
                begins,
                is_under_way,
                minutes: (ends - begins).num_minutes(),
            })
        })
    });
    times.min_by_key(|commute| (commute.begins.max(now.fixed_offset()), commute.begins))
}

/// Times before a departure at which followed feeds are read again: early enough for large files, and once more for
/// late publications.
const READ_BEFORE: [TimeDelta; 2] = [TimeDelta::minutes(90), TimeDelta::minutes(15)];

/// The latest moment at which feeds should have been read for the next departure. None while the departure is too far
/// away, and once it has passed.
pub fn reading_before<Z: TimeZone>(
    windows: &[CommuteWindow],
    zone: &Z,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let departure = next_departure(windows, zone, now).filter(|departure| *departure > now)?;
    READ_BEFORE.iter().map(|before| departure - *before).filter(|moment| *moment <= now).max()
}

/// When a person leaves: the next start of an active window, or now, inside one.
pub fn next_departure<Z: TimeZone>(
    windows: &[CommuteWindow],
    zone: &Z,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    next_commute(windows, zone, now).map(|commute| commute.begins.with_timezone(&Utc).max(now))
}

impl Plan {
    /// From when to when it goes if it begins on this date. A time that is there twice begins the first time and ends
    /// the second; one that summer time leaves out is as late as the clock then says.
    fn on<Z: TimeZone>(&self, date: NaiveDate, zone: &Z) -> Option<(DateTime<Z>, DateTime<Z>)> {
        let last = if self.end > self.start { date } else { date.checked_add_days(Days::new(1))? };
        let begins = moments(date, self.start, zone).find_map(|moment| moment.earliest())?;
        let ends = moments(last, self.end, zone).find_map(|moment| moment.latest())?;
        Some((begins, ends))
    }
}

/// A local time, and the minutes after it for as long as clocks may jump.
fn moments<Z: TimeZone>(
    date: NaiveDate,
    time: TimeOfDay,
    zone: &Z,
) -> impl Iterator<Item = chrono::LocalResult<DateTime<Z>>> {
    let local = date.and_time(Default::default()) + TimeDelta::minutes(time.minutes.into());
    (0..=180).map(move |late| zone.from_local_datetime(&(local + TimeDelta::minutes(late))))
}

/// "07:30", by the clock of the one who travels.
pub fn time_of_day(at: DateTime<FixedOffset>) -> TimeOfDay {
    TimeOfDay { minutes: (at.hour() * 60 + at.minute()) as u16 }
}

#[cfg(test)]
mod tests;
