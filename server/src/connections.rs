//! The listener's connections, limited in number, per network, and in the time a request may take to arrive.

mod body;
mod phase;
mod registry;

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use smartcache::engine::accounts::ClientAddress;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

pub use body::BodyPace;
use body::PacedBody;
use phase::{Phase, TimedStream};
use registry::Registry;

/// File descriptors reserved for the database, workers and files.
const KEPT_BACK: u64 = 512;
const MAX_CONNECTIONS: u64 = 50_000;

/// Connection limits and timeouts.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Timeout of a request's head: from the connection's start, or from the first byte of a later request.
    pub head: Duration,
    /// Keep-alive timeout between two requests.
    pub idle: Duration,
    pub body: BodyPace,
    /// Most connections in total, and per network.
    pub total: usize,
    pub per_network: usize,
    /// Trusted proxies, exempt from the limit per network.
    pub trusted: Vec<IpNet>,
}

impl Limits {
    /// Default timeouts, and as many connections as `descriptors` less the reserved ones.
    pub fn for_descriptors(descriptors: u64, trusted: Vec<IpNet>) -> Self {
        let total =
            descriptors.saturating_sub(KEPT_BACK.min(descriptors / 2)).clamp(16, MAX_CONNECTIONS) as usize;
        Self {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            body: BodyPace::default(),
            total,
            // One network cannot use up all connections.
            per_network: total * 3 / 4,
            trusted,
        }
    }
}

/// Raises the process's limit of open files (`RLIMIT_NOFILE`) to the hard limit. Returns the limit in force.
pub fn raise_descriptors() -> u64 {
    const USUAL: u64 = 1024;
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return USUAL };
    match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => hard,
        Err(_) => soft,
    }
}

/// Serves until `stopping`, then returns once all responses in progress are sent (graceful shutdown).
pub async fn serve(listener: TcpListener, app: Router, limits: Limits, stopping: CancellationToken) {
    let (registry, tasks) = (Registry::default(), TaskTracker::new());
    let limits = Arc::new(limits);
    while let Some(accepted) = stopping.run_until_cancelled(listener.accept()).await {
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // A client that has already gone needs no action; a lack of descriptors passes as others end.
                tracing::debug!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(10)).await;
                continue;
            }
        };
        let Some(slot) = registry.admit(network(peer.ip(), &limits), &limits) else { continue };
        // Frames and responses are small and must not be delayed by Nagle's algorithm.
        stream.set_nodelay(true).ok();
        let phase = Arc::new(Phase::new(slot, &limits));
        let connection = attend(stream, peer, app.clone(), limits.clone(), phase.clone(), stopping.clone());
        phase.is_attended_by(tasks.spawn(connection).abort_handle());
    }
    tasks.close();
    tasks.wait().await;
}

/// Network that a connection counts towards; `None` for a trusted proxy.
fn network(ip: IpAddr, limits: &Limits) -> Option<IpAddr> {
    let is_trusted = limits.trusted.iter().any(|proxy| proxy.contains(&ip.to_canonical()));
    (!is_trusted).then(|| ClientAddress::new(ip).network())
}

async fn attend(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    limits: Arc<Limits>,
    phase: Arc<Phase>,
    stopping: CancellationToken,
) {
    let pace = limits.body;
    let service = service_fn({
        let phase = phase.clone();
        move |request| answer(app.clone(), peer, pace, phase.clone(), request)
    });
    let io = TokioIo::new(TimedStream::new(stream, phase.clone()));
    let connection = http1::Builder::new().serve_connection(io, service).with_upgrades();
    let (mut connection, mut stop) = (pin!(connection), pin!(stopping.cancelled()));
    let mut timer = pin!(sleep_until(Instant::now() + limits.head));
    let mut is_stopping = false;
    poll_fn(|cx| {
        if !is_stopping && stop.as_mut().poll(cx).is_ready() {
            is_stopping = true;
            connection.as_mut().graceful_shutdown();
        }
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let Some(deadline) = phase.deadline() else { return Poll::Pending };
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(cx)
    })
    .await;
    phase.end();
}

async fn answer(
    app: Router,
    peer: SocketAddr,
    pace: BodyPace,
    phase: Arc<Phase>,
    request: Request<Incoming>,
) -> Result<Response, std::convert::Infallible> {
    let busy = phase.begin();
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(ConnectInfo(peer));
    let (body, verdict) = PacedBody::new(body, pace);
    let response = app.oneshot(Request::from_parts(parts, Body::new(body))).await?;
    let response = if verdict.is_too_slow() { body::too_slow() } else { response };
    Ok(response.map(|body| Body::new(busy.until_the_end_of(body))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_kept_back_and_no_network_takes_all() {
        let of = |descriptors| Limits::for_descriptors(descriptors, Vec::new());
        assert_eq!((of(20_000).total, of(20_000).per_network), (19_488, 14_616));
        assert_eq!((of(256).total, of(1_000_000_000).total), (128, MAX_CONNECTIONS as usize));
    }

    #[test]
    fn the_connections_of_a_trusted_proxy_are_no_networks() {
        let limits = Limits::for_descriptors(1_024, vec!["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(network("::ffff:10.1.2.3".parse().unwrap(), &limits), None);
        assert_eq!(network("192.0.2.7".parse().unwrap(), &limits), Some("192.0.2.0".parse().unwrap()));
    }
}
