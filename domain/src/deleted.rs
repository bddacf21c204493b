//! Deletions of a moment ago that can be undone.

use serde::{Deserialize, Serialize};

use super::{DownloadId, SubscriptionId};

/// A deleted download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedDownload {
    pub id: DownloadId,
    pub title: String,
}

/// An ended subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedSubscription {
    pub id: SubscriptionId,
    pub source_name: String,
}
