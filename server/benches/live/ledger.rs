//! Connections that listen in the background, and the account of the numbered messages they receive.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::StreamExt;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;

use crate::sockets::{self, Socket, Target};

/// Maximum number of messages of a phase.
const MAX: usize = 1 << 18;

/// Messages received by all connections. A message's text holds its number and the microsecond of its
/// publication.
pub struct Ledger {
    connections: u32,
    /// Connections that have received each message.
    received: Vec<AtomicU32>,
    pub deliveries: AtomicU64,
    pub bytes: AtomicU64,
    pub duplicates: AtomicU64,
    /// Messages that all connections have received.
    pub complete: AtomicUsize,
    pub completed: Notify,
    /// Connections opened, reconnects included.
    pub opened: AtomicU64,
    /// Microsecond of the last arrival.
    pub last: AtomicU64,
    pub delays: Mutex<Vec<f64>>,
}

/// Microseconds of Unix time.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64
}

/// Number of a message and the microsecond of its publication, which begin its text.
fn parts(text: &str) -> Option<(usize, u64)> {
    let mut words = text.split_once("\"message\":\"")?.1.splitn(3, ' ');
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

/// Sequence number of a durable frame.
fn seq(text: &str) -> Option<i64> {
    text.split_once("\"seq\":")?.1.split_once(',')?.0.parse().ok()
}

impl Ledger {
    /// Opens a connection to each target and begins to listen.
    pub async fn open(targets: Vec<Target>) -> (Arc<Self>, JoinSet<()>) {
        let ledger = Arc::new(Self {
            connections: targets.len() as u32,
            received: (0..MAX).map(|_| AtomicU32::new(0)).collect(),
            deliveries: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            duplicates: AtomicU64::new(0),
            complete: AtomicUsize::new(0),
            completed: Notify::new(),
            opened: AtomicU64::new(0),
            last: AtomicU64::new(0),
            delays: Mutex::default(),
        });
        let mut listeners = JoinSet::new();
        for target in targets {
            listeners.spawn(ledger.clone().listen(target));
            // One after the other: Channels fails where many connections join a group at once.
            while ledger.opened.load(Relaxed) < listeners.len() as u64 {
                sleep(Duration::from_millis(1)).await;
            }
        }
        (ledger, listeners)
    }

    /// Listens, and reconnects where the server closes the connection.
    async fn listen(self: Arc<Self>, target: Target) {
        let (mut newest, mut seen) = (None, vec![false; MAX]);
        loop {
            let Ok((mut socket, known)) = sockets::connect(&target).await else {
                sleep(Duration::from_millis(100)).await;
                continue;
            };
            if target.greets() && sockets::hello(&mut socket, *newest.get_or_insert(known)).await.is_err() {
                continue;
            }
            self.opened.fetch_add(1, Relaxed);
            self.hear(&mut socket, &mut newest, &mut seen).await;
        }
    }

    async fn hear(&self, socket: &mut Socket, newest: &mut Option<i64>, seen: &mut [bool]) {
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            *newest = seq(&text).or(*newest);
            let Some((number, at)) = parts(&text) else { continue };
            if std::mem::replace(&mut seen[number], true) {
                self.duplicates.fetch_add(1, Relaxed);
                continue;
            }
            let now = now();
            self.delays.lock().push(now.saturating_sub(at) as f64 / 1e3);
            self.last.fetch_max(now, Relaxed);
            self.bytes.fetch_add(text.len() as u64, Relaxed);
            self.deliveries.fetch_add(1, Relaxed);
            if self.received[number].fetch_add(1, Relaxed) + 1 == self.connections {
                self.complete.fetch_add(1, Relaxed);
                self.completed.notify_one();
            }
        }
    }

    /// Waits until nothing has arrived for a while.
    pub async fn quiet(&self) {
        let mut before = u64::MAX;
        loop {
            let deliveries = self.deliveries.load(Relaxed);
            if deliveries == before {
                return;
            }
            before = deliveries;
            sleep(Duration::from_secs(2)).await;
        }
    }
}
