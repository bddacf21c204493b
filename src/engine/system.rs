//! State of the installation, for administrators: processes, queues, storage, sources, runs and settings.

mod sources;

use std::path::PathBuf;

use super::{Config, Engine, Result, downloads, response_cache, runs};
use crate::db::counts::{self, StoredFiles};
use crate::db::{processes, runs as run_rows};
use crate::domain::RunId;
use crate::domain::account::User;
use crate::domain::system::{OpenRun, QueueCount, ShownSetting, StorageUse, SystemReport};

pub use sources::{
    list as sources, refresh_now as refresh_source, request_refresh as request_source_refresh,
};

/// Collects the report.
pub async fn report(engine: &Engine, by: &User) -> Result<SystemReport> {
    Ok(SystemReport {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        processes: processes::alive(&engine.db).await?,
        queues: queues(engine).await?,
        storage: storage(engine).await?,
        cache: response_cache::stats(engine, by).await?,
        runs: open_runs(engine).await?,
        settings: settings(&engine.config),
    })
}

/// Counts jobs by queue and state.
pub async fn queues(engine: &Engine) -> Result<Vec<QueueCount>> {
    let counts = jobs::counts(&engine.db).await?;
    let shown = |it: jobs::JobCount| QueueCount {
        queue: it.queue,
        state: it.state,
        jobs: it.jobs,
        oldest_seconds: it.oldest_seconds,
    };
    Ok(counts.into_iter().map(shown).collect())
}

pub async fn storage(engine: &Engine) -> Result<StorageUse> {
    let StoredFiles { files, bytes } = counts::stored(&engine.db).await?;
    let free = downloads::free(&engine.config).ok();
    let whole = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    Ok(StorageUse {
        files,
        bytes,
        free_bytes: free.map(whole),
        min_free_bytes: whole(engine.config.min_free()),
    })
}

/// Lists the open runs of all users, oldest first.
pub async fn open_runs(engine: &Engine) -> Result<Vec<OpenRun>> {
    Ok(run_rows::open(&engine.db).await?)
}

/// Stops a run of any user.
///
/// # Errors
/// `Refusal::NotFound`, or `Refusal::Conflict` if it is over.
pub async fn stop_run(engine: &Engine, id: RunId) -> Result<()> {
    runs::stop(engine, id).await
}

/// Settings that say how the installation is run. Secrets are named without their values.
fn settings(config: &Config) -> Vec<ShownSetting> {
    let yes_or_no = |is_set: bool| if is_set { "set" } else { "not set" }.to_owned();
    let database = if config.database_url.starts_with("postgres") { "PostgreSQL" } else { "SQLite" };
    let storage = config.storage.directory().map(|path| path.display().to_string());
    let model = config.llm.as_ref().map(|endpoint| endpoint.model.clone());
    let networks = |all: &[ipnet::IpNet]| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let path = |path: &Option<PathBuf>| {
        path.as_ref().map_or_else(|| "not set".to_owned(), |path| path.display().to_string())
    };
    let rows = [
        ("SMARTCACHE_PUBLIC_URL", config.public_url.clone()),
        ("SMARTCACHE_DATA_DIR", config.data_dir.display().to_string()),
        ("SMARTCACHE_DATABASE_URL", database.to_owned()),
        ("SMARTCACHE_STORAGE", storage.unwrap_or_else(|| "a bucket".to_owned())),
        ("SMARTCACHE_REDIS_URL", yes_or_no(config.redis_url.is_some())),
        ("SMARTCACHE_LLM_MODEL", model.unwrap_or_else(|| "the built-in planner".to_owned())),
        ("SMARTCACHE_SMTP_URL", yes_or_no(config.channels.smtp.is_some())),
        ("SMARTCACHE_SIGNUP", config.signup.to_string()),
        ("SMARTCACHE_MFA", config.mfa.to_string()),
        ("SMARTCACHE_OIDC_ISSUER", config.oidc.as_ref().map_or("not set".into(), |it| it.issuer.clone())),
        ("SMARTCACHE_BREACHED_PASSWORDS", yes_or_no(config.breached_passwords.is_some())),
        ("SMARTCACHE_TRUSTED_PROXIES", networks(&config.trusted_proxies)),
        ("SMARTCACHE_METRICS_ALLOW", networks(&config.metrics_allow)),
        ("SMARTCACHE_MAX_FILE_MB", config.max_file_mb.to_string()),
        ("SMARTCACHE_MIN_FREE_MB", config.min_free_mb.to_string()),
        ("SMARTCACHE_TRANSFERS", config.transfers.to_string()),
        ("SMARTCACHE_ROLE", config.role.to_string()),
        ("SMARTCACHE_NODE", config.node.clone()),
        ("SMARTCACHE_BUNDLE_OUT", path(&config.bundle_folders.out)),
        ("SMARTCACHE_BUNDLE_IN", path(&config.bundle_folders.drop)),
        ("SMARTCACHE_DEMO", config.demo.to_string()),
    ];
    rows.map(|(name, value)| ShownSetting { name: name.to_owned(), value }).into()
}
