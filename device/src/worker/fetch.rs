//! One copy: its transfer with resume, the check of the closed file, and its final name.

use domain::local_copy::LocalCopyState::{self, Checking, Held, OnItsWay, Wanted};
use domain::local_copy::{CopyFailure, LocalCopy};
use domain::reading::Reading;
use wasm_bindgen::JsValue;
use web_sys::{AbortController, Headers, RequestInit, Response};

use super::http::{body_text, request};
use super::transfer::{CopyTransfer, Watchdog};
use super::vault::{self, Part, WriteError};
use super::{bindings, http, index, report, running};
use crate::resume::{self, Answer};

/// Time for a text to arrive, in milliseconds.
const TEXT_LIMIT: u32 = 60_000;

/// End of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchOutcome {
    Held,
    /// The copy was removed, or its row is no longer what this transfer expects.
    Superseded,
    /// Temporary failure.
    Later,
    SignedOut,
    Failed(CopyFailure),
}

/// Fetches and verifies a copy. Bytes that arrived stay for the next attempt.
pub async fn fetch(vault: &str, copy: LocalCopy) -> FetchOutcome {
    let outcome = async {
        if copy.is_text() {
            text(vault, &copy).await?;
        }
        file(vault, &copy).await
    };
    outcome.await.unwrap_or_else(|end| end)
}

impl From<WriteError> for FetchOutcome {
    fn from(error: WriteError) -> Self {
        Self::Failed(if error == WriteError::Full { CopyFailure::Full } else { CopyFailure::Refused })
    }
}

/// An exception of the storage.
fn refused(error: JsValue) -> FetchOutcome {
    WriteError::from(error).into()
}

/// Fetches the sanitised text, which is read instead of the file.
async fn text(vault: &str, copy: &LocalCopy) -> Result<(), FetchOutcome> {
    let path = format!("/api/v1/downloads/{}/text", copy.download_id);
    let response = http::get(&path, TEXT_LIMIT).await.map_err(|_| FetchOutcome::Later)?;
    let body = match resume::answer(response.status(), 0, None, None) {
        Answer::Whole { .. } => body_text(&response).await.ok_or(FetchOutcome::Later)?,
        Answer::SignedOut => return Err(FetchOutcome::SignedOut),
        Answer::Gone => return Err(FetchOutcome::Failed(CopyFailure::Gone)),
        _ => return Err(FetchOutcome::Later),
    };
    let reading: Reading = serde_json::from_str(&body).map_err(|_| FetchOutcome::Later)?;
    index::save_text(vault, copy.download_id, &reading).await.map_err(refused)
}

async fn file(vault: &str, copy: &LocalCopy) -> Result<FetchOutcome, FetchOutcome> {
    if copy.state == Checking {
        // The worker that was checking it was killed.
        advance(vault, copy, Wanted, Box::new(|_| ())).await?;
    }
    advance(vault, copy, OnItsWay, Box::new(|_| ())).await?;
    for _ in 0..2 {
        let sha256 = transfer(vault, copy).await?;
        advance(vault, copy, Checking, Box::new(|_| ())).await?;
        report::changed().await;
        // The closed file, not the stream: a full disk can acknowledge bytes that are not in the file.
        if vault::hash_of_part(vault, &sha256).await.map_err(refused)? == sha256 {
            vault::finish_part(vault, &sha256).await.map_err(refused)?;
            let checked_at = Some(bindings::now());
            let hold = |it: &mut LocalCopy| (it.checked_at, it.previous) = (checked_at, None);
            advance(vault, copy, Held, Box::new(hold)).await?;
            return Ok(FetchOutcome::Held);
        }
        vault::remove_part(vault, &sha256).await;
        advance(vault, copy, Wanted, Box::new(|it| it.flushed = 0)).await?;
        advance(vault, copy, OnItsWay, Box::new(|_| ())).await?;
    }
    Err(FetchOutcome::Failed(CopyFailure::Damaged))
}

/// Moves a copy to its next state (compare-and-set).
pub async fn advance(
    vault: &str,
    copy: &LocalCopy,
    next: LocalCopyState,
    change: Box<dyn FnOnce(&mut LocalCopy) + '_>,
) -> Result<(), FetchOutcome> {
    let change: index::CopyChange = Box::new(|row| {
        let is_legal = row.state.may_become(next) || row.state == next;
        if is_legal {
            row.state = next;
            row.failure = None;
            change(row);
        }
        is_legal
    });
    let moved = index::change_copy(vault, copy.download_id, change);
    if moved.await.map_err(refused)? { Ok(()) } else { Err(FetchOutcome::Superseded) }
}

/// Transfers the missing bytes into the unfinished file. Returns the hash under which it is stored.
async fn transfer(vault: &str, copy: &LocalCopy) -> Result<String, FetchOutcome> {
    let row = index::copy(vault, copy.download_id).await.map_err(refused)?.ok_or(FetchOutcome::Superseded)?;
    let sha256 = row.sha256;
    let part = Part::open(vault, &sha256).await.map_err(refused)?;
    let mut at = resume::offset(part.size().map_err(refused)?, row.flushed.max(0) as u64);
    part.cut(at).map_err(refused)?;
    if at > 0 && row.bytes == Some(at as i64) {
        return Ok(sha256);
    }
    let abort = AbortController::new().map_err(refused)?;
    let watchdog = Watchdog::over(&abort);
    let response = ask_for_rest(copy, &sha256, at, &abort).await.map_err(|_| FetchOutcome::Later)?;
    if let Some(new) = etag(&response).filter(|new| *new != sha256 && response.ok()) {
        // The server has fetched the file anew, with other bytes: start again under its hash.
        abort.abort();
        let is_hash = new.len() == 64 && new.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash {
            let restart = |it: &mut LocalCopy| (it.sha256, it.bytes, it.flushed) = (new, None, 0);
            advance(vault, copy, OnItsWay, Box::new(restart)).await?;
        }
        return Err(FetchOutcome::Later);
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
            advance(vault, copy, OnItsWay, Box::new(|it| it.flushed = 0)).await?;
            return Err(FetchOutcome::Later);
        }
        Answer::SignedOut => return Err(FetchOutcome::SignedOut),
        Answer::Gone => return Err(FetchOutcome::Failed(CopyFailure::Gone)),
        Answer::Later => return Err(FetchOutcome::Later),
    };
    let total_bytes = total.map(|total| total as i64);
    advance(vault, copy, OnItsWay, Box::new(|it| it.bytes = total_bytes.or(it.bytes))).await?;
    let written = CopyTransfer { vault, copy, part: &part, abort, watchdog }.write(&response, at).await;
    if matches!(written, Err(FetchOutcome::Failed(CopyFailure::Full))) {
        drop(part);
        // Its room may serve another copy.
        vault::remove_part(vault, &sha256).await;
        return Err(FetchOutcome::Failed(CopyFailure::Full));
    }
    let at = written?;
    if total.is_some_and(|total| total != at) { Err(FetchOutcome::Later) } else { Ok(sha256) }
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
    running::on_abort(copy.download_id, abort.clone());
    request(&format!("/api/v1/downloads/{}/file", copy.download_id), &init).await
}

fn etag(response: &Response) -> Option<String> {
    let tag = response.headers().get("etag").ok().flatten()?;
    Some(tag.trim_start_matches("W/").trim_matches('"').to_owned())
}
