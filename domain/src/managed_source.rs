//! Sources as administrators see them: whether they can be read, and never who follows them.

use serde::{Deserialize, Serialize};

use super::page::ListFilter;
use super::source::{Health, Origin};
use super::{DateTime, SourceId, Utc};

/// Health of one source of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ManagedSource {
    pub id: SourceId,
    /// Null for a private feed, whose name often names its user, and until a feed was read.
    pub name: Option<String>,
    /// Host of the feed, with a port that is not the usual one. The address itself may hold secrets.
    pub host: String,
    /// Whether the feed has a login, or an address that looks as if it held a secret.
    pub is_private: bool,
    pub origin: Origin,
    pub health: Health,
    /// Error of the last poll, in plain words.
    pub last_error: Option<String>,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_asked_at: Option<DateTime<Utc>>,
    /// Time of the next poll. Null for a source that is not polled: without followers, or gone.
    pub next_refresh_at: Option<DateTime<Utc>>,
    /// Failed polls since the last successful one.
    pub failures: i64,
    pub followers: i64,
}

/// Filter of the administrators' list of sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct ManagedSourceFilter {
    pub health: Option<Health>,
    /// Whether anybody follows it. Sources without followers are not polled.
    pub followed: Option<bool>,
}

impl ListFilter for ManagedSourceFilter {}
