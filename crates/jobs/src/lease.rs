//! Lease: the right to run one job for a limited time, and the ways in which it ends.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr};
use sql::turns::turn;
use sql::{SafeSql, args, sql};
use tokio_util::sync::CancellationToken;

use super::queue::now;

/// One attempt at one job. Every claim raises the epoch, a fencing token that distinguishes a late attempt
/// from the current one.
#[derive(Debug, Clone)]
pub struct Lease {
    /// Identity of the job.
    pub id: i64,
    /// Fencing token.
    pub epoch: i64,
    /// 1 for the first attempt.
    pub attempt: i64,
    /// Cancelled when the job is asked to stop, and when the lease is lost.
    pub stop: CancellationToken,
    /// Whether the job's own transaction has ended it.
    finished: Arc<AtomicBool>,
}

/// Reason of an attempt whose process died without recording its end.
pub(super) const LOST: &str = "the worker was lost";

/// Condition that holds for the attempt with this epoch only.
const FENCE: &str = "id = $1 AND lease_epoch = $2 AND state = 'running'";

/// Assignments that end an attempt: the final state, or a new run if the same job was pushed meanwhile.
fn end_in(state: &'static str, now: &'static str) -> SafeSql {
    sql!(
        "state = CASE WHEN again IS NULL OR cancel_requested THEN {state} ELSE 'ready' END,
         finished_at = CASE WHEN again IS NULL OR cancel_requested THEN {now} END, {}",
        released("attempts", "run_at", now)
    )
}

/// Assignments that release the lease. A job that was pushed meanwhile starts anew with the payload of that
/// push, at once and with all its attempts; otherwise `attempts` and `run_at` apply.
fn released(attempts: &'static str, run_at: impl Into<SafeSql>, now: &'static str) -> SafeSql {
    let run_at = run_at.into();
    sql!(
        "attempts = CASE WHEN again IS NULL THEN {attempts} ELSE 0 END,
         run_at = CASE WHEN again IS NULL THEN {run_at} ELSE {now} END,
         payload = COALESCE(again, payload), again = NULL, lease_owner = NULL, lease_until = NULL"
    )
}

impl Lease {
    /// Describes an attempt; the caller holds no lock by that.
    pub fn new(id: i64, epoch: i64, attempt: i64) -> Self {
        Self { id, epoch, attempt, stop: Default::default(), finished: Default::default() }
    }

    /// Passes the fence: false if the lease is lost. The job cannot be claimed, nor its lease renewed, until
    /// the transaction ends, so keep that short.
    pub async fn holds(&self, txn: &DatabaseTransaction) -> Result<bool, DbErr> {
        let lock = sql!("UPDATE job SET lease_epoch = lease_epoch WHERE {FENCE}");
        Ok(sql::execute(txn, lock, args![self.id, self.epoch]).await? == 1)
    }

    /// Ends the job inside the domain's transaction. Returns false if the lease is lost; the caller must roll
    /// back.
    pub async fn finish(&self, txn: &DatabaseTransaction) -> Result<bool, DbErr> {
        let is_ours = self.end(txn).await?;
        self.finished.store(is_ours, Ordering::Relaxed);
        Ok(is_ours)
    }

    /// Like `finish`, for several jobs. Returns those whose lease still holds.
    pub async fn finish_all(txn: &DatabaseTransaction, leases: &[&Self]) -> Result<HashSet<i64>, DbErr> {
        let mut values = Vec::new();
        let one = |lease: &&Self| {
            values.extend(args![lease.id, lease.epoch]);
            sql!("(id = ${} AND lease_epoch = ${})", values.len() - 1, values.len())
        };
        let these: Vec<_> = leases.iter().map(one).collect();
        let done = sql!(
            "UPDATE job SET {} WHERE state = 'running' AND ({}) RETURNING id",
            end_in("'done'", now(txn)),
            SafeSql::join(these, " OR ")
        );
        let ours: HashSet<i64> = sql::values(txn, done, values).await?.into_iter().collect();
        for lease in leases {
            lease.finished.store(ours.contains(&lease.id), Ordering::Relaxed);
        }
        Ok(ours)
    }

    /// Ends the job after its success, unless its own transaction did. Returns false if the lease is lost.
    pub(super) async fn done(&self, db: &DatabaseConnection) -> Result<bool, DbErr> {
        if self.finished.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let _turn = turn(db).await;
        self.end(db).await
    }

    async fn end(&self, db: &impl ConnectionTrait) -> Result<bool, DbErr> {
        let done = sql!("UPDATE job SET {} WHERE {FENCE}", end_in("'done'", now(db)));
        Ok(sql::execute(db, done, args![self.id, self.epoch]).await? == 1)
    }

    /// Ends the job for good. Returns false if the lease is lost, or if the job was cancelled or runs once
    /// more.
    pub(super) async fn fail(&self, txn: &DatabaseTransaction, why: &str) -> Result<bool, DbErr> {
        let fail = sql!(
            "UPDATE job SET {}, last_error = $3 WHERE {FENCE} RETURNING state",
            end_in("CASE WHEN cancel_requested THEN 'cancelled' ELSE 'failed' END", now(txn))
        );
        let state: Option<String> = sql::value(txn, fail, args![self.id, self.epoch, storable(why)]).await?;
        Ok(state.as_deref() == Some("failed"))
    }

    /// Puts the job back for another attempt after the delay.
    pub(super) async fn retry(
        &self,
        db: &DatabaseConnection,
        delay: Duration,
        why: &str,
    ) -> Result<bool, DbErr> {
        self.put_back(db, "TRUE".into(), 0, delay, Some(why)).await
    }

    /// Puts the job back as if this attempt had not happened, until after the delay.
    pub(super) async fn wait(
        &self,
        db: &DatabaseConnection,
        delay: Duration,
        why: &str,
    ) -> Result<bool, DbErr> {
        self.put_back(db, "TRUE".into(), 1, delay, Some(why)).await
    }

    /// Releases the job as if this attempt had not happened.
    pub(super) async fn release(&self, db: &DatabaseConnection) -> Result<bool, DbErr> {
        self.put_back(db, "TRUE".into(), 1, Duration::ZERO, None).await
    }

    /// Revokes an expired lease.
    pub(super) async fn revoke(&self, db: &DatabaseConnection, delay: Duration) -> Result<bool, DbErr> {
        let expired = sql!("lease_until < {}", now(db));
        self.put_back(db, expired, 0, delay, Some(LOST)).await
    }

    async fn put_back(
        &self,
        db: &DatabaseConnection,
        condition: SafeSql,
        attempts_back: i64,
        delay: Duration,
        why: Option<&str>,
    ) -> Result<bool, DbErr> {
        let now = now(db);
        let released = released("attempts - $3", sql!("{now} + $4"), now);
        let put_back = sql!(
            "UPDATE job SET state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'ready' END,
                 finished_at = CASE WHEN cancel_requested THEN {now} END,
                 last_error = COALESCE($5, last_error), lease_epoch = lease_epoch + 1, {released}
             WHERE {FENCE} AND {condition}"
        );
        let why = why.map(storable);
        let _turn = turn(db).await;
        let values = args![self.id, self.epoch, attempts_back, delay.as_secs_f64(), why];
        Ok(sql::execute(db, put_back, values).await? == 1)
    }
}

/// Removes NUL, which PostgreSQL text cannot store: an error may quote any input.
fn storable(why: &str) -> String {
    why.replace('\0', "")
}
