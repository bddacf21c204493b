//! How many connections to a host are in use, and whether it sends faster over several at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a host's answer to the trial holds: lines change.
const KNOWN_FOR: Duration = Duration::from_secs(3600);

/// The connections of one process that carry files.
#[derive(Debug, Default)]
pub struct Lines(Mutex<HashMap<String, Host>>);

#[derive(Debug, Default)]
struct Host {
    in_use: u64,
    trial: Option<(Trial, Instant)>,
}

/// What a trial of several ranges at once came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    Faster,
    NoFaster,
}

/// One connection, as long as this is there.
#[derive(Debug)]
pub struct Line<'a> {
    lines: &'a Lines,
    host: String,
}

impl Lines {
    pub fn take(&self, host: &str) -> Line<'_> {
        self.hosts().entry(host.to_owned()).or_default().in_use += 1;
        Line { lines: self, host: host.to_owned() }
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
        hosts.retain(|_, host| host.in_use > 0 || host.is_known(now));
        hosts.entry(host.to_owned()).or_default().trial = Some((trial, now));
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host {
    fn is_known(&self, now: Instant) -> bool {
        self.trial.is_some_and(|(_, at)| now.duration_since(at) < KNOWN_FOR)
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let mut hosts = self.lines.hosts();
        if let Some(host) = hosts.get_mut(&self.host) {
            host.in_use -= 1;
            if host.in_use == 0 && host.trial.is_none() {
                hosts.remove(&self.host);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_per_host_while_they_are_there() {
        let lines = Lines::default();
        let (one, two) = (lines.take("a.example"), lines.take("a.example"));
        assert_eq!((lines.in_use("a.example"), lines.in_use("b.example")), (2, 0));
        drop(one);
        assert_eq!(lines.in_use("a.example"), 1);
        drop(two);
        assert!(lines.hosts().is_empty());
    }

    #[test]
    fn what_a_trial_came_to_is_known_for_an_hour() {
        let (lines, now) = (Lines::default(), Instant::now());
        lines.tried("a.example", Trial::NoFaster, now);
        assert_eq!(lines.trial("a.example", now + KNOWN_FOR / 2), Some(Trial::NoFaster));
        assert_eq!(lines.trial("a.example", now + KNOWN_FOR), None);
        lines.tried("b.example", Trial::Faster, now + KNOWN_FOR);
        assert_eq!(lines.hosts().len(), 1, "what has lapsed is forgotten");
    }
}
