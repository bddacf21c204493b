//! The worker's messages.

mod bindings;
mod contact;
mod fetch;
mod index;
mod leader;
mod report;
mod transfer;
mod vault;

use std::cell::RefCell;

use domain::DownloadId;
use domain::local_copy::LocalCopyState::{Failed, Wanted};
use domain::local_copy::{DeviceReport, DeviceRequest, LocalCopy, LocalPosition};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, MessageEvent};

use leader::on_news;

/// Name of the lock that elects the worker which leads.
const LEADER: &str = "smartcache.device";

thread_local! {
    /// The running transfer.
    static TRANSFER: RefCell<Option<(DownloadId, AbortController)>> = const { RefCell::new(None) };
}

#[wasm_bindgen(start)]
pub fn start() {
    spawn_local(async {
        if !vault::is_supported().await {
            return report::to_page(&DeviceReport::Unsupported);
        }
        report::listen();
        let heard = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            if let Ok(request) = serde_json::from_str(&text) {
                spawn_local(obey(request));
            }
        });
        bindings::scope().set_onmessage(Some(heard.as_ref().unchecked_ref()));
        // It lives as long as the worker.
        heard.forget();
        contact::contact().await;
        report::state().await;
        bindings::lead_when_elected(LEADER, || spawn_local(leader::lead()));
    });
}

/// Carries out a request of the page. An exception of the index leaves the state as it was.
async fn obey(request: DeviceRequest) {
    let (known, _) = contact::known_session().await;
    let result = match (request, known) {
        (DeviceRequest::Purge, vault) => return purge(vault).await,
        (DeviceRequest::Keep(copy), vault) => keep(*copy, vault).await,
        (_, None) => Ok(()),
        (DeviceRequest::Remove(id), Some(vault)) => remove(&vault, id).await,
        (DeviceRequest::Retry(id), Some(vault)) => retry(&vault, id).await,
        (DeviceRequest::Position(position), Some(vault)) => return remember(&vault, position).await,
        (DeviceRequest::Read(id), Some(vault)) => {
            let text = index::text(&vault, id).await.ok().flatten();
            return report::to_page(&DeviceReport::Text(id, text.map(Box::new)));
        }
        (DeviceRequest::Wake, Some(_)) => Ok(()),
    };
    let _ = result;
    on_news();
    report::changed().await;
}

async fn keep(copy: LocalCopy, known: Option<String>) -> Result<(), JsValue> {
    let vault = match known {
        Some(vault) => Some(vault),
        None => {
            contact::contact().await;
            contact::known_session().await.0
        }
    };
    let Some(vault) = vault else { return Ok(()) };
    index::add_copy(&vault, &LocalCopy { state: Wanted, wanted_at: js_sys::Date::now(), ..copy }).await
}

async fn remove(vault: &str, id: DownloadId) -> Result<(), JsValue> {
    abort_transfer(Some(id));
    index::remove_copy(vault, id).await
}

async fn retry(vault: &str, id: DownloadId) -> Result<(), JsValue> {
    let change = |copy: &mut LocalCopy| {
        let is_failed = copy.state == Failed;
        if is_failed {
            (copy.state, copy.failure) = (Wanted, None);
        }
        is_failed
    };
    index::change_copy(vault, id, Box::new(change)).await.map(drop)
}

async fn remember(vault: &str, position: LocalPosition) {
    if position.is_unsent {
        let _ = index::add_unsent(vault, &position).await;
        on_news();
    }
    for copy in index::copies(vault).await.unwrap_or_default() {
        if copy.item_id == position.item_id {
            let (seconds, finished) = (position.seconds, position.finished);
            let change = |it: &mut LocalCopy| {
                (it.seconds, it.finished) = (seconds, finished);
                true
            };
            let _ = index::change_copy(vault, copy.download_id, Box::new(change)).await;
        }
    }
}

/// Deletes everything, after an attempt to send the positions.
async fn purge(vault: Option<String>) {
    if let Some(vault) = vault {
        contact::send_positions(&vault).await;
    }
    abort_transfer(None);
    report::purging();
    let _ = index::clear().await;
    // Another tab's worker may have a file open for a moment longer. Its own sweep is the second chance.
    for _ in 0..20 {
        if vault::sweep(None, &[], &[]).await.is_ok_and(|is_empty| is_empty) {
            break;
        }
        bindings::sleep(50).await;
    }
    report::to_page(&DeviceReport::Purged);
    report::changed().await;
}

/// Remembers how to abort the transfer of a copy.
fn on_abort(id: DownloadId, abort: AbortController) {
    TRANSFER.set(Some((id, abort)));
}

fn transfer_ended() {
    TRANSFER.set(None);
}

/// Aborts the running transfer, or only that of one copy.
fn abort_transfer(only: Option<DownloadId>) {
    TRANSFER.with_borrow(|running| {
        if let Some((id, abort)) = running
            && only.is_none_or(|only| only == *id)
        {
            abort.abort();
        }
    });
}

/// Another worker has deleted everything.
fn on_purge() {
    abort_transfer(None);
    on_news();
}
