//! Polling hints of a publisher: hours and days to skip, and the update period.

use super::numbers::whole;
use super::xml::Element;

const DAY: i64 = 24 * 3_600;

/// Adds the hours in `skipHours`. Hour 24, as RSS 0.91 counts, is midnight.
pub fn add_hours(hours: &mut Vec<u8>, element: &Element<'_, '_>) {
    let told =
        element.children().filter(|child| child.head.is("hour")).filter_map(|child| whole(&child.text()));
    add(hours, told.filter(|hour| *hour <= 24).map(|hour| hour % 24));
}

/// Adds the days in `skipDays`; Monday is 1.
pub fn add_days(days: &mut Vec<u8>, element: &Element<'_, '_>) {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let told = element.children().filter(|child| child.head.is("day")).filter_map(|child| {
        let name = child.text().trim().to_lowercase();
        NAMES.iter().position(|day| name.starts_with(day)).map(|at| at as i64 + 1)
    });
    add(days, told);
}

fn add(known: &mut Vec<u8>, told: impl Iterator<Item = i64>) {
    for number in told.filter_map(|number| u8::try_from(number).ok()) {
        if !known.contains(&number) {
            known.push(number);
        }
    }
}

/// Seconds of an `sy:updatePeriod`.
pub fn period(told: &str) -> Option<i64> {
    match told.trim().to_ascii_lowercase().as_str() {
        "hourly" => Some(3_600),
        "daily" => Some(DAY),
        "weekly" => Some(7 * DAY),
        "monthly" => Some(30 * DAY),
        "yearly" => Some(365 * DAY),
        _ => None,
    }
}

/// Seconds between two updates. By the syndication module's defaults the period is a day and the frequency 1.
pub fn between(period: Option<i64>, times: Option<i64>) -> Option<i64> {
    match (period, times) {
        (None, None) => None,
        (period, times) => Some((period.unwrap_or(DAY) / times.unwrap_or(1)).max(1)),
    }
}
