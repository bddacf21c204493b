//! Which of the waiting jobs comes first, where that changes after they were pushed.

use sea_orm::{ConnectionTrait, DbErr};

use super::queue::{if_free, list, now, these};
use crate::db::sql::{self, args, row};

/// A job that nobody has taken yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub id: i64,
    pub uniq: String,
    pub priority: i64,
    /// Seconds since it was pushed, by the database's clock.
    pub waited: f64,
}
row!(Waiting { id, uniq, priority, waited });

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
        "SELECT id, uniq, priority, {} - created_at AS waited FROM job WHERE kind = $1 AND state = 'ready' AND {keyed}",
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

/// Moves jobs that still wait with the one priority to the other. One that somebody else holds at the moment is left
/// as it is: it has just been taken, or given another place.
pub async fn reprioritise(db: &impl ConnectionTrait, ids: &[i64], from: i64, to: i64) -> Result<(), DbErr> {
    if from == to || ids.is_empty() {
        return Ok(());
    }
    let update = format!(
        "UPDATE job SET priority = $3 WHERE id IN (
             SELECT id FROM job WHERE id IN ({}) AND state = 'ready' AND priority = $2 {})",
        these(db),
        if_free(db)
    );
    sql::execute(db, &update, args![list(ids), from, to]).await.map(|_| ())
}
