//! Assumed world: sources, their items and failures, outages of the server, and random numbers.

use smartcache_domain::{DateTime, SourceId, TimeDelta, Utc};

pub const DAY: i64 = 86_400;
pub const HOUR: i64 = 3_600;

/// Cause of random events. Each has a stream of its own per user, so that a change of one policy or lever
/// leaves all other events as they are (common random numbers).
#[derive(Clone, Copy)]
pub enum Chance {
    Profile = 1,
    Catalogue = 2,
    Opens = 3,
    Transfers = 4,
    Outages = 5,
    Journeys = 6,
    Reminders = 7,
    Storage = 8,
    Clock = 9,
}

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Random(u64);

impl Random {
    pub fn of(user: u64, chance: Chance) -> Self {
        let mut seeded = Self(user.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ ((chance as u64) << 56));
        seeded.next();
        seeded
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.unit()
    }

    pub fn is(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[(self.unit() * from.len() as f64) as usize]
    }

    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }

    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    pub fn poisson(&mut self, mean: f64) -> i64 {
        let (mut count, mut product) = (0, self.unit());
        while product > (-mean).exp() {
            count += 1;
            product *= self.unit();
        }
        count
    }
}

/// A followed source.
pub struct WorldSource {
    pub id: SourceId,
    pub priority: i64,
    pub gap_s: i64,
    pub is_serial: bool,
    /// Share of transfers that succeed.
    pub succeeds: f64,
    pub bps: f64,
}

/// An item of a source. Times are seconds since the start; back catalogue has negative ones.
pub struct WorldItem {
    pub source: usize,
    pub published: i64,
    pub part: i64,
    pub seconds: f64,
    pub bytes: i64,
    pub quality: f64,
    pub is_asked: bool,
}

pub struct World {
    pub start: DateTime<Utc>,
    pub days: i64,
    pub sources: Vec<WorldSource>,
    pub items: Vec<WorldItem>,
    /// Times in which the server does not answer.
    pub outages: Vec<(i64, i64)>,
}

/// Items of a source that are older than the start.
const BACK_CATALOGUE: i64 = 12;

impl World {
    /// World of a user: spring with both changes to summer time for even ones, autumn for odd ones.
    pub fn of(user: u64, days: i64) -> Self {
        let start = if user.is_multiple_of(2) { "2026-03-05T00:00:00Z" } else { "2026-10-15T00:00:00Z" };
        let mut random = Random::of(user, Chance::Catalogue);
        let count = random.poisson(12.0).max(2);
        let (mut sources, mut items) = (Vec::new(), Vec::new());
        for id in 0..count {
            let gap = (random.log_normal(5.0, 0.9) * DAY as f64).clamp(0.5 * DAY as f64, 30.0 * DAY as f64);
            let minutes = random.log_normal(32.0, 0.6).clamp(5.0, 180.0);
            let kbps = random.pick(&[64.0, 96.0, 128.0, 128.0, 192.0]);
            let is_bad = random.is(0.05);
            let source = WorldSource {
                id: SourceId(id),
                priority: (random.normal() * 3.0).clamp(-10.0, 10.0) as i64,
                gap_s: gap as i64,
                is_serial: random.is(0.15),
                succeeds: if is_bad { 0.3 } else { 0.98 },
                bps: random.between(0.5, 5.0) * 1e6,
            };
            let mut published = random.between(0.0, gap) as i64 - (BACK_CATALOGUE as f64 * gap) as i64;
            let mut part = 0;
            while published < days * DAY {
                let seconds = minutes * 60.0 * random.log_normal(1.0, 0.2);
                items.push(WorldItem {
                    source: sources.len(),
                    published,
                    part,
                    seconds,
                    bytes: (seconds * kbps * 125.0) as i64,
                    quality: random.between(0.2, 0.9),
                    is_asked: random.is(0.02),
                });
                published += (gap * random.between(0.7, 1.3)) as i64;
                part += 1;
            }
            sources.push(source);
        }
        items.sort_by_key(|item| (item.published, item.source));
        Self { start: start.parse().unwrap(), days, sources, items, outages: outages(user, days) }
    }

    pub fn at(&self, second: i64) -> DateTime<Utc> {
        self.start + TimeDelta::seconds(second)
    }

    pub fn is_out(&self, second: i64) -> bool {
        self.outages.iter().any(|(from, to)| (*from..*to).contains(&second))
    }
}

/// One a week on average, of an hour on average.
fn outages(user: u64, days: i64) -> Vec<(i64, i64)> {
    let mut random = Random::of(user, Chance::Outages);
    let (mut all, mut at) = (Vec::new(), 0);
    loop {
        at += random.exponential(7.0 * DAY as f64) as i64;
        if at >= days * DAY {
            return all;
        }
        all.push((at, at + random.exponential(HOUR as f64) as i64));
    }
}
