//! Sessions of a user, as the user tells them apart.

use serde::{Deserialize, Serialize};

use super::{DateTime, SessionId, Utc};

/// An open session in a browser or another client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserSession {
    pub id: SessionId,
    /// Whether the request that lists it belongs to it.
    pub current: bool,
    pub created_at: DateTime<Utc>,
    /// Time of the last request, to within five minutes.
    pub last_seen_at: DateTime<Utc>,
    /// `User-Agent` header at sign-in, cut. Empty if there was none.
    pub user_agent: String,
    /// Network of the client at sign-in, in CIDR notation. Empty if unknown.
    pub network: String,
}
