//! The running transfer, and the wish to look at the index again: all that other parts tell the leader.

use std::cell::{Cell, RefCell};

use domain::DownloadId;
use js_sys::Function;
use wasm_bindgen::JsValue;
use web_sys::AbortController;

thread_local! {
    /// The running transfer.
    static TRANSFER: RefCell<Option<(DownloadId, AbortController)>> = const { RefCell::new(None) };
    /// Ends the pause of the leading worker.
    static WAKE: RefCell<Option<Function>> = const { RefCell::new(None) };
    /// Number of times that something was deleted for good since this worker began.
    static PURGES: Cell<u32> = const { Cell::new(0) };
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

/// Whether there was news since the last time.
pub fn take_news() -> bool {
    HAS_NEWS.replace(false)
}

pub fn wake_by(wake: Function) {
    WAKE.set(Some(wake));
}

/// Remembers how to abort the transfer of a copy.
pub fn on_abort(id: DownloadId, abort: AbortController) {
    TRANSFER.set(Some((id, abort)));
}

pub fn transfer_ended() {
    TRANSFER.set(None);
}

/// Aborts the running transfer, or only that of one copy.
pub fn abort_transfer(only: Option<DownloadId>) {
    TRANSFER.with_borrow(|running| {
        if let Some((id, abort)) = running
            && only.is_none_or(|only| only == *id)
        {
            abort.abort();
        }
    });
}

pub fn purges() -> u32 {
    PURGES.get()
}

/// This worker or another one is deleting all that a user has here.
pub fn on_purge() {
    PURGES.set(PURGES.get() + 1);
    abort_transfer(None);
    on_news();
}
