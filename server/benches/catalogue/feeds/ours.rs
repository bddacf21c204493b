//! The engine with its workers in a child process: jobs per host, ten hosts at once, SQLite.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use smartcache::db::sql::{execute, sql, value};
use smartcache::domain::account::Credentials;
use smartcache::domain::preference::Preferences;
use smartcache::domain::{DateTime, Utc};
use smartcache::engine::catalog::{lists, refresh::RefreshDue};
use smartcache::engine::{Config, SharedEngine, accounts, start};
use smartcache::testing::{Backend, Ground, PASSWORD};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::Figures;
use crate::measure::Watched;

/// The child process, seen from the parent.
pub struct Ours {
    child: Child,
    tell: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Ours {
    pub async fn start(ground: &Path, urls: &[String], allowance: &str) -> Self {
        let list = ground.join("feeds.txt");
        std::fs::write(&list, urls.join("\n")).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("reader")
            .args([ground.join("smartcache").as_path(), list.as_path()])
            .arg(allowance)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let tell = child.stdin.take().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(said.next_line().await.unwrap().as_deref(), Some("ready"));
        Self { child, tell, said }
    }

    pub async fn round(&mut self, healthy: usize) -> Figures {
        let watched = Watched::new(self.child.id().unwrap());
        let before = watched.cpu();
        self.tell.write_all(format!("{healthy}\n").as_bytes()).await.unwrap();
        let (told, memory) = watched.during(self.said.next_line()).await;
        let (wall, cpu) = (watched.wall(), watched.cpu() - before);
        Figures { wall, healthy: told.unwrap().unwrap().parse().unwrap(), cpu, memory }
    }
}

/// Runs in the child process with `DIRECTORY LIST ALLOWANCE`. A line on standard input starts a round and
/// gives the number of healthy feeds. Prints the seconds until that many were read, once all were polled.
pub async fn serve(args: &[String]) {
    let [directory, list, allowance] = args else { panic!("reader DIRECTORY LIST ALLOWANCE") };
    let directory = Path::new(directory);
    std::fs::create_dir_all(directory).unwrap();
    let ground = Ground::new(Backend::Sqlite).await.unwrap();
    let config = Config {
        data_dir: directory.to_owned(),
        database_url: format!("sqlite://{}?mode=rwc", directory.join("smartcache.db").display()),
        egress_allow: vec![allowance.parse().unwrap()],
        lease: Duration::from_secs(30),
        ..ground.config()
    };
    let engine = start::open(config).await.unwrap();
    let typed = Credentials { username: "ada".into(), password: PASSWORD.into() };
    let owner = accounts::create(&engine, typed, Preferences::default()).await.unwrap().id;
    let list = std::fs::read(list).unwrap();
    let feeds = lists::import(&engine, owner, &list, Some("text/plain")).await.unwrap().added;
    println!("ready");
    let mut workers = None;
    while let Some(healthy) = tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await.unwrap() {
        let began = engine.now();
        execute(&engine.db, "UPDATE source SET next_refresh_at = $1", vec![began.into()]).await.unwrap();
        let mut work = engine.begin().await.unwrap();
        work.push(&RefreshDue {}).await.unwrap();
        work.commit().await.unwrap();
        if workers.is_none() {
            workers = Some(start::work(engine.clone()).await.unwrap());
        }
        let healthy = wait(&engine, began, feeds, healthy.unwrap().parse().unwrap()).await;
        println!("{healthy}");
    }
}

/// Waits until all feeds were polled since then. Returns the seconds until `healthy` of them had answered.
async fn wait(engine: &SharedEngine, since: DateTime<Utc>, feeds: i64, healthy: i64) -> f64 {
    let began = Instant::now();
    let count = async |condition: &'static str| -> i64 {
        let sql = sql!("SELECT COUNT(*) FROM source WHERE last_asked_at >= $1 AND {condition}");
        value(&engine.db, sql, vec![since.into()]).await.unwrap().unwrap()
    };
    let mut well = None;
    loop {
        if well.is_none() && count("health = 'ok'").await >= healthy {
            well = Some(began.elapsed().as_secs_f64());
        }
        if count("TRUE").await == feeds {
            return well.unwrap_or(f64::NAN);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
