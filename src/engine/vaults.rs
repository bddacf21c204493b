//! Vaults: the directories in which browsers keep the copies of one user.

use sha2::{Digest, Sha256};

use super::{Engine, Result};
use crate::db::processes;
use crate::domain::UserId;

/// Name of a user's vault: 16 hexadecimal digits, the same on every device. A reset database, which reuses
/// the numbers of users, has other vaults.
pub async fn vault_of(engine: &Engine, owner: UserId) -> Result<String> {
    let installation = processes::installation(&engine.db).await?;
    Ok(name(&installation, owner))
}

fn name(installation: &str, owner: UserId) -> String {
    hex::encode(&Sha256::digest(format!("{installation}:{owner}"))[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vault_belongs_to_one_user_of_one_installation() {
        let known = name("0011223344556677", UserId(1));
        assert_eq!((known.len(), &known), (16, &name("0011223344556677", UserId(1))));
        assert!(known.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(known, name("0011223344556677", UserId(2)));
        assert_ne!(known, name("7766554433221100", UserId(1)));
    }
}
