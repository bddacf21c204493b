//! The start of a commute as text.

use chrono::FixedOffset;
use domain::commute::time_of_day;
use domain::{DateTime, Utc};

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
