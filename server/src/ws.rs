//! The live connection (WebSocket): authorization, frames, and the close handshake.

mod connection;
mod scope;
mod watch;

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseCode, Message, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use futures::stream::StreamExt;
use smartcache::domain::Refusal;
use smartcache::engine::{Error, Result};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use crate::Web;
use crate::auth::{Authorized, authenticate, credential_hash, key_of};
use crate::client_info::ClientInfo;
use crate::problem::Problem;
use connection::Connection;
pub use watch::watch;

/// Largest valid frame. Larger ones up to `MAX_READ` get an error frame; beyond that the connection ends.
const MAX_FRAME: usize = 64 * 1024;
const MAX_READ: usize = 1024 * 1024;
/// Invalid frames before the connection is closed.
const MAX_NONSENSE: u32 = 10;
/// Time that numbered frames wait for the client's hello, so that missed frames are sent first.
const HELLO: Duration = Duration::from_secs(1);
const PING: Duration = Duration::from_secs(30);
const SILENCE: Duration = Duration::from_secs(75);
/// Initial buffer of a connection; grows with larger messages. The default of 128 KiB would dominate memory.
const BUFFER: usize = 4 * 1024;
/// Time to wait for the client's close frame.
const GOODBYE: Duration = Duration::from_secs(2);

/// Reason why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionEnd {
    /// Closed by the client, or lost.
    Theirs,
    Closing(CloseCode, &'static str),
}

/// The client is too slow. It reconnects and receives what it missed.
const TOO_SLOW: ConnectionEnd =
    ConnectionEnd::Closing(close_code::AGAIN, "Too slow: come back and say hello.");
const GOING: ConnectionEnd = ConnectionEnd::Closing(close_code::AWAY, "The server is stopping.");
const NONSENSE: ConnectionEnd =
    ConnectionEnd::Closing(close_code::POLICY, "Too many frames that make no sense.");
const SILENT: ConnectionEnd = ConnectionEnd::Closing(close_code::POLICY, "Nothing was heard from you.");
const SIGNED_OUT: ConnectionEnd = ConnectionEnd::Closing(close_code::POLICY, "You are signed out.");
/// The time to set up a second factor has passed. The client may reconnect if one is there.
const LATE: ConnectionEnd = ConnectionEnd::Closing(close_code::AGAIN, "A second factor was due.");
const BROKEN: ConnectionEnd = ConnectionEnd::Closing(close_code::ERROR, "Something broke on our side.");

pub async fn open(
    State(web): State<Web>,
    Authorized(caller): Authorized,
    client: ClientInfo,
    uri: Uri,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    // Browsers send cookies whichever site opens the connection, and no keys.
    if key_of(&headers).is_none() && !client.is_same_origin(&headers, &uri, &web.engine().config) {
        return Err(Refusal::Forbidden { why: "Another site tried to open this connection.".into() }.into());
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_message_size(MAX_READ)
            .max_frame_size(MAX_READ),
        Err(rejection) => {
            let status = rejection.into_response().status();
            return Ok(Problem::of(status, "This address speaks WebSocket only.").into_response());
        }
    };
    let sockets = web.sockets().clone();
    Ok(upgrade.on_upgrade(move |socket| {
        let (sink, stream) = socket.split();
        sockets.track_future(async move {
            let mut line = Connection::new(web.engine().clone(), caller, sink);
            let end = attend(&web, (&headers, client), &mut line, stream).await;
            tracing::debug!(?end, "a live connection ended");
        })
    }))
}

type Stream = futures::stream::SplitStream<axum::extract::ws::WebSocket>;

/// Headers and client of the upgrade request.
type Upgraded<'a> = (&'a HeaderMap, ClientInfo);

async fn attend(
    web: &Web,
    upgraded: Upgraded<'_>,
    line: &mut Connection,
    mut stream: Stream,
) -> ConnectionEnd {
    let end = match talk(web, upgraded, line, &mut stream).await {
        Ok(end) => end,
        Err(fault) => {
            fault.into_refusal();
            BROKEN
        }
    };
    if let ConnectionEnd::Closing(code, reason) = end {
        line.close(code, reason).await;
        // Drain unread frames: closing with unread data would reset the connection and lose the close frame.
        let drained = async { while let Some(Ok(_)) = stream.next().await {} };
        timeout(GOODBYE, drained).await.ok();
    }
    end
}

/// Runs the connection in a single loop, so that frames keep the order of events.
async fn talk(
    web: &Web,
    (headers, client): Upgraded<'_>,
    line: &mut Connection,
    stream: &mut Stream,
) -> Result<ConnectionEnd> {
    // Listen before the sequence number is read: events in between arrive twice and are sent once.
    let mut listener = web.engine().hub.listen(line.owner(), credential_hash(headers));
    // The session or key may have ended before the listener was registered.
    match authenticate(web.engine(), headers, client.address).await {
        Ok(_) => {}
        Err(Error::Refused(_)) => return Ok(SIGNED_OUT),
        Err(fault) => return Err(fault),
    }
    if let Err(end) = line.greet().await? {
        return Ok(end);
    }
    let start = Instant::now();
    let mut ping = every(PING);
    let (mut heard, mut nonsense, mut waiting) = (start, 0, true);
    loop {
        // A system call costs more than all else about a frame, so frames that are waiting go together.
        if listener.frames.is_empty()
            && let Err(end) = line.flush().await
        {
            return Ok(end);
        }
        let sent = tokio::select! {
            () = web.closing().cancelled() => return Ok(GOING),
            () = listener.ended.cancelled() => return Ok(SIGNED_OUT),
            wire = listener.frames.recv() => match wire {
                Ok(wire) if wire.seq.is_some() && waiting => Ok(()),
                Ok(wire) => line.pass_on(&wire).await?,
                Err(RecvError::Lagged(_)) => return Ok(TOO_SLOW),
                Err(RecvError::Closed) => return Ok(GOING),
            },
            () = sleep_until(start + HELLO), if waiting => {
                waiting = false;
                line.catch_up().await?
            }
            _ = ping.tick() => {
                if heard.elapsed() > SILENCE {
                    return Ok(SILENT);
                }
                if line.is_late() {
                    return Ok(LATE);
                }
                line.ping().await
            }
            message = stream.next() => {
                heard = Instant::now();
                match message {
                    Some(Ok(Message::Text(text))) => {
                        let read = (text.len() <= MAX_FRAME).then(|| serde_json::from_str(&text).ok()).flatten();
                        waiting &= !matches!(read, Some(smartcache::domain::event::ClientFrame::Hello { .. }));
                        nonsense += u32::from(read.is_none());
                        line.answer(read).await?
                    }
                    Some(Ok(Message::Binary(_))) => {
                        nonsense += 1;
                        line.answer(None).await?
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(ConnectionEnd::Theirs),
                }
            }
        };
        if let Err(end) = sent {
            return Ok(end);
        }
        if nonsense >= MAX_NONSENSE {
            return Ok(NONSENSE);
        }
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut interval = interval_at(Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
