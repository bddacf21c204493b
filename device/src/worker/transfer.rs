//! The body of a response on its way into a file.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use domain::local_copy::LocalCopy;
use domain::local_copy::LocalCopyState::OnItsWay;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, ReadableStreamDefaultReader, Response};

use super::bindings::sleep;
use super::fetch::{FetchOutcome, advance};
use super::vault::Part;
use super::{link, report};
use crate::resume::FLUSH_EVERY;

/// Time without a byte after which a transfer is given up, in milliseconds.
const STALLED: i32 = 20_000;
/// Interval of progress reports, in milliseconds.
const REPORT_EVERY: f64 = 250.0;

/// Aborts a transfer that stalls, until it is dropped.
pub struct Watchdog {
    /// Browser clock at the last byte, in milliseconds.
    last_byte: Rc<Cell<f64>>,
}

impl Watchdog {
    pub fn over(abort: &AbortController) -> Self {
        let last_byte = Rc::new(Cell::new(js_sys::Date::now()));
        spawn_local(watch(Rc::downgrade(&last_byte), abort.clone()));
        Self { last_byte }
    }

    fn feed(&self) {
        self.last_byte.set(js_sys::Date::now());
    }
}

/// A transfer into an open file.
pub struct CopyTransfer<'a> {
    pub vault: &'a str,
    pub copy: &'a LocalCopy,
    pub part: &'a Part,
    pub abort: AbortController,
    pub watchdog: Watchdog,
}

impl CopyTransfer<'_> {
    /// Writes the body from `at` on. Returns the end of the file.
    pub async fn write(&self, response: &Response, mut at: u64) -> Result<u64, FetchOutcome> {
        let body = response.body().ok_or(FetchOutcome::Later)?;
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        let (mut flushed, mut reported, begun) = (at, 0.0, (at, js_sys::Date::now()));
        loop {
            let Ok(chunk) = next(&reader).await else {
                // Whatever arrived is of use to the next attempt.
                self.mark(at).await?;
                return Err(FetchOutcome::Later);
            };
            self.watchdog.feed();
            let Some(chunk) = chunk else { break };
            self.part.write(&chunk, at)?;
            at += u64::from(chunk.length());
            if at - flushed >= FLUSH_EVERY {
                self.mark(at).await?;
                flushed = at;
            }
            let now = js_sys::Date::now();
            if now - reported >= REPORT_EVERY {
                report::progress(self.copy.download_id, at as i64);
                reported = now;
            }
        }
        self.mark(at).await?;
        link::record_speed(at - begun.0, js_sys::Date::now() - begun.1);
        Ok(at)
    }

    /// Flushes, and then records how far.
    async fn mark(&self, at: u64) -> Result<(), FetchOutcome> {
        self.part.flush(at)?;
        let marked = advance(self.vault, self.copy, OnItsWay, Box::new(|it| it.flushed = at as i64)).await;
        if marked.is_err() {
            self.abort.abort();
        }
        marked
    }
}

/// Next chunk; `None` at the end. An error if the connection is lost or was given up.
async fn next(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, JsValue> {
    let chunk = JsFuture::from(reader.read()).await?;
    let is_done = Reflect::get(&chunk, &"done".into())?.is_truthy();
    Ok((!is_done).then(|| Reflect::get(&chunk, &"value".into())).transpose()?.map(JsCast::unchecked_into))
}

/// Aborts once there was no byte for too long.
async fn watch(last_byte: Weak<Cell<f64>>, abort: AbortController) {
    loop {
        sleep(STALLED / 4).await;
        let Some(last_byte) = last_byte.upgrade() else { return };
        if js_sys::Date::now() - last_byte.get() > f64::from(STALLED) {
            return abort.abort();
        }
    }
}
