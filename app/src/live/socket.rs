//! The browser's end of the live connection: opens it, and opens it again for as long as the page is there.

use std::time::Duration;

use futures::channel::mpsc;
use futures::future::{Either, select};
use futures::{SinkExt, StreamExt};
use gloo_net::websocket::Message;
use gloo_net::websocket::futures::WebSocket;
use gloo_timers::future::{TimeoutFuture, sleep};
use leptos::prelude::*;
use leptos::task::spawn_local;
use smartcache::domain::event::{ClientFrame, Frame};

use super::{Connection, Live};
use crate::api::accounts::who_am_i;

/// Heartbeat: silence after which the page pings, and for how long it waits for the pong. A network that swallows
/// everything is noticed within 9 s.
const PING_AFTER_MS: u32 = 5_000;
const PONG_WITHIN_MS: u32 = 4_000;
/// Silences after which a hidden page pings all the same.
const QUIET_MOST: u32 = 5;
/// A connection that is not open by then is tried anew.
const GREETED_WITHIN_MS: u32 = 8_000;
const PAUSE_MOST_MS: f64 = 30_000.0;
/// A connection that held this long was a good one: the next loss is mended at once.
const GOOD_MS: f64 = 5_000.0;

pub fn keep_open(live: Live) {
    let (wake, mut woken) = mpsc::unbounded();
    // Back under the open sky: no need to wait for the next try.
    window_event_listener(leptos::ev::online, move |_| {
        let _ = wake.unbounded_send(());
    });
    // Progress ages by this clock; a page without any does not hear it.
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
                live.connection.set(Connection::Connecting);
            } else {
                explain(live).await;
            }
            while woken.try_recv().is_ok() {}
            select(Box::pin(sleep(pause(failures))), woken.next()).await;
        }
    });
}

/// None after a good connection; then from half a second, doubling to half a minute, less up to half by chance.
fn pause(failures: u32) -> Duration {
    if failures == 0 {
        return Duration::ZERO;
    }
    let most = (250.0 * f64::from(1u32 << failures.min(10))).min(PAUSE_MOST_MS);
    Duration::from_millis((most * (0.5 + 0.5 * js_sys::Math::random())) as u64)
}

/// Tells a server that is away from one that refuses, and from one that does not know the person any more.
async fn explain(live: Live) {
    match who_am_i().await {
        Ok(Some(_)) => live.connection.set(Connection::Error),
        Ok(None) => crate::session::load(&crate::routes::sign_in(&current_path())),
        Err(_) => live.connection.set(Connection::Disconnected),
    }
}

fn current_path() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// One connection from its opening to its end. Whether the server ever greeted.
async fn converse(live: Live) -> bool {
    let Ok(mut socket) = WebSocket::open(&address()) else { return false };
    let hello = ClientFrame::Hello { after_seq: live.seq.get_value() };
    if say(&mut socket, &hello).await.is_none() {
        return false;
    }
    let (mut greeted, mut asked, mut quiet) = (false, false, 0);
    loop {
        let patience = match (greeted, asked) {
            (false, _) => GREETED_WITHIN_MS,
            (true, false) => PING_AFTER_MS,
            (true, true) => PONG_WITHIN_MS,
        };
        let message = match select(socket.next(), TimeoutFuture::new(patience)).await {
            Either::Left((Some(Ok(message)), _)) => message,
            Either::Left(_) => return greeted,
            Either::Right(_) if asked || !greeted => return greeted,
            // Nobody looks at the page, so it needs no news of its network.
            Either::Right(_) if document().hidden() && quiet < QUIET_MOST => {
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
    /// After an absence lists are asked for again: not everything that changes them is told by a durable frame.
    fn greeted(self) {
        self.connection.set(Connection::Connected);
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
            // A newer server may say what this page does not know; it is still counted.
            Err(_) => {
                let seq = serde_json::from_str::<serde_json::Value>(text)
                    .ok()
                    .and_then(|value| value["seq"].as_i64());
                self.seq.update_value(|known| *known = seq.unwrap_or_default().max(*known));
            }
        }
    }
}
