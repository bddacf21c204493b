//! The server's end of a live connection: sends numbered frames in order, each once.

use std::time::Duration;

use axum::extract::ws::{CloseCode, CloseFrame, Message, WebSocket};
use futures::SinkExt;
use futures::stream::SplitSink;
use serde_json::{Value, json};
use smartcache::domain::event::{ClientFrame, EventKind, Frame};
use smartcache::domain::run::{MAX_ITEMS_DEFAULT, NewRun};
use smartcache::domain::{Refusal, UserId};
use smartcache::engine::live::{self, Wire};
use smartcache::engine::rights::{self, Caller, Right};
use smartcache::engine::{Result, SharedEngine, accounts, runs};
use tokio::time::timeout;

use super::scope::Scope;
use super::{ConnectionEnd, MAX_FRAME, TOO_SLOW};

/// Send timeout; a slower client does not keep up.
const SEND: Duration = Duration::from_secs(10);

/// Success of a send, or the reason to end the connection.
type Sent = std::result::Result<(), ConnectionEnd>;

pub struct Connection {
    engine: SharedEngine,
    caller: Caller,
    sink: SplitSink<WebSocket, Message>,
    /// Sequence number of the newest frame the client has, or that was left out for it.
    last: i64,
    scope: Scope,
}

impl Connection {
    pub fn new(engine: SharedEngine, caller: Caller, sink: SplitSink<WebSocket, Message>) -> Self {
        Self { engine, caller, sink, last: 0, scope: Scope::All }
    }

    pub fn owner(&self) -> UserId {
        self.caller.user.id
    }

    /// Whether the user's time to set up a second factor has passed since the connection was opened.
    pub fn is_late(&self) -> bool {
        self.caller.factor_deadline.is_some_and(|deadline| deadline.at <= self.engine.now())
    }

    /// Sends the first frame: the user's name and the newest event's number. Later frames follow it unless a
    /// hello names another number.
    pub async fn greet(&mut self) -> Result<Sent> {
        self.last = live::greeting(&self.engine, self.caller.user.id).await?;
        let data = json!({ "username": self.caller.user.username, "seq": self.last });
        Ok(self.send_event(EventKind::ConnectionEstablished, data).await)
    }

    /// Forwards a live frame. Fills a gap from the database first; skips a frame that the client has.
    pub async fn pass_on(&mut self, wire: &Wire) -> Result<Sent> {
        match wire.seq {
            Some(seq) if seq <= self.last => Ok(Ok(())),
            Some(seq) if seq > self.last + 1 => self.send_missed(true).await,
            _ => self.send_in_scope(wire, true).await,
        }
    }

    /// Sends the frames recorded after the client's newest one, or a resync if too many or no longer kept.
    pub async fn catch_up(&mut self) -> Result<Sent> {
        self.send_missed(false).await
    }

    /// Like `catch_up`. `is_live` says that the client was connected all the time.
    async fn send_missed(&mut self, is_live: bool) -> Result<Sent> {
        let Some(frames) = live::missed(&self.engine, self.caller.user.id, self.last).await? else {
            self.last = live::newest(&self.engine, self.caller.user.id).await?;
            return Ok(self.send_event(EventKind::Resync, json!({ "seq": self.last })).await);
        };
        for frame in frames {
            if let Err(end) = self.send_in_scope(&Wire::of(&frame)?, is_live).await? {
                return Ok(Err(end));
            }
        }
        Ok(Ok(()))
    }

    /// Sends a frame, unless the connection is narrowed to others. The delay of live ones is measured.
    async fn send_in_scope(&mut self, wire: &Wire, is_live: bool) -> Result<Sent> {
        if self.scope.includes(&self.engine, self.caller.user.id, wire).await? {
            if let Err(end) = self.send(Message::text(wire.text.as_str())).await {
                return Ok(Err(end));
            }
            self.engine
                .metrics
                .frame_sent(wire.kind, wire.ts.filter(|_| is_live).map(|ts| self.engine.now() - ts));
        }
        self.last = wire.seq.unwrap_or(self.last);
        Ok(Ok(()))
    }

    /// Handles a frame of the client; `None` is an unreadable one.
    pub async fn answer(&mut self, asked: Option<ClientFrame>) -> Result<Sent> {
        let outcome = match asked {
            Some(ClientFrame::Hello { after_seq }) => {
                self.last = after_seq;
                return self.catch_up().await;
            }
            Some(ClientFrame::Ping) => return Ok(self.send_event(EventKind::Pong, json!({})).await),
            Some(ClientFrame::TriggerAgents { max_items }) => {
                let new = NewRun { max_items: max_items.unwrap_or(MAX_ITEMS_DEFAULT), ..NewRun::default() };
                match self.check_may_run().await {
                    Ok(()) => runs::start(&self.engine, self.owner(), new).await.map(drop),
                    refused => refused,
                }
            }
            Some(ClientFrame::Subscribe { run_id, collection_id }) => {
                let scope = Scope::of(&self.engine, self.caller.user.id, run_id, collection_id).await;
                scope.map(|scope| self.scope = scope)
            }
            Some(ClientFrame::Unsubscribe) => {
                self.scope = Scope::All;
                Ok(())
            }
            Some(ClientFrame::CancelRun { run_id }) => match self.check_may_run().await {
                Ok(()) => runs::cancel(&self.engine, self.owner(), run_id).await.map(drop),
                refused => refused,
            },
            None => {
                let message =
                    format!("This frame could not be read: JSON of at most {MAX_FRAME} bytes is understood.");
                return Ok(self
                    .send_event(EventKind::Error, json!({ "message": message, "code": "bad_frame" }))
                    .await);
            }
        };
        // Success shows in the frames that follow.
        let Err(error) = outcome else { return Ok(Ok(())) };
        let refusal: Refusal = error.into_refusal();
        let data = json!({ "message": refusal.to_string(), "code": refusal.code() });
        Ok(self.send_event(EventKind::Error, data).await)
    }

    /// Refuses a caller who may not run. The role may have changed since the connection was opened.
    async fn check_may_run(&self) -> Result<()> {
        let user = accounts::user(&self.engine, self.owner()).await?;
        rights::check(&Caller { user, ..self.caller.clone() }, Right::Run)
    }

    pub async fn ping(&mut self) -> Sent {
        self.send(Message::Ping(Default::default())).await
    }

    /// Sends the close frame, with a timeout for a client that no longer reads.
    pub async fn close(&mut self, code: CloseCode, reason: &'static str) {
        let frame = CloseFrame { code, reason: reason.into() };
        timeout(Duration::from_secs(1), self.sink.send(Message::Close(Some(frame)))).await.ok();
    }

    async fn send_event(&mut self, kind: EventKind, data: Value) -> Sent {
        let frame = Frame::fleeting(self.engine.now(), kind, data);
        let Ok(text) = serde_json::to_string(&frame) else { return Ok(()) };
        self.send(Message::text(text)).await?;
        self.engine.metrics.frame_sent(Some(kind), None);
        Ok(())
    }

    /// Buffers a message. `flush` writes it, together with others.
    async fn send(&mut self, message: Message) -> Sent {
        in_time(self.sink.feed(message)).await
    }

    /// Writes the buffered messages, in one system call if they fit into the socket's buffer.
    pub async fn flush(&mut self) -> Sent {
        in_time(self.sink.flush()).await
    }
}

async fn in_time(write: impl Future<Output = std::result::Result<(), axum::Error>>) -> Sent {
    match timeout(SEND, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(ConnectionEnd::Theirs),
        Err(_) => Err(TOO_SLOW),
    }
}
