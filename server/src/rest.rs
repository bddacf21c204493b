//! The REST interface, version 1: thin handlers, one verb of the engine each.

pub mod agents;
pub mod approvals;
pub mod auth;
pub mod collections;
pub mod commute;
pub mod directory;
pub mod downloads;
mod file;
pub mod history;
pub mod items;
pub mod personal_feed;
pub mod preferences;
mod query;
mod range;
pub mod runs;
pub mod sources;
pub mod subscriptions;

use std::str::FromStr;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use smartcache::domain::{
    ApprovalId, CollectionId, CommuteWindowId, DownloadId, ItemId, Refusal, RunId, SourceId, SubscriptionId,
    UserId,
};

use crate::Web;
use crate::auth::SignedIn;
use crate::problem::Problem;

pub use file::send as file;
use file::serve;
use query::{Asked, Listed};

type Answer<T> = Result<T, Problem>;

/// A JSON body; what is wrong with it is told as a problem that names the field.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Web> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let Json(body) = Json::from_request(request, web).await?;
        Ok(Self(body))
    }
}

/// The id in the path. One that is no number belongs to nothing.
pub struct Id<T>(pub T);

impl<T: Numbered> FromRequestParts<Web> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let id =
            Path::<String>::from_request_parts(parts, web).await.ok().and_then(|Path(id)| id.parse().ok());
        Ok(Self(id.ok_or_else(|| Refusal::missing(T::NOUN))?))
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
);
