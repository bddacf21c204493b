//! Items that a user does not want to be offered again.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{DateTime, Utc};

words! {
    /// Action by which the user dismissed an item: deleted its download before or after playing it, cancelled
    /// its download, or rejected its approval request.
    DismissalReason { Removed = "removed", Played = "played", Cancelled = "cancelled", Rejected = "rejected" }
}

/// Stored dismissal. Runs neither pick the item nor ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dismissal {
    pub reason: DismissalReason,
    pub created_at: DateTime<Utc>,
}
