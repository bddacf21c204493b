//! One copy: its transfer with resume, the check of the closed file, and its final name.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use domain::local_copy::LocalCopyState::{self, Checking, Fetching, Held, Wanted};
use domain::local_copy::{CopyFailure, LocalCopy};
use domain::reading::Reading;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, Headers, ReadableStreamDefaultReader, RequestCache, RequestInit, Response};

use super::bindings::{awaited, scope, sleep};
use super::vault::{self, Part, WriteError};
use super::{index, report};
use crate::resume::{self, Answer, FLUSH_EVERY};

/// Time without a byte after which a transfer is given up, in milliseconds.
const STALLED: i32 = 20_000;
/// Interval of progress reports, in milliseconds.
const REPORT_EVERY: f64 = 250.0;

/// End of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Held,
    /// The copy was removed, or its row is no longer what this transfer expects.
    Superseded,
    /// Temporary failure.
    Later,
    SignedOut,
    Failed(CopyFailure),
}

/// Fetches and verifies a copy. Bytes that arrived stay for the next attempt.
pub async fn fetch(vault: &str, copy: LocalCopy) -> Outcome {
    let outcome = if copy.is_text() { text(vault, &copy).await } else { file(vault, &copy).await };
    outcome.unwrap_or_else(|end| end)
}

impl From<WriteError> for Outcome {
    fn from(error: WriteError) -> Self {
        Self::Failed(if error == WriteError::Full { CopyFailure::Full } else { CopyFailure::Refused })
    }
}

/// An exception of the storage.
fn refused(error: JsValue) -> Outcome {
    WriteError::from(error).into()
}

/// Requests a path of the server. `Err` without a connection.
pub async fn request(path: &str, init: &RequestInit) -> Result<Response, JsValue> {
    // Not kept by the HTTP cache, which would store the bytes a second time.
    init.set_cache(RequestCache::NoStore);
    awaited(scope().fetch_with_str_and_init(path, init)).await
}

