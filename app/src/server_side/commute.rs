//! The start of a commute as text.

use chrono::{Datelike, FixedOffset, Weekday};
use domain::commute::time_of_day;
use domain::{DateTime, Utc};

use crate::t;

/// Formats the start of a commute in its own offset: "today at 07:30", "Monday at 07:30".
pub fn when(begins: DateTime<FixedOffset>, now: DateTime<Utc>) -> String {
    let days = (begins.date_naive() - now.with_timezone(begins.offset()).date_naive()).num_days();
    let time = time_of_day(begins);
    match days {
        0 => t!("today at {time}", time = time),
        1 => t!("tomorrow at {time}", time = time),
        -1 => t!("yesterday at {time}", time = time),
        _ => t!("{day} at {time}", day = weekday(begins.weekday()), time = time),
    }
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => t!("Monday"),
        Weekday::Tue => t!("Tuesday"),
        Weekday::Wed => t!("Wednesday"),
        Weekday::Thu => t!("Thursday"),
        Weekday::Fri => t!("Friday"),
        Weekday::Sat => t!("Saturday"),
        Weekday::Sun => t!("Sunday"),
    }
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
