//! Quiet hours: the time of day at which notifications wait before they are sent to the user's channels.

use chrono::{Days, TimeZone};
use serde::{Deserialize, Serialize};

use super::commute::{TimeOfDay, moments, time_of_day};
use super::notification::NotificationKind;
use super::refusal::Complaints;
use super::{DateTime, Utc};

/// Quiet hours of a user, in the user's time zone. If the end is not after the start, they end the next day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct QuietHours {
    pub enabled: bool,
    pub from: TimeOfDay,
    pub until: TimeOfDay,
    /// Kinds that are sent at any time.
    pub except: Vec<NotificationKind>,
}

impl Default for QuietHours {
    fn default() -> Self {
        let hour = |hour: u16| TimeOfDay { minutes: hour * 60 };
        Self { enabled: true, from: hour(22), until: hour(6), except: Vec::new() }
    }
}

impl QuietHours {
    /// Sorts the exceptions, and names the fields that are wrong.
    pub(super) fn check(&mut self, complaints: &mut Complaints) {
        let except = std::mem::take(&mut self.except);
        self.except =
            complaints.bounded_set(except, NotificationKind::ALL.len(), "quiet_hours.except", "kinds");
        complaints.check(
            !self.enabled || self.from != self.until,
            "quiet_hours.until",
            "Choose an end that differs from the start.",
        );
    }

    /// End of the quiet hours that hold back a kind now. None if it may be sent. A local time that clocks
    /// skip moves to the end of the gap.
    pub fn holds_back<Z: TimeZone>(
        &self,
        kind: NotificationKind,
        zone: &Z,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        if !self.enabled || self.except.contains(&kind) {
            return None;
        }
        let local = now.with_timezone(zone);
        let time = time_of_day(local.fixed_offset());
        let passes_midnight = self.from > self.until;
        let is_quiet = match passes_midnight {
            true => time >= self.from || time < self.until,
            false => time >= self.from && time < self.until,
        };
        if !is_quiet {
            return None;
        }
        let today = local.date_naive();
        let day = if time < self.until { today } else { today.checked_add_days(Days::new(1))? };
        let end = moments(day, self.until, zone).find_map(|moment| moment.latest())?.with_timezone(&Utc);
        Some(end).filter(|end| *end > now)
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;

    use super::*;

    const KIND: NotificationKind = NotificationKind::DownloadReady;

    fn end(hours: &QuietHours, now: &str) -> Option<String> {
        let end = hours.holds_back(KIND, &Berlin, now.parse().expect("a time"));
        end.map(|end| end.to_rfc3339())
    }

    #[test]
    fn the_night_ends_at_six_in_the_users_zone() {
        let hours = QuietHours::default();
        assert_eq!(end(&hours, "2026-11-21T20:59:59Z"), None);
        assert_eq!(end(&hours, "2026-11-21T21:00:00Z").as_deref(), Some("2026-11-22T05:00:00+00:00"));
        assert_eq!(end(&hours, "2026-11-22T04:59:00Z").as_deref(), Some("2026-11-22T05:00:00+00:00"));
        assert_eq!(end(&hours, "2026-11-22T05:00:00Z"), None);
    }

    #[test]
    fn summer_time_moves_the_end_in_utc_and_a_skipped_end_is_the_end_of_the_gap() {
        let night = QuietHours::default();
        assert_eq!(end(&night, "2026-03-28T22:00:00Z").as_deref(), Some("2026-03-29T04:00:00+00:00"));
        let until = "02:30".parse().expect("a time of day");
        let short = QuietHours { until, ..QuietHours::default() };
        assert_eq!(end(&short, "2026-03-28T22:00:00Z").as_deref(), Some("2026-03-29T01:00:00+00:00"));
    }

    #[test]
    fn hours_within_a_day_kinds_that_are_excepted_and_hours_that_are_off() {
        let time = |text: &str| text.parse().expect("a time of day");
        let noon = QuietHours { from: time("12:00"), until: time("13:00"), ..QuietHours::default() };
        assert_eq!(end(&noon, "2026-11-21T11:30:00Z").as_deref(), Some("2026-11-21T12:00:00+00:00"));
        assert_eq!(end(&noon, "2026-11-21T12:00:00Z"), None);
        let midnight = "2026-11-21T23:00:00Z";
        assert_eq!(end(&QuietHours { except: vec![KIND], ..QuietHours::default() }, midnight), None);
        assert_eq!(end(&QuietHours { enabled: false, ..QuietHours::default() }, midnight), None);
    }
}
