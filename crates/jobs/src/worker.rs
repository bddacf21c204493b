//! Workers: they claim jobs, renew their leases, and take over those of lost workers.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{DatabaseConnection, DbErr};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::attempt::JobAttempt;
use super::claim::{self, Claim};
use super::held::HeldLeases;
use super::presence::DeadWorker;
use super::schedule::Schedule;
use super::worker_pool::WorkerPool;
use super::{Handlers, Notifier, Presence, Timing, heartbeat, queue};

/// Interval of checks whether other processes of this machine have ended.
const TAKE_OVER_EVERY: Duration = Duration::from_secs(1);

/// Running workers. If dropped without `shutdown`, they stop at once, and release their leases if there is
/// time.
pub struct Workers {
    pool: Arc<WorkerPool>,
}

impl Workers {
    /// Starts claiming jobs from each queue, up to its number of slots at a time.
    pub fn start<C: Clone + Send + Sync + 'static>(
        db: DatabaseConnection,
        notifier: Notifier,
        cx: C,
        handlers: Handlers<C>,
        slots: &[(&'static str, usize)],
        timing: Timing,
        presence: Presence,
    ) -> Self {
        let pool = Arc::new(WorkerPool {
            db,
            notifier,
            timing,
            held: HeldLeases::default(),
            presence,
            observer: handlers.observer.clone(),
            closing: CancellationToken::new(),
            drained: CancellationToken::new(),
            loops: TaskTracker::new(),
            attempts: TaskTracker::new(),
        });
        let handlers = Arc::new(handlers);
        for (queue, slots) in slots {
            pool.loops.spawn(pool.clone().claim(cx.clone(), handlers.clone(), queue, *slots));
        }
        pool.loops.spawn(pool.clone().take_over_dead_workers());
        pool.loops.spawn(pool.clone().sweep(handlers.schedules.clone()));
        tokio::spawn(pool.clone().renew_leases());
        pool.loops.close();
        Self { pool }
    }

    /// Sends a first heartbeat, before the health is read.
    pub async fn beat(&self) -> Result<(), DbErr> {
        heartbeat::beat(&self.pool.db, &self.pool.presence.owner).await
    }

    /// Stops claiming, lets running jobs end within the grace period, and releases the rest.
    pub async fn shutdown(self) {
        let pool = &self.pool;
        pool.closing.cancel();
        let drain = async {
            pool.loops.wait().await;
            pool.attempts.close();
            pool.attempts.wait().await;
        };
        if timeout(pool.timing.grace, drain).await.is_err() {
            pool.held.abort_all();
            pool.attempts.close();
            // Jobs that do not stop keep their leases until these expire.
            timeout(Duration::from_secs(5), pool.attempts.wait()).await.ok();
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.pool.closing.cancel();
        self.pool.drained.cancel();
        self.pool.held.abort_all();
    }
}

impl WorkerPool {
    /// Claim loop of one queue. Never claims more than the free slots, so that no job waits under a lease.
    async fn claim<C>(self: Arc<Self>, cx: C, handlers: Arc<Handlers<C>>, queue: &'static str, slots: usize)
    where
        C: Clone + Send + Sync + 'static,
    {
        if !handlers.has_kinds(queue) {
            tracing::warn!(queue, "no kind of job is known for the queue");
            return;
        }
        let free = Arc::new(Semaphore::new(slots));
        while let Some(Ok(one)) = self.closing.run_until_cancelled(free.acquire()).await {
            drop(one);
            let notified = self.notifier.notified(queue);
            let limit = free.available_permits();
            let kinds = handlers.claimable_kinds(queue, &cx).await;
            let claim = Claim {
                owner: &self.presence.owner,
                queue,
                kinds: &kinds,
                lease: self.timing.lease,
                limit: limit as i64,
            };
            let claimed = match claim.take(&self.db).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    tracing::warn!(queue, %error, "jobs could not be claimed");
                    Vec::new()
                }
            };
            let filled = claimed.len() == limit;
            for job in claimed {
                let (Some(handler), Ok(slot)) = (handlers.get(&job.kind), free.clone().try_acquire_owned())
                else {
                    continue;
                };
                let attempt = JobAttempt::start(self.clone(), queue, cx.clone(), handler, job);
                self.attempts.spawn(async move {
                    attempt.attend().await;
                    drop(slot);
                });
            }
            if !filled {
                tokio::select! {
                    () = notified => {}
                    () = sleep(self.timing.poll) => {}
                    () = self.closing.cancelled() => {}
                }
            }
        }
    }

    /// Renews the leases, and notices cancellations and takeovers soon after they happen.
    async fn renew_leases(self: Arc<Self>) {
        let mut renewed = Instant::now();
        let pause = self.timing.poll.min(self.timing.renew);
        while self.drained.run_until_cancelled(sleep(pause)).await.is_some() {
            // Listed before the renewal: jobs claimed during it would seem lost.
            let held = self.held.leases();
            if held.is_empty() {
                continue;
            }
            if renewed.elapsed() >= self.timing.renew {
                match claim::renew(&self.db, &self.presence.owner, self.timing.lease, &held).await {
                    Ok(()) => renewed = Instant::now(),
                    Err(error) => tracing::warn!(%error, "leases could not be renewed"),
                }
            }
            match claim::fates(&self.db, &held).await {
                Ok(fates) => self.held.learn(&held, &fates, &*self.observer),
                Err(error) => tracing::warn!(%error, "leases could not be looked at"),
            }
        }
    }

    /// Takes over from processes of this machine as soon as they have ended, regardless of their leases.
    async fn take_over_dead_workers(self: Arc<Self>) {
        loop {
            let pool = self.clone();
            let dead_workers = tokio::task::spawn_blocking(move || pool.presence.dead_workers()).await;
            match dead_workers.map_err(std::io::Error::other).flatten() {
                Ok(dead_workers) => {
                    for dead_worker in dead_workers {
                        self.take_over(dead_worker).await;
                    }
                }
                Err(error) => tracing::warn!(%error, "it could not be looked whether other workers live"),
            }
            if self.closing.run_until_cancelled(sleep(TAKE_OVER_EVERY)).await.is_none() {
                return;
            }
        }
    }

    /// Takes over from one process. Errors are retried in the next round.
    async fn take_over(&self, dead_worker: DeadWorker) {
        match claim::requeue_jobs_of(&self.db, &dead_worker.owner).await {
            Ok(jobs) => {
                if jobs > 0 {
                    tracing::warn!(jobs, "jobs were taken over from a worker that has ended");
                    self.notifier.notify_all();
                }
                heartbeat::leave(&self.db, &dead_worker.owner).await.ok();
                if let Err(error) = dead_worker.forget() {
                    tracing::warn!(%error, "the file of a worker that has ended could not be removed");
                }
            }
            Err(error) => tracing::warn!(%error, "jobs could not be taken over"),
        }
    }

    async fn sweep(self: Arc<Self>, schedules: Vec<Schedule>) {
        let mut was_away = false;
        loop {
            let started = Instant::now();
            if let Err(error) = heartbeat::beat(&self.db, &self.presence.owner).await {
                tracing::warn!(%error, "the worker could not say that it lives");
                was_away = true;
                if self.closing.run_until_cancelled(sleep(self.timing.poll)).await.is_none() {
                    return;
                }
                continue;
            }
            // While the database was away, leases expired whose workers are alive. They renew them first.
            let is_back = std::mem::take(&mut was_away) || started.elapsed() >= self.timing.renew;
            if is_back && self.closing.run_until_cancelled(sleep(self.timing.renew)).await.is_none() {
                return;
            }
            match claim::sweep(&self.db, |attempts| {
                // A worker's death is hardly ever the job's fault: another attempt starts within a minute.
                self.timing.backoff(attempts.min(3))
            })
            .await
            {
                Ok(0) => {}
                Ok(jobs) => tracing::warn!(jobs, "jobs were taken back from a lost worker"),
                Err(error) => tracing::warn!(%error, "lost jobs could not be looked for"),
            }
            for schedule in &schedules {
                match schedule.tick(&self.db).await {
                    Ok(false) => {}
                    Ok(true) => self.notifier.notify(schedule.queue),
                    Err(error) => tracing::warn!(%error, "a scheduled job could not be pushed"),
                }
            }
            let more = queue::forget(&self.db, self.timing.keep).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "old jobs could not be deleted");
                false
            });
            let pause = if more { self.timing.poll } else { self.timing.sweep };
            if self.closing.run_until_cancelled(sleep(pause)).await.is_none() {
                heartbeat::leave(&self.db, &self.presence.owner).await.ok();
                return;
            }
        }
    }
}
