//! Verification of a passkey's answer to a challenge, for a sign-in or a step-up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use webauthn_rs::prelude::{DiscoverableAuthentication, Passkey as StoredCredential, PublicKeyCredential};

use super::{relying_party, wrong};
use crate::db::passkeys::{self as rows, PasskeyLookup};
use crate::domain::audit_entry::AuditAction;
use crate::domain::factor::Factor;
use crate::domain::{PasskeyId, UserId};
use crate::engine::{Engine, Result, Work, audit};

/// A passkey that has answered a challenge, with its credential before and after that.
pub struct UsedPasskey {
    id: PasskeyId,
    pub owner: UserId,
    before: String,
    after: String,
}

/// Verifies an answer to the challenge of this state. A wrong one is written to the audit log.
pub async fn verify(
    engine: &Engine,
    answer: &PublicKeyCredential,
    state: &str,
    action: AuditAction,
) -> Result<UsedPasskey> {
    let party = relying_party(engine)?;
    let state: DiscoverableAuthentication = serde_json::from_str(state)?;
    let (handle, credential_id) = party.identify_discoverable_authentication(answer).map_err(|_| wrong())?;
    let row = rows::by_credential(&engine.db, &URL_SAFE_NO_PAD.encode(credential_id)).await?;
    let row = row.filter(|row| row.user_handle == handle.to_string()).ok_or_else(wrong)?;
    let PasskeyLookup { id, user_id: owner, credential: before, .. } = row;
    let mut stored: StoredCredential = serde_json::from_str(&before)?;
    let done = party.finish_discoverable_authentication_v2(answer, state, &stored);
    let done = done.ok().filter(|done| done.user_verified());
    let Some(_) = done.and_then(|done| stored.update_credential(&done)) else {
        audit::refused(engine, action, Some(owner), json!({ "factor": Factor::Passkey })).await;
        return Err(wrong().into());
    };
    let after = serde_json::to_string(&stored)?;
    Ok(UsedPasskey { id, owner, before, after })
}

/// Stores the credential with its counter. The caller holds the user's lock.
pub async fn record_use(work: &Work<'_>, used: &UsedPasskey) -> Result<()> {
    let UsedPasskey { id, owner, before, after } = used;
    // Of two answers of one authenticator at once, the other has an older counter.
    if !rows::record_use(&**work, *owner, *id, before, after, work.now()).await? {
        return Err(wrong().into());
    }
    Ok(())
}
