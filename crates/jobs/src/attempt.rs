//! A claimed job in its own task, and the effect of its end on the row.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::DbErr;
use sql::turns::Transaction;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::sleep;

use super::claim::Claimed;
use super::handlers::Handler;
use super::worker_pool::WorkerPool;
use super::{JobError, JobOutcome, Lease};
use crate::JobFailure;

pub struct JobAttempt<C> {
    pool: Arc<WorkerPool>,
    queue: &'static str,
    cx: C,
    handler: Arc<dyn Handler<C>>,
    job: Arc<Claimed>,
    lease: Lease,
    began: Instant,
    task: Option<JoinHandle<Result<(), JobError>>>,
}

enum AttemptEnd {
    Done,
    /// Stopped by this process, at shutdown or because the lease was lost.
    Aborted,
    Failed(JobError),
}

impl<C: Clone + Send + Sync + 'static> JobAttempt<C> {
    pub fn start(
        pool: Arc<WorkerPool>,
        queue: &'static str,
        cx: C,
        handler: Arc<dyn Handler<C>>,
        job: Claimed,
    ) -> Self {
        let lease = Lease::new(job.id, job.lease_epoch, job.attempts);
        let job = Arc::new(job);
        let task = tokio::spawn(run(cx.clone(), handler.clone(), job.clone(), lease.clone()));
        pool.held.add(lease.clone(), task.abort_handle());
        Self { pool, queue, cx, handler, job, lease, began: Instant::now(), task: Some(task) }
    }

    /// Waits for the end and records it. An end that cannot be recorded is left to the sweep.
    pub async fn attend(mut self) {
        let Some(task) = self.task.take() else { return };
        let end = end(task.await);
        let duration = self.began.elapsed();
        for _ in 0..3 {
            match self.record(&end).await {
                Ok(outcome) => {
                    let outcome = outcome.unwrap_or(JobOutcome::Withdrawn);
                    self.pool.observer.ended(self.handler.kind(), outcome, duration);
                    break;
                }
                Err(error) => {
                    tracing::warn!(job = self.lease.id, %error, "the end of a job could not be recorded")
                }
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// Records the end. Returns `None` if the job was withdrawn from this attempt before.
    async fn record(&self, end: &AttemptEnd) -> Result<Option<JobOutcome>, DbErr> {
        let (db, job) = (&self.pool.db, &self.job);
        match end {
            AttemptEnd::Done => self.lease.done(db).await.map(|ours| ours.then_some(JobOutcome::Done)),
            AttemptEnd::Aborted => self.lease.release(db).await.map(|_| Some(JobOutcome::Aborted)),
            // The fence makes this a no-op, unless the job was mistaken about its lease.
            AttemptEnd::Failed(error @ JobError::LeaseLost) => {
                let delay = self.pool.timing.backoff(job.attempts);
                let is_ours = self.lease.retry(db, delay, &error.to_string()).await?;
                if !is_ours {
                    self.pool.observer.lease_lost();
                }
                Ok(is_ours.then_some(JobOutcome::Retried))
            }
            AttemptEnd::Failed(JobError::Retry { why, after }) if job.attempts < job.max_attempts => {
                let subject = self.handler.subject(&job.payload, &self.cx).await;
                let (kind, attempt) = (&job.kind, job.attempts);
                tracing::info!(job = job.id, kind, subject, attempt, why, "a job will be tried again");
                let delay = after.unwrap_or_else(|| self.pool.timing.backoff(job.attempts));
                self.lease.retry(db, delay, why).await.map(|ours| ours.then_some(JobOutcome::Retried))
            }
            AttemptEnd::Failed(JobError::Unavailable { why, after }) => {
                tracing::info!(job = job.id, kind = job.kind, why, "a job waits for a service");
                self.lease.wait(db, *after, why).await.map(|ours| ours.then_some(JobOutcome::Waiting))
            }
            AttemptEnd::Failed(JobError::Fail(failure)) => self.give_up(failure).await,
            AttemptEnd::Failed(JobError::Retry { why, .. }) => {
                self.give_up(&JobFailure::temporary(why)).await
            }
        }
    }

    async fn give_up(&self, failure: &JobFailure) -> Result<Option<JobOutcome>, DbErr> {
        let why = failure.why.as_str();
        // Before the transaction, which may hold the only connection for writes.
        let subject = self.handler.subject(&self.job.payload, &self.cx).await;
        let txn = Transaction::begin(&self.pool.db).await?;
        let has_failed = self.lease.fail(&txn, why).await?;
        if has_failed {
            let (job, kind) = (self.job.id, &self.job.kind);
            tracing::warn!(job, kind, subject, why, "a job has failed");
            self.handler.give_up(&self.job.payload, &self.cx, &txn, failure).await?;
        }
        txn.commit().await?;
        if !has_failed {
            return Ok(None);
        }
        self.handler.given_up(&self.cx);
        Ok(Some(JobOutcome::Failed))
    }
}

impl<C> Drop for JobAttempt<C> {
    fn drop(&mut self) {
        self.pool.held.remove(&self.lease);
        // Jobs with the same concurrency key may be waiting for this one.
        if self.job.conc_key.is_some() {
            self.pool.notifier.notify(self.queue);
        }
    }
}

/// Runs the job. One that is claimed after its last attempt fails instead: its worker was lost.
async fn run<C>(
    cx: C,
    handler: Arc<dyn Handler<C>>,
    job: Arc<Claimed>,
    lease: Lease,
) -> Result<(), JobError> {
    if job.attempts > job.max_attempts {
        return Err(JobError::fail(JobFailure::temporary(job.last_error.clone().unwrap_or_default())));
    }
    handler.run(&job.payload, &cx, &lease).await
}

fn end(joined: Result<Result<(), JobError>, JoinError>) -> AttemptEnd {
    match joined {
        Ok(Ok(())) => AttemptEnd::Done,
        Ok(Err(error)) => AttemptEnd::Failed(error),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => AttemptEnd::Failed(JobError::retry(format!("panicked: {}", message(&*panic)))),
            Err(_) => AttemptEnd::Aborted,
        },
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
