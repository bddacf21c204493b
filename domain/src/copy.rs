//! Copies of downloads on devices: their states, legal moves, and the judgement of a device's inventory.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::words::words;
use super::{DateTime, DeviceId, DownloadId, ItemId, Utc};

/// Maximum number of copies that a device wants or holds.
pub const MAX_COPIES: usize = 2_000;

words! {
    CopyState {
        /// To be fetched by the device.
        Wanted = "wanted",
        /// Some of its bytes are on the device.
        OnItsWay = "on_its_way",
        /// All bytes are on the device and are being read back.
        Checking = "checking",
        /// Read back on the device with the right hash.
        Held = "held",
        /// Held, but the server's file has changed since.
        Stale = "stale",
        /// No longer on the device, or a proof has failed.
        Lost = "lost",
        /// Not wanted any more.
        Dropped = "dropped",
    }
}

impl CopyState {
    /// Whether a move is legal. Partial bytes that a device has lost lead back to `wanted`, a check that has
    /// failed to `on_its_way`, and a new wish leads from `dropped` to `wanted`.
    pub fn may_become(self, next: Self) -> bool {
        use CopyState::*;
        match (self, next) {
            (Dropped, Dropped) => false,
            (_, Dropped) => true,
            (Wanted, next) => next == OnItsWay,
            (OnItsWay, next) => matches!(next, Checking | Wanted),
            (Checking, next) => matches!(next, Held | OnItsWay | Wanted),
            (Held, next) => matches!(next, Stale | Lost),
            (Stale, next) => matches!(next, OnItsWay | Lost),
            (Lost | Dropped, next) => next == Wanted,
        }
    }

    /// Whether legal moves lead to a state, other than through `dropped`. A contact reports where a copy has
    /// got to, not each step on the way.
    pub fn may_reach(self, next: Self) -> bool {
        let mut reached = vec![self];
        let mut at = 0;
        while let Some(state) = reached.get(at).copied() {
            let more = Self::ALL.iter().filter(|to| **to != Self::Dropped && state.may_become(**to));
            for to in more {
                if !reached.contains(to) {
                    reached.push(*to);
                }
            }
            at += 1;
        }
        next == Self::Dropped && self != next || reached.contains(&next)
    }

    /// Whether the device still has to fetch bytes: its download is then exempt from expiry and eviction.
    pub fn awaits_bytes(self) -> bool {
        use CopyState::*;
        matches!(self, Wanted | OnItsWay | Checking | Stale | Lost)
    }
}

words! {
    /// Reason for which a copy is lost, dropped, or to be removed from the device.
    CopyReason {
        /// The user does not want it on this device any more.
        Removed = "removed",
        /// Its download was deleted.
        Deleted = "deleted",
        /// The device was not seen for too long.
        DeviceAway = "device_away",
        /// The device's inventory lacks it.
        Missing = "missing",
        /// The device's bytes are not those of the server.
        WrongHash = "wrong_hash",
        /// The device could not prove that it holds the bytes.
        ProofFailed = "proof_failed",
        /// The user has no such download.
        Unknown = "unknown",
        /// The device holds too many copies.
        TooMany = "too_many",
        /// It was planned, and the user has finished it.
        Played = "played",
        /// Its device's plan has no use for it any more.
        Unplanned = "unplanned",
    }
}

impl CopyReason {
    /// Whether the bytes on the device are at fault, and not the wish for them.
    pub fn is_about_bytes(self) -> bool {
        matches!(self, Self::WrongHash | Self::ProofFailed)
    }
}

words! {
    /// Reason for which a wanted copy is not handed out at a contact.
    HoldReason {
        /// The connection is metered, and the device is not to use one.
        Metered = "metered",
        /// It does not fit into the device's budget.
        DeviceFull = "device_full",
        /// Its download is not ready.
        NotReady = "not_ready",
    }
}

/// A copy as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceCopy {
    pub download_id: DownloadId,
    /// None if the download was deleted.
    pub item_id: Option<ItemId>,
    pub title: Option<String>,
    pub state: CopyState,
    /// Bytes on the device by its latest inventory.
    pub bytes: i64,
    pub sha256: Option<String>,
    pub held_at: Option<DateTime<Utc>>,
    /// Time of the latest proof that the device holds these bytes.
    pub proved_at: Option<DateTime<Utc>>,
    pub reason: Option<CopyReason>,
}