pub async fn body_text(response: &Response) -> Option<String> {
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

async fn text(vault: &str, copy: &LocalCopy) -> Result<Outcome, Outcome> {
    let path = format!("/api/v1/downloads/{}/text", copy.download_id);
    let response = request(&path, &RequestInit::new()).await.map_err(|_| Outcome::Later)?;
    let body = match resume::answer(response.status(), 0, None, None) {
        Answer::Whole { .. } => body_text(&response).await.ok_or(Outcome::Later)?,
        Answer::SignedOut => return Err(Outcome::SignedOut),
        Answer::Gone => return Err(Outcome::Failed(CopyFailure::Gone)),
        _ => return Err(Outcome::Later),
    };
    let reading: Reading = serde_json::from_str(&body).map_err(|_| Outcome::Later)?;
    index::save_text(vault, copy.download_id, &reading).await.map_err(refused)?;
    advance(vault, copy, Held, |it| it.bytes = Some(body.len() as i64)).await?;
    Ok(Outcome::Held)
}

async fn file(vault: &str, copy: &LocalCopy) -> Result<Outcome, Outcome> {
    if copy.state == Wanted {
        advance(vault, copy, Fetching, |_| ()).await?;
    }
    for _ in 0..2 {
        let sha256 = transfer(vault, copy).await?;
        advance(vault, copy, Checking, |_| ()).await?;
        report::changed().await;
        // The closed file, not the stream: a full disk can acknowledge bytes that are not in the file.
        if vault::hash_of_part(vault, &sha256).await.map_err(refused)? == sha256 {
            vault::finish_part(vault, &sha256).await.map_err(refused)?;
            advance(vault, copy, Held, |_| ()).await?;
            return Ok(Outcome::Held);
        }
        vault::remove_part(vault, &sha256).await;
        advance(vault, copy, Wanted, |it| it.flushed = 0).await?;
        advance(vault, copy, Fetching, |_| ()).await?;
    }
    Err(Outcome::Failed(CopyFailure::Damaged))
}

/// Moves a copy to its next state (compare-and-set).
async fn advance(
    vault: &str,
    copy: &LocalCopy,
    next: LocalCopyState,
    change: impl FnOnce(&mut LocalCopy),
) -> Result<(), Outcome> {
    let moved = index::change_copy(vault, copy.download_id, |row| {
        let is_legal = row.state.may_become(next) || row.state == next;
        if is_legal {
            row.state = next;
            row.failure = None;
            change(row);
        }
        is_legal
    });
    if moved.await.map_err(refused)? { Ok(()) } else { Err(Outcome::Superseded) }
}

/// Transfers the missing bytes into the unfinished file. Returns the hash under which it is stored.
async fn transfer(vault: &str, copy: &LocalCopy) -> Result<String, Outcome> {
    let row = index::copy(vault, copy.download_id).await.map_err(refused)?.ok_or(Outcome::Superseded)?;
    let sha256 = row.sha256;
    let part = Part::open(vault, &sha256).await.map_err(refused)?;
    let mut at = resume::offset(part.size().map_err(refused)?, row.flushed.max(0) as u64);
    part.cut(at).map_err(refused)?;
    if at > 0 && row.bytes == Some(at as i64) {
        return Ok(sha256);
    }
    let abort = AbortController::new().map_err(refused)?;
    let response = ask_for_rest(copy, &sha256, at, &abort).await.map_err(|_| Outcome::Later)?;
    if let Some(new) = etag(&response).filter(|new| *new != sha256 && response.ok()) {
        // The server has fetched the file anew, with other bytes: start again under its hash.
        abort.abort();
        let is_hash = new.len() == 64 && new.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash {
            let restart = |it: &mut LocalCopy| (it.sha256, it.bytes, it.flushed) = (new, None, 0);
            advance(vault, copy, Fetching, restart).await?;
        }
        return Err(Outcome::Later);
    }
    let header = |name: &str| response.headers().get(name).ok().flatten();
    let length = header("content-length").and_then(|length| length.parse().ok());
    let total = match resume::answer(response.status(), at, header("content-range").as_deref(), length) {
        Answer::Rest { total } => total,
        Answer::Whole { total } => {
            at = 0;
            part.cut(0).map_err(refused)?;
            total
        }
        Answer::Mismatch => {
            part.cut(0).map_err(refused)?;
            advance(vault, copy, Fetching, |it| it.flushed = 0).await?;
            return Err(Outcome::Later);
        }
        Answer::SignedOut => return Err(Outcome::SignedOut),
        Answer::Gone => return Err(Outcome::Failed(CopyFailure::Gone)),
        Answer::Later => return Err(Outcome::Later),
    };
    let total_bytes = total.map(|total| total as i64);
    advance(vault, copy, Fetching, |it| it.bytes = total_bytes.or(it.bytes)).await?;
    let last_byte = Rc::new(Cell::new(js_sys::Date::now()));
    spawn_local(watch(Rc::downgrade(&last_byte), abort.clone()));
    let written = Body { vault, copy, part: &part, abort, last_byte }.write(&response, at).await;
    if matches!(written, Err(Outcome::Failed(CopyFailure::Full))) {
        drop(part);
        // What was written is not enough for anything: its room may serve another copy.
        vault::remove_part(vault, &sha256).await;
        return Err(Outcome::Failed(CopyFailure::Full));
    }
    let at = written?;
    if total.is_some_and(|total| total != at) { Err(Outcome::Later) } else { Ok(sha256) }
}

async fn ask_for_rest(
    copy: &LocalCopy,
    sha256: &str,
    at: u64,
    abort: &AbortController,
) -> Result<Response, JsValue> {
    let (init, headers) = (RequestInit::new(), Headers::new()?);
    if at > 0 {
        headers.set("range", &format!("bytes={at}-"))?;
        headers.set("if-range", &format!("\"{sha256}\""))?;
    }
    init.set_headers(&headers);
    init.set_signal(Some(&abort.signal()));
    super::on_abort(copy.download_id, abort.clone());
    request(&format!("/api/v1/downloads/{}/file", copy.download_id), &init).await
}

fn etag(response: &Response) -> Option<String> {
    let tag = response.headers().get("etag").ok().flatten()?;
    Some(tag.trim_start_matches("W/").trim_matches('"').to_owned())
}

/// The body of a response on its way into a file.
struct Body<'a> {
    vault: &'a str,
    copy: &'a LocalCopy,
    part: &'a Part,
    abort: AbortController,
    /// Browser clock at the last byte, in milliseconds.
    last_byte: Rc<Cell<f64>>,
}

impl Body<'_> {
    /// Writes the body from `at` on. Returns the end of the file.
    async fn write(&self, response: &Response, mut at: u64) -> Result<u64, Outcome> {
        let body = response.body().ok_or(Outcome::Later)?;
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        let (mut flushed, mut reported) = (at, 0.0);
        loop {
            let Ok(chunk) = self.next(&reader).await else {
                // Whatever arrived is of use to the next attempt.
                self.mark(at).await?;
                return Err(Outcome::Later);
            };
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
        Ok(at)
    }

    /// Flushes, and then records how far.
    async fn mark(&self, at: u64) -> Result<(), Outcome> {
        self.part.flush(at)?;
        let marked = advance(self.vault, self.copy, Fetching, |it| it.flushed = at as i64).await;
        if marked.is_err() {
            self.abort.abort();
        }
        marked
    }

    /// Next chunk; `None` at the end. An error if the connection is lost or stalls.
    async fn next(&self, reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, JsValue> {
        let chunk = JsFuture::from(reader.read()).await?;
        self.last_byte.set(js_sys::Date::now());
        let is_done = Reflect::get(&chunk, &"done".into())?.is_truthy();
        Ok((!is_done).then(|| Reflect::get(&chunk, &"value".into())).transpose()?.map(JsCast::unchecked_into))
    }
}

/// Aborts a transfer that stalls, until the transfer drops its clock.
async fn watch(last_byte: Weak<Cell<f64>>, abort: AbortController) {
    loop {
        sleep(STALLED / 4).await;
        let Some(last_byte) = last_byte.upgrade() else { return };
        if js_sys::Date::now() - last_byte.get() > f64::from(STALLED) {
            return abort.abort();
        }
    }
}
