//! Loop of the worker that leads: one contact with the server after the other.

use std::cell::Cell;
use std::time::Duration;

use backoff::Backoff;
use domain::DownloadId;
use domain::device::WantedCopy;
use domain::local_copy::LocalCopyState::{Failed, Held};
use domain::local_copy::{CopyFailure, LocalCopy};

use super::contact::ContactFailure;
use super::fetch::FetchOutcome;
use super::session::SessionCheck;
use super::{bindings, contact, fetch, index, outbox, report, running, session, vault};

/// Longest time between two contacts while nothing happens.
const IDLE: i32 = 15 * 60_000;
/// Most contacts in a row that bring no copy here.
const MAX_IDLE_CONTACTS: u32 = 5;
/// Time after which a page has its answer, or was killed, in milliseconds.
const ANSWERED: f64 = 60_000.0;
/// Transfers that the storage may refuse in a row, before their copy counts as failed.
const MAX_REFUSED: u32 = 3;
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(15 * 60));

thread_local! {
    /// Start of this worker, by the browser's clock in milliseconds.
    static STARTED: f64 = js_sys::Date::now();
    /// Transfers that the storage has refused, in a row.
    static REFUSED: Cell<u32> = const { Cell::new(0) };
}

/// Works for all tabs for as long as this worker lives.
pub async fn lead() {
    STARTED.with(|_| ());
    let mut failures = 0;
    loop {
        running::take_news();
        let is_done = round().await;
        failures = if is_done { 0 } else { failures + 1 };
        if running::take_news() {
            continue;
        }
        let delay = BACKOFF.equal_jitter(failures - 1, js_sys::Math::random()).as_millis() as i32;
        let pause = if is_done { IDLE } else { delay };
        let _ = bindings::wake_or_time(pause, running::wake_by).await;
    }
}

/// Contacts and transfers in turn, until nothing is left to do. Returns false if something is left for later.
async fn round() -> bool {
    let session = session::check(session::ROUND_LIMIT).await;
    if session != SessionCheck::Unknown {
        session::expire_vaults().await;
    }
    let (vault, is_locked) = session::known().await;
    let Some(vault) = vault else { return session != SessionCheck::Unknown };
    let before = js_sys::Date::new(&(js_sys::Date::now() - ANSWERED).max(STARTED.with(|it| *it)).into());
    let _ = outbox::recover_underway(&vault, &String::from(before.to_iso_string())).await;
    tidy(&vault).await;
    let is_done = match session {
        SessionCheck::SignedIn if !is_locked => {
            let is_done = work(&vault).await;
            // Copies that the server did not want any more have left files.
            tidy(&vault).await;
            is_done
        }
        SessionCheck::SignedIn | SessionCheck::SignedOut => true,
        SessionCheck::Unknown => false,
    };
    report::changed().await;
    is_done
}

/// One transfer per contact: what is here is proved soon, and a wish that has ended is heard of.
async fn work(vault: &str) -> bool {
    let (mut idle_contacts, mut postponed) = (0, Vec::new());
    while idle_contacts < MAX_IDLE_CONTACTS {
        let plan = match contact::contact(vault).await {
            Ok(plan) => plan,
            Err(ContactFailure::Later) => return false,
            Err(ContactFailure::SignedOut | ContactFailure::Revoked) => return true,
            Err(ContactFailure::Unknown) => {
                idle_contacts += 1;
                continue;
            }
        };
        report::changed().await;
        match next(vault, &plan.want, &postponed).await {
            Some(copy) => {
                let id = copy.download_id;
                match transfer(vault, copy).await {
                    FetchOutcome::SignedOut => return true,
                    // The others do not wait for it.
                    FetchOutcome::Later => postponed.push(id),
                    FetchOutcome::Held => idle_contacts = 0,
                    FetchOutcome::Superseded | FetchOutcome::Failed(_) => idle_contacts += 1,
                }
            }
            None if !postponed.is_empty() => return false,
            None if plan.has_news => idle_contacts += 1,
            None => return true,
        }
    }
    false
}

async fn transfer(vault: &str, copy: LocalCopy) -> FetchOutcome {
    let id = copy.download_id;
    let mut outcome = fetch::fetch(vault, copy).await;
    running::transfer_ended();
    if outcome == FetchOutcome::Failed(CopyFailure::Refused) {
        // Most refusals pass, as that of a file which another tab has open.
        REFUSED.set(REFUSED.get() + 1);
        outcome = if REFUSED.get() > MAX_REFUSED { outcome } else { FetchOutcome::Later };
    } else {
        REFUSED.set(0);
    }
    // Another user may have signed in meanwhile, for whom there is no such file.
    if outcome == FetchOutcome::Failed(CopyFailure::Gone) && !session::is_of(vault).await {
        outcome = FetchOutcome::Later;
    }
    if let FetchOutcome::Failed(failure) = outcome {
        let change = |it: &mut LocalCopy| {
            (it.state, it.failure, it.flushed) = (Failed, Some(failure), 0);
            true
        };
        let _ = index::change_copy(vault, id, Box::new(change)).await;
    }
    report::changed().await;
    outcome
}

/// The first of the wanted copies whose bytes are missing, without those that this round has postponed.
async fn next(vault: &str, want: &[WantedCopy], postponed: &[DownloadId]) -> Option<LocalCopy> {
    let copies = index::copies(vault).await.unwrap_or_default();
    let open = |wish: &WantedCopy| {
        copies.iter().find(|copy| copy.download_id == wish.download_id && copy.state.is_open()).cloned()
    };
    want.iter().filter(|wish| !postponed.contains(&wish.download_id)).find_map(open)
}

/// Makes files and index agree: fetches held copies without a file again, deletes files without a copy.
async fn tidy(vault: &str) {
    let Ok(copies) = index::copies(vault).await else { return };
    for copy in &copies {
        let Some((sha256, _, bytes)) = copy.file() else { continue };
        let size = vault::size(vault, sha256).await;
        if size.is_none() || bytes.is_some_and(|bytes| size != Some(bytes as f64)) {
            let again = |it: &mut LocalCopy| {
                if it.state == Held {
                    it.restart(&copy.sha256);
                }
                it.previous = None;
                true
            };
            let _ = index::change_copy(vault, copy.download_id, Box::new(again)).await;
        }
    }
    // The files of copies that cannot be read stay.
    if let (Ok(Some(copies)), Ok(vaults)) = (index::all_copies(vault).await, index::vaults().await) {
        let _ = vault::sweep(Some(vault), &copies, &vaults).await;
    }
}
