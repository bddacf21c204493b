//! A Redis server of a test's own, which can be killed, stopped and started again on its port.

use std::process::{Child, Command, Stdio};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::until;
use crate::spawned::free_port;

pub struct RedisServer {
    port: u16,
    child: Option<Child>,
}

impl RedisServer {
    /// A server that is not running yet.
    pub fn reserved() -> Self {
        let port = free_port();
        Self { port, child: None }
    }

    pub async fn start() -> Self {
        let mut server = Self::reserved();
        server.run().await;
        server
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts the process, empty, and waits until it answers.
    pub async fn run(&mut self) {
        let port = self.port.to_string();
        let child = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("redis-server is installed"));
        until("Redis answers", async || (self.command("PING").await? == "+PONG\r\n").then_some(())).await;
    }

    /// Kills the process with SIGKILL.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([format!("-{name}"), id]).status().unwrap().success());
    }

    /// Sends a command in one line. Returns the reply, or None if the server does not answer.
    pub async fn command(&self, line: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
        let mut reply = [0; 512];
        let read = stream.read(&mut reply).await.ok()?;
        Some(String::from_utf8_lossy(&reply[..read]).into_owned())
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // A stopped process ends only with SIGKILL, which this is.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
