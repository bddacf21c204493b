//! Items that a user does not want to be offered again.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{DateTime, Utc};

words! {
    /// The act by which the user is done with an item: its download deleted before or after it was played, its download
    /// cancelled, or the request for its approval rejected.
    DismissalReason { Removed = "removed", Played = "played", Cancelled = "cancelled", Rejected = "rejected" }
}

/// A remembered no. Runs do not pick the item, and do not ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismissal {
    pub reason: DismissalReason,
    pub created_at: DateTime<Utc>,
}
