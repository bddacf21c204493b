//! Fair write lock for SQLite, which allows one writer at a time and lets waiting ones only poll its lock.
//! Writers of this process queue here, first come, first served.

use std::collections::HashMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tokio::sync::{Mutex as Queue, OwnedMutexGuard};
use tokio::time::sleep;

/// Interval and length of gaps in which the file is unlocked however many wait here, so that other processes
/// and the few writers without a turn get through.
const BETWEEN_GAPS: Duration = Duration::from_millis(25);
const GAP: Duration = Duration::from_millis(2);

/// Write queues of this process by file, each with the time of its last gap.
static FILES: LazyLock<Mutex<HashMap<PathBuf, Weak<Queue<Instant>>>>> = LazyLock::new(Mutex::default);

/// Right to write while this guard lives. Empty for PostgreSQL, which needs none.
#[derive(Debug)]
pub struct WriteTurn(#[allow(dead_code, reason = "it is held")] Option<OwnedMutexGuard<Instant>>);

/// Waits for the right to write. A holder must not ask for another before its own has ended (deadlock).
pub async fn turn(db: &DatabaseConnection) -> WriteTurn {
    if db.get_database_backend() != DbBackend::Sqlite {
        return WriteTurn(None);
    }
    let queue = queue(db);
    let Ok(turn) = queue.clone().try_lock_owned() else {
        let mut turn = queue.lock_owned().await;
        if turn.elapsed() > BETWEEN_GAPS {
            sleep(GAP).await;
            *turn = Instant::now();
        }
        return WriteTurn(Some(turn));
    };
    WriteTurn(Some(turn))
}

fn queue(db: &DatabaseConnection) -> Arc<Queue<Instant>> {
    let options = db.get_sqlite_connection_pool().connect_options();
    let mut files = FILES.lock();
    if let Some(queue) = files.get(options.get_filename()).and_then(Weak::upgrade) {
        return queue;
    }
    files.retain(|_, queue| queue.strong_count() > 0);
    let queue = Arc::new(Queue::new(Instant::now()));
    files.insert(options.get_filename().to_owned(), Arc::downgrade(&queue));
    queue
}

/// Transaction that holds the right to write.
#[derive(Debug)]
pub struct Transaction {
    txn: DatabaseTransaction,
    _turn: WriteTurn,
}

impl Transaction {
    /// Begins a transaction. On SQLite it takes the write lock at once: a lock taken later can fail half-way.
    pub async fn begin(db: &DatabaseConnection) -> Result<Self, DbErr> {
        let sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode, ..Default::default() };
        let turn = turn(db).await;
        let db = db.clone();
        // In a task of its own: a BEGIN dropped half-way returns its connection with the transaction open.
        let begun =
            tokio::spawn(
                async move { db.begin_with_options(options).await.map(|txn| Self { txn, _turn: turn }) },
            );
        begun.await.map_err(|error| DbErr::Custom(error.to_string()))?
    }

    /// Commits it. Without this, it is rolled back.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.txn.commit().await
    }
}

impl Deref for Transaction {
    type Target = DatabaseTransaction;
    fn deref(&self) -> &DatabaseTransaction {
        &self.txn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::{ConnectOptions, ConnectionTrait, Database};

    async fn open(file: &std::path::Path) -> DatabaseConnection {
        let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", file.display()));
        // With this time-out, a writer that meets the file's lock fails.
        options.max_connections(9).map_sqlx_sqlite_opts(|sqlite| {
            sqlite.pragma("journal_mode", "WAL").busy_timeout(Duration::from_millis(1))
        });
        Database::connect(options).await.expect("opens")
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn writers_of_a_process_never_meet_in_the_file() {
        let file = std::env::temp_dir().join(format!("smartcache-turns-{}.db", uuid::Uuid::new_v4()));
        let db = open(&file).await;
        let other = open(&file).await;
        db.execute_unprepared("CREATE TABLE note (n INTEGER)").await.expect("is made");
        let write = |db: DatabaseConnection| async move {
            for n in 0..40 {
                let txn = Transaction::begin(&db).await.expect("begins");
                txn.execute_unprepared(&format!("INSERT INTO note VALUES ({n})")).await.expect("is written");
                txn.commit().await.expect("ends");
            }
        };
        let writers =
            (0..8).map(|n| tokio::spawn(write(if n % 2 == 0 { db.clone() } else { other.clone() })));
        for writer in writers.collect::<Vec<_>>() {
            writer.await.expect("writes");
        }
        let noted = crate::value(&db, "SELECT COUNT(*) FROM note", Vec::new()).await;
        assert_eq!(noted.expect("is read"), Some(320_i64));
        std::fs::remove_file(&file).ok();
    }

    #[tokio::test]
    async fn a_turn_ends_with_whoever_had_it() {
        let file = std::env::temp_dir().join(format!("smartcache-turns-{}.db", uuid::Uuid::new_v4()));
        let db = open(&file).await;
        drop(Transaction::begin(&db).await.expect("begins"));
        let waiting = tokio::time::timeout(Duration::from_secs(5), turn(&db)).await;
        assert!(waiting.is_ok());
        std::fs::remove_file(&file).ok();
    }
}
