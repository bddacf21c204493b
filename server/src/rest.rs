//! The REST API, version 1: thin handlers, each calling one engine function.

pub mod accounts;
pub mod admin;
pub mod agents;
pub mod api_keys;
pub mod approvals;
pub mod auth;
pub mod bundles;
pub mod channels;
pub mod collections;
pub mod commute;
pub mod covers;
pub mod devices;
pub mod directory;
pub mod downloads;
pub mod factors;
pub mod file;
pub mod history;
pub mod identities;
pub mod items;
pub mod jobs;
pub mod limits;
pub mod managed_sources;
pub mod notifications;
pub mod passkeys;
pub mod personal_feed;
pub mod plans;
pub mod playback;
pub mod preferences;
mod query;
pub mod ratings;
pub mod requests;
pub mod run_requests;
pub mod runs;
pub mod sessions;
pub mod shares;
pub mod sources;
mod strict_json;
pub mod subscriptions;
pub mod tasks;
pub mod vaults;

use std::str::FromStr;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use smartcache::domain::page::PageQuery;
use smartcache::domain::{
    ApiKeyId, ApprovalId, ChannelId, CollectionId, CommuteWindowId, DeviceId, DownloadId, IdentityId,
    InviteId, ItemId, JobId, NotificationId, PasskeyId, Refusal, RunId, SessionId, SourceId, SubscriptionId,
    UserId,
};
use utoipa::{IntoParams, ToSchema};

use crate::Web;
use crate::auth::SignedIn;
use crate::openapi::answers::{
    Conflict, FileBytes, Forbidden, Gone, NotFound, Picture, TooFast, Unauthorized,
};
use crate::problem::Problem;

use file::serve;
use query::{LenientQuery, ListQuery, StrictQuery};
use strict_json::StrictJson;

type ApiResult<T> = Result<T, Problem>;

/// A JSON body. A rejection becomes a problem that names the wrong field.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Web> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let Json(StrictJson(body)) = Json::from_request(request, web).await?;
        Ok(Self(body))
    }
}

/// The id in the path. An unparsable id is answered like a missing row.
pub struct Id<T>(pub T);

impl<T: Numbered> FromRequestParts<Web> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let id =
            Path::<String>::from_request_parts(parts, web).await.ok().and_then(|Path(id)| id.parse().ok());
        Ok(Self(id.ok_or_else(|| Refusal::missing(T::NOUN))?))
    }
}

/// Texts in the path. Unreadable ones are answered like an unknown address.
pub struct PathText<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Web> for PathText<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, web).await {
            Ok(Path(text)) => Ok(Self(text)),
            Err(_) => Err(Refusal::missing("address").into()),
        }
    }
}

pub trait Numbered: FromStr + Send {
    const NOUN: &'static str;
}

macro_rules! numbered {
    ($($id:ty => $noun:literal),+ $(,)?) => { $(impl Numbered for $id { const NOUN: &'static str = $noun; })+ };
}
numbered!(
    SourceId => "source", SubscriptionId => "subscription", ItemId => "item", RunId => "run", DownloadId => "download",
    ApprovalId => "approval", CommuteWindowId => "commute window", CollectionId => "collection",
    UserId => "user", NotificationId => "notification", SessionId => "session",
    DeviceId => "device", ChannelId => "channel", ApiKeyId => "API key", IdentityId => "identity",
    InviteId => "invitation", PasskeyId => "passkey", JobId => "job",
);
