//! Connections in use per host, and whether a host is faster over several at once.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use url::Url;

/// Time for which the result of a trial is valid: network conditions change.
const KNOWN_FOR: Duration = Duration::from_secs(3600);

/// Maximum time a file waits for a connection while others to its host are all in use.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Host of an address; transfers from one host share a concurrency limit.
pub(super) fn host_of(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Connections of this process that carry files.
#[derive(Debug, Default)]
pub struct HostConnections {
    hosts: Mutex<HashMap<String, Host>>,
    given_back: Notify,
}

#[derive(Debug, Default)]
struct Host {
    in_use: u64,
    /// Files that wait for a connection.
    wanted: u64,
    trial: Option<(Trial, Instant)>,
}

/// Result of a trial of several ranges at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    Faster,
    NoFaster,
}

/// Registration of a file that waits for a connection, until dropped.
struct ConnectionRequest<'a> {
    lines: &'a HostConnections,
    host: &'a str,
}

/// One connection in use, until dropped.
#[derive(Debug)]
pub struct HostConnection<'a> {
    lines: &'a HostConnections,
    host: String,
}

impl HostConnections {
    pub fn take(&self, host: &str) -> HostConnection<'_> {
        self.hosts().entry(host.to_owned()).or_default().in_use += 1;
        HostConnection { lines: self, host: host.to_owned() }
    }

    /// Acquires a connection when fewer than `most` are in use. A file that holds several gives one up; after
    /// `PATIENCE` an additional connection is opened, so that small files do not wait for large ones.
    pub async fn take_free(&self, host: &str, most: u64) -> HostConnection<'_> {
        if self.in_use(host) < most {
            return self.take(host);
        }
        self.hosts().entry(host.to_owned()).or_default().wanted += 1;
        let wish = ConnectionRequest { lines: self, host };
        let free = async {
            loop {
                let given_back = self.given_back.notified();
                if self.in_use(host) < most {
                    return;
                }
                given_back.await;
            }
        };
        tokio::time::timeout(TIMEOUT, free).await.ok();
        drop(wish);
        self.take(host)
    }

    /// Whether a file waits for a connection to this host.
    pub fn is_wanted(&self, host: &str) -> bool {
        self.hosts().get(host).is_some_and(|host| host.wanted > 0)
    }

    pub fn in_use(&self, host: &str) -> u64 {
        self.hosts().get(host).map_or(0, |host| host.in_use)
    }

    pub fn trial(&self, host: &str, now: Instant) -> Option<Trial> {
        let hosts = self.hosts();
        let (trial, at) = hosts.get(host)?.trial?;
        (now.duration_since(at) < KNOWN_FOR).then_some(trial)
    }

    pub fn tried(&self, host: &str, trial: Trial, now: Instant) {
        let mut hosts = self.hosts();
        hosts.retain(|_, host| host.is_busy() || host.is_known(now));
        hosts.entry(host.to_owned()).or_default().trial = Some((trial, now));
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        self.hosts.lock()
    }
}

impl Host {
    fn is_busy(&self) -> bool {
        self.in_use > 0 || self.wanted > 0
    }

    fn is_known(&self, now: Instant) -> bool {
        self.trial.is_some_and(|(_, at)| now.duration_since(at) < KNOWN_FOR)
    }
}

impl HostConnections {
    fn change(&self, name: &str, change: impl FnOnce(&mut Host)) {
        let mut hosts = self.hosts();
        if let Some(host) = hosts.get_mut(name) {
            change(host);
            if !host.is_busy() && host.trial.is_none() {
                hosts.remove(name);
            }
        }
    }
}

impl Drop for HostConnection<'_> {
    fn drop(&mut self) {
        self.lines.change(&self.host, |host| host.in_use -= 1);
        self.lines.given_back.notify_waiters();
    }
}

impl Drop for ConnectionRequest<'_> {
    fn drop(&mut self) {
        self.lines.change(self.host, |host| host.wanted -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_per_host_while_they_are_there() {
        let lines = HostConnections::default();
        let (one, two) = (lines.take("a.example"), lines.take("a.example"));
        assert_eq!((lines.in_use("a.example"), lines.in_use("b.example")), (2, 0));
        drop(one);
        assert_eq!(lines.in_use("a.example"), 1);
        drop(two);
        assert!(lines.hosts().is_empty());
    }

    #[tokio::test]
    async fn who_has_no_line_is_known_until_one_is_given_back_or_patience_ends() {
        let lines = HostConnections::default();
        let _one = lines.take_free("a.example", 2).await;
        let other = lines.take_free("a.example", 2).await;
        let (third, ()) = tokio::join!(lines.take_free("a.example", 2), async {
            tokio::task::yield_now().await;
            assert!(lines.is_wanted("a.example") && !lines.is_wanted("b.example"));
            drop(other);
        });
        assert_eq!((lines.in_use("a.example"), lines.is_wanted("a.example")), (2, false));
        let _fourth = lines.take_free("a.example", 2).await;
        assert_eq!(lines.in_use("a.example"), 3, "nobody gave one back");
        drop(third);
    }

    #[test]
    fn what_a_trial_came_to_is_known_for_an_hour() {
        let (lines, now) = (HostConnections::default(), Instant::now());
        lines.tried("a.example", Trial::NoFaster, now);
        assert_eq!(lines.trial("a.example", now + KNOWN_FOR / 2), Some(Trial::NoFaster));
        assert_eq!(lines.trial("a.example", now + KNOWN_FOR), None);
        lines.tried("b.example", Trial::Faster, now + KNOWN_FOR);
        assert_eq!(lines.hosts().len(), 1, "what has lapsed is forgotten");
    }
}
