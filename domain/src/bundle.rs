//! Bundles: signed volumes that carry the catalogue and requests between a gateway with a network and sites
//! without one.

mod marks;
mod records;
mod report;
mod request;

use super::words::words;

pub use marks::{BundlePosition, Epoch, MAX_EPOCH, MAX_SEEN, PeerHave, SourceMark};
pub use records::{
    AskedRequest, Followed, ItemRecord, PeerAccount, PrivateFollow, Record, RequestAnswer, SectionEnd,
    SentFile, SentPicture, SourceRecord, is_key,
};
pub use report::{
    BundleExport, BundleLimits, BundlesReport, DropFolderReport, ExportedVolume, ListedVolume, NewPeer,
    PeerReport, RefusedVolume, RequestCount, VolumeImport, WaitingHeader, WaitingVolume, is_quiet,
};
pub use request::*;

words! {
    /// Part of a node between networks.
    NodeRole {
        /// Neither.
        Alone = "alone",
        /// Has a network, and serves sites.
        Gateway = "gateway",
        /// Has no network: what is new comes with bundles.
        Site = "site",
    }
}

words! {
    /// BundleDirection of a volume, as this node sees it.
    BundleDirection { Sent = "sent", Received = "received" }
}

words! {
    VolumeStatus {
        UnderWay = "under_way",
        /// Written, or applied.
        Done = "done",
        Failed = "failed",
    }
}
