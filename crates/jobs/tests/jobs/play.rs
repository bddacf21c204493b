//! Jobs that misbehave on purpose, and record events.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait};
use serde::{Deserialize, Serialize};
use smartcache_jobs::{Job, JobError, JobFailure, Lease};
use tokio::time::sleep;

#[derive(Clone, Serialize, Deserialize)]
pub struct Play {
    pub n: i64,
    pub act: Act,
    pub uniq: Option<String>,
    pub key: Option<String>,
    pub limit: i64,
    pub priority: i64,
    pub size: i64,
}

#[derive(Clone, Serialize, Deserialize)]
pub enum Act {
    /// Takes this many milliseconds, then writes behind the fence, even if the task is aborted meanwhile.
    Work(u64),
    /// Never ends in the first attempt.
    HangOnce,
    /// Ends the job itself, and then continues for this many milliseconds.
    Linger(u64),
    UntilStopped,
    Panic,
    Fail,
    /// Succeeds, and leaves the row to the worker.
    Pass,
    /// Like the inner act, this many milliseconds later.
    After(u64, Box<Act>),
    Retry,
    /// Claims in the first attempt that its lease is lost.
    Despair,
    /// Misses a service until something has happened this often.
    Miss(i64),
    /// Requests a retry after this many milliseconds in the first attempt.
    Later(u64),
}

impl Play {
    pub fn new(act: Act) -> Self {
        Self { n: 0, act, uniq: None, key: None, limit: 1, priority: 0, size: 0 }
    }

    pub fn keyed(act: Act, uniq: &str) -> Self {
        Self { uniq: Some(uniq.to_owned()), ..Self::new(act) }
    }
}

#[async_trait::async_trait]
impl Job for Play {
    const KIND: &'static str = "play";
    const QUEUE: &'static str = "stage";
    const MAX_ATTEMPTS: i64 = 3;
    type Context = DatabaseConnection;

    fn unique_key(&self) -> Option<String> {
        self.uniq.clone()
    }

    fn concurrency_key(&self) -> Option<String> {
        self.key.clone()
    }

    fn concurrency_limit(&self) -> i64 {
        self.limit
    }

    fn priority(&self) -> i64 {
        self.priority
    }

    fn size(&self) -> i64 {
        self.size
    }

    async fn run(&self, db: &DatabaseConnection, lease: &Lease) -> Result<(), JobError> {
        happened(db, "began", self.n).await?;
        let first = lease.attempt == 1;
        let mut act = &self.act;
        while let Act::After(millis, then) = act {
            sleep(Duration::from_millis(*millis)).await;
            act = then;
        }
        match *act {
            Act::Work(millis) => {
                let work = work(db.clone(), lease.clone(), self.n, Duration::from_millis(millis));
                tokio::spawn(work).await.map_err(JobError::retry)?
            }
            Act::HangOnce if first => std::future::pending().await,
            Act::HangOnce => work(db.clone(), lease.clone(), self.n, Duration::ZERO).await,
            Act::Linger(millis) => {
                work(db.clone(), lease.clone(), self.n, Duration::ZERO).await?;
                sleep(Duration::from_millis(millis)).await;
                Ok(happened(db, "lingered", self.n).await?)
            }
            Act::UntilStopped => {
                lease.stop.cancelled().await;
                happened(db, "heard", self.n).await?;
                Err(JobError::retry("stopped"))
            }
            Act::Panic => panic!("on purpose"),
            Act::Fail => Err(JobError::fail("no use")),
            Act::Retry => Err(JobError::retry("not \0 yet")),
            Act::Miss(times) => {
                let began = "SELECT COUNT(*) FROM happened WHERE what = 'began' AND n = $1";
                match sql::value::<i64>(db, began, sql::args![self.n]).await? {
                    Some(began) if began > times => Ok(()),
                    _ => Err(JobError::Unavailable { why: "away".into(), after: Duration::from_millis(20) }),
                }
            }
            Act::Despair if first => Err(JobError::LeaseLost),
            Act::Later(millis) if first => {
                let after = Some(Duration::from_millis(millis));
                Err(JobError::Retry { why: "later".into(), after })
            }
            Act::Pass | Act::After(..) | Act::Despair | Act::Later(_) => Ok(()),
        }
    }

    async fn give_up(
        &self,
        _: &DatabaseConnection,
        txn: &DatabaseTransaction,
        _: &JobFailure,
    ) -> Result<(), DbErr> {
        happened(txn, "gave up", self.n).await
    }
}

async fn work(db: DatabaseConnection, lease: Lease, n: i64, takes: Duration) -> Result<(), JobError> {
    sleep(takes).await;
    let txn = db.begin().await?;
    if lease.finish(&txn).await? {
        happened(&txn, "did", n).await?;
        txn.commit().await?;
        return Ok(());
    }
    txn.rollback().await?;
    happened(&db, "was refused", n).await?;
    Err(JobError::LeaseLost)
}

async fn happened(db: &impl ConnectionTrait, what: &str, n: i64) -> Result<(), DbErr> {
    let pid = std::process::id();
    let note = format!("INSERT INTO happened (what, n, pid) VALUES ('{what}', {n}, {pid})");
    db.execute_unprepared(&note).await.map(|_| ())
}

/// Like `Play`, but its last read and its end share a transaction (`RUNS_AGAIN` is false).
#[derive(Clone, Serialize, Deserialize)]
pub struct Closed(pub Play);

#[async_trait::async_trait]
impl Job for Closed {
    const KIND: &'static str = "closed";
    const QUEUE: &'static str = "stage";
    const RUNS_AGAIN: bool = false;
    type Context = DatabaseConnection;

    fn unique_key(&self) -> Option<String> {
        self.0.unique_key()
    }

    async fn run(&self, db: &DatabaseConnection, lease: &Lease) -> Result<(), JobError> {
        self.0.run(db, lease).await
    }

    async fn give_up(
        &self,
        db: &DatabaseConnection,
        txn: &DatabaseTransaction,
        failure: &JobFailure,
    ) -> Result<(), DbErr> {
        self.0.give_up(db, txn, failure).await
    }
}

#[derive(Default, Serialize, Deserialize)]
pub struct Beat;

#[async_trait::async_trait]
impl Job for Beat {
    const KIND: &'static str = "beat";
    const QUEUE: &'static str = "stage";
    type Context = DatabaseConnection;

    async fn run(&self, db: &DatabaseConnection, _: &Lease) -> Result<(), JobError> {
        Ok(happened(db, "beat", 0).await?)
    }

    async fn give_up(
        &self,
        _: &DatabaseConnection,
        _: &DatabaseTransaction,
        _: &JobFailure,
    ) -> Result<(), DbErr> {
        Ok(())
    }
}

/// Left to others until the given thing has happened.
#[derive(Serialize, Deserialize)]
pub struct Shy(pub Play);

#[async_trait::async_trait]
impl Job for Shy {
    const KIND: &'static str = "shy";
    const QUEUE: &'static str = "stage";
    type Context = DatabaseConnection;

    async fn is_left_to_others(db: &DatabaseConnection) -> bool {
        let shown = "SELECT COUNT(*) FROM happened WHERE what = 'welcomed'";
        sql::value::<i64>(db, shown, Vec::new()).await.unwrap() == Some(0)
    }

    async fn run(&self, db: &DatabaseConnection, lease: &Lease) -> Result<(), JobError> {
        self.0.run(db, lease).await
    }
}
