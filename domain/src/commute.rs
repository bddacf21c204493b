//! Commute windows: when a user travels, in local time, and when the next commute begins.

mod time_of_day;

use chrono::{Datelike, Days, FixedOffset, NaiveDate, TimeDelta, TimeZone, Timelike};
use serde::{Deserialize, Serialize};

use super::cut::spaced;
use super::refusal::{Complaints, Refusal};
use super::urgency::reading_ahead_of;
use super::words::words;
use super::{CommuteWindowId, DateTime, Utc};

pub use time_of_day::TimeOfDay;

/// Maximum number of windows per user.
pub const MAX_WINDOWS: i64 = 20;

words! {
    Day { Mon = "mon", Tue = "tue", Wed = "wed", Thu = "thu", Fri = "fri", Sat = "sat", Sun = "sun" }
}

impl Day {
    pub fn of(date: NaiveDate) -> Self {
        Self::ALL[date.weekday().num_days_from_monday() as usize]
    }
}

/// Stored window. It begins on each of its days; if the end is not after the start, it ends the next day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommuteWindow {
    pub id: CommuteWindowId,
    #[serde(flatten)]
    pub plan: Plan,
}

/// Definition of a window. Both times are local to the user's time zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plan {
    pub label: String,
    pub start: TimeOfDay,
    pub end: TimeOfDay,
    /// Days in the order of the week, without duplicates.
    pub days: Vec<Day>,
    pub is_active: bool,
}

/// Window as typed. Omitted fields keep their value; a new window needs everything but `is_active`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// Names every invalid field. `before` is the window that is changed.
    pub fn check(self, before: Option<Plan>) -> Result<Plan, Refusal> {
        let before = before.as_ref();
        let mut complaints = Complaints::default();
        let label = match self.label {
            Some(label) => spaced(&label),
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

/// One occurrence of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Commute {
    pub label: String,
    /// Start in the user's local time; in the past while the commute is under way.
    pub begins: DateTime<FixedOffset>,
    pub is_under_way: bool,
    /// Duration.
    pub minutes: i64,
}

/// Returns the commute under way, else the next one of the active windows.
pub fn next_commute<Z: TimeZone>(windows: &[CommuteWindow], zone: &Z, now: DateTime<Utc>) -> Option<Commute> {
    // A fortnight on, in case a zone skips a week's only day.
    let times = occurrences(windows, zone, now, 16).map(|(_, commute)| commute);
    times.min_by_key(|commute| (commute.begins.max(now.fixed_offset()), commute.begins))
}

/// Commutes of the active windows that end after `now` and begin before `until`, each with its window, in the
/// order of their starts.
pub fn commutes<Z: TimeZone>(
    windows: &[CommuteWindow],
    zone: &Z,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<(CommuteWindowId, Commute)> {
    let days = usize::try_from((until - now).num_days()).unwrap_or_default() + 3;
    let times = occurrences(windows, zone, now, days);
    let mut all: Vec<_> = times.filter(|(_, commute)| commute.begins < until).collect();
    all.sort_by_key(|(id, commute)| (commute.begins, *id));
    all
}

/// Commutes that end after `now`, on so many dates from yesterday on, for windows past midnight.
fn occurrences<Z: TimeZone>(
    windows: &[CommuteWindow],
    zone: &Z,
    now: DateTime<Utc>,
    days: usize,
) -> impl Iterator<Item = (CommuteWindowId, Commute)> {
    let today = now.with_timezone(zone).date_naive();
    let dates: Vec<_> = today.pred_opt().into_iter().flat_map(|first| first.iter_days().take(days)).collect();
    windows.iter().filter(|window| window.plan.is_active).flat_map(move |CommuteWindow { id, plan }| {
        let dates = dates.iter().filter(|date| plan.days.contains(&Day::of(**date)));
        let times = dates.filter_map(|date| {
            let (begins, ends) = plan.on(*date, zone)?;
            let (begins, ends) = (begins.fixed_offset(), ends.fixed_offset());
            let is_under_way = begins <= now && now < ends;
            (is_under_way || begins > now).then(|| Commute {
                label: plan.label.clone(),
                begins,
                is_under_way,
                minutes: (ends - begins).num_minutes(),
            })
        });
        times.map(|commute| (*id, commute)).collect::<Vec<_>>()
    })
}

/// Latest moment at which feeds should have been polled for the next departure. None while the departure is
/// too far away, and once it has passed.
pub fn reading_before<Z: TimeZone>(
    windows: &[CommuteWindow],
    zone: &Z,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    reading_ahead_of(next_departure(windows, zone, now)?, now)
}

/// Departure time: the next start of an active window, or now, inside one.
pub fn next_departure<Z: TimeZone>(
    windows: &[CommuteWindow],
    zone: &Z,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    next_commute(windows, zone, now).map(|commute| commute.begins.with_timezone(&Utc).max(now))
}

impl Plan {
    /// Start and end if the window begins on this date. Of a local time that occurs twice, the first is the
    /// start and the second the end; a time skipped by daylight saving moves to the end of the gap.
    fn on<Z: TimeZone>(&self, date: NaiveDate, zone: &Z) -> Option<(DateTime<Z>, DateTime<Z>)> {
        let last = if self.end > self.start { date } else { date.checked_add_days(Days::new(1))? };
        let begins = moments(date, self.start, zone).find_map(|moment| moment.earliest())?;
        let ends = moments(last, self.end, zone).find_map(|moment| moment.latest())?;
        Some((begins, ends))
    }
}

/// Local time and every minute up to three hours after it, in case clocks skip it.
pub(super) fn moments<Z: TimeZone>(
    date: NaiveDate,
    time: TimeOfDay,
    zone: &Z,
) -> impl Iterator<Item = chrono::LocalResult<DateTime<Z>>> {
    let local = date.and_time(Default::default()) + TimeDelta::minutes(time.minutes.into());
    (0..=180).map(move |late| zone.from_local_datetime(&(local + TimeDelta::minutes(late))))
}

/// Time of day in the traveller's local time, such as `07:30`.
pub fn time_of_day(at: DateTime<FixedOffset>) -> TimeOfDay {
    TimeOfDay { minutes: (at.hour() * 60 + at.minute()) as u16 }
}

#[cfg(test)]
mod tests;
