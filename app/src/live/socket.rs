//! Browser side of the live connection (WebSocket). Connects, and reconnects for as long as the page exists.

use std::time::Duration;

use backoff::Backoff;
use domain::event::{ClientFrame, Frame};
use futures::channel::mpsc;
use futures::future::{Either, select};
use futures::{SinkExt, StreamExt};
use gloo_net::websocket::Message;
use gloo_net::websocket::futures::WebSocket;
use gloo_timers::future::{TimeoutFuture, sleep};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{ConnectionState, Live};
use crate::api::accounts::who_am_i;

/// Heartbeat: the page pings after this much silence, and waits this long for the pong. A connection that
/// silently drops everything is detected within 9 s while the page is visible.
const PING_AFTER_MS: u32 = 5_000;
const PONG_WITHIN_MS: u32 = 4_000;
/// Number of silent intervals for which a hidden page skips the ping.
const MAX_QUIET: u32 = 5;
/// Timeout for the server's first message, after which the page reconnects.
const GREETED_WITHIN_MS: u32 = 8_000;
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
/// Minimum duration of a stable connection. After its loss the page reconnects without delay.
const GOOD_MS: f64 = 5_000.0;

pub fn keep_open(live: Live) {
    let (wake, mut woken) = mpsc::unbounded();
    // Back online: reconnects without waiting for the back-off.
    window_event_listener(leptos::ev::online, move |_| {
        let _ = wake.unbounded_send(());
    });
    // Advances the clock by which progress ages, only while there is progress.
    set_interval(
        move || {
            if live.progress.with_untracked(|all| !all.is_empty()) {
                live.clock.set(js_sys::Date::now());
            }
        },
        Duration::from_secs(1),
    );
    spawn_local(async move {
        let mut failures = 0;
        loop {
            let since = js_sys::Date::now();
            let greeted = converse(live).await;
            let was_good = greeted && js_sys::Date::now() - since > GOOD_MS;
            failures = if was_good { 0 } else { failures + 1 };
            if greeted {
                live.connection.set(ConnectionState::Connecting);
            } else {
                explain(live).await;
            }
            while woken.try_recv().is_ok() {}
            select(Box::pin(sleep(pause(failures))), woken.next()).await;
        }
    });
}

/// Reconnect delay: back-off with jitter. Zero after a stable connection.
fn pause(failures: u32) -> Duration {
    if failures == 0 {
        return Duration::ZERO;
    }
    BACKOFF.equal_jitter(i64::from(failures) - 1, js_sys::Math::random())
}

/// Distinguishes an unreachable server, a refused connection and an ended session.
async fn explain(live: Live) {
    match who_am_i().await {
        Ok(Some(_)) => live.connection.set(ConnectionState::Error),
        Ok(None) => crate::session::load(&crate::paths::sign_in(&current_path())),
        Err(_) => live.connection.set(ConnectionState::Disconnected),
    }
}

fn current_path() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// Runs one connection from open to close. Returns whether the server ever sent a message.
async fn converse(live: Live) -> bool {
    let Ok(mut socket) = WebSocket::open(&address()) else { return false };
    let hello = ClientFrame::Hello { after_seq: live.seq.get_value() };
    if say(&mut socket, &hello).await.is_none() {
        return false;
    }
    let (mut greeted, mut asked, mut quiet) = (false, false, 0);
    loop {
        let timeouts = match (greeted, asked) {
            (false, _) => GREETED_WITHIN_MS,
            (true, false) => PING_AFTER_MS,
            (true, true) => PONG_WITHIN_MS,
        };
        let message = match select(socket.next(), TimeoutFuture::new(timeouts)).await {
            Either::Left((Some(Ok(message)), _)) => message,
            Either::Left(_) => return greeted,
            Either::Right(_) if asked || !greeted => return greeted,
            // A hidden page need not detect a lost connection promptly.
            Either::Right(_) if document().hidden() && quiet < MAX_QUIET => {
                quiet += 1;
                continue;
            }
            Either::Right(_) => {
                asked = true;
                if say(&mut socket, &ClientFrame::Ping).await.is_none() {
                    return greeted;
                }
                continue;
            }
        };
        (asked, quiet) = (false, 0);
        if !greeted {
            greeted = true;
            live.greeted();
        }
        if let Message::Text(text) = message {
            live.read(&text);
        }
    }
}

fn address() -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}/ws", location.host().unwrap_or_default())
}

async fn say(socket: &mut WebSocket, frame: &ClientFrame) -> Option<()> {
    let text = serde_json::to_string(frame).ok()?;
    socket.send(Message::Text(text)).await.ok()
}

impl Live {
    /// Reloads lists after a reconnect, because not every change to them is sent as a durable frame.
    fn greeted(self) {
        self.connection.set(ConnectionState::Connected);
        self.greetings.update(|n| *n += 1);
        if self.newest.get_value().is_some() {
            self.progress.set(Vec::new());
            self.writing.set(None);
            self.tell_news();
            self.tell_of(None);
        }
    }

    fn read(self, text: &str) {
        match serde_json::from_str::<Frame>(text) {
            Ok(frame) => self.receive(frame),
            // A frame of an unknown kind, from a newer server, still advances the sequence number.
            Err(_) => {
                let seq = serde_json::from_str::<serde_json::Value>(text)
                    .ok()
                    .and_then(|value| value["seq"].as_i64());
                self.seq.update_value(|known| *known = seq.unwrap_or_default().max(*known));
            }
        }
    }
}
