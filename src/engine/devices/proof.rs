//! Proof by challenge: a device shows that it holds files by a hash over slices that the server draws.

use bytes::Bytes;
use chrono::TimeDelta;
use futures::TryStreamExt;
use rand::Rng;
use sha2::{Digest, Sha256};

use super::{gone, inventory, missing, move_copy, record_device};
use crate::db::accounts;
use crate::db::copies::{self, TrackedCopy};
use crate::db::devices::{self as rows, StoredChallenge, StoredSlice};
use crate::domain::copy::{CopyReason, CopyState, KnownCopy};
use crate::domain::device::{Challenge, ChallengeSlice, NewProof, ProofResult};
use crate::domain::{DeviceId, DownloadId, Refusal, UserId};
use crate::engine::accounts::new_token;
use crate::engine::catalog::UNDO_GRACE;
use crate::engine::downloads::{Loss, refetch};
use crate::engine::{Engine, Error, Result, Work, planner};

/// Lifetime of a nonce.
const LIFETIME: TimeDelta = TimeDelta::minutes(2);
/// Maximum number of slices in a challenge, their length, and their number per copy.
const MAX_SLICES: usize = 32;
const SLICE: i64 = 65_536;
const SLICES_PER_COPY: usize = 4;

/// Draws a challenge for the copies that were never proved, or longest ago, and stores it in place of an
/// earlier one. A doubted copy is challenged by itself. None if nothing that is held can be compared.
pub(super) async fn challenge(
    work: &Work<'_>,
    owner: UserId,
    device: DeviceId,
    tracked: &[TrackedCopy],
) -> Result<Option<Challenge>> {
    let mut held: Vec<&TrackedCopy> = tracked.iter().filter(|copy| is_comparable(copy)).collect();
    held.sort_by_key(|copy| (copy.proved_at, copy.download_id));
    if let Some(doubted) = held.iter().position(|copy| copy.is_doubted) {
        held = vec![held[doubted]];
    }
    held.truncate(MAX_SLICES);
    if held.is_empty() {
        return Ok(None);
    }
    let most = if held.len() == 1 { MAX_SLICES } else { SLICES_PER_COPY };
    let each = (MAX_SLICES / held.len()).clamp(1, most);
    let slices = held.into_iter().flat_map(|copy| drawn(copy, each)).collect();
    let stored = StoredChallenge { nonce: new_token()?, slices };
    rows::put_challenge(&**work, owner, device, &stored, work.now() + LIFETIME).await?;
    Ok(Some(Challenge::from(&stored)))
}

/// Whether the device says that it holds the bytes that the server holds.
fn is_comparable(copy: &TrackedCopy) -> bool {
    let is_same = inventory::file(copy).is_some_and(|file| copy.sha256.as_deref() == Some(file.sha256));
    copy.state == CopyState::Held && is_same && copy.bytes > 0
}

/// Random slices of a copy; one slice with all of it if it is short.
fn drawn(copy: &TrackedCopy, count: usize) -> Vec<StoredSlice> {
    let length = copy.bytes.min(SLICE);
    let count = if copy.bytes <= SLICE { 1 } else { count };
    let mut random = rand::rng();
    let mut slice = || StoredSlice {
        slice: ChallengeSlice {
            download_id: copy.download_id,
            offset: random.random_range(0..=copy.bytes - length),
            length,
        },
        sha256: copy.sha256.clone().unwrap_or_default(),
        bytes: copy.bytes,
    };
    (0..count).map(|_| slice()).collect()
}

/// Compares a proof with the server's own bytes. The nonce is over then, whatever the outcome.
/// # Errors
/// `Refusal::Conflict` if the nonce is unknown, used or over.
pub async fn prove(engine: &Engine, owner: UserId, id: DeviceId, proof: NewProof) -> Result<ProofResult> {
    let proof = proof.check()?;
    let challenge = take(engine, owner, id, &proof.nonce).await?;
    // Read before the transaction that stores the outcome: bytes may have to come from a bucket.
    let Some(digest) = digest(engine, &challenge).await? else { return Ok(ProofResult::default()) };
    let survey = planner::survey(engine, owner).await?;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let device = rows::lock(&*work, owner, id).await?.ok_or_else(missing)?;
    if device.revoked_at.is_some() {
        return Err(gone().into());
    }
    let mut result = ProofResult::default();
    let files = files(&challenge);
    if digest == proof.digest {
        result.proved = store_proofs(&mut work, owner, id, &files).await?;
    } else if let [(download, sha256)] = files[..] {
        result.failed = lose(&mut work, owner, id, download, sha256).await?;
    } else {
        for (download, sha256) in files {
            copies::doubt(&*work, owner, (id, download), sha256).await?;
        }
    }
    let tracked = copies::tracked(&*work, owner, id, work.now() - UNDO_GRACE).await?;
    if tracked.iter().any(|copy| copy.is_doubted && is_comparable(copy)) {
        result.challenge = self::challenge(&work, owner, id, &tracked).await?;
    }
    // Claims for departures that are near rest on what was proved until then.
    planner::settle(&work, owner, id).await?;
    let facts = planner::ContactFacts { drained_at: device.drained_at, ..planner::ContactFacts::default() };
    planner::judge(engine, &mut work, owner, id, &facts).await?;
    // Another proof follows at once: the last one plans.
    if survey.has_windows() && result.challenge.is_none() {
        planner::replan(&mut work, owner, id, &survey).await?;
    }
    work.commit().await?;
    Ok(result)
}

