//! A way to an origin that can be long, broken, blocked or endless, and that counts every byte on it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// What becomes of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Through,
    /// Every piece, either way, is so late.
    Late(Duration),
    /// It ends after so many bytes from the origin.
    CutAfter(usize),
    /// After so many bytes from the origin nothing comes any more, and nobody hangs up.
    StallAfter(usize),
    /// Accepted, and never heard of again.
    BlackHole,
}

#[derive(Clone)]
pub struct Proxy {
    addr: SocketAddr,
    count: Arc<Count>,
}

#[derive(Default)]
struct Count {
    connections: AtomicUsize,
    to_origin: AtomicUsize,
    from_origin: AtomicUsize,
}

impl Proxy {
    /// Before an origin; the fate of each connection is told by its number, from 1.
    pub async fn before(origin: SocketAddr, fate: impl Fn(usize) -> Fate + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { addr: listener.local_addr().unwrap(), count: Arc::default() };
        let count = proxy.count.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let nth = count.connections.fetch_add(1, Ordering::Relaxed) + 1;
                tokio::spawn(carry(client, origin, fate(nth), count.clone()));
            }
        });
        proxy
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The setting that lets SmartCache in.
    pub fn allowance(&self) -> String {
        format!("127.0.0.1/32:{}", self.addr.port())
    }

    pub fn connections(&self) -> usize {
        self.count.connections.load(Ordering::Relaxed)
    }

    /// Bytes that went to the origin.
    pub fn asked(&self) -> usize {
        self.count.to_origin.load(Ordering::Relaxed)
    }

    /// Bytes that came from the origin and were handed on.
    pub fn brought(&self) -> usize {
        self.count.from_origin.load(Ordering::Relaxed)
    }
}

async fn carry(mut client: TcpStream, origin: SocketAddr, fate: Fate, count: Arc<Count>) {
    if fate == Fate::BlackHole {
        return until_gone(&mut client).await;
    }
    let Ok(mut server) = TcpStream::connect(origin).await else { return };
    let delay = if let Fate::Late(delay) = fate { delay } else { Duration::ZERO };
    let most = if let Fate::CutAfter(most) | Fate::StallAfter(most) = fate { most } else { usize::MAX };
    {
        let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
            (client.split(), server.split());
        let asking = pump(&mut from_client, &mut to_server, usize::MAX, delay, &count.to_origin);
        let answering = pump(&mut from_server, &mut to_client, most, delay, &count.from_origin);
        tokio::select! {
            () = asking => {}
            () = answering => {}
        }
    }
    if let Fate::StallAfter(_) = fate {
        return until_gone(&mut client).await;
    }
    // What was handed on arrives before the end does.
    let _ = client.shutdown().await;
    sleep(Duration::from_millis(20)).await;
}

/// Hands on until one side ends, or so many bytes are over.
async fn pump(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    most: usize,
    delay: Duration,
    count: &AtomicUsize,
) {
    let (mut buffer, mut left) = (vec![0; 16 * 1024], most);
    while left > 0 {
        let room = buffer.len().min(left);
        let Ok(read @ 1..) = from.read(&mut buffer[..room]).await else { return };
        if !delay.is_zero() {
            sleep(delay).await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
        count.fetch_add(read, Ordering::Relaxed);
        left -= read;
    }
}

async fn until_gone(client: &mut TcpStream) {
    let mut buffer = [0; 1024];
    while matches!(client.read(&mut buffer).await, Ok(1..)) {}
}
