//! Browser interfaces of the player: storage, other tabs, the operating system's media controls. On
//! the server, each does nothing.

#[cfg(feature = "hydrate")]
mod media_session;
#[cfg(feature = "hydrate")]
mod playing_file;

#[cfg(feature = "hydrate")]
use crate::device::remember_position;
use domain::ItemId;
#[cfg(feature = "hydrate")]
use domain::local_copy::{LocalPosition, PositionDelivery};
#[cfg(feature = "hydrate")]
use leptos::prelude::{document, window, window_event_listener};
#[cfg(feature = "hydrate")]
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

use super::{Player, Track};

/// Key of the track that a new document offers to continue.
#[cfg(feature = "hydrate")]
const TRACK: &str = "smartcache.player";
/// Name of the channel on which tabs agree that one of them plays.
#[cfg(feature = "hydrate")]
const CHANNEL: &str = "smartcache.player";

/// Remembers the loaded track for the next document.
pub fn remember(track: Option<&Track>) {
    #[cfg(feature = "hydrate")]
    if let Some(storage) = storage() {
        let _ = match track.map(serde_json::to_string) {
            Some(Ok(text)) => storage.set_item(TRACK, &text),
            _ => storage.remove_item(TRACK),
        };
    }
    let _ = track;
}

/// The track of the document before.
pub fn remembered() -> Option<Track> {
    #[cfg(feature = "hydrate")]
    return serde_json::from_str(&storage()?.get_item(TRACK).ok()??).ok();
    #[cfg(not(feature = "hydrate"))]
    None
}

#[cfg(feature = "hydrate")]
fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok()?
}

/// Saves a position with a request that outlives the document.
pub fn save_position(item: ItemId, seconds: f64, finished: bool, speed: f64) {
    #[cfg(feature = "hydrate")]
    {
        let now = crate::times::now();
        // The time of the play, not that of the failed request: later positions have later times.
        let at = String::from(js_sys::Date::new_0().to_iso_string());
        let body = serde_json::json!({
            "seconds": seconds, "finished": finished, "speed": speed, "at": now, "sent_at": now,
        });
        let init = web_sys::RequestInit::new();
        init.set_method("PUT");
        init.set_body(&body.to_string().into());
        let headers = js_sys::Object::new();
        set(&headers, "content-type", &"application/json".into());
        init.set_headers(&headers);
        // The request goes on after the document is gone.
        set(&init, "keepalive", &true.into());
        let delivery = PositionDelivery::Underway;
        let position = LocalPosition { item_id: item, seconds, finished, speed, at, delivery };
        remember_position(position.clone());
        UNANSWERED.set(UNANSWERED.get() + 1);
        let answer = window().fetch_with_str_and_init(&format!("/api/v1/items/{item}/position"), &init);
        leptos::task::spawn_local(async move {
            let answer = wasm_bindgen_futures::JsFuture::from(answer).await;
            let answer = answer.ok().and_then(|it| it.dyn_into::<web_sys::Response>().ok());
            let status = answer.as_ref().map(web_sys::Response::status);
            if let Some(rev) = response_revision(answer).await {
                record_revision(item, rev);
            }
            let is_lost = status.is_none_or(|status| status == 401 || status >= 500);
            let delivery = if is_lost { PositionDelivery::Failed } else { PositionDelivery::Delivered };
            remember_position(LocalPosition { delivery, ..position });
            UNANSWERED.set(UNANSWERED.get() - 1);
        });
    }
    let _ = (item, seconds, finished, speed);
}

/// Revision (`rev`) in the response to a saved position.
#[cfg(feature = "hydrate")]
async fn response_revision(answer: Option<web_sys::Response>) -> Option<i64> {
    let body = wasm_bindgen_futures::JsFuture::from(answer?.json().ok()?).await.ok()?;
    Some(js_sys::Reflect::get(&body, &"rev".into()).ok()?.as_f64()? as i64)
}

/// Records the newest revision that the server has sent of a position, for one item.
pub fn record_revision(item: ItemId, rev: i64) {
    #[cfg(feature = "hydrate")]
    if is_current(item, rev) {
        NEWEST.set(Some((item, rev)));
    }
    let _ = (item, rev);
}

/// Whether a revision is not older than the recorded one: a frame may come after the response to a later one.
pub fn is_current(item: ItemId, rev: i64) -> bool {
    #[cfg(feature = "hydrate")]
    return NEWEST.get().is_none_or(|(known, newest)| known != item || rev >= newest);
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (item, rev);
        false
    }
}

/// Whether the server has not answered yet to a position of this player: it may have an older one until then.
pub fn is_saving() -> bool {
    #[cfg(feature = "hydrate")]
    return UNANSWERED.get() > 0;
    #[cfg(not(feature = "hydrate"))]
    false
}

