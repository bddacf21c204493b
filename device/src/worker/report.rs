//! Reports to the page, and news to the workers of other tabs.

use std::cell::RefCell;

use domain::DownloadId;
use domain::local_copy::{DeviceReport, LocalState};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{BroadcastChannel, MessageEvent};

use super::bindings::{number, scope};
use super::{contact, index, on_news};

/// Name of the channel between the workers of an origin.
const CHANNEL: &str = "smartcache.device";
/// News: the index has changed. Other texts on the channel are reports for all pages.
const CHANGED: &str = "changed";
const PURGED: &str = "purged";

thread_local! {
    static OTHERS: RefCell<Option<BroadcastChannel>> = const { RefCell::new(None) };
}

/// Listens to the workers of other tabs.
pub fn listen() {
    let Ok(channel) = BroadcastChannel::new(CHANNEL) else { return };
    let heard = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        match event.data().as_string().as_deref() {
            Some(CHANGED) => {
                on_news();
                spawn_local(state());
            }
            Some(PURGED) => {
                super::on_purge();
                spawn_local(state());
            }
            Some(text) => drop(scope().post_message(&text.into())),
            None => {}
        }
    });
    channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    // It lives as long as the worker.
    heard.forget();
    OTHERS.set(Some(channel));
}

fn tell_others(text: &str) {
    OTHERS.with_borrow(|channel| channel.iter().for_each(|channel| drop(channel.post_message(&text.into()))));
}

pub fn to_page(report: &DeviceReport) {
    if let Ok(text) = serde_json::to_string(report) {
        let _ = scope().post_message(&text.into());
    }
}

/// Reports progress to the pages of all tabs.
pub fn progress(id: DownloadId, bytes: i64) {
    let report = DeviceReport::Progress(id, bytes);
    to_page(&report);
    if let Ok(text) = serde_json::to_string(&report) {
        tell_others(&text);
    }
}

/// Announces a change of the index to all tabs.
pub async fn changed() {
    tell_others(CHANGED);
    state().await;
}

/// Tells other workers to stop, because everything is being deleted.
pub fn purging() {
    tell_others(PURGED);
}

/// Reports the state to the page.
pub async fn state() {
    let (vault, is_locked) = contact::known_session().await;
    let copies = match &vault {
        Some(vault) if !is_locked => index::copies(vault).await.unwrap_or_default(),
        _ => Vec::new(),
    };
    let (used, is_persisted) = storage().await;
    to_page(&DeviceReport::State(LocalState { vault, is_locked, copies, used, is_persisted }));
}

/// Bytes in use, and whether the browser promised not to evict them.
async fn storage() -> (f64, bool) {
    let manager = scope().navigator().storage();
    let used = match manager.estimate() {
        Ok(estimate) => JsFuture::from(estimate).await.ok().and_then(|it| number(&it, "usage")),
        Err(_) => None,
    };
    let is_persisted = match manager.persisted() {
        Ok(persisted) => JsFuture::from(persisted).await.is_ok_and(|it| it.is_truthy()),
        Err(_) => false,
    };
    (used.unwrap_or_default(), is_persisted)
}
