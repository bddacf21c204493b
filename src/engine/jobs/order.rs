//! Which of the waiting jobs comes first, where that changes after they were pushed, and what a job waits for.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use super::queue::{if_free, list, now, these};
use crate::db::sql::{self, args, row};

/// What decides who is taken first: the higher priority, and among equals the smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub priority: i64,
    pub size: i64,
}

/// A job that nobody has taken yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub id: i64,
    pub uniq: String,
    pub priority: i64,
    pub size: i64,
    /// Seconds since it was pushed, by the database's clock.
    pub waited: f64,
}
row!(Waiting { id, uniq, priority, size, waited });

impl Waiting {
    pub fn place(&self) -> Place {
        Place { priority: self.priority, size: self.size }
    }
}

/// The waiting jobs of a kind that have a key: the one with this key, or all.
pub async fn waiting(
    db: &impl ConnectionTrait,
    kind: &str,
    uniq: Option<&str>,
) -> Result<Vec<Waiting>, DbErr> {
    let mut values = args![kind];
    let keyed = uniq.map_or("uniq IS NOT NULL", |uniq| {
        values.extend(args![uniq]);
        "uniq = $2"
    });
    let sql = format!(
        "SELECT id, uniq, priority, size, {} - created_at AS waited FROM job
         WHERE kind = $1 AND state = 'ready' AND {keyed}",
        now(db)
    );
    sql::all(db, &sql, values).await
}

/// Makes everybody else who changes this job, takes it, or writes behind its fence go after the end of the transaction.
/// Ask before the transaction's other writes.
pub async fn hold(db: &impl ConnectionTrait, kind: &str, uniq: &str) -> Result<(), DbErr> {
    let hold =
        "UPDATE job SET priority = priority WHERE kind = $1 AND uniq = $2 AND state IN ('ready', 'running')";
    sql::execute(db, hold, args![kind, uniq]).await.map(|_| ())
}

/// Moves jobs that still wait in the one place to the other. One that somebody else holds at the moment is left
/// as it is: it has just been taken, or given another place.
pub async fn move_to(db: &impl ConnectionTrait, ids: &[i64], from: Place, to: Place) -> Result<(), DbErr> {
    if from == to || ids.is_empty() {
        return Ok(());
    }
    let update = format!(
        "UPDATE job SET priority = $3, size = $4 WHERE id IN (
             SELECT id FROM job WHERE id IN ({}) AND state = 'ready' AND priority = $2 {})",
        these(db),
        if_free(db)
    );
    sql::execute(db, &update, args![list(ids), from.priority, to.priority, to.size]).await.map(|_| ())
}

/// How an unfinished job stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub uniq: String,
    pub is_running: bool,
    /// Its time has not come yet.
    pub is_early: bool,
    /// Jobs with its key that run, and how many may.
    pub busy: i64,
    pub conc_limit: i64,
    /// Jobs of its kind that run.
    pub running: i64,
}
row!(Standing { uniq, is_running, is_early, busy, conc_limit, running });

/// How the jobs of a kind with these unique keys stand, as far as they are unfinished.
pub async fn standing(
    db: &impl ConnectionTrait,
    kind: &str,
    uniqs: &[String],
) -> Result<Vec<Standing>, DbErr> {
    let these = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT value FROM json_array_elements_text($2::json)",
        _ => "SELECT value FROM json_each($2)",
    };
    let sql = format!(
        "SELECT j.uniq, j.state = 'running' AS is_running, j.run_at > {now} AS is_early, j.conc_limit,
                (SELECT COUNT(*) FROM job o WHERE o.state = 'running' AND o.conc_key = j.conc_key) AS busy,
                (SELECT COUNT(*) FROM job o WHERE o.state = 'running' AND o.kind = $1) AS running
         FROM job j WHERE j.kind = $1 AND j.uniq IN ({these}) AND j.state IN ('ready', 'running')
              AND NOT j.cancel_requested",
        now = now(db)
    );
    sql::all(db, &sql, args![kind, sql::to_json(&uniqs)?]).await
}
