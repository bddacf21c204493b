//! The server's answer to a contact, applied to the index. What the user has done since the request wins.

use domain::SourceId;
use domain::copy::CopyReason;
use domain::device::{ContactAnswer, DeviceEventKind, DroppedCopy, NewContact, WantedCopy};
use domain::local_copy::LocalCopyState::{Failed, Held, Wanted};
use domain::local_copy::{CopyFailure, LocalCopy, can_be_kept};
use serde::Deserialize;
use wasm_bindgen::JsValue;

use super::bindings::now;
use super::running::abort_transfer;
use super::session::{self, DeviceRegistration};
use super::{http, index, outbox, vault};

/// Time for the facts of a download, in milliseconds.
const LIMIT: u32 = 10_000;

/// Applies an answer. Returns whether there is news for a further contact.
pub async fn apply(vault: &str, sent: &NewContact, answer: &ContactAnswer) -> Result<bool, JsValue> {
    if session::registration(vault).await.is_none() {
        // Everything was deleted since.
        return Ok(false);
    }
    let first = sent.events.iter().map(|event| event.seq).min();
    if first.is_some_and(|first| first > answer.events_through + 1) {
        // The server was restored to an earlier state. It needs all events, and to be told of the copies.
        let copies = index::copies(vault).await?;
        outbox::restart(vault, answer.events_through, &copies, now()).await?;
        return Ok(true);
    }
    outbox::forget(vault, answer.events_through).await?;
    session::set_plan(vault, &answer.plan).await?;
    if let Some(known) = session::registration(vault).await.filter(|known| known.rev < answer.rev) {
        session::set_registration(vault, &DeviceRegistration { rev: answer.rev, ..known }).await?;
    }
    // In this order: a wish is in the outbox before its copy is in the index.
    let copies = index::copies(vault).await?;
    let later = outbox::events(vault).await?;
    for dropped in &answer.drop {
        if !outbox::has(&later, DeviceEventKind::Keep, dropped.download_id) {
            drop_copy(vault, dropped).await?;
        }
    }
    for wish in &answer.want {
        if !outbox::has(&later, DeviceEventKind::Drop, wish.download_id) {
            want(vault, wish).await?;
        }
    }
    let is_drained = later.is_empty();
    for copy in &copies {
        settle(vault, copy, answer, is_drained).await?;
    }
    for position in &answer.positions {
        if !later.iter().any(|event| event.item_id == Some(position.item_id)) {
            index::set_position(vault, position.item_id, position.seconds, position.finished).await?;
        }
    }
    Ok(!is_drained)
}

/// Removes a copy, or only its bytes if they are not what was proved. Those that the server has replaced
/// play until the new ones are here.
async fn drop_copy(vault: &str, dropped: &DroppedCopy) -> Result<(), JsValue> {
    let id = dropped.download_id;
    match dropped.reason {
        CopyReason::WrongHash => Ok(()),
        CopyReason::ProofFailed => lose(vault, id).await,
        _ => {
            abort_transfer(Some(id));
            index::remove_copy(vault, id).await
        }
    }
}

/// Deletes the bytes of a copy, to be fetched again.
pub async fn lose(vault: &str, id: domain::DownloadId) -> Result<(), JsValue> {
    let Some(copy) = index::copy(vault, id).await? else { return Ok(()) };
    let again = |it: &mut LocalCopy| {
        let sha256 = it.sha256.clone();
        it.restart(&sha256);
        true
    };
    index::change_copy(vault, id, Box::new(again)).await?;
    vault::remove(vault, &copy.sha256).await;
    Ok(())
}

/// Enters a wanted copy into the index, with the hash of the server's present file.
async fn want(vault: &str, wish: &WantedCopy) -> Result<(), JsValue> {
    if index::copy(vault, wish.download_id).await?.is_none() {
        // The user wants it from another page or device.
        let Some(copy) = facts(wish).await else { return Ok(()) };
        if session::registration(vault).await.is_none() {
            return Ok(());
        }
        index::add_copy(vault, &copy).await?;
    }
    let update = |it: &mut LocalCopy| {
        let is_other = it.sha256 != wish.sha256;
        if is_other {
            it.restart(&wish.sha256);
        }
        let is_news = is_other || it.held_back.is_some() || it.bytes != Some(wish.bytes);
        if it.state != Held {
            it.bytes = Some(wish.bytes);
            if let Some(mime_type) = wish.mime_type.as_ref().filter(|mime_type| can_be_kept(mime_type)) {
                it.mime_type.clone_from(mime_type);
            }
        }
        let is_news = is_news || it.is_planned != wish.is_planned;
        (it.held_back, it.is_planned) = (None, wish.is_planned);
        is_news
    };
    index::change_copy(vault, wish.download_id, Box::new(update)).await.map(drop)
}

/// The part of a download's record that a copy needs. All of it would make the program larger.
#[derive(Deserialize)]
struct DownloadFacts {
    source_id: SourceId,
    source_name: String,
    duration_seconds: Option<i64>,
}

async fn facts(wish: &WantedCopy) -> Option<LocalCopy> {
    let path = format!("/api/v1/downloads/{}", wish.download_id);
    let response = http::get(&path, LIMIT).await.ok().filter(web_sys::Response::ok)?;
    let DownloadFacts { source_id, source_name, duration_seconds } = http::json(&response).await?;
    let mime_type = wish.mime_type.clone().filter(|mime_type| can_be_kept(mime_type))?;
    Some(LocalCopy {
        download_id: wish.download_id,
        item_id: wish.item_id,
        title: wish.title.clone(),
        source_id,
        source_name,
        kind: wish.kind,
        mime_type,
        duration_seconds,
        bytes: Some(wish.bytes),
        sha256: wish.sha256.clone(),
        state: Wanted,
        flushed: 0,
        failure: None,
        seconds: wish.position,
        finished: false,
        wanted_at: js_sys::Date::now(),
        checked_at: None,
        proved_at: None,
        held_back: None,
        previous: None,
        is_planned: wish.is_planned,
    })
}

/// Records why an unfinished copy is not handed out. Without a reason, the server has no such file.
async fn settle(
    vault: &str,
    copy: &LocalCopy,
    answer: &ContactAnswer,
    is_drained: bool,
) -> Result<(), JsValue> {
    let id = copy.download_id;
    if !copy.state.is_open() || answer.want.iter().any(|wish| wish.download_id == id) {
        return Ok(());
    }
    let held = answer.held_back.iter().find(|held| held.download_id == id).map(|held| held.reason);
    let change = |it: &mut LocalCopy| {
        let is_gone = held.is_none() && is_drained && it.state.is_open();
        let is_news = is_gone || it.held_back != held;
        it.held_back = held;
        if is_gone {
            (it.state, it.failure, it.flushed) = (Failed, Some(CopyFailure::Gone), 0);
        }
        is_news
    };
    index::change_copy(vault, id, Box::new(change)).await.map(drop)
}
