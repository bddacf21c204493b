//! Puts an engine together, and sets its background workers going.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend};
use smartcache_migrations::{Migrator, MigratorTrait};
use url::Url;

use super::approvals::ExpireApproval;
use super::catalog::{self, refresh};
use super::clock::Clock;
use super::downloads::{Housekeeping, MakeRoom, ROOM_EVERY, Transfer, recover, sweep_incoming};
use super::egress::Egress;
use super::jobs::{Bell, Handlers, Timing, Workers};
use super::models::{Model, builtin::Planner};
use super::runs::RunAgents;
use super::storage::Store;
use super::{Config, Engine, Error, Result, SharedEngine};

/// How many jobs of each queue run at once in one process.
const SLOTS: [(&str, usize); 3] = [("runs", 8), ("transfers", 6), ("refresh", 10)];

/// More than there are slots: a worker must never wait for a connection to renew its lease.
const CONNECTIONS: u32 = 40;

/// Opens the database (bringing its schema up to date) and the store.
pub async fn open(config: Config) -> Result<SharedEngine> {
    open_with(config, Clock::System, Arc::new(Planner)).await
}

/// The same with another clock and another model.
pub async fn open_with(config: Config, clock: Clock, model: Arc<dyn Model>) -> Result<SharedEngine> {
    std::fs::create_dir_all(&config.data_dir)?;
    migrate(&config).await?;
    let db = connect(&config, CONNECTIONS).await?;
    let demo = if config.demo { Url::parse(&config.demo_url()).ok() } else { None };
    let egress = Egress::new(config.egress_allow.clone(), demo).map_err(Error::fault)?;
    let store = Store::in_directory(&config.storage)?;
    let engine =
        Engine { config, db, clock, hub: Default::default(), egress, store, model, bell: Bell::default() };
    if engine.config.demo {
        catalog::demo::install(&engine).await?;
    }
    Ok(Arc::new(engine))
}

/// Starts the background workers. They end with `shutdown`, or with the process; both lose nothing.
pub async fn work(engine: SharedEngine) -> Result<Workers> {
    sweep_incoming(engine.config.incoming()).await?;
    recover(&engine).await?;
    let handlers = Handlers::new()
        .with::<RunAgents>()
        .with::<ExpireApproval>()
        .with::<Transfer>()
        .with::<refresh::RefreshSource>()
        .every::<refresh::RefreshDue>(Duration::from_secs(60))
        .every::<MakeRoom>(ROOM_EVERY)
        .every::<Housekeeping>(Duration::from_secs(3_600));
    let timing = Timing::with_lease(engine.config.lease);
    let (db, bell) = (engine.db.clone(), engine.bell.clone());
    Ok(Workers::start(db, bell, engine, handlers, &SLOTS, timing))
}

/// On a connection of its own: SQLite's others would meet a schema that has changed since they read it, and with
/// `SELECT *` sqlx takes a new column for one too many.
async fn migrate(config: &Config) -> Result<()> {
    let db = connect(config, 1).await?;
    Migrator::up(&db, None).await?;
    Ok(db.close().await?)
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
            // Acknowledged must outlive a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
    });
    let db = Database::connect(options).await?;
    if db.get_database_backend() == DbBackend::MySql {
        return Err(Error::fault("MySQL is not supported: use SQLite or PostgreSQL"));
    }
    Ok(db)
}
