//! Rate limits of sign-ins: per name and address in memory, per name over all addresses in the database.
//!
//! A known device of the account is counted separately, so that other clients cannot lock its user out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use parking_lot::{Mutex, MutexGuard};

use super::client::ClientAddress;
use super::notices;
use crate::domain::{Refusal, UserId};
use crate::engine::rate_limit::{Hit, RateLimit};
use crate::engine::{Engine, Result};

/// Failed attempts allowed per name from one address, or from one known device, within the window.
const MAX_ATTEMPTS: u32 = 10;
const WINDOW: Duration = Duration::from_secs(5 * 60);
/// Maximum number of keys (name and origin) kept in memory.
const REMEMBERED: usize = 10_000;

/// Rate limits in the database, shared by all processes.
const PER_NAME: RateLimit = RateLimit { name: "sign_in_name", hits: 50, window: TimeDelta::hours(1) };
const PER_DEVICE: RateLimit = RateLimit { name: "sign_in_device", hits: 50, window: TimeDelta::hours(1) };

/// The address or known device whose attempts are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Origin {
    Address(IpAddr),
    Device(String),
}

#[derive(Debug, Clone, Copy)]
struct Count {
    since: Instant,
    tries: u32,
}

type Key = (String, Origin);

/// Rate limit of failed sign-ins per name and address, or per name and known device, in memory.
#[derive(Debug, Default)]
pub struct LoginLimiter(Mutex<HashMap<Key, Count>>);

/// A sign-in attempt that counts as failed until it succeeds.
pub struct LoginAttempt<'e> {
    engine: &'e Engine,
    key: Key,
    hit: Hit,
}

impl<'e> LoginAttempt<'e> {
    /// Counts an attempt before the password is verified, or refuses it with `RateLimited`. `device` is the
    /// id of a known device of this name.
    pub async fn begin(
        engine: &'e Engine,
        username: &str,
        address: ClientAddress,
        device: Option<&str>,
    ) -> Result<Self> {
        let origin = device.map_or(Origin::Address(address.host()), |id| Origin::Device(id.to_owned()));
        let key = key(username, origin);
        let admitted = engine.login_limiter.begin(&key);
        engine.metrics.decided("sign_in_origin", admitted.is_ok());
        admitted?;
        let hit = match device {
            Some(id) => PER_DEVICE.take(engine, id).await?,
            None => PER_NAME.take(engine, &username.to_lowercase()).await?,
        };
        Ok(Self { engine, key, hit })
    }

    /// Records a wrong password of an account, and notifies its user once there were several.
    pub async fn fail(self, owner: UserId) {
        notices::tries_failed(self.engine, owner, self.hit.count).await;
    }

    /// Records a correct password: gives back this attempt and clears the earlier failures of this origin.
    pub async fn succeed(self) -> Result<()> {
        self.engine.login_limiter.forget(&self.key);
        self.hit.give_back(self.engine).await
    }
}

impl LoginLimiter {
    fn begin(&self, key: &Key) -> Result<(), Refusal> {
        let mut counts = self.lock();
        let now = Instant::now();
        if counts.len() >= REMEMBERED {
            counts.retain(|_, count| now - count.since < WINDOW);
        }
        if counts.len() >= REMEMBERED {
            // Under a flood of names, evicting the oldest entry is better than refusing every client.
            let oldest = counts.iter().min_by_key(|(_, count)| count.since).map(|(key, _)| key.clone());
            oldest.and_then(|key| counts.remove(&key));
        }
        let count = counts.entry(key.clone()).or_insert(Count { since: now, tries: 0 });
        if now - count.since >= WINDOW {
            *count = Count { since: now, tries: 0 };
        }
        if count.tries >= MAX_ATTEMPTS {
            let left = WINDOW.saturating_sub(now - count.since).as_secs() + 1;
            return Err(Refusal::RateLimited { seconds: u32::try_from(left).unwrap_or(u32::MAX) });
        }
        count.tries += 1;
        Ok(())
    }

    fn forget(&self, key: &Key) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Count>> {
        self.0.lock()
    }
}

/// Returns the key of a counter. Long names are truncated: no account has one, and
/// they must not fill the memory.
fn key(username: &str, origin: Origin) -> Key {
    (username.to_lowercase().chars().take(50).collect(), origin)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn here(name: &str) -> Key {
        key(name, Origin::Address(Ipv4Addr::LOCALHOST.into()))
    }

    #[test]
    fn the_eleventh_wrong_try_is_refused_and_other_names_and_devices_are_not() {
        let limiter = LoginLimiter::default();
        assert!((0..MAX_ATTEMPTS).all(|_| limiter.begin(&here("Ada")).is_ok()));
        assert!(
            matches!(limiter.begin(&here("ada")), Err(Refusal::RateLimited { seconds }) if seconds <= 301)
        );
        assert!(limiter.begin(&here("grace")).is_ok());
        assert!(limiter.begin(&key("ada", Origin::Device("d".into()))).is_ok());
    }

    #[test]
    fn a_right_password_starts_the_count_anew() {
        let limiter = LoginLimiter::default();
        assert!((0..MAX_ATTEMPTS).all(|_| limiter.begin(&here("ada")).is_ok()));
        limiter.forget(&here("ada"));
        assert!(limiter.begin(&here("ada")).is_ok());
    }

    #[test]
    fn the_memory_stays_bounded() {
        let limiter = LoginLimiter::default();
        for name in 0..REMEMBERED + 100 {
            assert!(limiter.begin(&here(&name.to_string())).is_ok());
        }
        assert!(limiter.lock().len() <= REMEMBERED);
    }
}
