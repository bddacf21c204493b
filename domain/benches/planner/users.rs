//! Assumed users: devices, connections, journeys, and when they open the app.

use chrono_tz::{America::New_York, Asia::Tokyo, Europe::Berlin, Tz};
use smartcache_domain::CommuteWindowId;
use smartcache_domain::commute::{CommuteWindow, Day, Plan};

use crate::world::{Chance, DAY, HOUR, Random};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    Android,
    Apple,
    Desktop,
}

pub struct Profile {
    pub platform: Platform,
    pub zone: Tz,
    pub windows: Vec<CommuteWindow>,
    pub is_persisted: bool,
    /// Whether reminders reach the user.
    pub has_channel: bool,
    /// Share of reminders that are followed.
    pub follows: f64,
    pub speed: f64,
    pub bps: f64,
    pub budget_bytes: i64,
    opens_per_day: f64,
    /// Hours of the day at which most opens happen, in local time.
    habits: [f64; 2],
}

/// Opening of the app.
#[derive(Clone, Copy)]
pub struct Open {
    pub at: i64,
    pub seconds: i64,
}

impl Profile {
    pub fn of(user: u64) -> Self {
        let mut random = Random::of(user, Chance::Profile);
        let platform = match random.unit() {
            part if part < 0.45 => Platform::Android,
            part if part < 0.85 => Platform::Apple,
            _ => Platform::Desktop,
        };
        // Installed Android apps and Home Screen apps keep their files, and so does half of the rest.
        let is_persisted = random.is(match platform {
            Platform::Android => 0.8,
            Platform::Apple => 0.7,
            Platform::Desktop => 0.5,
        });
        let is_slow = random.is(0.1);
        let has_channel = random.is(0.85) && (platform != Platform::Apple || is_persisted);
        Self {
            platform,
            zone: random.pick(&[Berlin, Berlin, New_York, New_York, Tokyo]),
            windows: windows(&mut random),
            is_persisted,
            has_channel,
            follows: random.between(0.5, 0.9),
            speed: random.pick(&[1.0, 1.0, 1.0, 1.2, 1.5]),
            bps: if is_slow { random.between(0.15e6, 0.6e6) } else { random.between(1.2e6, 6e6) },
            budget_bytes: 500_000_000,
            opens_per_day: random.log_normal(1.5, 0.5),
            habits: [random.between(6.0, 8.0), random.between(19.0, 22.5)],
        }
    }

    /// All openings, in order; the first one is the set-up of the device.
    pub fn opens(&self, user: u64, days: i64) -> Vec<Open> {
        let mut random = Random::of(user, Chance::Opens);
        let mut all = vec![Open { at: 12 * HOUR, seconds: 600 }];
        let offset = self.offset();
        for day in 0..days {
            for _ in 0..random.poisson(self.opens_per_day) {
                let is_habit = random.is(0.7);
                let slot = random.pick(&self.habits);
                let (usual, other) = (slot + random.normal() * 0.4, random.between(7.0, 23.5));
                let hour = if is_habit { usual } else { other };
                let seconds = random.log_normal(75.0, 1.0).clamp(5.0, 3_600.0);
                let at = day * DAY + (hour * HOUR as f64) as i64 - offset;
                if at > 13 * HOUR {
                    all.push(Open { at, seconds: seconds as i64 });
                }
            }
        }
        all.sort_by_key(|open| open.at);
        all
    }

    /// Seconds ahead of UTC, near enough for habits.
    fn offset(&self) -> i64 {
        let hours = [(Berlin, 1), (New_York, -5), (Tokyo, 9)];
        hours.iter().find(|(zone, _)| *zone == self.zone).map_or(0, |(_, hours)| hours * HOUR)
    }

    /// Time for which copies are fetched in a contact: Android and desktop go on behind a closed page.
    pub fn fetching(&self, seconds: i64, random: &mut Random) -> i64 {
        let goes_on = random.is(0.6);
        let longer = random.between(60.0, 1_200.0) as i64;
        if goes_on && self.platform != Platform::Apple { seconds + longer } else { seconds }
    }
}

/// A journey in the morning and one in the evening on three to five days, for some over midnight.
fn windows(random: &mut Random) -> Vec<CommuteWindow> {
    let minutes = random.log_normal(27.0, 0.45).clamp(8.0, 100.0) as i64;
    let mut days = vec![Day::Tue, Day::Wed, Day::Thu];
    days.extend(random.is(0.7).then_some(Day::Mon));
    days.extend(random.is(0.6).then_some(Day::Fri));
    days.sort();
    let is_night = random.is(0.05);
    let (morning, evening) = (random.between(375.0, 525.0) as i64, random.between(960.0, 1_110.0) as i64);
    let starts = if is_night { [1_300, 1_430] } else { [morning, evening] };
    let count = if random.is(0.85) { 2 } else { 1 };
    let time = |minutes: i64| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60).parse().unwrap();
    let window = |(id, start): (i64, i64)| CommuteWindow {
        id: CommuteWindowId(id),
        plan: Plan {
            label: if id == 0 { "Morning".into() } else { "Evening".into() },
            start: time(start),
            end: time(start + minutes),
            days: days.clone(),
            is_active: true,
        },
    };
    (0..).zip(starts).take(count).map(window).collect()
}
