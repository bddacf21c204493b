//! Feed of a user's prepared items: one secret address for podcast apps that cannot sign in.

use serde::{Deserialize, Serialize};

use super::{DateTime, Utc};

/// Existing personal feed. Its address is returned only on creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonalFeed {
    pub created_at: DateTime<Utc>,
    pub last_read_at: Option<DateTime<Utc>>,
}

/// Address of a new personal feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonalFeedAddress {
    pub url: String,
}