/// Ends the challenge of a nonce and returns it.
async fn take(engine: &Engine, owner: UserId, id: DeviceId, nonce: &str) -> Result<StoredChallenge> {
    let work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let device = rows::lock(&*work, owner, id).await?.ok_or_else(missing)?;
    if device.revoked_at.is_some() {
        return Err(gone().into());
    }
    let challenge = rows::take_challenge(&*work, owner, id, nonce, work.now()).await?;
    let over = || Refusal::conflict("This challenge is over. Make contact again for the next one.");
    let challenge = challenge.ok_or_else(over)?;
    work.commit().await?;
    Ok(challenge)
}

/// Copies of a challenge in order, each once, with the hash of its file.
fn files(challenge: &StoredChallenge) -> Vec<(DownloadId, &str)> {
    let mut files: Vec<_> =
        challenge.slices.iter().map(|it| (it.slice.download_id, it.sha256.as_str())).collect();
    files.dedup();
    files
}

async fn store_proofs(
    work: &mut Work<'_>,
    owner: UserId,
    device: DeviceId,
    files: &[(DownloadId, &str)],
) -> Result<Vec<DownloadId>> {
    let mut proved = Vec::new();
    for (download, sha256) in files {
        if copies::proved(&**work, owner, (device, *download), sha256, work.now()).await? {
            proved.push(*download);
        }
    }
    if !proved.is_empty() {
        record_device(work, owner, device, "proved").await?;
    }
    Ok(proved)
}

/// Loses a copy whose bytes are not those of the server.
async fn lose(
    work: &mut Work<'_>,
    owner: UserId,
    device: DeviceId,
    download: DownloadId,
    sha256: &str,
) -> Result<Vec<DownloadId>> {
    let known = copies::get(&**work, owner, device, download).await?;
    let is_it = |it: &KnownCopy| it.state == CopyState::Held && it.sha256.as_deref() == Some(sha256);
    let Some(known) = known.filter(is_it) else { return Ok(Vec::new()) };
    let lost = KnownCopy {
        state: CopyState::Lost,
        reason: Some(CopyReason::ProofFailed),
        checked_at: known.checked_at,
        ..KnownCopy::WANTED
    };
    let is_moved = move_copy(work, owner, (device, download), CopyState::Held, &lost).await?;
    Ok(is_moved.then_some(download).into_iter().collect())
}

/// Digest over the server's bytes. None if some of them cannot be read: they are then fetched again, and the
/// next challenge leaves them out.
async fn digest(engine: &Engine, challenge: &StoredChallenge) -> Result<Option<String>> {
    let mut hash = Sha256::new();
    hash.update(challenge.nonce.as_bytes());
    for StoredSlice { slice, sha256, bytes } in &challenge.slices {
        let (from, to) = (number(slice.offset)?, number(slice.offset + slice.length)?);
        let whole = number(*bytes)?;
        let loss = match engine.store.find(sha256, whole).await? {
            blobs::Found::Good(copy) => {
                let parts: Vec<Bytes> = copy.read(Some(from..to)).await?.try_collect().await?;
                parts.iter().for_each(|part| hash.update(part));
                continue;
            }
            blobs::Found::Damaged => Loss::Damaged,
            blobs::Found::Missing => Loss::Missing,
        };
        refetch(engine, sha256, whole, loss).await?;
        return Ok(None);
    }
    Ok(Some(hex::encode(hash.finalize())))
}

fn number(bytes: i64) -> Result<u64> {
    u64::try_from(bytes).map_err(Error::fault)
}
