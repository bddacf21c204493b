//! Proof that files are here: a hash over the slices that the server draws.

use domain::device::{Challenge, NewProof, ProofResult};
use domain::local_copy::LocalCopy;
use domain::{DateTime, DeviceId, DownloadId, Utc};
use sha2::{Digest, Sha256};

use super::{answer, http, index, vault};

/// Most challenges that follow each other: each doubted copy gets one of its own.
const MAX_CHALLENGES: usize = 40;

/// Time for a proof, in milliseconds. The server reads its own bytes meanwhile.
const LIMIT: u32 = 20_000;

/// Answers a challenge and those that follow it. Copies without proof lose their bytes. Returns whether one
/// did.
pub async fn prove(vault: &str, device: DeviceId, first: &Challenge, now: DateTime<Utc>) -> bool {
    let (mut next, mut is_refuted) = (Some(first.clone()), false);
    for _ in 0..MAX_CHALLENGES {
        let Some(challenge) = next else { break };
        let digest = digest(vault, &challenge).await;
        let proof = NewProof { nonce: challenge.nonce, digest };
        let path = format!("/api/v1/devices/{device}/proof");
        let Ok(response) = http::post(&path, &proof, LIMIT).await else { break };
        let result: Option<ProofResult> = http::json(&response).await.filter(|_| response.ok());
        let Some(result) = result else { break };
        for id in result.proved {
            record(vault, id, now).await;
        }
        for id in result.failed {
            is_refuted = true;
            let _ = answer::lose(vault, id).await;
        }
        next = result.challenge;
    }
    is_refuted
}

/// SHA-256 over the nonce and the slices in order. A slice that cannot be read is left out.
async fn digest(vault: &str, challenge: &Challenge) -> String {
    let copies = index::copies(vault).await.unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(challenge.nonce.as_bytes());
    for slice in &challenge.slices {
        let Some(copy) = copies.iter().find(|copy| copy.download_id == slice.download_id) else { continue };
        if let Ok(bytes) = vault::read(vault, &copy.sha256, slice.offset, slice.length).await {
            hash.update(&bytes);
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn record(vault: &str, id: DownloadId, now: DateTime<Utc>) {
    let change = |it: &mut LocalCopy| {
        it.proved_at = Some(now);
        true
    };
    let _ = index::change_copy(vault, id, Box::new(change)).await;
}
