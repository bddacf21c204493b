//! Shares: revocable links that open an item or a collection to visitors without an account.
//!
//! A link is found by the hash of its secret, like a session. The secret is stored as well, sealed, so that
//! its owner can copy the link again.

mod content;
mod feed_secrets;
mod links;

use chrono::TimeDelta;

use super::accounts::{new_token, token_hash};
use super::{Engine, Error, Result};
use crate::db::shares::{self as rows, ShareLookup, ShareRow};
use crate::db::{ConnectionTrait, accounts, collections, items};
use crate::domain::page::PageQuery;
use crate::domain::share::{MAX_SHARES, NewShare, Share, ShareTarget, SharedContent};
use crate::domain::{Page, Refusal, ShareId, UserId};

pub use feed_secrets::holds_secret;

/// Interval at which a visit of a link is recorded again.
const VISIT: TimeDelta = TimeDelta::minutes(1);

/// Lists shares, newest first.
pub async fn list(engine: &Engine, owner: UserId, page: &PageQuery) -> Result<Page<Share>> {
    let Page { data, next_cursor } = rows::list(&engine.db, owner, page).await?;
    let mut shares = Vec::with_capacity(data.len());
    for row in data {
        shares.extend(with_link(engine, &engine.db, owner, row).await?);
    }
    Ok(Page { data: shares, next_cursor })
}

/// The share of a thing, if the user has shared it.
pub async fn of_target(engine: &Engine, owner: UserId, target: ShareTarget) -> Result<Option<Share>> {
    match rows::of_target(&engine.db, owner, target).await? {
        Some(row) => with_link(engine, &engine.db, owner, row).await,
        None => Ok(None),
    }
}

/// Shares a thing. Returns the share, and whether it is new: a thing that is shared already keeps its link.
pub async fn add(engine: &Engine, owner: UserId, new: NewShare) -> Result<(Share, bool)> {
    let target = new.target()?;
    let work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    check_visible(&*work, owner, target).await?;
    let known = rows::of_target(&*work, owner, target).await?;
    let is_new = known.is_none();
    if is_new {
        insert(engine, &*work, owner, target).await?;
    }
    let row = match known {
        Some(row) => row,
        None => rows::of_target(&*work, owner, target).await?.ok_or_else(missing)?,
    };
    let share = with_link(engine, &*work, owner, row).await?.ok_or_else(missing)?;
    work.commit().await?;
    Ok((share, is_new))
}

/// Revokes a link: it opens nothing from then on.
pub async fn revoke(engine: &Engine, owner: UserId, token: &str) -> Result<()> {
    if rows::delete(&engine.db, owner, &token_hash(token)).await? { Ok(()) } else { Err(missing().into()) }
}

/// Content that a link opens to a visitor, as it is now. None if the link is unknown or revoked, or if its
/// owner cannot see the thing any more. All of these look the same.
pub async fn open(engine: &Engine, token: &str, visitor: Option<UserId>) -> Result<Option<SharedContent>> {
    let Some(share) = rows::by_token(&engine.db, &token_hash(token)).await? else { return Ok(None) };
    let owner = share.user_id;
    let content = match ShareTarget::of(share.item_id, share.collection_id) {
        Some(ShareTarget::Item(id)) => content::of_item(engine, owner, id, visitor).await?,
        Some(ShareTarget::Collection(id)) => content::of_collection(engine, owner, id, visitor).await?,
        None => None,
    };
    if content.is_some() && visitor != Some(owner) {
        record_visit(engine, &share).await;
    }
    Ok(content)
}

/// Refuses a cover that the page of a link does not show, like a missing one.
pub async fn check_cover(engine: &Engine, token: &str, hash: &str) -> Result<()> {
    let missing = || Refusal::missing("picture");
    let share = rows::by_token(&engine.db, &token_hash(token)).await?.ok_or_else(missing)?;
    let ShareLookup { user_id, item_id, collection_id, .. } = share;
    let is_shown = rows::shows_cover(&engine.db, user_id, item_id, collection_id, hash).await?;
    if is_shown { Ok(()) } else { Err(missing().into()) }
}

