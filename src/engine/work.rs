//! Unit of work: a transaction with the events and jobs that are committed with it (transactional outbox).

use std::ops::Deref;
use std::time::Duration;

use jobs::{self, Job, JobName};
use metrics::Counter;
use sea_orm::DatabaseTransaction;
use serde_json::{Value, json};

use super::audit::{self, AuditDraft};
use super::live::RelayMessage;
use super::{Engine, Result};
use crate::db::events::{self, NewEvent};
use crate::db::turns::Transaction;
use crate::domain::audit_entry::{AuditAction, AuditOutcome};
use crate::domain::event::{EventKind, Frame};
use crate::domain::{RunId, UserId};

/// A transaction with its events and jobs. Nothing is visible before `commit`; dropping it rolls back.
pub struct Work<'e> {
    engine: &'e Engine,
    txn: Transaction,
    frames: Vec<(UserId, Frame)>,
    /// Events that have no sequence numbers yet. All of them belong to one user.
    later: Option<(UserId, Vec<NewEvent>)>,
    /// Queues with new jobs.
    pushed: Vec<&'static str>,
    counted: Vec<(Counter, u64)>,
    /// Entries of the audit log, which are written last: their chain is locked from then on.
    audited: Vec<AuditDraft>,
}

impl Engine {
    /// Begins a unit of work. Writers take turns, so a task must not begin another one
    /// before its first has ended.
    pub async fn begin(&self) -> Result<Work<'_>> {
        let txn = Transaction::begin(&self.db).await?;
        Ok(Work {
            engine: self,
            txn,
            frames: Vec::new(),
            later: None,
            pushed: Vec::new(),
            counted: Vec::new(),
            audited: Vec::new(),
        })
    }

    pub fn now(&self) -> crate::domain::DateTime<crate::domain::Utc> {
        self.clock.now()
    }

    /// Wakes the workers of a queue in all processes.
    pub(super) fn announce_jobs(&self, queue: &str) {
        self.notifier.notify(queue);
        self.hub.relay(RelayMessage::JobsPushed { queue: queue.to_owned() });
    }
}

impl Work<'_> {
    /// Records an event that its owner receives live or after a reconnect.
    pub async fn record(
        &mut self,
        owner: UserId,
        run: Option<RunId>,
        kind: EventKind,
        data: Value,
    ) -> Result<()> {
        self.record_later(owner, run, kind, data).await?;
        self.number().await
    }

    /// Like `record`, but numbers the event together with those that follow: the order
    /// stays, with fewer statements.
    pub async fn record_later(
        &mut self,
        owner: UserId,
        run_id: Option<RunId>,
        kind: EventKind,
        data: Value,
    ) -> Result<()> {
        if self.later.as_ref().is_some_and(|(other, _)| *other != owner) {
            self.number().await?;
        }
        self.later.get_or_insert((owner, Vec::new())).1.push(NewEvent { run_id, kind, data });
        Ok(())
    }

    /// Records events prepared by another function.
    pub async fn record_all(&mut self, owner: UserId, told: Vec<NewEvent>) -> Result<()> {
        for NewEvent { run_id, kind, data } in told {
            self.record_later(owner, run_id, kind, data).await?;
        }
        Ok(())
    }

    async fn number(&mut self) -> Result<()> {
        let Some((owner, told)) = self.later.take() else { return Ok(()) };
        let frames = events::append_all(&*self.txn, owner, told, self.engine.now()).await?;
        self.frames.extend(frames.into_iter().map(|frame| (owner, frame)));
        Ok(())
    }

    /// Pushes a job. False if the same job is already waiting or running.
    pub async fn push<J: Job>(&mut self, job: &J) -> Result<bool> {
        self.pushed.push(J::QUEUE);
        Ok(jobs::push(&*self.txn, job).await?.is_some())
    }

    /// Pushes a job without payload by its name.
    pub async fn push_named(&mut self, name: JobName) -> Result<()> {
        self.push_with(name, "", &json!({})).await
    }

    /// Pushes a job by its name, with the unique key and the payload that it has.
    pub async fn push_with(&mut self, name: JobName, unique_key: &str, payload: &Value) -> Result<()> {
        self.pushed.push(name.queue);
        jobs::push_named(&*self.txn, name, Some(unique_key.to_owned()), payload).await?;
        Ok(())
    }

    /// Pushes a job that runs after a delay.
    pub async fn push_after<J: Job>(&mut self, job: &J, delay: Duration) -> Result<bool> {
        Ok(jobs::push_after(&*self.txn, job, delay).await?.is_some())
    }

    /// Writes an entry of the audit log: what was done, the user whose account it is about, and details that
    /// are no secrets.
    pub fn audit(&mut self, action: AuditAction, about: Option<UserId>, data: Value) {
        self.audit_draft(AuditDraft { action, outcome: AuditOutcome::Done, about, data });
    }

    pub(super) fn audit_draft(&mut self, draft: AuditDraft) {
        self.audited.push(draft);
    }

    /// Raises a counter after the commit.
    pub fn count(&mut self, counter: Counter, by: u64) {
        self.counted.push((counter, by));
    }

    pub fn now(&self) -> crate::domain::DateTime<crate::domain::Utc> {
        self.engine.now()
    }

    pub async fn commit(mut self) -> Result<()> {
        self.number().await?;
        audit::append(&*self.txn, &self.audited, self.engine.now()).await?;
        self.txn.commit().await?;
        audit::log_all(&self.audited);
        for (counter, by) in self.counted {
            counter.inc_by(by);
        }
        for (owner, frame) in self.frames {
            self.engine.hub.send(owner, &frame);
        }
        self.pushed.sort_unstable();
        self.pushed.dedup();
        for queue in self.pushed {
            self.engine.announce_jobs(queue);
        }
        Ok(())
    }
}

impl Deref for Work<'_> {
    type Target = DatabaseTransaction;
    fn deref(&self) -> &DatabaseTransaction {
        &self.txn
    }
}
