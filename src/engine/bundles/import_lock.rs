//! Lock of imports: one runs at a time, whether it comes from a page, a program, the command line or the drop
//! folder. It ends with its process.

use std::fs::{File, TryLockError};
use std::time::Duration;

use sea_orm::{DatabaseTransaction, TransactionTrait};
use tokio::time::{Instant, sleep};

use crate::db::sql::{self, args};
use crate::domain::Refusal;
use crate::engine::{Engine, Error, Result};

/// Advisory lock of PostgreSQL, for processes on other machines.
const IMPORT_LOCK: i64 = 0x6275_6e64;
/// Interval at which a caller that waits tries again.
const POLL: Duration = Duration::from_millis(250);

/// Right to import while it is held.
pub struct ImportLock {
    /// For processes on this machine, which those on a SQLite file are.
    _file: File,
    session: Option<DatabaseTransaction>,
}

impl ImportLock {
    /// Takes the lock, waiting at most this time.
    ///
    /// # Errors
    /// `Refusal::Conflict` while another import holds it.
    pub async fn take(engine: &Engine, patience: Duration) -> Result<Self> {
        let until = Instant::now() + patience;
        loop {
            if let Some(lock) = Self::try_take(engine).await? {
                return Ok(lock);
            }
            if Instant::now() >= until {
                let why = "Another import is under way on this node. Try again when it has ended.";
                return Err(Refusal::conflict(why).into());
            }
            sleep(POLL).await;
        }
    }

    /// Takes the lock, unless another import holds it.
    pub async fn try_take(engine: &Engine) -> Result<Option<Self>> {
        let file = File::create(engine.config.data_dir.join("bundle-import.lock"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, "imports cannot be locked against other processes of this machine");
            }
        }
        if !sql::is_postgres(&engine.db) {
            return Ok(Some(Self { _file: file, session: None }));
        }
        // Held by a transaction that does nothing else, and so keeps nothing from being vacuumed.
        let session = engine.db.begin().await?;
        let take = "SELECT pg_try_advisory_xact_lock($1)";
        let is_ours = sql::value(&session, take, args![IMPORT_LOCK]).await?.unwrap_or(false);
        Ok(is_ours.then_some(Self { _file: file, session: Some(session) }))
    }

    /// Gives the lock back at once. One that is dropped ends as soon as its connection is used again.
    pub async fn release(self) {
        if let Some(session) = self.session
            && let Err(error) = session.rollback().await
        {
            tracing::warn!(error = %Error::from(error), "the lock of imports ended with its connection");
        }
    }
}
