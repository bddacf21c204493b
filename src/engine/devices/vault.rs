//! Names of vaults: the directories in which devices keep files.

use sha2::{Digest, Sha256};

use crate::db::instance;
use crate::domain::UserId;
use crate::engine::{Engine, Result};

/// Number of hexadecimal digits of a vault's name.
const DIGITS: usize = 16;

/// Name of a user's vault on this installation. A restored or emptied database reuses the numbers of users,
/// but never a vault: SHA-256 over the installation's token and the user's id, cut.
pub async fn vault(engine: &Engine, owner: UserId) -> Result<String> {
    let token = instance::token(&engine.db).await?;
    let mut name = hex::encode(Sha256::digest(format!("{token}{owner}")));
    name.truncate(DIGITS);
    Ok(name)
}
