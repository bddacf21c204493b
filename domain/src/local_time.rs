//! Local times in a user's time zone. The clock carries the offset changes of one zone, so that the browser
//! needs no time zone database.

use chrono::{FixedOffset, Offset};
use serde::{Deserialize, Serialize};

use super::{DateTime, Utc};

/// UTC offsets of a zone: first minute (of the Unix epoch) and minutes ahead of UTC. Empty for UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalClock {
    pub changes: Vec<(i64, i32)>,
}

impl LocalClock {
    /// Converts a time to local time. Before the first change its offset holds.
    pub fn at(&self, time: DateTime<Utc>) -> DateTime<FixedOffset> {
        let minute = time.timestamp().div_euclid(60);
        let past = self.changes.partition_point(|(from, _)| *from <= minute);
        let ahead = self.changes.get(past.saturating_sub(1)).map_or(0, |(_, ahead)| *ahead);
        let offset = FixedOffset::east_opt(ahead.saturating_mul(60)).unwrap_or_else(|| Utc.fix());
        time.with_timezone(&offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_the_difference_that_holds_at_the_time() {
        let minute = |text: &str| text.parse::<DateTime<Utc>>().expect("a time").timestamp() / 60;
        let clock = LocalClock {
            changes: vec![(minute("2026-03-29T01:00:00Z"), 120), (minute("2026-10-25T01:00:00Z"), 60)],
        };
        let shown = |text: &str| clock.at(text.parse().expect("a time")).to_rfc3339();
        assert_eq!(shown("2026-07-18T09:30:00Z"), "2026-07-18T11:30:00+02:00");
        assert_eq!(shown("2026-10-25T00:59:59Z"), "2026-10-25T02:59:59+02:00");
        assert_eq!(shown("2026-10-25T01:00:00Z"), "2026-10-25T02:00:00+01:00");
        assert_eq!(shown("2020-01-01T00:00:00Z"), "2020-01-01T02:00:00+02:00");
        let utc = LocalClock::default().at("2026-07-18T09:30:00Z".parse().expect("a time"));
        assert_eq!(utc.to_rfc3339(), "2026-07-18T09:30:00+00:00");
    }
}
