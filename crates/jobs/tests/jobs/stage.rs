//! A fresh database for each test, workers on it, and other processes.

use std::io::pipe;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, FromQueryResult, Statement,
    TransactionTrait,
};
use smartcache_jobs::{Handlers, Notifier, Presence, Timing, Workers, push};
use smartcache_migrations::{Migrator, MigratorTrait};

use crate::play::{Act, Beat, Play};

const CHILD: &str = "SMARTCACHE_TEST_CHILD_DATABASE";
const PRESENCE: &str = "SMARTCACHE_TEST_CHILD_PRESENCE";
const SERVER: &str = "SMARTCACHE_TEST_POSTGRES_URL";

/// Fast enough for tests; the lease is long enough for a busy machine.
pub fn timing() -> Timing {
    Timing {
        renew: Duration::from_millis(300),
        sweep: Duration::from_millis(100),
        poll: Duration::from_millis(50),
        backoff: Duration::from_millis(10),
        ..Timing::with_lease(Duration::from_secs(2))
    }
}

pub struct Stage {
    pub db: DatabaseConnection,
    url: String,
    directory: PathBuf,
}

/// Columns of a job's row that tests check.
#[derive(Debug, FromQueryResult)]
pub struct Row {
    pub state: String,
    pub attempts: i64,
    pub lease_epoch: i64,
    pub last_error: Option<String>,
}

impl Stage {
    pub async fn on_sqlite() -> Option<Self> {
        let directory = directory();
        let url = format!("sqlite://{}?mode=rwc", directory.join("test.db").display());
        let stage = Self { db: connect(&url).await, url, directory };
        stage.build().await;
        Some(stage)
    }

    /// None only if SMARTCACHE_TEST_SQLITE_ONLY=1.
    pub async fn on_postgres() -> Option<Self> {
        let Ok(server) = std::env::var(SERVER) else {
            let without = std::env::var("SMARTCACHE_TEST_SQLITE_ONLY").is_ok_and(|only| only == "1");
            assert!(without, "{SERVER} is not set; SMARTCACHE_TEST_SQLITE_ONLY=1 does without PostgreSQL");
            return None;
        };
        let name = format!("jobs_{}", uuid::Uuid::new_v4().simple());
        let admin = Database::connect(&server).await.unwrap();
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        let (host, _) = server.rsplit_once('/').unwrap();
        let url = format!("{host}/{name}");
        let stage = Self { db: connect(&url).await, url, directory: directory() };
        stage.build().await;
        Some(stage)
    }

    /// Database of the process that started this one.
    pub async fn inherited() -> Option<Self> {
        let url = std::env::var(CHILD).ok()?;
        Some(Self { db: connect(&url).await, url, directory: directory() })
    }

    async fn build(&self) {
        Migrator::up(&self.db, None).await.unwrap();
        let id = match self.db.get_database_backend() {
            DbBackend::Sqlite => "INTEGER PRIMARY KEY",
            _ => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        };
        self.run(&format!("CREATE TABLE happened (id {id}, what TEXT, n BIGINT, pid BIGINT)")).await;
    }

    /// Drops the test's database on the PostgreSQL server. SQLite's is deleted with its directory.
    pub async fn clear(self) {
        if self.db.get_database_backend() != DbBackend::Postgres {
            return;
        }
        let name = self.url.rsplit_once('/').unwrap().1;
        let admin = Database::connect(std::env::var(SERVER).unwrap()).await.unwrap();
        admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    }

    pub fn workers(&self, timing: Timing) -> Workers {
        self.workers_with(Handlers::new().with::<Play>(), 4, Notifier::default(), timing)
    }

    pub fn workers_with(
        &self,
        handlers: Handlers<DatabaseConnection>,
        slots: usize,
        notifier: Notifier,
        timing: Timing,
    ) -> Workers {
        self.workers_seen(handlers, slots, notifier, timing, Presence::unproven())
    }

    fn workers_seen(
        &self,
        handlers: Handlers<DatabaseConnection>,
        slots: usize,
        notifier: Notifier,
        timing: Timing,
        presence: Presence,
    ) -> Workers {
        let queues = [("stage", slots)];
        Workers::start(self.db.clone(), notifier, self.db.clone(), handlers, &queues, timing, presence)
    }

