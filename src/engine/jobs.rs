//! Durable background work: a lease table with fencing, on the database that is there anyway.

mod attempt;
mod claim;
mod handlers;
mod heartbeat;
mod held;
mod lease;
mod order;
mod presence;
mod queue;
mod schedule;
mod worker;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{DatabaseTransaction, DbErr};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{Notify, futures::OwnedNotified};

use crate::domain::failure::Failure;

pub use handlers::Handlers;
pub use heartbeat::{Pulse, pulse};
pub use lease::Lease;
pub use order::{Place, Standing, Waiting, hold, move_to, standing, waiting};
pub use presence::Presence;
pub use queue::{push, push_after, request_cancel, unfinished};
pub use worker::{Timing, Workers};

/// Work that outlives the process: it is run again until it has finished once, so it must be idempotent.
#[async_trait]
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    const KIND: &'static str;
    /// Queues have their own number of workers, so that long work never starves short work.
    const QUEUE: &'static str;
    const MAX_ATTEMPTS: i64 = 5;

    /// Whether a push that comes while the same job runs has it run once more after that: what is under way may have
    /// looked before the push. False for jobs whose last look and whose end are one transaction, behind their own row.
    const RUNS_AGAIN: bool = true;

    /// What the job needs besides its payload.
    type Context: Clone + Send + Sync + 'static;

    /// Of jobs of one kind with the same key, one is waiting or under way at any time.
    /// One that was told to stop no longer counts, but the next one starts only after it has ended.
    fn uniq(&self) -> Option<String> {
        None
    }

    /// Of jobs with the same key, only so many run at once.
    fn conc_key(&self) -> Option<String> {
        None
    }

    /// How many jobs with this one's key may run, this one included.
    fn conc_limit(&self) -> i64 {
        1
    }

    /// Of the jobs that are due, those with the highest number are taken first.
    fn priority(&self) -> i64 {
        0
    }

    /// Among those of one priority, the ones with the lowest number are taken first.
    fn size(&self) -> i64 {
        0
    }

    /// The job's subject in the log, such as an item and its host. Never a secret: of an address, the host alone.
    async fn subject(&self, _cx: &Self::Context) -> String {
        String::new()
    }

    /// Does the work. What it writes must pass the lease's fence first.
    async fn run(&self, cx: &Self::Context, lease: &Lease) -> Result<(), JobError>;

    /// Called once, when the last attempt has failed or its worker has died, in the transaction that ends
    /// the job. Not called for a job that was cancelled.
    /// By default nothing is left to do: the end of the job is logged in any case.
    async fn give_up(
        &self,
        _cx: &Self::Context,
        _txn: &DatabaseTransaction,
        _failure: &Failure,
    ) -> Result<(), DbErr> {
        Ok(())
    }

    /// Called after that transaction has been committed.
    fn given_up(_cx: &Self::Context) {}
}

/// How an attempt ended when it did not end well.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Try again, after the given time or else with back-off.
    #[error("{why}")]
    Retry { why: String, after: Option<Duration> },
    /// Trying again at once would change nothing.
    #[error("{0}")]
    Fail(Failure),
    /// Somebody else holds the job now; whatever this attempt would still write is refused.
    #[error("the lease was lost")]
    LeaseLost,
}

impl JobError {
    pub fn retry(why: impl std::fmt::Display) -> Self {
        Self::Retry { why: why.to_string(), after: None }
    }

    /// A plain sentence is a lasting failure.
    pub fn fail(failure: impl Into<Failure>) -> Self {
        Self::Fail(failure.into())
    }
}

impl From<DbErr> for JobError {
    fn from(error: DbErr) -> Self {
        Self::retry(error)
    }
}

/// Wakes idle workers of this process; the poll finds what other processes push.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Mutex<HashMap<&'static str, Arc<Notify>>>>);

impl Bell {
    /// Wakes the workers of one queue: the others have nothing to look for.
    pub fn ring(&self, queue: &'static str) {
        self.of(queue).notify_waiters();
    }

    pub fn ring_all(&self) {
        self.bells().values().for_each(|bell| bell.notify_waiters());
    }

    /// Hears every ring from this call on, even before it is first polled.
    pub fn rung(&self, queue: &'static str) -> OwnedNotified {
        self.of(queue).notified_owned()
    }

    fn of(&self, queue: &'static str) -> Arc<Notify> {
        self.bells().entry(queue).or_default().clone()
    }

    fn bells(&self) -> MutexGuard<'_, HashMap<&'static str, Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
