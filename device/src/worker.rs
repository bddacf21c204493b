//! The worker's messages.

mod answer;
mod bindings;
mod contact;
mod fetch;
mod http;
mod index;
mod leader;
mod link;
mod outbox;
mod proof;
mod report;
mod running;
mod session;
mod settings;
mod transfer;
mod vault;

use domain::DownloadId;
use domain::device::{DeviceEventKind, copy_event};
use domain::local_copy::LocalCopyState::{Failed, Wanted};
use domain::local_copy::{DeviceReport, DeviceRequest, LocalCopy, LocalPosition, PositionDelivery};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::MessageEvent;

use running::{abort_transfer, on_news};

/// Name of the lock that elects the worker which leads.
const LEADER: &str = "smartcache.device";

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
        session::check(session::LIST_LIMIT).await;
        report::state().await;
        bindings::lead_when_elected(LEADER, || spawn_local(leader::lead()));
    });
}

/// Carries out a request of the page. An exception of the index leaves the state as it was.
async fn obey(request: DeviceRequest) {
    let (known, _) = session::known().await;
    let result = match (request, known) {
        (DeviceRequest::Purge(vault), known) => return purge(vault.or(known)).await,
        (DeviceRequest::Keep(copy), vault) => keep(*copy, vault).await,
        (DeviceRequest::Register, vault) => register(vault).await,
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

/// The vault, by the server's word if this browser has never heard of it.
async fn vault(known: Option<String>) -> Option<String> {
    if known.is_none() {
        session::check(session::LIST_LIMIT).await;
        return session::known().await.0;
    }
    known
}

async fn register(known: Option<String>) -> Result<(), JsValue> {
    let Some(vault) = vault(known).await else { return Ok(()) };
    let _ = session::set_revoked(&vault, false).await;
    session::set_asked_for(&vault).await
}

async fn keep(copy: LocalCopy, known: Option<String>) -> Result<(), JsValue> {
    // The page asks again once the vault is known.
    let Some(vault) = vault(known).await else { return Ok(()) };
    if index::copy(&vault, copy.download_id).await?.is_some() {
        return retry(&vault, copy.download_id).await;
    }
    let _ = session::set_revoked(&vault, false).await;
    tell(&vault, DeviceEventKind::Keep, copy.download_id).await?;
    index::add_copy(&vault, &LocalCopy { state: Wanted, wanted_at: js_sys::Date::now(), ..copy }).await
}

/// Adds the event of a wish to the outbox, before the wish is carried out here.
async fn tell(vault: &str, kind: DeviceEventKind, id: DownloadId) -> Result<(), JsValue> {
    outbox::push(vault, Box::new(move |_, next| vec![copy_event(kind, id, bindings::now(), next)])).await
}

async fn remove(vault: &str, id: DownloadId) -> Result<(), JsValue> {
    abort_transfer(Some(id));
    tell(vault, DeviceEventKind::Drop, id).await?;
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
    if index::change_copy(vault, id, Box::new(change)).await? {
        // The server may have stopped waiting for it.
        tell(vault, DeviceEventKind::Keep, id).await?;
    }
    Ok(())
}

async fn remember(vault: &str, position: LocalPosition) {
    let _ = match position.delivery {
        PositionDelivery::Underway => outbox::note_underway(vault, &position).await,
        PositionDelivery::Delivered => outbox::forget_underway(vault, &position).await,
        PositionDelivery::Failed => outbox::push_position(vault, &position).await,
    };
    if position.delivery == PositionDelivery::Failed {
        on_news();
    }
    let _ = index::set_position(vault, position.item_id, position.seconds, position.finished).await;
}

/// Deletes everything of a vault, after an attempt to send the outbox and to sign this device off.
async fn purge(vault: Option<String>) {
    let device = match &vault {
        Some(vault) => contact::farewell(vault).await,
        None => None,
    };
    let mut is_gone = false;
    // Another tab's worker may have a file open for a moment longer.
    for _ in 0..20 {
        running::on_purge();
        report::purging();
        is_gone = session::purge(vault.as_deref()).await.is_ok_and(|is_gone| is_gone);
        if is_gone {
            break;
        }
        bindings::sleep(50).await;
    }
    // Not earlier: a contact of another tab would be told that the user has revoked this device.
    if let Some(device) = device {
        contact::sign_off(device).await;
    }
    if is_gone {
        report::to_page(&DeviceReport::Purged);
    }
    report::changed().await;
}