/// Bytes on a device, as its inventory lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CopyClaim {
    pub download_id: DownloadId,
    /// Hash of the file that the bytes belong to.
    pub sha256: String,
    pub bytes: i64,
    /// Time at which the whole file was read back with this hash, by the device's clock. None before that.
    #[serde(default)]
    pub checked_at: Option<DateTime<Utc>>,
    /// Whether a plan has wanted it, and not the user.
    #[serde(default)]
    pub is_planned: bool,
}

/// Verified file of a ready download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerFile<'a> {
    pub sha256: &'a str,
    pub bytes: i64,
}

/// A copy as the server knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCopy {
    pub state: CopyState,
    pub sha256: Option<String>,
    pub bytes: i64,
    pub checked_at: Option<DateTime<Utc>>,
    pub reason: Option<CopyReason>,
}

impl KnownCopy {
    /// A copy that was never on the device.
    pub const WANTED: Self =
        Self { state: CopyState::Wanted, sha256: None, bytes: 0, checked_at: None, reason: None };
}

/// Outcome of an inventory for one copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyVerdict {
    pub copy: KnownCopy,
    /// Reason for which the device is to remove what it has.
    pub drop: Option<CopyReason>,
}

/// Judges a copy by the device's inventory, where `claim` is its entry, if any. `file` is None while the
/// download is not ready: then nothing can be compared. A hash that the server does not know is never held.
pub fn judged(known: &KnownCopy, claim: Option<&CopyClaim>, file: Option<ServerFile>) -> CopyVerdict {
    use CopyState::*;
    // Dropped copies are named without a claim, too: the device may not have a byte of them yet.
    let dropped = (known.state == Dropped).then(|| known.reason.unwrap_or(CopyReason::Removed));
    let Some(claim) = claim else { return CopyVerdict { copy: missing(known), drop: dropped } };
    if dropped.is_some() {
        return CopyVerdict { copy: known.clone(), drop: dropped };
    }
    let Some(file) = file else { return CopyVerdict { copy: known.clone(), drop: None } };
    let is_earlier = known.sha256.as_ref() == Some(&claim.sha256);
    if claim.sha256 != file.sha256 {
        let state = match known.state {
            Held | Stale if is_earlier => Stale,
            Held | Stale => Lost,
            _ => Wanted,
        };
        let is_stale = state == Stale;
        let reason = (state == Lost).then_some(CopyReason::WrongHash);
        let copy = if is_stale {
            KnownCopy { state, bytes: claim.bytes, reason: None, ..known.clone() }
        } else {
            KnownCopy { state, reason, ..KnownCopy::WANTED }
        };
        return CopyVerdict { copy, drop: (!is_stale).then_some(CopyReason::WrongHash) };
    }
    let is_refuted = known.state == Lost
        && known.reason == Some(CopyReason::ProofFailed)
        && claim.checked_at.is_some()
        && claim.checked_at == known.checked_at;
    if is_refuted {
        return CopyVerdict { copy: known.clone(), drop: Some(CopyReason::ProofFailed) };
    }
    let state = match claim.checked_at {
        Some(_) if claim.bytes == file.bytes => Held,
        None if claim.bytes == file.bytes => Checking,
        _ => OnItsWay,
    };
    let checked_at = claim.checked_at.filter(|_| state == Held);
    let sha256 = Some(claim.sha256.clone());
    CopyVerdict {
        copy: KnownCopy { state, sha256, bytes: claim.bytes, checked_at, reason: None },
        drop: None,
    }
}

/// A copy that the device's inventory lacks.
fn missing(known: &KnownCopy) -> KnownCopy {
    use CopyState::*;
    match known.state {
        Held | Stale => KnownCopy { state: Lost, reason: Some(CopyReason::Missing), ..KnownCopy::WANTED },
        Wanted | OnItsWay | Checking | Lost => KnownCopy::WANTED,
        Dropped => KnownCopy { bytes: 0, ..known.clone() },
    }
}

/// Data of the event `copy_changed`.
pub fn change_data(device: DeviceId, download: DownloadId, state: CopyState) -> Value {
    json!({ "device_id": device, "download_id": download, "state": state })
}

#[cfg(test)]
mod tests;
