//! A lock per key, so that concurrent requests for one thing fetch it once (single flight).

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Locks by name. A free lock takes no memory. A waiter gets the lock, not the result: it checks again
/// whether the work is still to be done.
#[derive(Debug, Default)]
pub struct SingleFlight(Mutex<HashMap<String, Weak<AsyncMutex<()>>>>);

impl SingleFlight {
    /// Acquires the lock of a key, such as the SHA-256 of a file.
    pub async fn lock(&self, key: &str) -> OwnedMutexGuard<()> {
        let turn = self.turn(key);
        turn.lock_owned().await
    }

    fn turn(&self, key: &str) -> Arc<AsyncMutex<()>> {
        let mut all = self.0.lock();
        if let Some(turn) = all.get(key).and_then(Weak::upgrade) {
            return turn;
        }
        all.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        all.insert(key.to_owned(), Arc::downgrade(&turn));
        turn
    }
}
