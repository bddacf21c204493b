//! State shared by all routes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::FromRef;
use axum::http::HeaderValue;
use leptos::config::LeptosOptions;
use smartcache::domain::{DateTime, Utc};
use smartcache::engine::SharedEngine;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::health::Checkup;
use crate::metrics::CountsCache;
use crate::{request_limits, site, ws};

/// State shared by all routes, one per process. Cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<WebState>);

struct WebState {
    engine: SharedEngine,
    site: PathBuf,
    leptos: LeptosOptions,
    checkup: Checkup,
    counts: CountsCache,
    installation: OnceCell<HeaderValue>,
    sockets: TaskTracker,
    /// Cancelled when the process is told to stop, some time before `closing`.
    draining: CancellationToken,
    closing: CancellationToken,
    started_at: DateTime<Utc>,
}

impl Web {
    /// Starts the watch task, so needs a Tokio runtime. `site` is the directory of the browser's files.
    pub fn new(engine: SharedEngine, site: PathBuf) -> Self {
        let leptos = LeptosOptions::builder()
            .output_name("smartcache")
            .site_root(site.to_string_lossy().as_ref())
            .site_pkg_dir(site::package_directory(&site).as_str())
            .site_addr(engine.config.addr)
            .build();
        let (started_at, closing) = (engine.now(), CancellationToken::new());
        tokio::spawn(ws::watch(engine.clone(), closing.clone()));
        tokio::spawn(request_limits::write_behind(engine.clone(), closing.clone()));
        Self(Arc::new(WebState {
            engine,
            site,
            leptos,
            checkup: Checkup::default(),
            counts: CountsCache::default(),
            installation: OnceCell::new(),
            sockets: TaskTracker::new(),
            draining: CancellationToken::new(),
            closing,
            started_at,
        }))
    }

    pub fn engine(&self) -> &SharedEngine {
        &self.0.engine
    }

    pub fn site(&self) -> &Path {
        &self.0.site
    }

    pub fn leptos(&self) -> &LeptosOptions {
        &self.0.leptos
    }

    pub(crate) fn checkup(&self) -> &Checkup {
        &self.0.checkup
    }

    pub(crate) fn counts(&self) -> &CountsCache {
        &self.0.counts
    }

    /// Public name of the installation, once it was read.
    pub(crate) fn installation(&self) -> &OnceCell<HeaderValue> {
        &self.0.installation
    }

    /// Tracker of the open live connections.
    pub fn sockets(&self) -> &TaskTracker {
        &self.0.sockets
    }

    /// Cancelled when the process is told to stop: `/ready` fails from then on, so that a proxy sends its
    /// clients elsewhere.
    pub fn draining(&self) -> &CancellationToken {
        &self.0.draining
    }

    /// Cancelled when the process shuts down.
    pub fn closing(&self) -> &CancellationToken {
        &self.0.closing
    }

    pub fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// Closes every live connection, waits until all have ended, and writes the requests that were counted.
    pub async fn close(&self) {
        self.0.closing.cancel();
        self.0.sockets.close();
        self.0.sockets.wait().await;
        request_limits::write(self.engine()).await;
    }
}

/// Stops the watch task along with the state it serves.
impl Drop for WebState {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

impl FromRef<Web> for LeptosOptions {
    fn from_ref(web: &Web) -> Self {
        web.leptos().clone()
    }
}
