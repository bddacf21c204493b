//! Cost of a transfer, measured while it runs: bytes received and time spent fetching.

use std::time::{Duration, Instant};

use metrics::Counter;
use parking_lot::{Mutex, MutexGuard};

use crate::db::{ConnectionTrait, DbErr, transfers};
use crate::domain::download::Provider;
use crate::engine::Engine;

/// Cost since the last write to the database.
#[derive(Debug, Default)]
pub struct TransferUsage {
    sum: Mutex<Sum>,
    /// Bytes of all transfers of this process.
    received: Counter,
}

#[derive(Debug, Default)]
struct Sum {
    bytes: u64,
    time: Duration,
    running: Option<Instant>,
}

/// Measures time until dropped, however the fetch ends.
pub struct UsageClock<'a>(&'a TransferUsage);

impl TransferUsage {
    /// Nothing yet. Bytes also count for the metrics of the process.
    pub fn of(engine: &Engine) -> Self {
        let received = engine.metrics.transfer_bytes.of([Provider::Origin.as_str()]);
        Self { sum: Mutex::default(), received }
    }

    pub fn clock(&self) -> UsageClock<'_> {
        self.sum().running = Some(Instant::now());
        UsageClock(self)
    }

    pub fn add(&self, bytes: usize) {
        self.sum().bytes += bytes as u64;
        self.received.inc_by(bytes as u64);
    }

    pub fn is_nothing(&self) -> bool {
        let sum = self.sum();
        sum.running.is_none() && sum.bytes == 0 && sum.time.is_zero()
    }

    /// Adds the cost to the transfer's row and resets it.
    pub async fn write_down(&self, db: &impl ConnectionTrait, url: &str) -> Result<(), DbErr> {
        let (bytes, time) = self.take(Instant::now());
        transfers::spent(db, url, bytes as i64, time.as_secs_f64()).await
    }

    /// Cost that is not yet written: bytes and seconds.
    pub fn so_far(&self) -> (i64, f64) {
        let mut sum = self.sum();
        sum.count(Instant::now());
        (sum.bytes as i64, sum.time.as_secs_f64())
    }

    /// Resets the cost after it was booked to the history.
    pub fn booked(&self) {
        self.take(Instant::now());
    }

    fn take(&self, now: Instant) -> (u64, Duration) {
        let mut sum = self.sum();
        sum.count(now);
        (std::mem::take(&mut sum.bytes), std::mem::take(&mut sum.time))
    }

    fn sum(&self) -> MutexGuard<'_, Sum> {
        self.sum.lock()
    }
}

impl Sum {
    fn count(&mut self, now: Instant) {
        if let Some(since) = self.running {
            self.time += now.duration_since(since);
            self.running = Some(now);
        }
    }
}

impl Drop for UsageClock<'_> {
    fn drop(&mut self) {
        let mut sum = self.0.sum();
        sum.count(Instant::now());
        sum.running = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_counts_while_the_clock_runs_and_is_taken_once() {
        let spent = TransferUsage::default();
        assert!(spent.is_nothing());
        let clock = spent.clock();
        spent.add(300);
        let later = Instant::now() + Duration::from_secs(2);
        let (bytes, time) = spent.take(later);
        assert!(bytes == 300 && time >= Duration::from_secs(2), "{time:?}");
        drop(clock);
        assert_eq!(spent.take(later + Duration::from_secs(9)), (0, Duration::ZERO));
    }
}
