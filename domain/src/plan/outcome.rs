//! Outcome of a departed window: the claim about the device, and whether its next contact confirms that.

use serde::{Deserialize, Serialize};

use crate::{DateTime, DownloadId, Utc};

/// Claim about a device at a departure, made from its last proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadinessClaim {
    pub departs_at: DateTime<Utc>,
    pub need_s: i64,
    /// Seconds ten minutes before the departure, and at it.
    pub at_minus_10_s: i64,
    pub at_departure_s: i64,
    /// Copies that were counted at each of these times, with the seconds that each gives.
    pub copies_minus_10: Vec<(DownloadId, i64)>,
    pub copies: Vec<(DownloadId, i64)>,
}

impl ReadinessClaim {
    pub fn is_ready(&self) -> bool {
        self.at_minus_10_s >= self.need_s
    }
}

/// Facts about a counted copy that the device's next contacts bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyEvidence {
    /// Still there, with the same bytes.
    Held { download_id: DownloadId },
    /// Still there as the device says. Its proof is awaited.
    Listed { download_id: DownloadId },
    /// Finished or given up on the device at this time, by the server's clock.
    Gone { download_id: DownloadId, at: DateTime<Utc> },
}

/// Judgement on a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimVerdict {
    /// None while copies that are listed await their proof, and could decide it.
    pub is_confirmed: Option<bool>,
    /// Seconds of the claim that the device did have.
    pub confirmed_s: i64,
}

/// Compares a claim with the device's next contacts. A copy counts if it is still there, or was finished or
/// given up after the departure. A copy that is gone without a word may have been gone before. A device that
/// was ready ten minutes before must have had enough at the departure, even if it was known by then to have
/// lost it.
pub fn verdict(claim: &ReadinessClaim, evidence: &[CopyEvidence]) -> ClaimVerdict {
    let there = vouched(claim, evidence);
    let listed = evidence.iter().filter_map(|fact| match *fact {
        CopyEvidence::Listed { download_id } => Some(download_id),
        _ => None,
    });
    let at_best: Vec<_> = listed.chain(there.iter().copied()).collect();
    let is_confirmed = match (is_covered(claim, &there), is_covered(claim, &at_best)) {
        (true, _) => Some(true),
        (false, true) => None,
        (false, false) => Some(false),
    };
    ClaimVerdict { is_confirmed, confirmed_s: seconds_of(&claim.copies, &there) }
}

/// Copies of a claim that were on the device at the departure, in order.
pub fn vouched(claim: &ReadinessClaim, evidence: &[CopyEvidence]) -> Vec<DownloadId> {
    let of_claim = |id: DownloadId| claim.copies.iter().chain(&claim.copies_minus_10).any(|it| it.0 == id);
    let there = evidence.iter().filter_map(|fact| match *fact {
        CopyEvidence::Held { download_id } => Some(download_id),
        CopyEvidence::Gone { download_id, at } => (at >= claim.departs_at).then_some(download_id),
        CopyEvidence::Listed { .. } => None,
    });
    let mut there: Vec<_> = there.filter(|id| of_claim(*id)).collect();
    there.sort_unstable();
    there.dedup();
    there
}

fn is_covered(claim: &ReadinessClaim, there: &[DownloadId]) -> bool {
    let at_departure_s = seconds_of(&claim.copies, there);
    let at_minus_10_s = seconds_of(&claim.copies_minus_10, there);
    let is_enough = !claim.is_ready() || at_departure_s.max(at_minus_10_s) >= claim.need_s;
    is_enough && at_departure_s >= claim.at_departure_s.min(claim.need_s)
}

fn seconds_of(copies: &[(DownloadId, i64)], there: &[DownloadId]) -> i64 {
    copies.iter().filter(|(id, _)| there.contains(id)).map(|(_, seconds)| seconds).sum()
}
