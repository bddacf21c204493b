//! The real binary in its own process, which a test can kill.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::time::{Duration, Instant};

use smartcache::engine::Config;
use smartcache::testing::chat::{Chat, KEY, MODEL};
use smartcache::testing::{Backend, Ground};

use crate::harness::Person;
use crate::origin::Origin;

pub struct Spawned {
    child: Child,
}

/// Finds a free port for a process that listens later, or again. It is below the ephemeral range (32768 and
/// above), so that no connection that is opened in the meantime takes it.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id() % 50) as u16 * 200;
    loop {
        let port = 10_000 + (start + NEXT.fetch_add(1, Relaxed)) % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Address and data shared by successive processes.
pub struct Place {
    ground: Ground,
    port: u16,
    allowance: String,
    more: Vec<(&'static str, String)>,
}

impl Place {
    /// Creates a place with an origin that the binary may fetch from.
    pub async fn on(backend: Backend) -> Option<(Self, Origin)> {
        Some(Self::at(Ground::new(backend).await?).await)
    }

    /// Creates a place on this ground.
    pub async fn at(ground: Ground) -> (Self, Origin) {
        let origin = Origin::start().await;
        let port = free_port();
        (Self { ground, port, allowance: origin.allowance(), more: Vec::new() }, origin)
    }

    /// Lets the binary fetch from another origin as well.
    pub fn allow(&mut self, allowance: &str) {
        self.allowance = format!("{},{allowance}", self.allowance);
    }

    /// Sets environment variables for all processes started here.
    pub fn set(&mut self, more: impl IntoIterator<Item = (&'static str, String)>) {
        self.more.extend(more);
    }

    /// Lets the agents of all processes started here speak through a scripted model.
    pub fn set_model(&mut self, chat: &Chat) {
        self.set([
            ("SMARTCACHE_LLM_URL", chat.url.clone()),
            ("SMARTCACHE_LLM_MODEL", MODEL.to_owned()),
            ("SMARTCACHE_LLM_KEY", KEY.to_owned()),
        ]);
    }

    pub fn database_url(&self) -> &str {
        &self.ground.url
    }

    pub fn directory(&self) -> &Path {
        &self.ground.directory
    }

    /// Settings of a process in this test that belongs to the same installation.
    pub fn config(&self) -> Config {
        self.ground.config()
    }

    pub fn person(&self) -> Person {
        Person::at(&format!("http://127.0.0.1:{}", self.port))
    }

    pub fn command(&self, args: &[&str]) -> Command {
        self.command_in(&[], args)
    }

    /// The binary's command line, wrapped in another command.
    fn command_in(&self, around: &[&str], args: &[&str]) -> Command {
        // `SMARTCACHE_TEST_BIN` names a binary that no build replaces during a long run.
        let named = std::env::var("SMARTCACHE_TEST_BIN");
        let binary = named.as_deref().unwrap_or(env!("CARGO_BIN_EXE_smartcache"));
        let words = [around, &[binary], args].concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env("SMARTCACHE_LEASE_SECONDS", "2").env("SMARTCACHE_LOG", "warn");
        command.env("SMARTCACHE_ITUNES_URL", "").env("SMARTCACHE_REQUEST_LIMITS", "off");
        // Tests simulate a full disk; the machine's own must not interfere.
        command.env("SMARTCACHE_MIN_FREE_MB", "0");
        command
            .env("SMARTCACHE_ADDR", format!("127.0.0.1:{}", self.port))
            .env("SMARTCACHE_EGRESS_ALLOW", &self.allowance);
        command
            .env("SMARTCACHE_DATA_DIR", &self.ground.directory)
            .env("SMARTCACHE_DATABASE_URL", &self.ground.url)
            .envs(self.more.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
        command
    }

    /// Directory of the binary's objects.
    pub fn storage(&self) -> PathBuf {
        self.ground.directory.join("storage")
    }

    /// Runs a command to its end. Returns whether it succeeded, and its output.
    pub fn run(&self, args: &[&str]) -> (bool, String) {
        let output = self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.success(), said)
    }

    pub async fn spawn(&self) -> Spawned {
        self.spawn_as("serve").await
    }

    /// Starts a process without waiting for it to answer.
    pub fn start(&self, args: &[&str]) -> Spawned {
        Spawned { child: self.command(args).spawn().unwrap() }
    }

    /// Like `start`, inside another command.
    pub fn start_in(&self, around: &[&str], args: &[&str]) -> Spawned {
        Spawned { child: self.command_in(around, args).spawn().unwrap() }
    }

    pub async fn spawn_as(&self, command: &str) -> Spawned {
        let spawned = self.start(&[command]);
        self.answers().await;
        spawned
    }

    /// Starts a worker as another machine has it: with a data directory of its own.
    pub fn spawn_worker(&self, name: &str) -> Spawned {
        let directory = self.ground.directory.join(name);
        let mut command = self.command(&["worker"]);
        Spawned { child: command.env("SMARTCACHE_DATA_DIR", directory).spawn().unwrap() }
    }

    /// Starts another process of this installation on a port of its own. Returns it with a client.
    pub async fn spawn_beside(&self, command: &str) -> (Spawned, Person) {
        let port = free_port();
        let address = format!("127.0.0.1:{port}");
        let variable = if command == "worker" { "SMARTCACHE_MONITORING_ADDR" } else { "SMARTCACHE_ADDR" };
        let child = self.command(&[command]).env(variable, &address).spawn().unwrap();
        let person = Person::at(&format!("http://{address}"));
        answers(&person).await;
        (Spawned { child }, person)
    }

    /// Waits until the binary answers.
    pub async fn answers(&self) {
        answers(&self.person()).await;
    }
    pub async fn clear(self) {
        self.ground.clear().await;
    }
}

async fn answers(person: &Person) {
    crate::harness::until("the binary answers", async || {
        let asked = person.client.get(format!("{}/ready", person.base)).send().await;
        asked.is_ok_and(|response| response.status() == 200).then_some(())
    })
    .await;
}

impl Spawned {
    /// Kills the process with SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    /// Stops the process with SIGTERM. Returns the exit status and the time it took.
    pub async fn stop(mut self) -> (ExitStatus, Duration) {
        let start = Instant::now();
        self.signal("TERM");
        let status =
            crate::harness::until("the binary has ended", async || self.child.try_wait().unwrap()).await;
        (status, start.elapsed())
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
