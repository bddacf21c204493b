//! A TCP proxy to an origin that delays, cuts, stalls or blocks connections, and counts every byte.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// Treatment of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Through,
    /// Delays each chunk, in both directions.
    Late(Duration),
    /// Closes the connection after this many bytes from the origin.
    CutAfter(usize),
    /// Stops forwarding after this many bytes from the origin, and keeps the connection open.
    StallAfter(usize),
    /// Accepts the connection and never answers.
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
    /// Starts a proxy before an origin. `fate` gets the number of each connection, from 1.
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

    /// Value of the setting that lets SmartCache fetch from here.
    pub fn allowance(&self) -> String {
        format!("127.0.0.1/32:{}", self.addr.port())
    }

    pub fn connections(&self) -> usize {
        self.count.connections.load(Ordering::Relaxed)
    }

    /// Bytes sent to the origin.
    pub fn asked(&self) -> usize {
        self.count.to_origin.load(Ordering::Relaxed)
    }

    /// Bytes from the origin that were forwarded.
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
    // The forwarded bytes must arrive before the end does.
    let _ = client.shutdown().await;
    sleep(Duration::from_millis(20)).await;
}

/// Forwards until one side ends or `most` bytes have passed.
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
