//! The worker's messages, and the loop of the one that leads.

mod bindings;
mod contact;
mod fetch;
mod index;
mod report;
mod vault;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use backoff::Backoff;
use domain::DownloadId;
use domain::local_copy::LocalCopyState::{Failed, Held, Wanted};
use domain::local_copy::{DeviceReport, DeviceRequest, LocalCopy, LocalPosition};
use js_sys::Function;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, MessageEvent};

use contact::Contact;
use fetch::Outcome;

/// Name of the lock that elects the worker which leads.
const LEADER: &str = "smartcache.device";
/// Longest time between two contacts while nothing happens.
const IDLE: i32 = 15 * 60_000;
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(15 * 60));

thread_local! {
    /// Ends the pause of the leading worker.
    static WAKE: RefCell<Option<Function>> = const { RefCell::new(None) };
    /// Whether there was news since the last round.
    static HAS_NEWS: Cell<bool> = const { Cell::new(false) };
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
        bindings::lead_when_elected(LEADER, || spawn_local(lead()));
    });
}

/// Carries out a request of the page. An exception of the index leaves the state as it was, which is reported.
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
    index::change_copy(vault, id, change).await.map(drop)
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
            let _ = index::change_copy(vault, copy.download_id, change).await;
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

/// Lets the leading worker look at the index again.
fn on_news() {
    HAS_NEWS.set(true);
    if let Some(wake) = WAKE.take() {
        let _ = wake.call0(&JsValue::UNDEFINED);
    }
}

/// Works for all tabs for as long as this worker lives.
async fn lead() {
    let mut failures = 0;
    loop {
        HAS_NEWS.set(false);
        let is_done = round().await;
        failures = if is_done { 0 } else { failures + 1 };
        if HAS_NEWS.get() {
            continue;
        }
        let delay = BACKOFF.equal_jitter(failures - 1, js_sys::Math::random()).as_millis() as i32;
        let pause = if is_done { IDLE } else { delay };
        let _ = bindings::wake_or_time(pause, |wake| WAKE.set(Some(wake))).await;
    }
}

/// One contact: sends positions, tidies, and fetches what is missing. Returns whether nothing is left to do.
async fn round() -> bool {
    let contact = contact::contact().await;
    let (vault, is_locked) = contact::known_session().await;
    let Some(vault) = vault else { return contact != Contact::None };
    let is_sent = contact == Contact::SignedIn && contact::send_positions(&vault).await;
    tidy(&vault).await;
    if contact != Contact::SignedIn || is_locked {
        report::state().await;
        return contact == Contact::SignedOut;
    }
    let mut is_all_fetched = true;
    while let Some(copy) = next(&vault, is_all_fetched).await {
        let id = copy.download_id;
        let outcome = fetch::fetch(&vault, copy).await;
        TRANSFER.set(None);
        if let Outcome::Failed(failure) = outcome {
            let _ = index::change_copy(&vault, id, |it| {
                (it.state, it.failure, it.flushed) = (Failed, Some(failure), 0);
                true
            })
            .await;
        }
        report::changed().await;
        match outcome {
            Outcome::SignedOut => return true,
            Outcome::Later => is_all_fetched = false,
            Outcome::Held | Outcome::Superseded | Outcome::Failed(_) => {}
        }
    }
    is_all_fetched && is_sent
}

/// The smallest of the missing copies: a short contact must leave something whole.
async fn next(vault: &str, is_well: bool) -> Option<LocalCopy> {
    let copies = if is_well { index::copies(vault).await.unwrap_or_default() } else { Vec::new() };
    copies.into_iter().filter(|copy| copy.state.is_open()).min_by_key(|copy| copy.bytes.unwrap_or(i64::MAX))
}

/// Makes files and index agree: a held copy without its file is fetched again, and a file without a copy deleted.
async fn tidy(vault: &str) {
    let Ok(copies) = index::copies(vault).await else { return };
    for copy in copies.iter().filter(|copy| copy.state == Held && !copy.is_text()) {
        let size = vault::size(vault, &copy.sha256).await;
        if size.is_none() || copy.bytes.is_some_and(|bytes| size != Some(bytes as f64)) {
            let again = |it: &mut LocalCopy| {
                (it.state, it.flushed) = (Wanted, 0);
                true
            };
            let _ = index::change_copy(vault, copy.download_id, again).await;
        }
    }
    if let (Ok(copies), Ok(vaults)) = (index::copies(vault).await, index::vaults().await) {
        let _ = vault::sweep(Some(vault), &copies, &vaults).await;
    }
}
