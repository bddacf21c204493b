//! Intervals, timeouts and back-off of the workers.

use std::time::Duration;

use backoff::Backoff;

/// Intervals and timeouts of the workers.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Time after which a job whose worker does not renew its lease is taken over.
    pub lease: Duration,
    /// Interval at which leases are renewed.
    pub renew: Duration,
    /// Interval of the search for lost jobs, due schedules and old rows.
    pub sweep: Duration,
    /// Interval of the search for due jobs that nothing announced.
    pub poll: Duration,
    /// Time that running jobs have to end after a shutdown begins.
    pub grace: Duration,
    /// Base of the retry back-off: doubled with every attempt, up to ten minutes.
    pub backoff: Duration,
    /// Retention of ended jobs' rows.
    pub keep: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self::with_lease(Duration::from_secs(30))
    }
}

impl Timing {
    /// Default timing in proportion to the lease.
    pub fn with_lease(lease: Duration) -> Self {
        Self {
            lease,
            renew: lease / 3,
            sweep: lease / 3,
            poll: Duration::from_millis(500),
            grace: Duration::from_secs(20),
            backoff: lease / 30,
            keep: Duration::from_secs(7 * 24 * 3600),
        }
    }

    /// Retry back-off after this number of attempts.
    pub(crate) fn backoff(&self, attempts: i64) -> Duration {
        Backoff::new(self.backoff, Duration::from_secs(600)).equal_jitter(attempts, rand::random())
    }
}
