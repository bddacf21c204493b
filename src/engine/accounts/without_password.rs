//! Accounts that have no password, because an OpenID Connect provider signs their users in.

use super::client::Client;
use super::open_session_under;
use super::registration::sign_ups;
use super::sessions::{NewSession, SignInWay};
use super::token::new_token;
use crate::db::{ConnectionTrait, accounts};
use crate::domain::{Refusal, UserId};
use crate::engine::{Engine, Result, metrics};

/// Prefix of what is stored in place of a password's hash. The rest is random, because cookies of known
/// devices are bound to it.
const NONE: &str = "none:";

/// Returns what is stored in place of a password's hash.
pub(in crate::engine) fn no_password() -> Result<String> {
    Ok(format!("{NONE}{}", new_token()?))
}

/// Whether a stored hash is one of a password.
pub(super) fn is_password(hash: &str) -> bool {
    !hash.starts_with(NONE)
}

/// Whether a user may sign in with a password.
pub(in crate::engine) async fn has_password(db: &impl ConnectionTrait, owner: UserId) -> Result<bool> {
    Ok(accounts::by_id(db, owner).await?.is_some_and(|known| is_password(&known.password_hash)))
}

/// Counts the making of an account against the limit of the client's network.
pub(in crate::engine) async fn count_sign_up(engine: &Engine, client: &Client) -> Result<()> {
    sign_ups(engine).take(engine, &client.address.network().to_string()).await.map(drop)
}

/// Signs a user in whom the provider has authenticated.
///
/// # Errors
/// `Refusal::Forbidden` for a disabled account.
pub(in crate::engine) async fn open_session_of(
    engine: &Engine,
    owner: UserId,
    client: &Client,
    way: SignInWay,
) -> Result<NewSession> {
    let known = accounts::by_id(&engine.db, owner).await?.ok_or(Refusal::SignInRequired)?;
    let session = open_session_under(engine, known.user, &known.password_hash, client, way).await;
    engine.metrics.sign_ins.inc([metrics::outcome(&session)]);
    session
}
