//! Values with a lifetime in Redis, read and written by all processes of an installation. They are a cache:
//! any of them may be missing at any time, and callers do not wait for a server that does not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use backoff::Backoff;
use fred::clients::Client;
use fred::error::{Error, ErrorKind};
use fred::interfaces::{ClientLike, KeysInterface};
use fred::types::Expiration;
use fred::types::config::Config;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::connection::{Broken, ClientLimits, Connected, close};
use super::{BadAddress, redis_config};

/// Time limit of a command, and so the longest that a caller waits.
const COMMAND: Duration = Duration::from_millis(200);
/// Commands in a row that get no reply, after which the connection is given up (circuit breaker).
const MAX_FAILURES: u32 = 3;
/// Pause before a new connection, which closes the circuit with a reply in time.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
/// Maximum number of values that wait to be written. More are dropped.
const MAX_WAITING: usize = 64;
const LIMITS: ClientLimits = ClientLimits { command: COMMAND, waiting: 1_024, unread: 32 };

/// Cache that the processes of an installation share. Ends when it is dropped.
#[derive(Debug)]
pub struct SharedCache {
    prefix: String,
    link: Arc<GuardedLink>,
    waiting: mpsc::Sender<NewValue>,
    _running: DropGuard,
}

/// A value to be written.
#[derive(Debug)]
pub(crate) struct NewValue {
    key: String,
    value: String,
    lifetime: Duration,
}

/// A connection that is replaced when it breaks, and is not asked in the meantime.
#[derive(Debug)]
pub(crate) struct GuardedLink {
    config: Config,
    /// Name of the values for the log.
    shared: &'static str,
    /// None while Redis is away: the circuit is open.
    circuit: Mutex<Option<Circuit>>,
}

/// A connection in use.
#[derive(Debug, Clone)]
pub(crate) struct Circuit {
    pub client: Client,
    failures: Arc<AtomicU32>,
    broken: CancellationToken,
}

impl SharedCache {
    /// Connects in the background. `namespace` separates installations that share a server. Needs a Tokio
    /// runtime.
    ///
    /// # Errors
    /// If the URL is not one of Redis. A server that does not answer is no error: it is tried again.
    pub fn start(url: &str, namespace: &str) -> Result<Self, BadAddress> {
        let (link, waiting, running) = GuardedLink::start(url, "a cache")?;
        Ok(Self { prefix: format!("sc:{namespace}:c:"), link, waiting, _running: running })
    }

    /// Reads a value. None if there is none, and after at most 200 ms if Redis does not answer.
    pub async fn get(&self, key: &str) -> Option<String> {
        let circuit = self.link.circuit()?;
        circuit.run(circuit.client.get::<Option<String>, _>(format!("{}{key}", self.prefix))).await.flatten()
    }

    /// Hands a value over to be written for a lifetime of whole seconds. Never waits: while Redis is away or
    /// too slow, the value is dropped.
    pub fn set(&self, key: &str, value: String, lifetime: Duration) {
        if self.is_up() {
            let key = format!("{}{key}", self.prefix);
            let _ = self.waiting.try_send(NewValue { key, value, lifetime });
        }
    }

    /// Whether Redis is asked: it answered in time when it was last asked, or has failed less than three
    /// times since.
    pub fn is_up(&self) -> bool {
        self.link.is_up()
    }
}

impl GuardedLink {
    /// Connects in the background, until the guard is dropped.
    pub fn start(
        url: &str,
        shared: &'static str,
    ) -> Result<(Arc<Self>, mpsc::Sender<NewValue>, DropGuard), BadAddress> {
        let link = Arc::new(Self { config: redis_config(url)?, shared, circuit: Mutex::new(None) });
        let (waiting, values) = mpsc::channel(MAX_WAITING);
        let stopping = CancellationToken::new();
        let (running, keeping) = (stopping.clone(), link.clone());
        tokio::spawn(async move { running.run_until_cancelled(keeping.keep(values)).await });
        Ok((link, waiting, stopping.drop_guard()))
    }

    /// The connection; none while the circuit is open.
    pub fn circuit(&self) -> Option<Circuit> {
        self.circuit.lock().clone()
    }

