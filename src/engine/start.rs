//! Construction of an engine, and start of its background workers.

mod handlers;
mod listening;
mod migration;

use std::sync::Arc;
use std::time::Duration;

use blobs::Store;
use egress::{Egress, NetworkReach};
use jobs::{Notifier, Presence, Timing, Workers};
use relay::{Relay, SharedCache, SharedCounters};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend};
use url::Url;

use super::attachments::attachments;
use super::catalog::{self, search};
use super::clock::Clock;
use super::downloads::{Throttle, recover, sweep_incoming};
use super::live::{self, Hub, RelayMessage};
use super::models::{FallbackModel, Model};
use super::oidc::OidcProvider;
use super::request_limits::{self, RequestLimiter};
use super::response_cache::ResponseCache;
use super::secrets::SecretBox;
use super::{Config, Engine, Error, Result, SharedEngine};
use crate::db::processes;
use crate::domain::bundle::NodeRole;

pub use handlers::handlers;

/// Maximum number of concurrent jobs of each queue per process. Transfers have a setting.
const RUNS: usize = 8;
const FEEDS: usize = 10;
const CHORES: usize = 2;
const PICTURES: usize = 2;
const CHANNELS: usize = 6;

/// Capacity of the prepared-statement cache, above the number of statements. An evicted
/// statement is compiled again.
const STATEMENTS: usize = 500;

/// Settings of PostgreSQL connections. Custom plans, because the best index depends on how rare a word or a
/// length is. No parallel workers and no JIT, because starting or compiling takes longer than finding a page.
const SETTINGS: &str =
    "SET plan_cache_mode = force_custom_plan; SET max_parallel_workers_per_gather = 0; SET jit = off";

/// Page cache of each SQLite connection, in KiB. There are dozens of connections, and the operating system
/// caches the file once for all of them.
const PAGES_KIB: usize = 512;

/// Opens the database, migrates its schema, and opens the store.
pub async fn open(config: Config) -> Result<SharedEngine> {
    open_with(config, Clock::System, None).await
}

/// Like `open`, for a process that listens at `config.addr` and installs the Demo Station.
pub async fn open_listening(config: Config, clock: Clock) -> Result<SharedEngine> {
    assemble(config, clock, None, true).await
}

/// Like `open`, with a given clock, and with a given model instead of the configured one.
pub async fn open_with(config: Config, clock: Clock, model: Option<Arc<dyn Model>>) -> Result<SharedEngine> {
    assemble(config, clock, model, false).await
}

async fn assemble(
    config: Config,
    clock: Clock,
    model: Option<Arc<dyn Model>>,
    listens: bool,
) -> Result<SharedEngine> {
    std::fs::create_dir_all(&config.data_dir)?;
    migration::migrate(&config).await?;
    let db = connect(&config, config.database_connections).await?;
    // A process that does not listen uses the station's address stored by one that does.
    let elsewhere = if listens { None } else { catalog::demo::base_url(&db).await? };
    let demo = config.demo.then(|| elsewhere.unwrap_or_else(|| config.demo_url()));
    let demo = demo.and_then(|url| Url::parse(&url).ok());
    let (allowed, authorities) = (config.egress_allow.clone(), &config.egress_ca);
    let reach = if config.role == NodeRole::Site { NetworkReach::Allowed } else { NetworkReach::Internet };
    let egress = Egress::new(reach, allowed, authorities, demo, &config.timeouts).map_err(Error::fault)?;
    let store = Store::open(&config.storage, &config.data_dir, config.cache_mb * 1_000_000)?;
    let secrets = SecretBox::open(&config.data_dir, config.secret_file.as_ref())?;
    let oidc = config.oidc.clone().map(OidcProvider::new).transpose()?;
    let throttle = Throttle::new(config.bandwidth_kbps.map(|kilobytes| kilobytes * 1_000));
    let model = match model {
        Some(model) => FallbackModel::over(Some(model), &config.llm_timeouts),
        None => FallbackModel::new(config.llm.clone(), &config.llm_timeouts).map_err(Error::fault)?,
    };
    let (hub, hasher, login_limiter, refusals, notifier, host_connections, completion_queue, decoder) =
        Default::default();
    let (relay, shared) = redis(&config, &db, &hub, &notifier).await?.unzip();
    let (shared_cache, shared_counters) = shared.unzip();
    let engine = Engine {
        config,
        db,
        clock,
        hub,
        hasher,
        login_limiter,
        refusals,
        egress,
        store,
        throttle,
        host_connections,
        completion_queue,
        attachments: attachments(),
        decoder,
        model,
        notifier,
        response_cache: ResponseCache::new(shared_cache),
        request_limiter: RequestLimiter::new(shared_counters),
        feed_flights: Default::default(),
        drop_folder_looks: Default::default(),
        secrets,
        oidc,
        relay,
        metrics: Default::default(),
        process_id: uuid::Uuid::new_v4().to_string(),
    };
    if listens {
        listening::prepare(&engine).await?;
    }
    Ok(Arc::new(engine))
}

