//! Requests of a site's users for the gateway.

use serde_json::json;
use uuid::Uuid;

use super::outgoing::RecordSender;
use super::serve::AnswerText;
use crate::db::bundles::{self as rows, OpenRequest};
use crate::db::{accounts, items};
use crate::domain::account::AccountRole;
use crate::domain::bundle::{
    AskedRequest, BundleRequest, MAX_OPEN, NewRequest, NodeRole, Record, RequestFilter, RequestKind,
    RequestPayload, RequestResponse, RequestStatus,
};
use crate::domain::cache::CacheScope;
use crate::domain::event::EventKind;
use crate::domain::page::PageQuery;
use crate::domain::{Page, Refusal, UserId};
use crate::engine::response_cache::{MAX_LIFETIME, ScopeEpoch};
use crate::engine::{Engine, Result, Work};

/// Maximum number of requests in a bundle.
const MAX_SENT: i64 = 500;
const WITHDRAWN: &str = "Withdrawn.";
/// Reason of a request for a file that no download waits for any more.
const DESERTED: &str = "Nobody waits for it any more.";

/// Asks the gateway, with the next bundle.
///
/// # Errors
/// `Refusal::Invalid`; `Refusal::Conflict` on a node that is no site, or with too many open requests;
/// `Refusal::Forbidden` for a run of a listener, which no guardian would see.
pub async fn ask(engine: &Engine, owner: UserId, new: NewRequest) -> Result<BundleRequest> {
    if engine.config.role != NodeRole::Site {
        let why =
            "Only a site asks a gateway: this server has a network of its own. Search or start a run here.";
        return Err(Refusal::conflict(why).into());
    }
    let NewRequest { kind, payload } = new.check()?;
    let user = accounts::get(&engine.db, owner).await?.ok_or(Refusal::SignInRequired)?;
    if kind == RequestKind::Run && user.role == AccountRole::Listener {
        let why = "Your runs need a guardian's approval. Ask your guardian to make this request.".to_owned();
        return Err(Refusal::Forbidden { why }.into());
    }
    let mut work = engine.begin().await?;
    let now = work.now();
    let request = BundleRequest {
        id: Uuid::new_v4().simple().to_string(),
        kind,
        payload,
        status: RequestStatus::Pending,
        error: None,
        created_at: now,
        updated_at: now,
    };
    if !rows::insert_request(&*work, owner, &request, MAX_OPEN).await? {
        let why = format!("{MAX_OPEN} requests of yours are not answered yet. Withdraw one, or wait.");
        return Err(Refusal::conflict(why).into());
    }
    tell(&mut work, owner, &request.id, kind, RequestStatus::Pending).await?;
    work.commit().await?;
    Ok(request)
}

/// Announces the state of a request to its user.
pub(super) async fn tell(
    work: &mut Work<'_>,
    owner: UserId,
    id: &str,
    kind: RequestKind,
    status: RequestStatus,
) -> Result<()> {
    let data = json!({ "kind": "request", "request_id": id, "request_kind": kind, "status": status });
    work.record(owner, None, EventKind::TaskUpdate, data).await
}

pub async fn list(
    engine: &Engine,
    owner: UserId,
    filter: RequestFilter,
    page: &PageQuery,
) -> Result<Page<BundleRequest>> {
    Ok(rows::requests(&engine.db, owner, filter, page).await?)
}

/// # Errors
/// `Refusal::NotFound`.
pub async fn get(engine: &Engine, owner: UserId, id: &str) -> Result<BundleRequest> {
    Ok(rows::request(&engine.db, owner, id).await?.ok_or_else(|| Refusal::missing("request"))?)
}

/// Withdraws a request. The gateway learns of it by the next bundle.
///
/// # Errors
/// `Refusal::NotFound`; `Refusal::Conflict` if it is over.
pub async fn withdraw(engine: &Engine, owner: UserId, id: &str) -> Result<BundleRequest> {
    let known = get(engine, owner, id).await?;
    let mut work = engine.begin().await?;
    if !rows::withdraw_request(&*work, owner, id, WITHDRAWN, work.now()).await? {
        return Err(Refusal::conflict("This request is over already.").into());
    }
    tell(&mut work, owner, id, known.kind, RequestStatus::Failed).await?;
    work.commit().await?;
    get(engine, owner, id).await
}

/// The gateway's answer, and whether it was cached: for 24 hours, or until an import changes it. None before
/// the request is completed.
///
/// # Errors
/// `Refusal::NotFound`; `Refusal::Conflict` with the reason of a failed request.
pub async fn response(engine: &Engine, owner: UserId, id: &str) -> Result<Option<(RequestResponse, bool)>> {
    let request = get(engine, owner, id).await?;
    if request.status == RequestStatus::Failed {
        return Err(
            Refusal::conflict(request.error.unwrap_or_else(|| "This request has failed.".into())).into()
        );
    }
    let scope = ScopeEpoch::now(&engine.db, CacheScope::User(owner)).await?;
    let key = scope.key(&["request", id, &request.updated_at.to_rfc3339()]);
    if let Some(cached) = engine.response_cache.get(&key, engine.now()).await {
        return Ok(Some((cached, true)));
    }
    let Some(stored) = rows::response(&engine.db, owner, id).await? else { return Ok(None) };
    let AnswerText { summary, items: keys } = AnswerText::read(Some(&stored))?;
    let known = rows::items_by_key(&engine.db, &keys).await?;
    let mut found = Vec::new();
    for key in &keys {
        let Some((_, id)) = known.iter().find(|(it, _)| it == key) else { continue };
        found.extend(items::get(&engine.db, owner, *id).await?);
    }
    let response = RequestResponse { summary, items: found };
    engine.response_cache.keep(key, &response, MAX_LIFETIME, engine.now());
    Ok(Some((response, false)))
}

impl RecordSender<'_> {
    /// Sends the open requests. Returns their number with that of the records, and their identifiers.
    pub(super) async fn requests(&self) -> Result<(u64, Vec<String>)> {
        let engine = self.engine;
        rows::end_deserted(&engine.db, DESERTED, engine.now()).await?;
        let (mut records, mut ids) = (0, Vec::new());
        for open in rows::open_requests(&engine.db, MAX_SENT).await? {
            let OpenRequest { id, user_id, kind, payload, item, created_at } = open;
            let payload = match kind {
                RequestKind::Item => RequestPayload { item, ..RequestPayload::default() },
                RequestKind::Search | RequestKind::Run => payload,
            };
            // A number of this node, without meaning elsewhere.
            let person = user_id.map(|id| id.to_string()).unwrap_or_default();
            let asked = AskedRequest { id: id.clone(), kind, payload, person, asked_at: created_at };
            records += self.send(&Record::Request(asked)).await?;
            ids.push(id);
        }
        records += self.send(&Record::RequestEnd { number: ids.len() as u64 }).await?;
        Ok((records, ids))
    }
}

/// Marks the requests of a written bundle as exported.
pub(super) async fn exported(engine: &Engine, ids: &[String]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut work = engine.begin().await?;
    let now = work.now();
    for (owner, id, kind) in rows::set_exported(&*work, ids, now).await? {
        tell(&mut work, owner, &id, kind, RequestStatus::Exported).await?;
    }
    work.commit().await
}