    pub fn is_up(&self) -> bool {
        self.circuit.lock().is_some()
    }

    /// Keeps a connection until the future is dropped.
    async fn keep(&self, mut values: mpsc::Receiver<NewValue>) {
        let mut failures = 0;
        loop {
            let broken = self.serve(&mut values).await.err();
            let why = broken.map_or_else(String::new, |error| error.to_string());
            if self.circuit.lock().take().is_some() {
                failures = 0;
            }
            if failures == 0 {
                let shared = self.shared;
                tracing::warn!(
                    why,
                    shared,
                    "Redis is out of reach: each process works for itself until it is back"
                );
            }
            failures += 1;
            sleep(BACKOFF.equal_jitter(failures - 1, rand::random())).await;
            while values.try_recv().is_ok() {}
        }
    }

    /// Serves callers over one connection until it breaks.
    async fn serve(&self, values: &mut mpsc::Receiver<NewValue>) -> Result<(), Broken> {
        let Connected { client, ended } = Connected::open(&self.config, &LIMITS).await?;
        let circuit = Circuit { client, failures: Arc::default(), broken: CancellationToken::new() };
        let answered = circuit.run(circuit.client.ping::<String>(None)).await;
        if answered.is_none() {
            close(circuit.client, COMMAND);
            return Err("the server did not answer in time".into());
        }
        *self.circuit.lock() = Some(circuit.clone());
        tracing::info!("the processes share {} in Redis", self.shared);
        let broken = tokio::select! {
            ended = ended => format!("the connection ended: {ended:?}"),
            () = circuit.broken.cancelled() => "commands were not answered in time".into(),
            () = write_all(&circuit, values) => "this process is ending".into(),
        };
        close(circuit.client, COMMAND);
        Err(broken.into())
    }
}

async fn write_all(circuit: &Circuit, values: &mut mpsc::Receiver<NewValue>) {
    while let Some(NewValue { key, value, lifetime }) = values.recv().await {
        let expiry = Expiration::EX(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX).max(1));
        circuit.run(circuit.client.set::<(), _, _>(key, value, Some(expiry), None, false)).await;
    }
}

impl Circuit {
    /// Result of a command, if the server answers in time and without an error.
    pub async fn run<T>(&self, command: impl Future<Output = Result<T, Error>>) -> Option<T> {
        self.attempt(command).await?.ok()
    }

    /// Outcome of a command, if the server answers in time. Enough failures in a row break the connection.
    pub async fn attempt<T>(
        &self,
        command: impl Future<Output = Result<T, Error>>,
    ) -> Option<Result<T, Error>> {
        let reply = timeout(COMMAND, command).await;
        if reply.as_ref().is_ok_and(|reply| reply.as_ref().map_or_else(is_reply, |_| true)) {
            self.failures.store(0, Ordering::Relaxed);
        } else if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= MAX_FAILURES {
            self.broken.cancel();
        }
        reply.ok()
    }
}

/// Whether an error came from the server, which is alive then, such as a refusal to write beyond its memory
/// limit.
fn is_reply(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::Timeout | ErrorKind::IO | ErrorKind::Canceled | ErrorKind::Protocol)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_server_that_never_answers_holds_nobody_up() {
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = silent.local_addr().expect("an address").port();
        for url in [format!("redis://127.0.0.1:{port}"), "redis://127.0.0.1:1".to_owned()] {
            let (cache, start) = (SharedCache::start(&url, "test").expect("an address"), Instant::now());
            for _ in 0..MAX_WAITING * 2 {
                cache.set("key", "value".to_owned(), Duration::from_secs(60));
                assert_eq!(cache.get("key").await, None);
            }
            assert!(!cache.is_up() && start.elapsed() < COMMAND);
        }
    }

    #[test]
    fn a_refusal_is_an_answer() {
        let oom = Error::new(ErrorKind::Unknown, "OOM command not allowed when used memory > 'maxmemory'.");
        assert!(is_reply(&oom));
        assert!(!is_reply(&Error::new(ErrorKind::Timeout, "")) && !is_reply(&Error::new(ErrorKind::IO, "")));
    }
}
