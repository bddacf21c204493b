//! Observation of attempts, for metrics of the application.

use std::time::Duration;

/// End of an attempt, as it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobOutcome {
    /// The job succeeded.
    Done,
    /// Another attempt follows.
    Retried,
    /// The job waits for a service. The attempt does not count.
    Waiting,
    /// The job was given up.
    Failed,
    /// The row did not belong to the attempt any more, or the failed job was cancelled or pushed again
    /// meanwhile.
    Withdrawn,
    /// This process stopped the attempt, at shutdown or after its lease was lost.
    Aborted,
}

impl JobOutcome {
    /// All outcomes.
    pub const ALL: [Self; 6] =
        [Self::Done, Self::Retried, Self::Waiting, Self::Failed, Self::Withdrawn, Self::Aborted];

    /// Name of the outcome.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retried => "retried",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
            Self::Aborted => "aborted",
        }
    }
}

/// Observer of the attempts of a process. Must not block.
pub trait JobObserver: Send + Sync + 'static {
    /// Called after the end of an attempt was committed. The duration is that of the attempt itself.
    fn ended(&self, kind: &'static str, outcome: JobOutcome, duration: Duration);

    /// Called when another worker has taken over a running job.
    fn lease_lost(&self);
}

/// Observes nothing.
impl JobObserver for () {
    fn ended(&self, _: &'static str, _: JobOutcome, _: Duration) {}
    fn lease_lost(&self) {}
}
