//! Marks: the receiver's statement of what it has, in place of acknowledged bundles. A lost, doubled or late
//! bundle costs nothing, because the next one holds all rows above the marks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Number of a node's history. It grows when the node finds that its database was restored from a backup:
/// then everything is sent anew, and rows of an older epoch lose.
pub type Epoch = i64;

/// Highest epoch that is accepted: the last millisecond of the year 9999. A greater one could not be exceeded
/// by the next.
pub const MAX_EPOCH: Epoch = 253_402_300_799_999;

/// Position up to which a site has applied a source, or the answers of its gateway.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceMark {
    pub epoch: Epoch,
    /// All rows up to this revision are applied.
    pub rev: i64,
}

impl SourceMark {
    /// Mark with which the rows of a bundle of this epoch are compared. None for a bundle of an older
    /// epoch, whose rows lose.
    pub fn entering(self, epoch: Epoch) -> Option<Self> {
        match epoch {
            epoch if epoch < self.epoch => None,
            epoch if epoch > self.epoch => Some(Self { epoch, rev: 0 }),
            _ => Some(self),
        }
    }

    /// Mark after all rows of a section of the same epoch were applied. A section that begins above the
    /// mark leaves it: the rows between are in a bundle that did not come.
    pub fn after(self, since: i64, to: i64) -> Self {
        let is_joined = since <= self.rev;
        Self { rev: if is_joined { self.rev.max(to) } else { self.rev }, ..self }
    }
}

/// Maximum number of bundles that are reported as seen. A sender whose database lost that many more bundles
/// than it has sent since would not notice.
pub const MAX_SEEN: usize = 200;

/// Header field `have`: what the sender has applied of the receiver's bundles.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PeerHave {
    /// Highest epoch of the receiver that the sender has seen.
    pub epoch: Epoch,
    /// Identifiers of the receiver's bundles of that epoch, the latest `MAX_SEEN` that came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
    /// Those of `seen` of which all volumes are applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub applied: Vec<String>,
    /// Revisions of sources of that epoch by the source's key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, i64>,
    /// Number up to which all answers of that epoch are applied.
    pub answers: i64,
}

impl PeerHave {
    /// Epoch that a node must begin because its peer has seen what the node's database does not know: the
    /// database was restored from a backup. `sent` says whether a bundle was sent, as far as it knows.
    pub fn demands(&self, epoch: Epoch, sent: impl Fn(&str) -> bool, now_millis: i64) -> Option<Epoch> {
        let is_unknown = !self.seen.iter().all(|seen| sent(seen));
        let is_behind = self.epoch > epoch || (self.epoch == epoch && is_unknown);
        is_behind.then(|| now_millis.max(self.epoch + 1))
    }

    /// Number up to which the peer has the answers of a node in this epoch.
    pub fn answers(&self, epoch: Epoch) -> i64 {
        if self.epoch == epoch { self.answers } else { 0 }
    }

    /// Revision that the peer has of a source of a node in this epoch.
    pub fn rev(&self, epoch: Epoch, key: &str) -> i64 {
        if self.epoch == epoch { self.sources.get(key).copied().unwrap_or_default() } else { 0 }
    }
}

/// Position of a bundle among those of one sender: statements of a later one replace those of an earlier one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BundlePosition {
    pub epoch: Epoch,
    pub seq: i64,
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
