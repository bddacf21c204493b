//! Counters in Redis that all processes of an installation change with one script, and so exactly.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use fred::error::Error;
use fred::interfaces::{KeysInterface, LuaInterface};
use tokio::sync::mpsc;
use tokio_util::sync::DropGuard;

use super::BadAddress;
use super::shared_cache::{Circuit, GuardedLink, NewValue};

/// Counters that the processes of an installation share. Ends when it is dropped.
#[derive(Debug)]
pub struct SharedCounters {
    prefix: String,
    link: Arc<GuardedLink>,
    script: &'static str,
    /// Name under which Redis keeps the script.
    digest: OnceLock<String>,
    /// Whether the last script was refused, which is logged once.
    is_refused: AtomicBool,
    /// Kept, because the connection ends with its sender.
    _waiting: mpsc::Sender<NewValue>,
    _running: DropGuard,
}

impl SharedCounters {
    /// Connects in the background. `namespace` separates installations that share a server. Needs a Tokio
    /// runtime.
    ///
    /// # Errors
    /// If the URL is not one of Redis. A server that does not answer is no error: it is tried again.
    pub fn start(url: &str, namespace: &str, script: &'static str) -> Result<Self, BadAddress> {
        let (link, waiting, running) = GuardedLink::start(url, "counters")?;
        Ok(Self {
            prefix: format!("sc:{namespace}:l:"),
            link,
            script,
            digest: OnceLock::new(),
            is_refused: AtomicBool::new(false),
            _waiting: waiting,
            _running: running,
        })
    }

    /// Runs the script on the counters with these names below `group`, which one node of a cluster has.
    /// None if Redis does not answer within 200 ms, or refuses the script: it may have counted or not.
    pub async fn run(&self, group: &str, names: &[String], arguments: Vec<i64>) -> Option<Vec<i64>> {
        let circuit = self.link.circuit()?;
        let keys: Vec<_> = names.iter().map(|name| self.key(group, name)).collect();
        let reply = match self.digest.get() {
            Some(digest) => {
                let stored = circuit.client.evalsha(digest.as_str(), keys.clone(), arguments.clone());
                match circuit.attempt(stored).await? {
                    // A restart of Redis forgets scripts.
                    Err(error) if is_unknown(&error) => self.evaluate(&circuit, keys, arguments).await?,
                    reply => reply,
                }
            }
            None => {
                let reply = self.evaluate(&circuit, keys, arguments).await?;
                if let Some(digest) = circuit.run(circuit.client.script_load::<String, _>(self.script)).await
                {
                    let _ = self.digest.set(digest);
                }
                reply
            }
        };
        self.note(reply.as_ref().err());
        reply.ok()
    }

    /// Sends the whole script, which Redis keeps from then on.
    async fn evaluate(
        &self,
        circuit: &Circuit,
        keys: Vec<String>,
        arguments: Vec<i64>,
    ) -> Option<Result<Vec<i64>, Error>> {
        circuit.attempt(circuit.client.eval(self.script, keys, arguments)).await
    }

    /// Reads the counters with these groups and names. None if Redis does not answer.
    pub async fn read(&self, counters: &[(String, String)]) -> Option<Vec<Option<i64>>> {
        let circuit = self.link.circuit()?;
        let keys: Vec<_> = counters.iter().map(|(group, name)| self.key(group, name)).collect();
        if keys.is_empty() { Some(Vec::new()) } else { circuit.run(circuit.client.mget(keys)).await }
    }

    /// Whether Redis is asked.
    pub fn is_up(&self) -> bool {
        self.link.is_up()
    }

    fn key(&self, group: &str, name: &str) -> String {
        format!("{}{{{group}}}:{name}", self.prefix)
    }

    /// Logs the first of several refusals in a row, such as of a server that may not write.
    fn note(&self, error: Option<&Error>) {
        if !self.is_refused.swap(error.is_some(), Ordering::Relaxed)
            && let Some(error) = error
        {
            tracing::warn!(%error, "Redis refuses to count: each process counts for itself");
        }
    }
}

fn is_unknown(error: &Error) -> bool {
    error.details().starts_with("NOSCRIPT")
}
