//! Answers of the gateway, and the files that came with them.

use std::path::Path;

use super::peers::known_peer;
use super::pictures::import_picture;
use super::requests::tell;
use super::serve::AnswerText;
use crate::db::bundles::{self as rows, AnsweredRequest};
use crate::domain::bundle::{
    BundlePosition, MAX_ANSWER_ITEMS, MAX_ANSWER_SUMMARY, Record, RequestAnswer, RequestKind, RequestStatus,
    SentFile,
};
use crate::domain::{ItemId, UserId};
use crate::engine::downloads::{self, carried};
use crate::engine::{Engine, Error, Result};

/// Maximum characters of the reason of a failure.
const MAX_REASON: usize = 500;

/// Applies the answers among these records. Those that are known change nothing.
pub(super) async fn apply_answers(
    engine: &Engine,
    peer: &str,
    position: BundlePosition,
    batch: Vec<Record>,
) -> Result<()> {
    for record in batch {
        match record {
            Record::Answer(answer) => apply(engine, peer, *answer).await?,
            Record::AnswerEnd { since, to } => {
                let work = engine.begin().await?;
                let mark = known_peer(&*work, peer).await?.answer_mark().entering(position.epoch);
                if let Some(mark) = mark {
                    rows::set_answer_mark(&*work, peer, mark.after(since, to)).await?;
                    work.commit().await?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

async fn apply(engine: &Engine, peer: &str, answer: RequestAnswer) -> Result<()> {
    let known = rows::answered_request(&engine.db, &answer.id).await?;
    let Some(known) = known.filter(|known| !known.status.is_over()) else { return Ok(()) };
    for file in answer.files.iter().take(MAX_ANSWER_ITEMS) {
        expect(engine, peer, file).await?;
    }
    let items = items(engine, peer, &answer).await?;
    // Before the state, so that an import that is killed here goes on with it.
    if let (Some(owner), RequestStatus::Completed) = (known.user_id, answer.status) {
        queue(engine, owner, peer, &answer.files).await?;
    }
    let reason = answer.error.as_deref().map(|why| text::clip(why, MAX_REASON).to_owned());
    if let (Some(item), RequestStatus::Failed) = (known.item_id, answer.status) {
        let why = reason.clone().unwrap_or_else(|| "The gateway could not fetch it.".into());
        return carried::refuse(engine, item, &why.into()).await;
    }
    // A file is here when its blob is, not when the gateway has it.
    let to = match (known.kind, answer.status) {
        (RequestKind::Item, RequestStatus::Completed) => RequestStatus::Processing,
        (_, to) => to,
    };
    set(engine, &answer, to, reason, items).await
}

async fn set(
    engine: &Engine,
    answer: &RequestAnswer,
    to: RequestStatus,
    reason: Option<String>,
    items: Vec<String>,
) -> Result<()> {
    let mut work = engine.begin().await?;
    let Some(AnsweredRequest { user_id, kind, status, .. }) = rows::lock_request(&*work, &answer.id).await?
    else {
        return Ok(());
    };
    if !status.may_become(to) {
        return Ok(());
    }
    let summary = answer.summary.as_deref().map(|text| text::clip(text, MAX_ANSWER_SUMMARY).to_owned());
    let text = AnswerText { summary, items };
    let response = match to {
        RequestStatus::Completed => Some(serde_json::to_string(&text).map_err(Error::fault)?),
        _ => None,
    };
    rows::set_request(&*work, &answer.id, (to, reason.as_deref()), response, work.now()).await?;
    if let Some(owner) = user_id {
        tell(&mut work, owner, &answer.id, kind, to).await?;
    }
    work.commit().await
}

/// Keys of an answer's items that came from this peer.
async fn items(engine: &Engine, peer: &str, answer: &RequestAnswer) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    for key in answer.items.iter().take(MAX_ANSWER_ITEMS) {
        if rows::item_of_peer(&engine.db, peer, key).await?.is_some() {
            keys.push(key.clone());
        }
    }
    Ok(keys)
}

/// Queues the files that a run has picked for its user, under the limits of this node. A refused one
/// stays an item of the answer.
async fn queue(engine: &Engine, owner: UserId, peer: &str, files: &[SentFile]) -> Result<()> {
    for file in files.iter().take(MAX_ANSWER_ITEMS) {
        let Some(item) = rows::item_of_peer(&engine.db, peer, &file.item).await? else { continue };
        match downloads::queue(engine, owner, item, None).await {
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

/// Expects a file, or delivers it if its bytes are here.
async fn expect(engine: &Engine, peer: &str, file: &SentFile) -> Result<()> {
    let SentFile { item, sha256, bytes } = file;
    let is_digest = sha256.parse::<bundle::Sha256>().is_ok() && *bytes > 0;
    let known = rows::item_of_peer(&engine.db, peer, item).await?.filter(|_| is_digest);
    let Some(item) = known else { return Ok(()) };
    rows::expect_file(&engine.db, sha256, item, *bytes).await?;
    if engine.store.keeps(sha256, *bytes).await {
        deliver(engine, item, sha256, *bytes).await?;
    }
    Ok(())
}

async fn deliver(engine: &Engine, item: ItemId, sha256: &str, bytes: i64) -> Result<()> {
    carried::deliver(engine, item, sha256, u64::try_from(bytes).map_err(Error::fault)?).await
}

/// Outcome of a blob's arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    File,
    Picture,
    /// Neither an answer nor a picture that names it has come.
    Unknown,
}

/// Takes in a verified blob: into the store for the items that it belongs to, and as a picture.
pub(super) async fn take_blob(engine: &Engine, sha256: &str, bytes: u64, path: &Path) -> Result<Arrival> {
    let is_picture = import_picture(engine, sha256, bytes, path).await?;
    let items = rows::items_of_file(&engine.db, sha256).await?;
    if items.is_empty() {
        return Ok(match is_picture {
            true => Arrival::Picture,
            false if rows::is_delivered(&engine.db, sha256).await? => Arrival::File,
            false => Arrival::Unknown,
        });
    }
    engine.store.keep(sha256, bytes, path).await?;
    for item in items {
        carried::deliver(engine, item, sha256, bytes).await?;
    }
    Ok(Arrival::File)
}
