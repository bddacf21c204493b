//! Leases that this process holds, with their running tasks.

use std::collections::HashMap;

use parking_lot::{Mutex, MutexGuard};

use tokio::task::AbortHandle;

use super::claim::LeaseFate;
use super::{JobObserver, Lease};

#[derive(Default)]
pub struct HeldLeases(Mutex<HashMap<(i64, i64), (Lease, AbortHandle)>>);

impl HeldLeases {
    pub fn add(&self, lease: Lease, task: AbortHandle) {
        self.lock().insert((lease.id, lease.epoch), (lease, task));
    }

    pub fn remove(&self, lease: &Lease) {
        self.lock().remove(&(lease.id, lease.epoch));
    }

    pub fn leases(&self) -> Vec<Lease> {
        self.lock().values().map(|(lease, _)| lease.clone()).collect()
    }

    /// Stops jobs that were taken over, and signals those that are to be cancelled.
    /// A row with the lease's epoch still belongs to this process, even if it has ended: a takeover raises
    /// the epoch.
    pub fn learn(&self, asked: &[Lease], fates: &[LeaseFate], observer: &dyn JobObserver) {
        for lease in asked {
            match fates.iter().find(|fate| fate.id == lease.id && fate.lease_epoch == lease.epoch) {
                Some(fate) if !fate.cancel_requested => {}
                Some(_) => lease.stop.cancel(),
                // A task that is over has its end recorded by now, and the row may be another attempt's.
                None => match self.lock().get(&(lease.id, lease.epoch)) {
                    Some((lease, task)) if !task.is_finished() => {
                        tracing::warn!(
                            job = lease.id,
                            attempt = lease.attempt,
                            "the lease of a job was lost"
                        );
                        observer.lease_lost();
                        abort(lease, task);
                    }
                    _ => {}
                },
            }
        }
    }

    pub fn abort_all(&self) {
        for (lease, task) in self.lock().values() {
            abort(lease, task);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(i64, i64), (Lease, AbortHandle)>> {
        self.0.lock()
    }
}

/// Aborts a task. Work that it has moved to other threads is stopped by the token.
fn abort(lease: &Lease, task: &AbortHandle) {
    task.abort();
    lease.stop.cancel();
}
