//! The registry of open connections, and which of them wait for a request and may be evicted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio::task::AbortHandle;

use super::Limits;

#[derive(Debug, Clone, Default)]
pub struct Registry(Arc<Mutex<ConnectionCounts>>);

#[derive(Debug, Default)]
struct ConnectionCounts {
    open: usize,
    networks: HashMap<IpAddr, usize>,
    /// Waiting connections by ticket, so in the order in which they began to wait.
    waiting: BTreeMap<u64, (Option<IpAddr>, AbortHandle)>,
    waiting_by_network: BTreeSet<(IpAddr, u64)>,
    next: u64,
}

/// Slot of a connection, released when dropped with the connection's socket.
#[derive(Debug)]
pub struct Slot {
    registry: Registry,
    network: Option<IpAddr>,
}

impl Registry {
    /// Returns a slot for a new connection. At the limit, evicts the connection that has waited longest for a
    /// request, of the same network if that network's limit is reached. `None` if all are busy.
    pub fn admit(&self, network: Option<IpAddr>, limits: &Limits) -> Option<Slot> {
        let mut counts = self.lock();
        let of_network = network.map_or(0, |network| counts.networks.get(&network).copied().unwrap_or(0));
        if of_network >= limits.per_network {
            counts.evict_from(network?)?;
        } else if counts.open >= limits.total {
            let oldest = *counts.waiting.first_key_value()?.0;
            counts.evict(oldest);
        }
        counts.open += 1;
        if let Some(network) = network {
            *counts.networks.entry(network).or_default() += 1;
        }
        Some(Slot { registry: self.clone(), network })
    }

    fn lock(&self) -> MutexGuard<'_, ConnectionCounts> {
        self.0.lock()
    }
}

impl ConnectionCounts {
    fn evict_from(&mut self, network: IpAddr) -> Option<()> {
        let (_, oldest) = *self.waiting_by_network.range((network, 0)..=(network, u64::MAX)).next()?;
        self.evict(oldest);
        Some(())
    }

    fn evict(&mut self, ticket: u64) {
        if let Some((network, connection)) = self.waiting.remove(&ticket) {
            network.map(|network| self.waiting_by_network.remove(&(network, ticket)));
            connection.abort();
        }
    }
}

impl Slot {
    /// Registers the connection as waiting for a request. Returns the ticket to revoke it.
    pub fn wait(&self, connection: AbortHandle) -> u64 {
        let mut counts = self.registry.lock();
        counts.next += 1;
        let ticket = counts.next;
        counts.waiting.insert(ticket, (self.network, connection));
        if let Some(network) = self.network {
            counts.waiting_by_network.insert((network, ticket));
        }
        ticket
    }

    pub fn go_on(&self, ticket: u64) {
        let mut counts = self.registry.lock();
        counts.waiting.remove(&ticket);
        if let Some(network) = self.network {
            counts.waiting_by_network.remove(&(network, ticket));
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = self.registry.lock();
        counts.open -= 1;
        let Some(network) = self.network else { return };
        if let Some(of_network) = counts.networks.get_mut(&network) {
            *of_network -= 1;
            if *of_network == 0 {
                counts.networks.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(total: usize, per_network: usize) -> Limits {
        Limits { total, per_network, ..Limits::for_descriptors(1_024, Vec::new()) }
    }

    fn ip(last: u8) -> Option<IpAddr> {
        Some([192, 0, last, 0].into())
    }

    #[tokio::test]
    async fn the_connection_that_waited_longest_makes_room_and_busy_ones_stay() {
        let (registry, limits) = (Registry::default(), limits(3, 2));
        let tasks: Vec<_> = (0..3).map(|_| tokio::spawn(std::future::pending::<()>())).collect();
        let first = registry.admit(ip(1), &limits).unwrap();
        let second = registry.admit(ip(1), &limits).unwrap();
        assert!(registry.admit(ip(1), &limits).is_none(), "both are busy");
        first.wait(tasks[0].abort_handle());
        let again = second.wait(tasks[1].abort_handle());
        second.go_on(again);
        let third = registry.admit(ip(1), &limits).unwrap();
        drop(first);
        let other = registry.admit(ip(2), &limits).unwrap();
        assert!(registry.admit(ip(3), &limits).is_none(), "all are busy");
        other.wait(tasks[2].abort_handle());
        assert!(registry.admit(None, &limits).is_some());
        drop((second, third, other));
        let mut ended = Vec::new();
        for task in tasks {
            tokio::task::yield_now().await;
            ended.push(task.is_finished());
        }
        assert_eq!(ended, [true, false, true]);
        let counts = registry.lock();
        assert_eq!((counts.open, counts.networks.len(), counts.waiting.len()), (0, 0, 0));
    }
}
