#![doc = include_str!("../README.md")]

mod administration;
mod attempt;
mod boot;
mod claim;
mod counts;
mod failure;
mod handlers;
mod heartbeat;
mod held;
mod lease;
mod observer;
mod order;
mod presence;
mod queue;
mod schedule;
mod timing;
mod worker;
mod worker_pool;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::{Mutex, MutexGuard};
use sea_orm::{DatabaseTransaction, DbErr};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{Notify, futures::OwnedNotified};

pub use administration::{CancelledJob, JobDetails, RetryResult, find, list, retry};
pub use boot::boot_id;
pub use counts::{JobCount, counts};
pub use failure::JobFailure;
pub use handlers::Handlers;
pub use heartbeat::{QueueHealth, oldest_due, queue_health};
pub use lease::Lease;
pub use observer::{JobObserver, JobOutcome};
pub use order::{JobStatus, QueuePosition, WaitingJob, hold, move_to, statuses, waiting};
pub use presence::Presence;
pub use queue::{JobName, push, push_after, push_named, request_cancel, unfinished};
pub use timing::Timing;
pub use worker::Workers;

/// Number of failed attempts after which a job is given up, unless it says otherwise.
const MAX_ATTEMPTS: i64 = 5;

/// A job that survives the process. It runs until it has finished once, so it must be idempotent.
#[async_trait]
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Name of this kind of job in the database; never changed once it was released.
    const KIND: &'static str;
    /// Each queue has its own number of workers, so that long jobs never starve short ones.
    const QUEUE: &'static str;
    /// Number of failed attempts after which the job is given up.
    const MAX_ATTEMPTS: i64 = MAX_ATTEMPTS;

    /// Whether a push during a run causes one more run, because the running attempt may have read its data
    /// before the push. False for jobs whose last read and end share a transaction, after locking their own
    /// row.
    const RUNS_AGAIN: bool = true;

    /// Dependencies of the job besides its payload.
    type Context: Clone + Send + Sync + 'static;

    /// Deduplication key: of one kind and key, one job is waiting or running at any time.
    /// A job that was asked to stop no longer counts, but the next one starts only after it has ended.
    fn unique_key(&self) -> Option<String> {
        None
    }

    /// Concurrency key: of jobs with the same key, only a limited number run at once.
    fn concurrency_key(&self) -> Option<String> {
        None
    }

    /// Maximum number of jobs with this job's key that may run, this one included.
    fn concurrency_limit(&self) -> i64 {
        1
    }

    /// Priority: of the due jobs, those with the highest number are claimed first.
    fn priority(&self) -> i64 {
        0
    }

    /// Size: within one priority, jobs with the lowest number are claimed first.
    fn size(&self) -> i64 {
        0
    }

    /// Whether jobs of this kind are left to other processes, because this one lacks something that they have
    /// now. Asked before each claim.
    async fn is_left_to_others(_cx: &Self::Context) -> bool {
        false
    }

    /// Subject of the job for the log, such as an item and its host. Never a secret: of a URL, only the host.
    async fn subject(&self, _cx: &Self::Context) -> String {
        String::new()
    }

    /// Runs the job. Its writes must pass the lease's fence first.
    async fn run(&self, cx: &Self::Context, lease: &Lease) -> Result<(), JobError>;

    /// Called once in the transaction that ends the job, when the last attempt failed or its worker died. Not
    /// called for a job that was cancelled or is to run once more.
    /// Does nothing by default: the end of the job is logged in any case.
    async fn give_up(
        &self,
        _cx: &Self::Context,
        _txn: &DatabaseTransaction,
        _failure: &JobFailure,
    ) -> Result<(), DbErr> {
        Ok(())
    }

    /// Called after the transaction of `give_up` has been committed.
    fn given_up(_cx: &Self::Context) {}
}

/// Unsuccessful end of an attempt.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Temporary failure. Retries after `after` if given, else with back-off.
    #[error("{why}")]
    Retry {
        /// Reason, for the log and the job's row.
        why: String,
        /// Time to wait, if the other side gave one.
        after: Option<Duration>,
    },
    /// A service that the job needs is away. Retries after the delay, as often as needed: the attempt is not
    /// counted.
    #[error("{why}")]
    Unavailable {
        /// Reason, for the log and the job's row.
        why: String,
        /// Time to wait.
        after: Duration,
    },
    /// Failure that an immediate retry would not change.
    #[error("{0}")]
    Fail(JobFailure),
    /// The lease was lost: another worker holds the job, and further writes of this attempt are refused.
    #[error("the lease was lost")]
    LeaseLost,
}

impl JobError {
    /// Creates a `Retry` with back-off.
    pub fn retry(why: impl std::fmt::Display) -> Self {
        Self::Retry { why: why.to_string(), after: None }
    }

    /// Creates a `Fail`; a plain sentence is a lasting failure.
    pub fn fail(failure: impl Into<JobFailure>) -> Self {
        Self::Fail(failure.into())
    }
}

impl From<DbErr> for JobError {
    fn from(error: DbErr) -> Self {
        Self::retry(error)
    }
}

/// Wakes idle workers of this process; polling finds the jobs that other processes push.
#[derive(Debug, Clone, Default)]
pub struct Notifier(Arc<Mutex<HashMap<&'static str, Arc<Notify>>>>);

impl Notifier {
    /// Wakes the workers of one queue only.
    pub fn notify(&self, queue: &str) {
        // Without an entry, no worker has ever waited.
        if let Some(notifier) = self.queues().get(queue) {
            notifier.notify_waiters();
        }
    }

    /// Wakes the workers of every queue.
    pub fn notify_all(&self) {
        self.queues().values().for_each(|notifier| notifier.notify_waiters());
    }

    /// Receives every ring after this call, even before it is first polled.
    pub fn notified(&self, queue: &'static str) -> OwnedNotified {
        self.of(queue).notified_owned()
    }

    fn of(&self, queue: &'static str) -> Arc<Notify> {
        self.queues().entry(queue).or_default().clone()
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<&'static str, Arc<Notify>>> {
        self.0.lock()
    }
}
