//! State of one process's workers.

use std::sync::Arc;

use sea_orm::DatabaseConnection;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::held::HeldLeases;
use super::timing::Timing;
use super::{JobObserver, Notifier, Presence};

/// State shared by the loops and the jobs of one process.
pub struct WorkerPool {
    pub db: DatabaseConnection,
    pub notifier: Notifier,
    pub timing: Timing,
    pub held: HeldLeases,
    pub presence: Presence,
    pub observer: Arc<dyn JobObserver>,
    pub closing: CancellationToken,
    pub drained: CancellationToken,
    pub loops: TaskTracker,
    pub attempts: TaskTracker,
}
