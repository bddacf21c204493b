//! Reports to the page, and news to the workers of other tabs.

use std::cell::RefCell;

use domain::DownloadId;
use domain::local_copy::{DeviceReport, LocalState};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BroadcastChannel, MessageEvent};

use super::bindings::scope;
use super::running::{on_news, on_purge};
use super::{contact, index, session, vault};

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
                on_purge();
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
    let (vault, is_locked) = session::known().await;
    let copies = match &vault {
        Some(vault) if !is_locked => index::copies(vault).await.unwrap_or_default(),
        _ => Vec::new(),
    };
    let (used, is_persisted) = vault::storage().await;
    let (mut device_id, mut is_revoked, mut plan) = (None, false, Vec::new());
    if let Some(vault) = &vault {
        device_id = session::registration(vault).await.map(|known| known.id);
        is_revoked = session::is_revoked(vault).await;
        if !is_locked {
            plan = session::plan(vault).await;
        }
    }
    let refusal = contact::refusal();
    let state =
        LocalState { vault, is_locked, device_id, is_revoked, refusal, copies, plan, used, is_persisted };
    to_page(&DeviceReport::State(state));
}
