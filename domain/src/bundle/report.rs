//! Exchange of bundles as administrators see it.

use serde::{Deserialize, Serialize};

use super::{BundleDirection, NodeRole, RequestStatus, VolumeStatus};
use crate::{DateTime, TimeDelta, Utc};

/// A node, its peers, and the volumes that it has written and read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BundlesReport {
    pub role: NodeRole,
    /// Name of the node. Empty where it is alone.
    pub node: String,
    /// Line with the public keys of the node, and its fingerprint. Null without keys.
    pub line: Option<String>,
    pub fingerprint: Option<String>,
    /// Reason for which the keys of the node cannot be used.
    pub keys_problem: Option<String>,
    /// Days without an import after which a peer counts as quiet.
    pub quiet_days: i64,
    /// Trusted peers, and those whose trust was revoked, by name.
    pub peers: Vec<PeerReport>,
    /// Requests of this site, or of the sites of this gateway, by state.
    pub requests: Vec<RequestCount>,
    /// The latest volumes that were sent or received.
    pub volumes: Vec<ListedVolume>,
    /// Volumes of this node in the folder of exports.
    pub written: Vec<ExportedVolume>,
    /// Null unless `SMARTCACHE_BUNDLE_IN` is set.
    pub drop_folder: Option<DropFolderReport>,
    pub limits: BundleLimits,
}

/// Limits of what this node writes, reads, and accepts from its peers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BundleLimits {
    /// Maximum bytes of a volume that is written, unless an export asks for others, and of one that is read.
    pub written_volume_bytes: i64,
    pub read_volume_bytes: i64,
    /// Maximum bytes of a file.
    pub file_bytes: i64,
    /// Bytes that uploads and downloads leave free on the disk.
    pub free_bytes: i64,
    /// Requests that a gateway takes from a site within a day, and that a user may have open.
    pub requests_a_day: i64,
    pub open_requests: i64,
    /// Pictures that a site asks for with a bundle.
    pub pictures: i64,
    /// Days until a file is sent again whose receipt the site has not confirmed.
    pub resend_days: i64,
    /// Whether nothing comes back from the peers (`SMARTCACHE_BUNDLE_ONE_WAY`).
    pub is_one_way: bool,
}

/// A peer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeerReport {
    pub name: String,
    pub fingerprint: String,
    pub is_trusted: bool,
    pub trusted_at: DateTime<Utc>,
    /// Time at which the newest bundle from the peer came.
    pub last_import_at: Option<DateTime<Utc>>,
    /// Time at which the last bundle for the peer was written.
    pub last_export_at: Option<DateTime<Utc>>,
    /// Whether the peer is trusted and nothing of it came for `quiet_days`.
    pub is_quiet: bool,
}

/// Whether nothing came for this many days since the newest import, or else since the first trust.
pub fn is_quiet(
    last_import_at: Option<DateTime<Utc>>,
    trusted_at: DateTime<Utc>,
    quiet_days: i64,
    now: DateTime<Utc>,
) -> bool {
    now - last_import_at.unwrap_or(trusted_at) > TimeDelta::days(quiet_days)
}

/// A volume that was sent or received. A bundle that was sent is one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedVolume {
    pub peer: String,
    pub direction: BundleDirection,
    /// Number of the bundle among those of its sender to its receiver.
    pub seq: i64,
    pub volume: i64,
    pub volumes: i64,
    pub status: VolumeStatus,
    pub records: i64,
    /// Files in it that were taken in. 0 of a bundle that was sent.
    pub files: i64,
    pub bytes: i64,
    /// Duration from the first part to the last. Null while it is under way.
    pub seconds: Option<f64>,
    /// Reason of a failure.
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// Number of requests in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RequestCount {
    pub status: RequestStatus,
    pub number: i64,
}

/// A volume in the folder of exports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportedVolume {
    /// Name of the file.
    pub name: String,
    pub bytes: i64,
    /// Whether the receiver has told that it has applied the whole bundle.
    pub is_applied: bool,
}

/// A volume that waits in the drop folder, judged by its header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingVolume {
    /// Name of the file.
    pub name: String,
    pub bytes: i64,
    /// Its header. Null unless a trusted node has signed it for this one.
    pub header: Option<WaitingHeader>,
    /// Reason for which it would be refused.
    pub problem: Option<String>,
}

/// Header of a volume that a trusted node has signed for this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingHeader {
    /// Name of the sender.
    pub from: String,
    pub seq: i64,
    pub volume: i64,
    pub volumes: i64,
    /// Number of files and pictures in it.
    pub blobs: i64,
    pub created_at: DateTime<Utc>,
    /// Whether it was imported before.
    pub is_imported: bool,
}

/// Content of the drop folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DropFolderReport {
    /// Volumes that wait for their import.
    pub waiting: Vec<WaitingVolume>,
    /// Volumes that were refused, the latest first.
    pub refused: Vec<RefusedVolume>,
    /// Number of entries that are left alone: links, folders, and files without the name of a volume.
    pub ignored: i64,
    /// Reason for which the folder cannot be read.
    pub problem: Option<String>,
}

/// A volume that was moved to `refused/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedVolume {
    pub name: String,
    /// Reason, as in the file beside it.
    pub why: String,
}

/// Request to trust the keys of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPeer {
    /// Line that the node shows, `sc-node1…`.
    pub line: String,
    /// Fingerprint that the node shows, in eight groups of five digits.
    pub fingerprint: String,
}

/// A bundle that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BundleExport {
    /// Name of the receiver.
    pub to: String,
    /// Names of the volumes.
    pub volumes: Vec<String>,
    pub records: i64,
    pub files: i64,
    /// Files and pictures that did not fit. They go with the next bundle.
    pub left: i64,
    pub bytes: i64,
}

/// Result of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VolumeImport {
    /// Name of the sender.
    pub from: String,
    pub seq: i64,
    pub volume: i64,
    pub volumes: i64,
    pub records: i64,
    pub files: i64,
    pub bytes: i64,
    /// Time of the first import, if the volume was here before and nothing changed.
    pub known_since: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_quiet_after_the_days_since_its_import_or_its_trust() {
        let day = |n| DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(n);
        assert!(!is_quiet(None, day(0), 7, day(7)));
        assert!(is_quiet(None, day(0), 7, day(8)));
        assert!(!is_quiet(Some(day(5)), day(0), 7, day(12)));
        assert!(is_quiet(Some(day(5)), day(0), 7, day(13)));
    }
}
