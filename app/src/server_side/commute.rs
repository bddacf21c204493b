//! Form fields of a commute window, and the start of a commute as text.

use chrono::FixedOffset;
use domain::commute::{Day, TypedPlan, time_of_day};
use domain::{DateTime, Utc};
use smartcache::engine::Error;

use crate::error::ApiError;

/// Fields of the form; an unticked day is not submitted.
pub struct TypedWindow {
    pub label: String,
    pub start: String,
    pub end: String,
    pub ticked: [Option<String>; 7],
}

impl TypedWindow {
    pub fn plan(&self) -> TypedPlan {
        let days = Day::ALL.iter().zip(&self.ticked).filter(|(_, ticked)| ticked.is_some());
        TypedPlan {
            label: Some(self.label.clone()),
            start: Some(self.start.clone()),
            end: Some(self.end.clone()),
            days: Some(days.map(|(day, _)| day.to_string()).collect()),
            is_active: None,
        }
    }

    /// Converts an error into a refusal with the typed values and the window's id.
    pub fn keep(&self, error: Error, window_id: String) -> ApiError {
        let ticks = self.ticked.each_ref().map(|ticked| if ticked.is_some() { "on" } else { "" });
        let [mon, tue, wed, thu, fri, sat, sun] = ticks;
        ApiError::from(error).keeping([
            ("window_id", &window_id),
            ("label", &self.label),
            ("start", &self.start),
            ("end", &self.end),
            ("mon", mon),
            ("tue", tue),
            ("wed", wed),
            ("thu", thu),
            ("fri", fri),
            ("sat", sat),
            ("sun", sun),
        ])
    }
}

/// Formats the start of a commute in its own offset: "today at 07:30", "Monday at 07:30".
pub fn when(begins: DateTime<FixedOffset>, now: DateTime<Utc>) -> String {
    let days = (begins.date_naive() - now.with_timezone(begins.offset()).date_naive()).num_days();
    let day = match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        _ => begins.format("%A").to_string(),
    };
    format!("{day} at {}", time_of_day(begins))
}

#[cfg(test)]
mod tests {
    use super::when;

    #[test]
    fn a_commute_is_told_by_the_clock_of_the_one_who_travels() {
        let said = |begins: &str| {
            let now = "2026-11-21T22:30:00Z".parse().expect("a time");
            when(begins.parse().expect("a time"), now)
        };
        assert_eq!(said("2026-11-22T07:30:00+09:00"), "today at 07:30");
        assert_eq!(said("2026-11-22T07:30:00+01:00"), "tomorrow at 07:30");
        assert_eq!(said("2026-11-23T07:30:00+00:00"), "Monday at 07:30");
        assert_eq!(said("2026-11-20T23:30:00-05:00"), "yesterday at 23:30");
    }
}
