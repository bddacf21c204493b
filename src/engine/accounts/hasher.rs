//! Password hashing. Expensive by design, so one hash per core at a time and a bounded queue.

use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString, rand_core::OsRng};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::breached;
use crate::domain::Refusal;
use crate::engine::{Error, Result};

/// Number of requests that may wait for a core: about two seconds of work for two cores.
const QUEUE: usize = 64;

/// Seconds after which a refused client may retry: the time in which a full queue drains.
const RETRY_AFTER: u32 = 2;

/// Minimum zxcvbn score of a new password: 3 is "safely unguessable".
const MIN_STRENGTH: u8 = 3;

/// A hash of the usual cost that matches no password, so that unknown names take as long as known ones.
pub const UNKNOWN_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Limits concurrent password hashing. One per process.
#[derive(Debug)]
pub struct Hasher {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// A slot among the requests that hash or wait to hash.
#[derive(Debug)]
pub struct Admission {
    running: Arc<Semaphore>,
    _place: OwnedSemaphorePermit,
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new(available_parallelism().map_or(1, NonZero::get), QUEUE)
    }
}

impl Hasher {
    pub fn new(cores: usize, queue: usize) -> Self {
        Self { admitted: Arc::new(Semaphore::new(cores + queue)), running: Arc::new(Semaphore::new(cores)) }
    }

    /// Acquires a slot. Refuses at once if the queue is full, because a client that
    /// waits longer has given up.
    pub fn admit(&self) -> Result<Admission, Refusal> {
        let place = self.admitted.clone().try_acquire_owned();
        let place = place.map_err(|_| Refusal::Unavailable { seconds: RETRY_AFTER })?;
        Ok(Admission { running: self.running.clone(), _place: place })
    }
}

impl Admission {
    /// Runs work on a blocking thread. Its core stays taken until the work has ended, even if
    /// the request is cancelled.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let core = self.running.clone().acquire_owned().await.map_err(Error::fault)?;
        let run = move || {
            let done = work();
            drop(core);
            done
        };
        Ok(tokio::task::spawn_blocking(run).await?)
    }
}

/// Refuses a password that is easy to guess (zxcvbn) or in the file of breached ones, with an error of this
/// field.
///
/// # Errors
/// `Refusal::Unavailable` if the file cannot be read.
pub fn judge(field: &str, username: &str, password: &str, breached: Option<&Path>) -> Result<(), Refusal> {
    // The cost of zxcvbn grows with the square of the length; 100 characters are enough to judge.
    let judged: String = password.chars().take(100).collect();
    let judgement = zxcvbn::zxcvbn(&judged, &[username, "smartcache"]);
    if u8::from(judgement.score()) >= MIN_STRENGTH {
        return match breached.map(|file| breached::contains(file, password)) {
            None | Some(Ok(false)) => Ok(()),
            Some(Ok(true)) => {
                let message =
                    "This password is known from a breach elsewhere, so others try it. Choose another.";
                Err(Refusal::field(field, message))
            }
            Some(Err(error)) => {
                tracing::error!(%error, "the file of breached passwords cannot be read");
                Err(Refusal::Unavailable { seconds: RETRY_AFTER })
            }
        };
    }
    let advice = judgement.feedback().and_then(|f| f.warning()).map(|w| format!(" {w}")).unwrap_or_default();
    let message = format!("This password is too easy to guess.{advice} A few unusual words work well.");
    Err(Refusal::field(field, message))
}

/// Hashes with Argon2id (RFC 9106) at the crate's default cost: 19 MiB, two passes.
pub fn hash(password: &str) -> Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| Error::fault(error.to_string()))?.to_string())
}

pub fn verify(password: &str, hash: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn the_hash_of_unknown_names_costs_what_a_new_one_does() {
        let fresh = hash("violet-anchor-train-92").unwrap();
        let cost = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(UNKNOWN_HASH), cost(&fresh));
        let lengths = |hash: &str| hash.split('$').map(str::len).collect::<Vec<_>>();
        assert_eq!(lengths(UNKNOWN_HASH), lengths(&fresh));
        assert!(PasswordHash::new(UNKNOWN_HASH).is_ok() && !verify("", UNKNOWN_HASH));
    }

    #[tokio::test]
    async fn one_more_than_the_queue_holds_is_refused_until_there_is_a_place() {
        let hasher = Hasher::new(1, 1);
        let (first, second) = (hasher.admit().unwrap(), hasher.admit().unwrap());
        assert_eq!(hasher.admit().unwrap_err(), Refusal::Unavailable { seconds: RETRY_AFTER });
        drop(first);
        assert_eq!(hasher.admit().unwrap().run(|| 7).await.unwrap(), 7);
        drop(second);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_request_that_is_gone_keeps_its_core_until_the_work_has_ended() {
        let hasher = Arc::new(Hasher::new(1, 9));
        let (release, released) = mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel();
        let admission = hasher.admit().unwrap();
        let gone = tokio::spawn(async move {
            admission.run(move || started.send(()).and_then(|()| released.recv().map_err(drop))).await
        });
        has_started.await.unwrap();
        gone.abort();
        assert!(gone.await.is_err());
        assert_eq!(hasher.running.available_permits(), 0);
        release.send(()).unwrap();
        assert_eq!(hasher.admit().unwrap().run(|| 7).await.unwrap(), 7);
    }
}
