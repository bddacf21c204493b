//! Counts failed sign-ins, so that passwords cannot be guessed in bulk.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use smartcache::domain::Refusal;

/// Failed tries a name has from one address within the window.
const MOST: u32 = 10;
const WINDOW: Duration = Duration::from_secs(5 * 60);
/// Names and addresses remembered at once.
const REMEMBERED: usize = 10_000;

/// Where a request comes from, as coarse as guessers can change it: an IPv6 network counts as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Asker(IpAddr);

impl<S: Sync> FromRequestParts<S> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl Asker {
    pub fn of(parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Self(peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| network(peer.ip())))
    }
}

fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from(u128::from(ip) & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

#[derive(Debug, Clone, Copy)]
struct Count {
    since: Instant,
    tries: u32,
}

#[derive(Debug, Default)]
pub struct Tries(Mutex<HashMap<(String, Asker), Count>>);

impl Tries {
    /// Counts a try before it is made, so that tries made at the same time count too.
    pub fn begin(&self, username: &str, asker: Asker) -> Result<(), Refusal> {
        let mut counts = self.lock();
        let now = Instant::now();
        if counts.len() >= REMEMBERED {
            counts.retain(|_, count| now - count.since < WINDOW);
        }
        if counts.len() >= REMEMBERED {
            // Under a flood of names, forgetting the oldest beats refusing everybody.
            let oldest = counts.iter().min_by_key(|(_, count)| count.since).map(|(key, _)| key.clone());
            oldest.and_then(|key| counts.remove(&key));
        }
        let count = counts.entry(key(username, asker)).or_insert(Count { since: now, tries: 0 });
        if now - count.since >= WINDOW {
            *count = Count { since: now, tries: 0 };
        }
        if count.tries >= MOST {
            let left = WINDOW.saturating_sub(now - count.since).as_secs() + 1;
            return Err(Refusal::TooFast { seconds: u32::try_from(left).unwrap_or(u32::MAX) });
        }
        count.tries += 1;
        Ok(())
    }

    /// The password was right: earlier slips are forgotten.
    pub fn succeeded(&self, username: &str, asker: Asker) {
        self.lock().remove(&key(username, asker));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, Asker), Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Long names are cut: they cannot be anybody's, and must not fill the memory.
fn key(username: &str, asker: Asker) -> (String, Asker) {
    (username.to_lowercase().chars().take(50).collect(), asker)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Asker = Asker(IpAddr::V4(Ipv4Addr::LOCALHOST));

    #[test]
    fn the_eleventh_wrong_try_is_refused_and_other_names_are_not() {
        let tries = Tries::default();
        assert!((0..MOST).all(|_| tries.begin("Ada", HERE).is_ok()));
        assert!(matches!(tries.begin("ada", HERE), Err(Refusal::TooFast { seconds }) if seconds <= 301));
        assert!(tries.begin("grace", HERE).is_ok());
    }

    #[test]
    fn a_right_password_starts_the_count_anew() {
        let tries = Tries::default();
        assert!((0..MOST).all(|_| tries.begin("ada", HERE).is_ok()));
        tries.succeeded("ada", HERE);
        assert!(tries.begin("ada", HERE).is_ok());
    }

    #[test]
    fn the_memory_stays_bounded() {
        let tries = Tries::default();
        for name in 0..REMEMBERED + 100 {
            assert!(tries.begin(&name.to_string(), HERE).is_ok());
        }
        assert!(tries.lock().len() <= REMEMBERED);
    }
}
