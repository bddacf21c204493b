//! Claims, renewals, and takeovers from lost workers.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, TransactionTrait, Value};
use sql::json::numbers_in;
use sql::turns::turn;
use sql::{SafeSql, args, row, sql};

use super::Lease;
use super::queue::{if_free, list, now};

/// Advisory lock that serializes claims on PostgreSQL. Otherwise two could claim different jobs with the same
/// key: the second sees a more urgent one that has just been pushed, and not yet the first one's claim.
const CLAIM_LOCK: i64 = 0x6a6f_6273;

/// Minimum number of candidates examined first: enough that some usually have a free key, few enough to sort
/// quickly.
const FIRST: i64 = 64;

/// Order in which waiting jobs are claimed.
const ORDER: &str = "priority DESC, size, run_at, id";

/// Selects the jobs whose concurrency key is below its limit, counting running jobs. Rows are not compared
/// pairwise: PostgreSQL may plan that as a loop over all pairs.
fn with_room(jobs: &SafeSql) -> SafeSql {
    sql!(
        "SELECT id FROM (
             SELECT id, conc_key, conc_limit, ROW_NUMBER() OVER (PARTITION BY conc_key ORDER BY {ORDER}) AS place
             FROM ({jobs}) AS jobs) AS keyed
         LEFT JOIN (
             SELECT conc_key AS busy_key, COUNT(*) AS busy FROM job
             WHERE state = 'running' AND conc_key IS NOT NULL GROUP BY conc_key) AS running ON busy_key = conc_key
         WHERE conc_key IS NULL OR place + COALESCE(busy, 0) <= conc_limit"
    )
}

/// Parameters of a claim.
pub struct Claim<'a> {
    pub owner: &'a str,
    pub queue: &'a str,
    /// Jobs of other kinds are left to processes that know them.
    pub kinds: &'a [&'static str],
    pub lease: Duration,
    pub limit: i64,
}

pub struct Claimed {
    pub id: i64,
    pub lease_epoch: i64,
    pub kind: String,
    pub payload: String,
    pub conc_key: Option<String>,
    pub attempts: i64,
    pub max_attempts: i64,
    pub last_error: Option<String>,
}
row!(Claimed { id, lease_epoch, kind, payload, conc_key, attempts, max_attempts, last_error });

impl Claim<'_> {
    /// Claims due jobs, at most `limit`. Acquires no lock if none is due. Examines the first few candidates,
    /// and all of them only if none of those can run.
    pub async fn take(&self, db: &DatabaseConnection) -> Result<Vec<Claimed>, DbErr> {
        if self.kinds.is_empty() {
            return Ok(Vec::new());
        }
        let first = FIRST.max(2 * self.limit);
        let mut picked: Vec<i64> = sql::values(db, self.pick(db, first), self.values()).await?;
        if picked.is_empty() && self.are_more_than(db, first).await? {
            picked = sql::values(db, self.pick(db, i64::MAX), self.values()).await?;
        }
        if picked.is_empty() { Ok(Vec::new()) } else { self.take_these(db, &picked).await }
    }

    async fn are_more_than(&self, db: &DatabaseConnection, first: i64) -> Result<bool, DbErr> {
        let due = sql!("SELECT id FROM job WHERE {} LIMIT 1 OFFSET {first}", self.due(db));
        Ok(sql::value::<i64>(db, due, self.values()).await?.is_some())
    }

    async fn take_these(&self, db: &DatabaseConnection, picked: &[i64]) -> Result<Vec<Claimed>, DbErr> {
        if !sql::is_postgres(db) {
            let _turn = turn(db).await;
            return self.update(db, picked).await;
        }
        let txn = db.begin().await?;
        sql::execute(&txn, "SELECT pg_advisory_xact_lock($1)", args![CLAIM_LOCK]).await?;
        let claimed = self.update(&txn, picked).await?;
        txn.commit().await?;
        Ok(claimed)
    }

    /// Claims the picked jobs. They were picked without a lock, so one of them, or another with its key, may
    /// have been claimed meanwhile.
    async fn update(&self, db: &impl ConnectionTrait, picked: &[i64]) -> Result<Vec<Claimed>, DbErr> {
        let these = sql!("SELECT * FROM job WHERE id IN ({}) AND state = 'ready'", numbers_in(db, 1));
        let claim = sql!(
            "UPDATE job SET state = 'running', attempts = attempts + 1, lease_epoch = lease_epoch + 1,
                 lease_owner = $2, lease_until = {now} + $3
             WHERE id IN (SELECT id FROM job WHERE id IN ({picked}) AND state = 'ready' {free})
             RETURNING id, lease_epoch, kind, payload, conc_key, attempts, max_attempts, last_error",
            picked = with_room(&these),
            free = if_free(db),
            now = now(db),
        );
        sql::all(db, claim, args![list(picked), self.owner, self.lease.as_secs_f64()]).await
    }

    fn due(&self, db: &impl ConnectionTrait) -> SafeSql {
        let kinds = SafeSql::placeholders(2, self.kinds.len());
        sql!("queue = $1 AND state = 'ready' AND run_at <= {} AND kind IN ({kinds})", now(db))
    }

    /// Picks due jobs among the first `among`. A job also waits for its cancelled predecessor to end. The
    /// first jobs of a key in the prefix are the first of that key overall. The limit is not an argument,
    /// because SQLite would recompile the statement for each value.
    fn pick(&self, db: &impl ConnectionTrait, among: i64) -> SafeSql {
        let (due, limit) = (self.due(db), self.limit);
        let first = sql!("SELECT * FROM job WHERE {due} ORDER BY {ORDER} LIMIT {among}");
        sql!(
            "SELECT id FROM job j
             WHERE {due} AND id IN ({picked})
             AND NOT EXISTS (
                 SELECT 1 FROM job o WHERE o.state = 'running' AND o.cancel_requested
                 AND o.kind = j.kind AND o.uniq = j.uniq)
             ORDER BY {ORDER} LIMIT {limit}",
            picked = with_room(&first)
        )
    }

    fn values(&self) -> Vec<Value> {
        let mut values = args![self.queue];
        values.extend(self.kinds.iter().map(|kind| Value::from(*kind)));
        values
    }
}

