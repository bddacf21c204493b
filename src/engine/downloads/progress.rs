//! Transfer speed over a sliding window, and the remaining time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jobs::JobError;

use crate::domain::DownloadId;
use crate::domain::download::Progress;

/// Window over which the speed is measured.
const WINDOW: Duration = Duration::from_secs(5);
/// Minimum speed in bytes per second. A slower transfer is aborted: it would not be ready before the commute.
const SLOW_BPS: u64 = 1_000;

#[derive(Debug)]
pub struct Meter {
    total: Option<u64>,
    done: u64,
    samples: VecDeque<(Instant, u64)>,
}

impl Meter {
    /// `already` bytes were present before and do not count towards the speed.
    pub fn new(total: Option<u64>, already: u64, now: Instant) -> Self {
        Self { total, done: already, samples: VecDeque::from([(now, already)]) }
    }

    /// Adds a sample of the total bytes present. Without new bytes the speed falls.
    pub fn look(&mut self, done: u64, now: Instant) {
        self.done = done;
        self.samples.push_back((now, self.done));
        while self.samples.len() > 2 && now.duration_since(self.samples[0].0) > WINDOW {
            self.samples.pop_front();
        }
    }

    pub fn progress(&self, download_id: DownloadId) -> Progress {
        Progress {
            download_id,
            bytes_done: self.done as i64,
            bytes_total: self.total.map(|total| total as i64),
            speed_bps: self.speed_bps(),
            eta_seconds: self.eta_seconds(),
        }
    }

    /// Bytes per second over the window; None until 100 ms have passed.
    pub fn speed_bps(&self) -> Option<i64> {
        let ((first, from), (last, to)) = (self.samples.front()?, self.samples.back()?);
        let seconds = last.duration_since(*first).as_secs_f64();
        (seconds >= 0.1).then(|| ((to - from) as f64 / seconds) as i64)
    }

    fn eta_seconds(&self) -> Option<i64> {
        let left = self.total?.saturating_sub(self.done) as i64;
        let speed = self.speed_bps().filter(|s| *s > 0)?;
        Some((left + speed - 1) / speed)
    }
}

/// Detects a transfer that is too slow.
pub struct TransferPace {
    window: Duration,
    since: Instant,
    at: Option<u64>,
}

impl TransferPace {
    pub fn new(window: Duration, now: Instant) -> Self {
        Self { window, since: now, at: None }
    }

    /// # Errors
    /// Retry, if less than 1 kB per second arrived over a whole window.
    pub fn check(&mut self, length: u64, now: Instant) -> Result<(), JobError> {
        let at = *self.at.get_or_insert(length);
        if now.duration_since(self.since) < self.window {
            return Ok(());
        }
        if length.saturating_sub(at) < SLOW_BPS * self.window.as_secs() {
            return Err(JobError::retry("The server sends too slowly."));
        }
        (self.since, self.at) = (now, Some(length));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_and_time_left_are_measured_over_the_last_moments() {
        let start = Instant::now();
        let mut meter = Meter::new(Some(10_000), 4_000, start);
        let told = |meter: &Meter| {
            let Progress { bytes_done, speed_bps, eta_seconds, .. } = meter.progress(DownloadId(1));
            (bytes_done, speed_bps, eta_seconds)
        };
        assert_eq!(told(&meter), (4_000, None, None));
        meter.look(6_000, start + Duration::from_secs(1));
        assert_eq!(told(&meter), (6_000, Some(2_000), Some(2)));
        for second in 2..=8 {
            meter.look(6_000, start + Duration::from_secs(second));
        }
        assert_eq!(told(&meter), (6_000, Some(0), None), "a stall shows");
    }

    #[test]
    fn a_drip_is_noticed_after_a_window_and_not_before() {
        let (start, window) = (Instant::now(), Duration::from_secs(60));
        let mut pace = TransferPace::new(window, start);
        assert!(pace.check(100, start).is_ok());
        assert!(pace.check(100, start + Duration::from_secs(59)).is_ok());
        assert!(pace.check(70_000, start + window).is_ok());
        assert!(pace.check(70_060, start + 2 * window).is_err());
    }
}
