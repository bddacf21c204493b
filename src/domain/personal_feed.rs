//! The feed of a person's prepared items: one address with a secret in it, for a podcast program that cannot sign in.

use serde::{Deserialize, Serialize};

use super::{DateTime, Utc};

/// That there is one; its address is told only when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalFeed {
    pub created_at: DateTime<Utc>,
    pub last_read_at: Option<DateTime<Utc>>,
}

/// The address of a feed that was just made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalFeedAddress {
    pub url: String,
}