/// Starts the relay, the shared cache and the shared counters, if Redis is configured. Each has a connection
/// of its own, so that a large response never delays a frame.
async fn redis(
    config: &Config,
    db: &DatabaseConnection,
    hub: &Hub,
    notifier: &Notifier,
) -> Result<Option<(Relay<RelayMessage>, (SharedCache, SharedCounters))>> {
    let Some(url) = &config.redis_url else { return Ok(None) };
    let namespace = processes::installation(db).await?;
    let (hub, notifier) = (hub.clone(), notifier.clone());
    let relay = Relay::start(url, &namespace, {
        let hub = hub.clone();
        move |received| live::receive(&hub, &notifier, received)
    });
    let relay = relay.map_err(Error::fault)?;
    hub.relay_to(relay.outlet().clone());
    let shared_cache = SharedCache::start(url, &namespace).map_err(Error::fault)?;
    let shared_counters =
        SharedCounters::start(url, &namespace, request_limits::SCRIPT).map_err(Error::fault)?;
    Ok(Some((relay, (shared_cache, shared_counters))))
}

/// Starts the background workers. They end with `shutdown` or with the process, both without loss of work.
pub async fn work(engine: SharedEngine) -> Result<Workers> {
    sweep_incoming(&engine).await?;
    recover(&engine).await?;
    let mut unfound = engine.begin().await?;
    unfound.push(&search::IndexItems {}).await?;
    unfound.commit().await?;
    let handlers = handlers(&engine);
    let timing = Timing::with_lease(engine.config.lease);
    let (db, notifier) = (engine.db.clone(), engine.notifier.clone());
    let [chores, pictures, channels] = [("refresh", CHORES), ("pictures", PICTURES), ("channels", CHANNELS)];
    let transfers = ("transfers", engine.config.transfers);
    let slots = [("runs", RUNS), transfers, ("feeds", FEEDS), chores, pictures, channels];
    let presence = presence(&engine.config);
    let workers = Workers::start(db, notifier, engine, handlers, &slots, timing, presence);
    workers.beat().await?;
    Ok(workers)
}

/// Proves to other processes that this one is alive. On a file system without locks, a crash only costs time.
fn presence(config: &Config) -> Presence {
    Presence::prove(&config.data_dir.join("workers")).unwrap_or_else(|error| {
        tracing::warn!(%error, "others cannot see whether this process lives: its work waits for its leases");
        Presence::unproven()
    })
}

/// Maximum number of jobs that run at once in a process with this number of transfers.
pub fn slots(transfers: usize) -> usize {
    RUNS + FEEDS + CHORES + PICTURES + CHANNELS + transfers
}

async fn connect(config: &Config, most: u32) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(&config.database_url);
    options
        .sqlx_logging(false)
        .acquire_timeout(Duration::from_secs(15))
        .max_connections(most)
        .min_connections(1);
    options.map_sqlx_sqlite_opts(|sqlite| {
        use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
        sqlite
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Acknowledged data must survive a power cut.
            .synchronous(SqliteSynchronous::Full)
            .statement_cache_capacity(STATEMENTS)
            .pragma("cache_size", format!("-{PAGES_KIB}"))
            .busy_timeout(Duration::from_secs(10))
    });
    options.map_sqlx_postgres_pool_opts(|pool| {
        use sea_orm::sqlx::Executor;
        pool.after_connect(|connection, _| {
            let set = connection.execute(SETTINGS);
            Box::pin(async move { set.await.map(|_| ()) })
        })
    });
    let db = Database::connect(options).await?;
    if db.get_database_backend() == DbBackend::MySql {
        return Err(Error::fault("MySQL is not supported: use SQLite or PostgreSQL"));
    }
    Ok(db)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
