//! The long-running commands: serving, working, and graceful shutdown.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use smartcache::domain::invite::SignupMode;
use smartcache::domain::process::Role;
use smartcache::engine::clock::Clock;
use smartcache::engine::{Config, Error, Result, SharedEngine, processes, start};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::connections::{self, Limits, raise_descriptors};
use crate::{Web, monitoring_router, router};

/// Time limit for responses in progress at shutdown.
const DRAIN: Duration = Duration::from_secs(20);

/// Serves, with the background workers if `work`, until a termination signal.
pub async fn serve(mut config: Config, site: PathBuf, work: bool) -> Result<()> {
    let mut stop = StopSignals::new()?;
    let listener = listen(config.addr, "--addr 127.0.0.1:3100").await?;
    // Port 0 picks any free port; addresses must name the actual one.
    let asked_for = config.demo_url();
    config.addr = listener.local_addr()?;
    if config.public_url == asked_for {
        config.public_url = config.demo_url();
    }
    let engine = start::open_listening(config, Clock::System).await?;
    let web = Web::new(engine.clone(), site);
    let stopping = CancellationToken::new();
    let limits = Limits::for_descriptors(raise_descriptors(), engine.config.trusted_proxies.clone());
    let server = tokio::spawn(connections::serve(listener, router(web.clone()), limits, stopping.clone()));
    let role = if work { Role::Serve } else { Role::Web };
    let heartbeat = Heartbeat::start(engine.clone(), role);
    let workers = if work { Some(start::work(engine.clone()).await?) } else { None };
    welcome(&engine.config, &web, work);

    stop.received().await;
    web.draining().cancel();
    tokio::time::sleep(engine.config.drain).await;
    stopping.cancel();
    let drained = async {
        web.close().await;
        server.await
    };
    let workers = async {
        if let Some(workers) = workers {
            workers.shutdown().await;
        }
    };
    let (drained, ()) = tokio::join!(timeout(DRAIN, drained), workers);
    if drained.is_err() {
        tracing::warn!("some answers were cut off");
    }
    heartbeat.end().await;
    Ok(())
}

/// Runs the background workers alone, and answers monitoring at `monitoring` if there is an address.
pub async fn work(config: Config, site: PathBuf, monitoring: Option<SocketAddr>) -> Result<()> {
    let mut stop = StopSignals::new()?;
    let listener = match monitoring {
        Some(addr) => Some(listen(addr, "--monitoring-addr 127.0.0.1:9465").await?),
        None => None,
    };
    let engine = start::open(config).await?;
    let heartbeat = Heartbeat::start(engine.clone(), Role::Worker);
    let stopping = CancellationToken::new();
    let monitoring = listener.map(|listener| {
        let router = monitoring_router(Web::new(engine.clone(), site));
        let limits = Limits::for_descriptors(raise_descriptors(), engine.config.trusted_proxies.clone());
        tokio::spawn(connections::serve(listener, router, limits, stopping.clone()))
    });
    let workers = start::work(engine).await?;
    println!("Working. Stop with Ctrl+C.");
    stop.received().await;
    workers.shutdown().await;
    stopping.cancel();
    if let Some(monitoring) = monitoring {
        timeout(DRAIN, monitoring).await.ok();
    }
    heartbeat.end().await;
    Ok(())
}

async fn listen(addr: SocketAddr, other: &str) -> Result<TcpListener> {
    TcpListener::bind(addr).await.map_err(|error| {
        Error::fault(format!("cannot listen on {addr}: {error}. Is another one running? Try {other}"))
    })
}

/// The running heartbeat of this process.
struct Heartbeat {
    ending: CancellationToken,
    task: JoinHandle<()>,
}

impl Heartbeat {
    fn start(engine: SharedEngine, role: Role) -> Self {
        let ending = CancellationToken::new();
        Self { task: tokio::spawn(processes::beat_until(engine, role, ending.clone())), ending }
    }

    async fn end(self) {
        self.ending.cancel();
        // Without the database it would take as long as the database is away.
        timeout(Duration::from_secs(2), self.task).await.ok();
    }
}

fn welcome(config: &Config, web: &Web, work: bool) {
    println!("SmartCache listens on http://{}", config.addr);
    println!();
    println!("What to do first:");
    println!("  1. Open {} in a browser.", config.public_url);
    println!(
        "  2. {}",
        match config.signup {
            SignupMode::Open => "Create an account.",
            SignupMode::Invite =>
                "Sign in; `smartcache user add NAME` makes accounts, and administrators make invitations.",
            SignupMode::Closed => "Sign in; `smartcache user add NAME` makes accounts.",
        }
    );
    if config.demo {
        println!(
            "  3. Subscribe to \"Demo Station\" under Subscriptions. It is built in and needs no internet."
        );
    } else {
        println!("  3. Subscribe to a source, or paste the address of a feed.");
    }
    println!("  4. Press \"Discover & Download Content\" and watch the team at work.");
    println!();
    if !work {
        println!("This process does no background work: start `smartcache worker` beside it.");
    }
    if !web.site().join("pkg").is_dir() {
        println!(
            "There is no site in {}: pages come without style and script. Build it, or set --site.",
            web.site().display()
        );
    }
    println!("Stop with Ctrl+C.");
}

/// The signals that tell a process to stop, received from its creation on.
struct StopSignals(Signal, Signal);

impl StopSignals {
    fn new() -> Result<Self> {
        Ok(Self(signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
    }

    async fn received(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
        tracing::info!("stopping");
    }
}
