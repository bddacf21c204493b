//! One client of Redis, connected once: it does not reconnect by itself, so that its users replace it as a
//! whole.

use std::time::Duration;

use fred::clients::Client;
use fred::interfaces::ClientLike;
use fred::types::config::{Config, ConnectionConfig, PerformanceConfig};
use fred::types::{Builder, RespVersion};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

/// Time limit of a connection, a handshake or a subscription.
pub(crate) const CONNECT: Duration = Duration::from_secs(2);

/// Reason why a connection is given up.
pub(crate) type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Limits of a client.
pub(crate) struct ClientLimits {
    /// Time limit of a command.
    pub command: Duration,
    /// Maximum number of commands that wait.
    pub waiting: usize,
    /// Publications that may wait to be read.
    pub unread: usize,
}

/// A client, with the task that drives its connection.
pub(crate) struct Connected {
    pub client: Client,
    pub ended: AbortOnDropHandle<Result<(), fred::error::Error>>,
}

impl Connected {
    pub async fn open(config: &Config, limits: &ClientLimits) -> Result<Self, Broken> {
        let config = Config { version: RespVersion::RESP3, ..config.clone() };
        let client = Builder::from_config(config)
            .with_connection_config(|it: &mut ConnectionConfig| {
                it.connection_timeout = CONNECT;
                it.internal_command_timeout = CONNECT;
                it.max_command_attempts = 1;
                it.max_command_buffer_len = limits.waiting;
            })
            .with_performance_config(|it: &mut PerformanceConfig| {
                it.default_command_timeout = limits.command;
                it.broadcast_channel_capacity = limits.unread;
            })
            .build()?;
        let ended = AbortOnDropHandle::new(client.connect());
        timeout(CONNECT, client.wait_for_connect()).await??;
        Ok(Self { client, ended })
    }
}

/// Closes the socket in the background: a server that does not answer must not delay the next attempt.
pub(crate) fn close(client: Client, within: Duration) {
    tokio::spawn(async move { timeout(within, client.quit()).await.is_ok() });
}
