//! Recurring jobs: one row per schedule, advanced by the first process (compare-and-set).

use std::time::Duration;

use futures::future::BoxFuture;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr};
use sql::turns::Transaction;
use sql::{args, sql};

use super::Job;
use super::queue::{insert, now};

#[derive(Clone)]
pub struct Schedule {
    name: &'static str,
    pub queue: &'static str,
    every: Duration,
    push: for<'a> fn(&'a DatabaseTransaction, String) -> Push<'a>,
}

type Push<'a> = BoxFuture<'a, Result<Option<i64>, DbErr>>;

impl Schedule {
    pub fn of<J: Job + Default>(every: Duration) -> Self {
        Self { name: J::KIND, queue: J::QUEUE, every, push: push_default::<J> }
    }

    /// Pushes the job if it is due; a new schedule is due at once. Returns true if a job was pushed.
    pub async fn tick(&self, db: &DatabaseConnection) -> Result<bool, DbErr> {
        let every = self.every.as_secs_f64();
        let now: f64 = sql::value(db, sql!("SELECT {}", now(db)), args![]).await?.unwrap_or_default();
        let find = "SELECT next_at FROM schedule WHERE name = $1";
        let next_at: Option<f64> = sql::value(db, find, args![self.name]).await?;
        let (due, next) = match next_at {
            None => (true, now + every),
            // Missed times are skipped except for one, and later times keep the phase.
            Some(at) if at <= now => (true, at + every * (((now - at) / every).floor() + 1.0)),
            // The interval has become shorter since.
            Some(at) if at > now + every => (false, now + every),
            Some(_) => return Ok(false),
        };
        let txn = Transaction::begin(db).await?;
        let pushed = self.advance(&txn, next_at, next).await?
            && due
            && (self.push)(&txn, format!("{}@{}", self.name, next_at.unwrap_or(now))).await?.is_some();
        txn.commit().await?;
        Ok(pushed)
    }

    /// Returns false if another process was first.
    async fn advance(&self, txn: &DatabaseTransaction, from: Option<f64>, to: f64) -> Result<bool, DbErr> {
        let moved = match from {
            None => {
                let enter =
                    "INSERT INTO schedule (name, next_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
                sql::execute(txn, enter, args![self.name, to]).await?
            }
            Some(from) => {
                let advance = "UPDATE schedule SET next_at = $2 WHERE name = $1 AND next_at = $3";
                sql::execute(txn, advance, args![self.name, to, from]).await?
            }
        };
        Ok(moved == 1)
    }
}

/// Pushes the job under its own deduplication key, if it has one, so that it is not pushed while an equal one
/// is unfinished.
fn push_default<J: Job + Default>(txn: &DatabaseTransaction, tick: String) -> Push<'_> {
    Box::pin(async move {
        let job = J::default();
        insert(txn, &job, job.unique_key().or(Some(tick)), Duration::ZERO, false).await
    })
}
