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

/// Facts about a counted copy that the device's next contact brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyEvidence {
    /// Still there, with the same bytes.
    Held { download_id: DownloadId },
    /// Finished or given up by the user at this time, by the server's clock.
    Gone { download_id: DownloadId, at: DateTime<Utc> },
}

/// Judgement on a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimVerdict {
    pub is_confirmed: bool,
    /// Seconds of the claim that the device did have.
    pub confirmed_s: i64,
}

/// Compares a claim with the device's next contact. A copy counts if it is still there, or was finished or
/// given up after the departure. A copy that is gone without a word may have been gone before. A device that
/// was ready ten minutes before must have had enough at the departure, even if it was known by then to have
/// lost it.
pub fn verdict(claim: &ReadinessClaim, evidence: &[CopyEvidence]) -> ClaimVerdict {
    let was_there = |id: DownloadId| {
        evidence.iter().any(|fact| match *fact {
            CopyEvidence::Held { download_id } => download_id == id,
            CopyEvidence::Gone { download_id, at } => download_id == id && at >= claim.departs_at,
        })
    };
    let there_s = |copies: &[(DownloadId, i64)]| -> i64 {
        copies.iter().filter(|(id, _)| was_there(*id)).map(|(_, seconds)| seconds).sum()
    };
    let confirmed_s = there_s(&claim.copies);
    let is_enough = !claim.is_ready() || confirmed_s.max(there_s(&claim.copies_minus_10)) >= claim.need_s;
    ClaimVerdict {
        is_confirmed: is_enough && confirmed_s >= claim.at_departure_s.min(claim.need_s),
        confirmed_s,
    }
}