    /// Workers with long leases, in a process that proves in this directory that it is alive.
    pub fn proven_workers(&self, directory: &Path) -> Workers {
        let timing = Timing { lease: Duration::from_secs(600), ..timing() };
        let presence = Presence::prove(directory).unwrap();
        self.workers_seen(Handlers::new().with::<Play>(), 4, Notifier::default(), timing, presence)
    }

    /// Path inside the test's directory, which is deleted after the test.
    pub fn place(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub fn beating_workers(&self) -> Workers {
        let handlers = Handlers::new().every::<Beat>(Duration::from_secs(3600));
        self.workers_with(handlers, 1, Notifier::default(), timing())
    }

    /// Another process with workers like `workers`. It ends when the value is dropped, or with this process.
    pub fn other_process(&self) -> Other {
        self.start(|command| command)
    }

    /// Another process with workers like `proven_workers`.
    pub fn other_proven_process(&self, directory: &Path) -> Other {
        self.start(|command| command.env(PRESENCE, directory))
    }

    fn start(&self, with: impl FnOnce(&mut Command) -> &mut Command) -> Other {
        let (input, _alive) = pipe().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "the_other_process", "--nocapture"]).env(CHILD, &self.url);
        let child = with(&mut command).stdin(input).stdout(Stdio::null()).spawn().unwrap();
        Other { child, _alive }
    }

    /// Workers that the parent process requested.
    pub fn inherited_workers(&self) -> Workers {
        match std::env::var_os(PRESENCE) {
            Some(directory) => self.proven_workers(Path::new(&directory)),
            None => self.workers(timing()),
        }
    }

    pub async fn push(&self, act: Act) -> i64 {
        push(&self.db, &Play::new(act)).await.unwrap().unwrap()
    }

    pub async fn run(&self, sql: &str) {
        self.db.execute_unprepared(sql).await.unwrap();
    }

    pub async fn row(&self, job: i64) -> Row {
        let sql = format!("SELECT state, attempts, lease_epoch, last_error FROM job WHERE id = {job}");
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        Row::find_by_statement(statement).one(&self.db).await.unwrap().unwrap()
    }

    pub async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        self.db.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    pub async fn count(&self, what: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM happened WHERE what = '{what}'")).await
    }

    /// Waits until the event has happened this many times. Returns the time that took.
    pub async fn until(&self, what: &str, times: i64) -> Duration {
        let seen = format!("SELECT COUNT(*) FROM happened WHERE what = '{what}'");
        self.until_number(&seen, times).await
    }

    /// Waits until no job is unfinished.
    pub async fn until_idle(&self) -> Duration {
        self.until_number("SELECT -COUNT(*) FROM job WHERE state IN ('ready', 'running')", 0).await
    }

    pub async fn until_number(&self, sql: &str, at_least: i64) -> Duration {
        let start = Instant::now();
        while self.number(sql).await < at_least {
            assert!(start.elapsed() < Duration::from_secs(60), "{sql} does not reach {at_least}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        start.elapsed()
    }

    /// Pushes many jobs in one transaction.
    pub async fn push_all(&self, jobs: impl IntoIterator<Item = Play>) {
        let txn = self.db.begin().await.unwrap();
        for job in jobs {
            push(&txn, &job).await.unwrap().unwrap();
        }
        txn.commit().await.unwrap();
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.directory).ok();
    }
}

fn directory() -> PathBuf {
    let directory = std::env::temp_dir().join(format!("smartcache-jobs-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&directory).unwrap();
    directory
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(10).sqlx_logging(false).map_sqlx_sqlite_opts(|sqlite| {
        sqlite.pragma("journal_mode", "WAL").pragma("busy_timeout", "10000").pragma("synchronous", "NORMAL")
    });
    Database::connect(options).await.unwrap()
}

/// A process that can be killed and stopped.
pub struct Other {
    child: Child,
    _alive: std::io::PipeWriter,
}

impl Other {
    pub fn pid(&self) -> i64 {
        i64::from(self.child.id())
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
