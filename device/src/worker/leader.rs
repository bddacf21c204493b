//! Loop of the worker that leads: one contact with the server after the other.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use backoff::Backoff;
use domain::DownloadId;
use domain::local_copy::LocalCopy;
use domain::local_copy::LocalCopyState::{Failed, Held, Wanted};
use js_sys::Function;
use wasm_bindgen::JsValue;

use super::contact::Contact;
use super::fetch::FetchOutcome;
use super::{bindings, contact, fetch, index, report, transfer_ended, vault};

/// Longest time between two contacts while nothing happens.
const IDLE: i32 = 15 * 60_000;
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(15 * 60));

thread_local! {
    /// Ends the pause of the leading worker.
    static WAKE: RefCell<Option<Function>> = const { RefCell::new(None) };
    /// Whether there was news since the last round.
    static HAS_NEWS: Cell<bool> = const { Cell::new(false) };
}

/// Lets the leading worker look at the index again.
pub fn on_news() {
    HAS_NEWS.set(true);
    if let Some(wake) = WAKE.take() {
        let _ = wake.call0(&JsValue::UNDEFINED);
    }
}

/// Works for all tabs for as long as this worker lives.
pub async fn lead() {
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
    if contact != Contact::None {
        contact::expire_vaults().await;
    }
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
        transfer_ended();
        if let FetchOutcome::Failed(failure) = outcome {
            let _ = index::change_copy(
                &vault,
                id,
                Box::new(|it| {
                    (it.state, it.failure, it.flushed) = (Failed, Some(failure), 0);
                    true
                }),
            )
            .await;
        }
        report::changed().await;
        match outcome {
            FetchOutcome::SignedOut => return true,
            FetchOutcome::Later => is_all_fetched = false,
            FetchOutcome::Superseded if is_open(&vault, id).await => is_all_fetched = false,
            FetchOutcome::Held | FetchOutcome::Superseded | FetchOutcome::Failed(_) => {}
        }
    }
    is_all_fetched && is_sent
}

async fn is_open(vault: &str, id: DownloadId) -> bool {
    index::copy(vault, id).await.ok().flatten().is_some_and(|copy| copy.state.is_open())
}

/// The smallest of the missing copies: a short contact must leave something whole.
async fn next(vault: &str, is_well: bool) -> Option<LocalCopy> {
    let copies = if is_well { index::copies(vault).await.unwrap_or_default() } else { Vec::new() };
    copies.into_iter().filter(|copy| copy.state.is_open()).min_by_key(|copy| copy.bytes.unwrap_or(i64::MAX))
}

/// Makes files and index agree: fetches held copies without a file again, deletes files without a copy.
async fn tidy(vault: &str) {
    let Ok(copies) = index::copies(vault).await else { return };
    for copy in copies.iter().filter(|copy| copy.state == Held && !copy.is_text()) {
        let size = vault::size(vault, &copy.sha256).await;
        if size.is_none() || copy.bytes.is_some_and(|bytes| size != Some(bytes as f64)) {
            let again = |it: &mut LocalCopy| {
                (it.state, it.flushed) = (Wanted, 0);
                true
            };
            let _ = index::change_copy(vault, copy.download_id, Box::new(again)).await;
        }
    }
    if let (Ok(copies), Ok(vaults)) = (index::copies(vault).await, index::vaults().await) {
        let _ = vault::sweep(Some(vault), &copies, &vaults).await;
    }
}
