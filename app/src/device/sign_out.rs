//! The end of a session as this device sees it: its copies are deleted, with or without the server.

use std::time::Duration;

use domain::local_copy::DeviceRequest;
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::worker::{self, has_index, send, start, store, stored};
use super::{DeviceSupport, ThisDevice};

/// Key that says that the user has signed out and the server does not know: the number of this browser among
/// the devices, or nothing.
const SIGNING_OUT: &str = "smartcache.signing-out";
/// Key that says that a sign-out has not deleted everything yet: the vault, or nothing.
const PURGING: &str = "smartcache.purging";
/// Longest wait for the deletion of everything, in tenths of a second.
const PURGE_TENTHS: u32 = 50;

pub fn begin_sign_out(device: ThisDevice) {
    let id = device.view().with_untracked(|view| view.state.device_id);
    store(SIGNING_OUT, Some(&id.map(|id| id.to_string()).unwrap_or_default()));
}

pub fn end_sign_out() {
    store(SIGNING_OUT, None);
}

pub fn is_signing_out() -> bool {
    stored(SIGNING_OUT).is_some()
}

/// Signs this browser off as a device, if a sign-out could not.
pub async fn sign_off_late() {
    let Some(id) = stored(SIGNING_OUT).filter(|id| !id.is_empty()) else { return };
    let init = web_sys::RequestInit::new();
    init.set_method("DELETE");
    let answer = window().fetch_with_str_and_init(&format!("/api/v1/devices/{id}"), &init);
    let _ = JsFuture::from(answer).await;
}

/// The deletion that a sign-out could not finish.
pub(super) fn unfinished() -> Option<DeviceRequest> {
    stored(PURGING).map(|vault| DeviceRequest::Purge(Some(vault).filter(|vault| !vault.is_empty())))
}

pub(super) fn finished() {
    store(PURGING, None);
}

/// Deletes all that the user has on this device. Returns whether it is gone; what is left is deleted by the
/// next page that finds a worker.
pub async fn purge(device: ThisDevice) -> bool {
    worker::forget_pending();
    if worker::is_off() {
        if !has_index().await {
            return true;
        }
        start(device);
    }
    let vault = device.view().with_untracked(|view| view.state.vault.clone());
    store(PURGING, Some(vault.as_deref().unwrap_or_default()));
    let purges = move || device.view().with_untracked(|view| (view.purges, view.support));
    let before = purges();
    send(&DeviceRequest::Purge(vault));
    for _ in 0..PURGE_TENTHS {
        match purges() {
            (purges, _) if purges != before.0 => return true,
            // Nothing can be kept in such a browser.
            (_, DeviceSupport::Refused | DeviceSupport::Insecure) => {
                store(PURGING, None);
                return true;
            }
            (_, DeviceSupport::Broken) => return false,
            _ => gloo_timers::future::sleep(Duration::from_millis(100)).await,
        }
    }
    false
}
