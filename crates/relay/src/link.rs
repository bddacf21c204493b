//! The relay's connection to Redis: one pair of clients at a time, replaced as a whole whenever anything is
//! wrong.
//!
//! `fred` can reconnect by itself, but a subscription that fails then is not repeated, and `subscribe` may
//! never return (aembke/fred.rs#351). So it is told not to, and every connection proves by beats that what it
//! publishes comes back.

use std::sync::Arc;
use std::time::Duration;

use backoff::Backoff;
use fred::clients::Client;
use fred::interfaces::{EventInterface, PubsubInterface};
use fred::types::Message as Published;
use fred::types::config::Config;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, broadcast, mpsc};
use tokio::time::{sleep, timeout};

use super::connection::{Broken, CONNECT, ClientLimits, Connected, close};
use super::{Received, RelayHealth};

/// Time limit of a command.
const COMMAND: Duration = Duration::from_secs(1);
/// Interval of the beats, and time within which each must come back.
const BEAT: Duration = Duration::from_secs(3);
const HEARD: Duration = Duration::from_secs(2);
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
/// Maximum number of messages in one publication.
const MAX_BATCH: usize = 128;
/// Publications that may wait here. More than that is reported as a gap.
const MAX_UNREAD: usize = 8_192;
const LIMITS: ClientLimits = ClientLimits { command: COMMAND, waiting: MAX_BATCH, unread: MAX_UNREAD };

/// Messages of one process in one publication, as JSON. None is a beat.
#[derive(Debug, Serialize, Deserialize)]
struct MessageBatch<M> {
    from: String,
    messages: Vec<M>,
}

pub(super) struct RedisLink {
    pub config: Config,
    pub channel: String,
    /// Name of this process among all that publish.
    pub process: String,
    pub health: Arc<RelayHealth>,
}

impl RedisLink {
    /// Keeps a connection until the future is dropped.
    pub async fn keep<M>(&self, mut outgoing: mpsc::Receiver<M>, receive: &(impl Fn(Received<M>) + Sync))
    where
        M: Serialize + DeserializeOwned + Send,
    {
        let mut failures = 0;
        loop {
            let broken = self.relay(&mut outgoing, receive).await.err();
            let why = broken.map_or_else(String::new, |error| error.to_string());
            if self.health.go_down() {
                failures = 0;
            }
            if failures == 0 {
                tracing::warn!(
                    why,
                    "Redis is out of reach: live frames of other processes come later until it is back"
                );
            }
            failures += 1;
            sleep(BACKOFF.equal_jitter(failures - 1, rand::random())).await;
            // Messages that waited meanwhile are old, and the watch finds their events.
            let mut old = 0;
            while outgoing.try_recv().is_ok() {
                old += 1;
            }
            self.health.drop_messages(old);
        }
    }

    /// Relays over one connection until it breaks.
    async fn relay<M: Serialize + DeserializeOwned + Send>(
        &self,
        outgoing: &mut mpsc::Receiver<M>,
        receive: &(impl Fn(Received<M>) + Sync),
    ) -> Result<(), Broken> {
        let (publisher, subscriber) =
            (Connected::open(&self.config, &LIMITS).await?, Connected::open(&self.config, &LIMITS).await?);
        let publications = subscriber.client.message_rx();
        timeout(CONNECT, subscriber.client.subscribe(self.channel.as_str())).await??;
        let came_back = Notify::new();
        let broken = tokio::select! {
            broken = self.publish_all(&publisher.client, outgoing) => broken,
            broken = self.receive_all(publications, &came_back, receive) => broken,
            broken = self.beat(&publisher.client, &came_back, receive) => broken,
            ended = publisher.ended => Err(format!("the connection ended: {ended:?}").into()),
            ended = subscriber.ended => Err(format!("the subscription ended: {ended:?}").into()),
        };
        for client in [publisher.client, subscriber.client] {
            close(client, COMMAND);
        }
        broken
    }

    /// Publishes all that waits, as much at a time as has gathered during the last publication.
    async fn publish_all<M: Serialize + Send>(
        &self,
        client: &Client,
        outgoing: &mut mpsc::Receiver<M>,
    ) -> Result<(), Broken> {
        let mut messages = Vec::with_capacity(MAX_BATCH);
        while outgoing.recv_many(&mut messages, MAX_BATCH).await > 0 {
            let count = messages.len();
            if let Err(error) = self.publish(client, std::mem::take(&mut messages)).await {
                self.health.drop_messages(count);
                return Err(error);
            }
        }
        Err("this process is ending".into())
    }

    async fn publish<M: Serialize>(&self, client: &Client, messages: Vec<M>) -> Result<(), Broken> {
        let batch = serde_json::to_string(&MessageBatch { from: self.process.clone(), messages })?;
        client.publish::<i64, _, _>(self.channel.as_str(), batch).await?;
        Ok(())
    }

    async fn receive_all<M: DeserializeOwned>(
        &self,
        mut publications: broadcast::Receiver<Published>,
        came_back: &Notify,
        receive: &(impl Fn(Received<M>) + Sync),
    ) -> Result<(), Broken> {
        loop {
            let text = match publications.recv().await {
                Ok(publication) => publication.value.into_string().unwrap_or_default(),
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    receive(Received::Gap);
                    continue;
                }
                Err(broadcast::error::RecvError::Closed) => return Err("the subscription was closed".into()),
            };
            let Ok(batch) = serde_json::from_str::<MessageBatch<M>>(&text) else {
                tracing::warn!("something that is no message was published for this installation");
                continue;
            };
            if batch.from == self.process {
                if batch.messages.is_empty() {
                    came_back.notify_one();
                }
                continue;
            }
            batch.messages.into_iter().map(Received::Message).for_each(receive);
        }
    }

    /// Publishes beats, and waits for each to come back. The first one shows that the connection is up.
    async fn beat<M: Serialize>(
        &self,
        client: &Client,
        came_back: &Notify,
        receive: &(impl Fn(Received<M>) + Sync),
    ) -> Result<(), Broken> {
        loop {
            self.publish::<M>(client, Vec::new()).await?;
            timeout(HEARD, came_back.notified()).await.map_err(|_| "what was published did not come back")?;
            if !self.health.is_up() {
                self.health.come_up();
                tracing::info!("Redis relays live frames between the processes");
                receive(Received::Gap);
            }
            sleep(BEAT).await;
        }
    }
}
