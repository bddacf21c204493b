//! Requests of a site's users for their gateway.

use domain::ItemId;
use domain::bundle::BundleRequest;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{number, text};
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::bundle::{
        NewRequest, NodeRole, RequestFilter, RequestKind, RequestPayload, RequestStatus,
    };
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::run::MAX_ITEMS_DEFAULT;
    pub(super) use smartcache::engine::bundles::requests;
    pub(super) use smartcache::engine::rights::Right;
}

/// Requests as their page shows them, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestsView {
    /// Whether this server has a gateway to ask.
    pub is_site: bool,
    pub requests: Vec<RequestWithAnswer>,
    pub next_cursor: Option<String>,
}

/// A request and, once it is completed, its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestWithAnswer {
    pub request: BundleRequest,
    pub summary: Option<String>,
    /// Items of the answer with their titles and sources.
    pub items: Vec<(ItemId, String, String)>,
}

/// Returns the user's requests.
#[server(prefix = "/api/ui", endpoint = "list_requests")]
pub async fn list_requests(cursor: String) -> Result<RequestsView, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let page = PageQuery { limit: Some(20), cursor: text(&cursor) };
    let found = requests::list(&engine, owner.id, RequestFilter::default(), &page).await?;
    let mut rows = Vec::new();
    for request in found.data {
        let response = match request.status {
            RequestStatus::Completed => requests::response(&engine, owner.id, &request.id).await?,
            _ => None,
        };
        let (response, _) = response.unwrap_or_default();
        let items = response.items.into_iter().map(|item| (item.id, item.content.title, item.source_name));
        rows.push(RequestWithAnswer { request, summary: response.summary, items: items.collect() });
    }
    let is_site = engine.config.role == NodeRole::Site;
    Ok(RequestsView { is_site, requests: rows, next_cursor: found.next_cursor })
}

/// Asks the gateway for items.
#[server(prefix = "/api/ui", endpoint = "ask_for_items")]
pub async fn ask_for_items(#[server(default)] query: String) -> Result<BundleRequest, ApiError> {
    let (engine, owner) = signed_in(Right::Run).await?;
    let payload = RequestPayload { query: Some(query.clone()), ..RequestPayload::default() };
    let asked = requests::ask(&engine, owner.id, NewRequest { kind: RequestKind::Search, payload }).await;
    asked.map_err(|error| ApiError::from(error).keeping([("query", query)]))
}

/// Asks the gateway for a run of its agents.
#[server(prefix = "/api/ui", endpoint = "ask_for_run")]
pub async fn ask_for_run(
    #[server(default)] goal: String,
    #[server(default)] max_items: String,
) -> Result<BundleRequest, ApiError> {
    let (engine, owner) = signed_in(Right::Run).await?;
    let most = text(&max_items).map_or(MAX_ITEMS_DEFAULT, |typed| number(&typed));
    let payload = RequestPayload { goal: text(&goal), max_items: Some(most), ..RequestPayload::default() };
    let asked = requests::ask(&engine, owner.id, NewRequest { kind: RequestKind::Run, payload }).await;
    asked.map_err(|error| ApiError::from(error).keeping([("goal", goal), ("max_items", max_items)]))
}

/// Withdraws a request.
#[server(prefix = "/api/ui", endpoint = "withdraw_request")]
pub async fn withdraw_request(#[server(default)] request_id: String) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Run).await?;
    let withdrawn = requests::withdraw(&engine, owner.id, &request_id).await.map(drop);
    withdrawn.map_err(|error| ApiError::from(error).keeping([("request_id", request_id)]))
}
