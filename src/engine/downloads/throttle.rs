//! Rate limit for the bandwidth of all transfers of a process.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Leaky bucket: bytes pass one after another at a fixed rate.
#[derive(Debug)]
pub struct Throttle {
    /// Bytes per second; None for unlimited.
    most: Option<u64>,
    free_at: Mutex<Instant>,
}

impl Throttle {
    pub fn new(bytes_per_second: Option<u64>) -> Self {
        Self { most: bytes_per_second.filter(|most| *most > 0), free_at: Mutex::new(Instant::now()) }
    }

    /// Waits until these bytes are within the rate limit.
    pub async fn pass(&self, bytes: usize) {
        if let Some(wait) = self.book(bytes, Instant::now()) {
            tokio::time::sleep(wait).await;
        }
    }

    fn book(&self, bytes: usize, now: Instant) -> Option<Duration> {
        let most = self.most?;
        let mut free_at = self.free_at.lock();
        let wait = free_at.saturating_duration_since(now);
        *free_at = (*free_at).max(now) + Duration::from_secs_f64(bytes as f64 / most as f64);
        (!wait.is_zero()).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_pass_at_the_pace_that_is_set_whoever_they_are_for() {
        let (throttle, start) = (Throttle::new(Some(1_000)), Instant::now() + Duration::from_secs(1));
        assert_eq!(throttle.book(500, start), None);
        assert_eq!(throttle.book(500, start), Some(Duration::from_millis(500)));
        assert_eq!(throttle.book(1, start), Some(Duration::from_secs(1)));
        assert_eq!(throttle.book(1, start + Duration::from_secs(9)), None, "what was not used is gone");
    }

    #[test]
    fn without_a_bound_nothing_waits() {
        assert_eq!(Throttle::new(None).book(usize::MAX, Instant::now()), None);
        assert_eq!(Throttle::new(Some(0)).book(usize::MAX, Instant::now()), None);
    }
}
