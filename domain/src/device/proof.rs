//! Proof by challenge that a device holds files.

use serde::{Deserialize, Serialize};

use crate::DownloadId;
use crate::refusal::{Complaints, Refusal};

/// Slices of files that a device proves to hold: it sends SHA-256 over the characters of the nonce, then the
/// bytes of all slices in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Challenge {
    /// 64 hexadecimal digits, valid for two minutes and for one proof.
    pub nonce: String,
    pub slices: Vec<ChallengeSlice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChallengeSlice {
    pub download_id: DownloadId,
    pub offset: i64,
    pub length: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewProof {
    pub nonce: String,
    /// 64 lower-case hexadecimal digits.
    pub digest: String,
}

impl NewProof {
    /// # Errors
    /// Invalid, naming every field that is no hash.
    pub fn check(self) -> Result<Self, Refusal> {
        let mut complaints = Complaints::default();
        let why = "Give 64 lower-case hexadecimal digits.";
        complaints.check(is_hash(&self.nonce), "nonce", why);
        complaints.check(is_hash(&self.digest), "digest", why);
        complaints.finish()?;
        Ok(self)
    }
}

/// Outcome of a proof.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProofResult {
    pub proved: Vec<DownloadId>,
    /// Copies to remove and fetch again.
    pub failed: Vec<DownloadId>,
    /// A next challenge: a wrong digest over several copies does not tell which of them is damaged, so that
    /// each is then proved by itself.
    pub challenge: Option<Challenge>,
}

/// Whether a text is a SHA-256 in lower-case hexadecimal, or has its form.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}
