//! Requests of a site, as its gateway takes them in.

use chrono::TimeDelta;

use super::peers::known_peer;
use super::serve::ServeRequests;
use crate::db::bundles::{self as rows, PeerRequest};
use crate::db::{accounts, downloads as download_rows};
use crate::domain::bundle::{
    AskedRequest, BundlePosition, MAX_PER_DAY, MAX_QUERY, Record, RequestKind, RequestPayload, RequestStatus,
    is_key,
};
use crate::domain::preference::{ApprovalLimits, Preferences};
use crate::domain::run::MAX_ITEMS_DEFAULT;
use crate::domain::{DateTime, Refusal, UserId};
use crate::engine::accounts::no_password;
use crate::engine::{Engine, Error, Result, Work, downloads, runs};

/// Limits of the account that stands for a user of a site, which has limits of its own.
const MAX_DAILY_ITEMS: i64 = 1_000;
const MAX_STORAGE_MB: i64 = 1_000_000;

/// Maximum characters of a user's name on the site, and of a goal.
const MAX_PERSON: usize = 64;
const MAX_GOAL: usize = 500;

/// Stores the requests that a site has, if this is its latest bundle, and ends those that it does not name.
pub(super) async fn apply_requests(
    engine: &Engine,
    name: &str,
    position: BundlePosition,
    batch: &[Record],
) -> Result<()> {
    let mut work = engine.begin().await?;
    let now = work.now();
    rows::lock_node(&*work, now.timestamp_millis()).await?;
    let peer = known_peer(&*work, name).await?;
    if peer.position() != position {
        return Ok(());
    }
    let mut today = rows::requests_since(&*work, name, now - TimeDelta::days(1)).await?;
    let (mut is_new, mut withdrawn) = (false, Vec::new());
    for record in batch {
        match record {
            Record::Request(asked) => {
                let Some(asked) = checked(asked) else { continue };
                if today >= MAX_PER_DAY {
                    tracing::warn!(peer = name, "a site asks for more than is accepted in a day");
                    continue;
                }
                let shadow = shadow(&work, name, &asked.person).await?;
                if rows::take_request(&*work, name, &asked, shadow, position.seq, now).await? {
                    is_new = true;
                    today += 1;
                }
            }
            Record::RequestEnd { number }
                if rows::named_requests(&*work, name, position.seq).await? == *number as i64 =>
            {
                withdrawn = rows::unnamed_requests(&*work, name, position.seq).await?;
                rows::forget_unwanted(&*work, name, position.seq, peer.has_requests).await?;
            }
            _ => {}
        }
    }
    for request in &withdrawn {
        let why = Some("Withdrawn by the site.");
        rows::advance_request(&*work, request, RequestStatus::Failed, why, None, now).await?;
    }
    if is_new {
        work.push(&ServeRequests::default()).await?;
    }
    work.commit().await?;
    for request in withdrawn {
        stop(engine, &request).await?;
    }
    Ok(())
}

/// The request within the bounds of its kind. None if it is none.
fn checked(asked: &AskedRequest) -> Option<AskedRequest> {
    let RequestPayload { item, query, goal, max_items } = &asked.payload;
    let payload = match asked.kind {
        RequestKind::Item => {
            RequestPayload { item: item.clone().filter(|key| is_key(key)), ..RequestPayload::default() }
        }
        RequestKind::Search => RequestPayload {
            query: query.as_deref().map(|query| text::cut(query, MAX_QUERY).to_owned()),
            ..RequestPayload::default()
        },
        RequestKind::Run => RequestPayload {
            goal: goal.as_deref().map(|goal| text::cut(goal, MAX_GOAL).to_owned()),
            max_items: Some(max_items.unwrap_or(MAX_ITEMS_DEFAULT).clamp(1, 20)),
            ..RequestPayload::default()
        },
    };
    let is_right = is_key(&asked.id)
        && is_person(&asked.person)
        && (asked.kind != RequestKind::Item || payload.item.is_some());
    let asked_at = asked.asked_at.max(DateTime::UNIX_EPOCH);
    is_right.then(|| AskedRequest { payload, asked_at, ..asked.clone() })
}

/// Whether a text may stand for a user of a site in the name of an account. Empty for all users.
pub(super) fn is_person(text: &str) -> bool {
    text.len() <= MAX_PERSON && text.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'-')
}

pub(super) fn shadow_name(peer: &str, person: &str) -> String {
    format!("{person}@{peer}")
}

/// Account that stands for a user of a site; made with the first request or private feed. It has no
/// password, and its name cannot be registered.
pub(super) async fn shadow(work: &Work<'_>, peer: &str, person: &str) -> Result<UserId> {
    let username = shadow_name(peer, person);
    if let Some(known) = rows::shadow(&**work, &username).await? {
        return Ok(known);
    }
    let preferences = Preferences {
        max_daily_items: MAX_DAILY_ITEMS,
        max_storage_mb: MAX_STORAGE_MB,
        // The site has asked for approval of large files.
        approval: ApprovalLimits { file_mb: MAX_STORAGE_MB, run_mb: MAX_STORAGE_MB },
        ..Preferences::default()
    };
    let made = accounts::insert(&**work, &username, &no_password()?, &preferences, work.now()).await?;
    let user = made.ok_or_else(|| Error::fault(format!("the name {username} is taken")))?;
    rows::set_home(&**work, user.id, peer).await?;
    Ok(user.id)
}

/// Stops the download or the run of a request that is over.
async fn stop(engine: &Engine, request: &PeerRequest) -> Result<()> {
    let owner = request.user_id;
    let stopped = match (request.kind, request.run_id) {
        (RequestKind::Run, Some(run)) => runs::cancel(engine, owner, run).await.map(drop),
        (RequestKind::Item, _) => {
            let key = request.payload.item.as_deref().unwrap_or_default();
            let Some(item) = rows::item_for(&engine.db, owner, key).await? else { return Ok(()) };
            match download_rows::of_item(&engine.db, owner, item).await? {
                Some(download) if download.status.can_cancel() => {
                    downloads::cancel(engine, owner, download.id).await.map(drop)
                }
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    };
    match stopped {
        // It has ended by itself meanwhile.
        Err(Error::Refused(Refusal::Conflict { .. } | Refusal::NotFound { .. })) => Ok(()),
        other => other,
    }
}
