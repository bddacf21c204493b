//! Deletion of an account by its user.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{DateTime, Utc};

/// Time between the request of a deletion and the deletion, in which it can be undone.
pub const DELETION_GRACE: TimeDelta = TimeDelta::days(7);

/// Request of a user to delete the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct DeletionRequest {
    /// User name of the account, so that it is not deleted by mistake.
    #[serde(default)]
    pub username: String,
}

/// An account that is to be deleted. It is disabled already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PendingDeletion {
    /// Until then an administrator can undo it by enabling the account.
    pub delete_after: DateTime<Utc>,
}
