//! How fast bytes come in: measured over the last moments, told at most four times a second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Between two frames.
const TOLD_EVERY: Duration = Duration::from_millis(250);
/// Between two writes to the database.
const SAVED_EVERY: Duration = Duration::from_secs(2);
/// Speed is measured over this long.
const WINDOW: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Meter {
    total: Option<u64>,
    done: u64,
    samples: VecDeque<(Instant, u64)>,
    told: Option<Instant>,
    saved: Option<Instant>,
}

/// What is due to be done with the present figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub tell: bool,
    pub save: bool,
}

impl Meter {
    pub fn new(total: Option<u64>, now: Instant) -> Self {
        Self { total, done: 0, samples: VecDeque::from([(now, 0)]), told: None, saved: Some(now) }
    }

    pub fn done(&self) -> u64 {
        self.done
    }

    pub fn add(&mut self, bytes: usize, now: Instant) -> Due {
        self.done += bytes as u64;
        self.samples.push_back((now, self.done));
        while self.samples.len() > 2 && now.duration_since(self.samples[0].0) > WINDOW {
            self.samples.pop_front();
        }
        let is_due = |last: Option<Instant>, every| last.is_none_or(|at| now.duration_since(at) >= every);
        let due = Due { tell: is_due(self.told, TOLD_EVERY), save: is_due(self.saved, SAVED_EVERY) };
        if due.tell {
            self.told = Some(now);
        }
        if due.save {
            self.saved = Some(now);
        }
        due
    }

    /// Bytes per second over the window; unknown until a tenth of a second has passed.
    pub fn speed_bps(&self) -> Option<i64> {
        let ((first, from), (last, to)) = (self.samples.front()?, self.samples.back()?);
        let seconds = last.duration_since(*first).as_secs_f64();
        (seconds >= 0.1).then(|| ((to - from) as f64 / seconds) as i64)
    }

    pub fn eta_seconds(&self) -> Option<i64> {
        let left = self.total?.saturating_sub(self.done) as i64;
        let speed = self.speed_bps().filter(|s| *s > 0)?;
        Some((left + speed - 1) / speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_at_most_four_a_second() {
        let start = Instant::now();
        let mut meter = Meter::new(Some(100_000), start);
        let told = (0..1_000).filter(|ms| meter.add(10, start + Duration::from_millis(*ms)).tell).count();
        assert_eq!(told, 4);
    }

    #[test]
    fn speed_and_time_left_are_measured() {
        let start = Instant::now();
        let mut meter = Meter::new(Some(10_000), start);
        assert_eq!(meter.speed_bps(), None);
        meter.add(2_000, start + Duration::from_secs(1));
        meter.add(2_000, start + Duration::from_secs(2));
        assert_eq!((meter.speed_bps(), meter.eta_seconds()), (Some(2_000), Some(3)));
    }
}