/// Renews the leases of these jobs, if the owner still holds them.
pub async fn renew(
    db: &DatabaseConnection,
    owner: &str,
    lease: Duration,
    held: &[Lease],
) -> Result<(), DbErr> {
    let renew = sql!(
        "UPDATE job SET lease_until = {} + $3 WHERE lease_owner = $2 AND state = 'running' AND id IN ({})",
        now(db),
        numbers_in(db, 1)
    );
    let _turn = turn(db).await;
    sql::execute(db, renew, args![ids(held), owner, lease.as_secs_f64()]).await.map(|_| ())
}

/// Changes by others to a job whose lease this process holds.
pub struct LeaseFate {
    pub id: i64,
    pub lease_epoch: i64,
    pub cancel_requested: bool,
}
row!(LeaseFate { id, lease_epoch, cancel_requested });

pub async fn fates(db: &DatabaseConnection, held: &[Lease]) -> Result<Vec<LeaseFate>, DbErr> {
    let look = sql!("SELECT id, lease_epoch, cancel_requested FROM job WHERE id IN ({})", numbers_in(db, 1));
    sql::all(db, look, args![ids(held)]).await
}

fn ids(held: &[Lease]) -> String {
    list(&held.iter().map(|lease| lease.id).collect::<Vec<_>>())
}

/// A job whose worker is lost.
struct Lost {
    id: i64,
    lease_epoch: i64,
    attempts: i64,
}
row!(Lost { id, lease_epoch, attempts });

impl Lost {
    fn lease(&self) -> Lease {
        Lease::new(self.id, self.lease_epoch, self.attempts)
    }
}

/// Puts back jobs whose lease expired, even after the last attempt: the worker that claims such a job gives
/// it up.
pub async fn sweep(db: &DatabaseConnection, backoff: impl Fn(i64) -> Duration) -> Result<usize, DbErr> {
    let expired = sql!(
        "SELECT id, lease_epoch, attempts FROM job WHERE state = 'running' AND lease_until < {}",
        now(db)
    );
    let mut revoked = 0;
    for lost in sql::all::<Lost>(db, expired, args![]).await? {
        revoked += usize::from(lost.lease().revoke(db, backoff(lost.attempts)).await?);
    }
    Ok(revoked)
}

/// Puts back the jobs of a worker that is known to have ended. The attempt counts, so that a job that crashes
/// its process each time does not do so forever.
pub async fn requeue_jobs_of(db: &DatabaseConnection, owner: &str) -> Result<usize, DbErr> {
    let held = "SELECT id, lease_epoch, attempts FROM job WHERE state = 'running' AND lease_owner = $1";
    let mut put_back = 0;
    for lost in sql::all::<Lost>(db, held, args![owner]).await? {
        put_back += usize::from(lost.lease().retry(db, Duration::ZERO, super::lease::LOST).await?);
    }
    Ok(put_back)
}
