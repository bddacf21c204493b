//! A lock per SHA-256, so that concurrent requests for one file fetch it once (single flight).

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Locks by name. A free lock takes no memory.
#[derive(Debug, Default)]
pub struct SingleFlight(Mutex<HashMap<String, Weak<AsyncMutex<()>>>>);

impl SingleFlight {
    /// Acquires the lock of a SHA-256.
    pub async fn lock(&self, sha256: &str) -> OwnedMutexGuard<()> {
        let turn = self.turn(sha256);
        turn.lock_owned().await
    }

    fn turn(&self, sha256: &str) -> Arc<AsyncMutex<()>> {
        let mut all = self.0.lock();
        if let Some(turn) = all.get(sha256).and_then(Weak::upgrade) {
            return turn;
        }
        all.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        all.insert(sha256.to_owned(), Arc::downgrade(&turn));
        turn
    }
}
