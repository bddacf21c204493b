//! Recovery codes: 120 random bits each, stored as SHA-256, accepted once (ASVS 5.0.0, 6.5.1 to 6.5.3).

use totp_rs::Secret;

use super::{audit, enrolled, notify};
use crate::db::{accounts, recovery_codes};
use crate::domain::factor::{Factor, RECOVERY_CODES, RecoveryCodes};
use crate::domain::factor_code::in_groups;
use crate::domain::{Refusal, UserId};
use crate::engine::accounts::{random_bytes, token_hash};
use crate::engine::work::Work;
use crate::engine::{Engine, Result};

/// Bytes of a code: 24 signs of base32.
const BYTES: usize = 15;

/// Replaces the user's codes by new ones, which are returned this once.
///
/// # Errors
/// `Refusal::Conflict` if the user has no factor that they could stand in for.
pub async fn renew(engine: &Engine, owner: UserId) -> Result<RecoveryCodes> {
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    if enrolled(&*work, owner).await?.is_empty() {
        return Err(Refusal::conflict("Set up an authenticator app or a passkey first.").into());
    }
    let codes = make(&work, owner).await?;
    let message = "The recovery codes that you had before open nothing any more.";
    notify(&mut work, owner, "success", "You have new recovery codes", message).await?;
    audit(&mut work, owner, Factor::RecoveryCode, "renewed");
    work.commit().await?;
    Ok(codes)
}

/// Makes a set of codes. The caller holds the user's row lock.
pub(super) async fn make(work: &Work<'_>, owner: UserId) -> Result<RecoveryCodes> {
    let (mut codes, mut hashes) = (Vec::new(), Vec::new());
    for _ in 0..RECOVERY_CODES {
        let signs = Secret::from(random_bytes::<BYTES>()?).to_base32();
        hashes.push(token_hash(&signs));
        codes.push(in_groups(&signs, '-'));
    }
    recovery_codes::replace(&**work, owner, &hashes, work.now()).await?;
    Ok(RecoveryCodes { codes })
}

/// Uses a code up, and notifies the user of how many are left.
pub(super) async fn claim(work: &mut Work<'_>, owner: UserId, signs: &str) -> Result<bool> {
    if !recovery_codes::accept(&**work, owner, &token_hash(signs), work.now()).await? {
        return Ok(false);
    }
    let message = match recovery_codes::left(&**work, owner).await? {
        0 => "It was your last one. Make new ones on the account page.".to_owned(),
        1 => "One is left. Make new ones on the account page.".to_owned(),
        left => format!("{left} are left. If this was not you, change your password."),
    };
    notify(work, owner, "warning", "A recovery code was used to sign in", &message).await?;
    Ok(true)
}