#[cfg(feature = "hydrate")]
thread_local! {
    /// Positions that are on their way to the server.
    static UNANSWERED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    /// Newest revision that the server has sent, of the last item.
    static NEWEST: std::cell::Cell<Option<(ItemId, i64)>> = const { std::cell::Cell::new(None) };
    /// A channel does not hear its own messages, so each document has one.
    static TABS: Option<web_sys::BroadcastChannel> = web_sys::BroadcastChannel::new(CHANNEL).ok();
}

/// Pauses the players of other tabs.
pub fn silence_other_tabs() {
    #[cfg(feature = "hydrate")]
    TABS.with(|tabs| tabs.iter().for_each(|tabs| drop(tabs.post_message(&"playing".into()))));
}

/// Starts the element. A browser may refuse: the player is paused then, with its button to press.
pub fn play(element: &leptos::web_sys::HtmlVideoElement) {
    let Ok(started) = element.play() else { return };
    #[cfg(feature = "hydrate")]
    leptos::task::spawn_local(async move { drop(wasm_bindgen_futures::JsFuture::from(started).await) });
    #[cfg(not(feature = "hydrate"))]
    drop(started);
}

/// Loads a file into the element. A file of this device stays there until another one is loaded.
pub fn open(element: &leptos::web_sys::HtmlVideoElement, url: &str) {
    #[cfg(feature = "hydrate")]
    playing_file::hold(url);
    element.set_src(url);
}

/// Takes the file out of the element.
pub fn close(element: &leptos::web_sys::HtmlVideoElement) {
    #[cfg(feature = "hydrate")]
    playing_file::hold("");
    let _ = element.remove_attribute("src");
    element.load();
}

/// Tells the operating system the track, for lock screens and headphone buttons (Media Session, W3C).
pub fn announce(track: &Track) {
    #[cfg(feature = "hydrate")]
    media_session::announce(track);
    let _ = track;
}

/// Tells the operating system whether and where the track plays.
pub fn show_position(is_playing: bool, seconds: f64, duration: Option<f64>, speed: f64) {
    #[cfg(feature = "hydrate")]
    media_session::show_position(is_playing, seconds, duration, speed);
    let _ = (is_playing, seconds, duration, speed);
}

/// Listens to keys, other tabs, the operating system and the end of the page, for as long as the document
/// exists.
pub fn listen(player: Player) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::ev;
        window_event_listener(ev::keydown, move |event| on_key(player, &event));
        window_event_listener(ev::pagehide, move |_| player.save());
        window_event_listener(ev::visibilitychange, move |_| {
            if document().hidden() {
                player.save();
            }
        });
        listen_to_tabs(player);
        media_session::listen(player);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = player;
}

/// Sets a property of an object that has no typed setter.
#[cfg(feature = "hydrate")]
fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = js_sys::Reflect::set(object, &name.into(), value);
}

#[cfg(feature = "hydrate")]
fn listen_to_tabs(player: Player) {
    let heard = Closure::<dyn Fn()>::new(move || player.pause());
    TABS.with(|tabs| tabs.iter().for_each(|tabs| tabs.set_onmessage(Some(heard.as_ref().unchecked_ref()))));
    // It lives as long as the document.
    heard.forget();
}

/// Keys of the player, unless something is typed or a control has the focus that knows the key itself.
#[cfg(feature = "hydrate")]
fn on_key(player: Player, event: &web_sys::KeyboardEvent) {
    use leptos::prelude::*;
    if event.key() == "Escape" && player.is_open.get_untracked() {
        return player.is_open.set(false);
    }
    // Space presses a button, and letters walk a list; arrows and signs mean nothing there.
    let takers = match event.key().as_str() {
        "<" | ">" | "ArrowLeft" | "ArrowRight" => "input, textarea, select, [contenteditable], [role=dialog]",
        _ => "input, textarea, select, button, a, summary, [contenteditable], [role=dialog]",
    };
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let is_free = target.is_none_or(|it| it.closest(takers).ok().flatten().is_none());
    let is_plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
    if !is_free || !is_plain || player.track.with_untracked(Option::is_none) {
        return;
    }
    let speed = |faster| player.set_speed(super::next_speed(player.speed.get_untracked(), faster));
    match event.key().as_str() {
        " " => player.toggle(),
        "j" | "J" | "ArrowLeft" => player.skip(super::dock::BACK),
        "l" | "L" | "ArrowRight" => player.skip(super::dock::FORWARD),
        "<" => speed(false),
        ">" => speed(true),
        _ => return,
    }
    event.prevent_default();
}
