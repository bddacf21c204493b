#![doc = include_str!("../README.md")]

use std::time::Duration;

/// Exponential back-off: the first delay, doubled with every further failure up to a maximum.
///
/// Jitter spreads the retries of clients that failed together. Its two kinds are those of M. Brooker,
/// “Exponential Backoff And Jitter”, AWS Architecture Blog, 2015.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    most: Duration,
}

impl Backoff {
    /// Creates a back-off from the first delay and the maximum.
    pub const fn new(first: Duration, most: Duration) -> Self {
        Self { first, most }
    }

    /// Delay after this number of doublings, without jitter. A negative number counts as 0.
    pub fn delay(&self, doublings: i64) -> Duration {
        self.first.saturating_mul(1 << doublings.clamp(0, 30)).min(self.most)
    }

    /// Delay between zero and `delay`. `random` is uniform in 0.0 to 1.0.
    pub fn full_jitter(&self, doublings: i64, random: f64) -> Duration {
        self.delay(doublings).mul_f64(random.clamp(0.0, 1.0))
    }

    /// Delay between half of `delay` and `delay`. `random` is uniform in 0.0 to 1.0.
    pub fn equal_jitter(&self, doublings: i64, random: f64) -> Duration {
        self.delay(doublings).mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(60));

    #[test]
    fn the_delay_doubles_up_to_the_maximum() {
        let seconds: Vec<_> = (0..7).map(|n| BACKOFF.delay(n).as_secs()).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn any_number_of_failures_has_a_delay() {
        assert_eq!(BACKOFF.delay(i64::MIN).as_secs(), 2);
        assert_eq!(BACKOFF.delay(i64::MAX).as_secs(), 60);
        let long = Backoff::new(Duration::from_secs(u64::MAX / 2), Duration::MAX);
        assert_eq!(long.delay(i64::MAX), Duration::MAX);
    }

    #[test]
    fn jitter_keeps_within_its_bounds() {
        for random in [-1.0, 0.0, 0.3, 1.0, 7.0] {
            assert!(BACKOFF.full_jitter(1, random) <= Duration::from_secs(4));
            assert!(BACKOFF.equal_jitter(1, random) >= Duration::from_secs(2));
            assert!(BACKOFF.equal_jitter(1, random) <= Duration::from_secs(4));
        }
    }
}