/// Records a visit. The page is shown even if that fails, as on a full disk.
async fn record_visit(engine: &Engine, share: &ShareLookup) {
    let now = engine.now();
    if share.last_read_at.is_some_and(|last| now < last + VISIT) {
        return;
    }
    if let Err(error) = rows::read(&engine.db, share.user_id, share.id, now).await {
        tracing::warn!(%error, "the visit of a shared link was not recorded");
    }
}

/// Refuses a thing that the user does not see.
async fn check_visible(db: &impl ConnectionTrait, owner: UserId, target: ShareTarget) -> Result<()> {
    let is_visible = match target {
        ShareTarget::Item(id) => items::get(db, owner, id).await?.is_some(),
        ShareTarget::Collection(id) => collections::get(db, owner, id).await?.is_some(),
    };
    if is_visible { Ok(()) } else { Err(Refusal::missing(target.kind().as_str()).into()) }
}

async fn insert(
    engine: &Engine,
    db: &impl ConnectionTrait,
    owner: UserId,
    target: ShareTarget,
) -> Result<()> {
    if rows::count(db, owner).await? >= MAX_SHARES {
        let why = format!(
            "You share {MAX_SHARES} things, and there can be no more. Revoke a link under Shares first."
        );
        return Err(Refusal::field(target.field(), why).into());
    }
    let token = new_token()?;
    let sealed = seal(engine, owner, &token)?;
    Ok(rows::insert(db, owner, target, &token_hash(&token), &sealed, engine.now()).await?)
}

/// The share with its link. A link whose seal does not open, because the key file was replaced, is replaced
/// too: its owner could neither copy nor revoke it. None if the share was revoked meanwhile.
async fn with_link(
    engine: &Engine,
    db: &impl ConnectionTrait,
    owner: UserId,
    row: ShareRow,
) -> Result<Option<Share>> {
    let ShareRow { id, token: sealed, item_id, collection_id, title, created_at, last_read_at } = row;
    let target = ShareTarget::of(item_id, collection_id).ok_or_else(missing)?;
    let token = match unseal(engine, owner, &sealed) {
        Some(token) => token,
        None => match replaced(engine, db, owner, (id, target), &sealed).await? {
            Some(token) => token,
            None => return Ok(None),
        },
    };
    let url = format!("{}/s/{token}", engine.config.public_url.trim_end_matches('/'));
    let kind = target.kind();
    Ok(Some(Share { token, url, kind, item_id, collection_id, title, created_at, last_read_at }))
}

/// New secret of a link, or that of a concurrent request which has replaced it first. None if the share was
/// revoked.
async fn replaced(
    engine: &Engine,
    db: &impl ConnectionTrait,
    owner: UserId,
    (id, target): (ShareId, ShareTarget),
    sealed: &str,
) -> Result<Option<String>> {
    let token = new_token()?;
    let new = seal(engine, owner, &token)?;
    if rows::replace_token(db, owner, id, sealed, &token_hash(&token), &new).await? {
        return Ok(Some(token));
    }
    let Some(row) = rows::of_target(db, owner, target).await? else { return Ok(None) };
    let another_key = || Error::fault("the secret of a link was sealed with another key meanwhile");
    Ok(Some(unseal(engine, owner, &row.token).ok_or_else(another_key)?))
}

fn seal(engine: &Engine, owner: UserId, token: &str) -> Result<String> {
    engine.secrets.seal(token.as_bytes(), &context(owner))
}

fn unseal(engine: &Engine, owner: UserId, sealed: &str) -> Option<String> {
    String::from_utf8(engine.secrets.unseal(sealed, &context(owner))?).ok()
}

/// Context to which the secret of a link is sealed.
fn context(owner: UserId) -> String {
    format!("share {owner}")
}

fn missing() -> Refusal {
    Refusal::missing("share")
}

#[cfg(all(test, feature = "testing"))]
mod tests;
