//! Secret tokens, and the hashes under which they are stored.

use rand::TryRngCore;
use sha2::{Digest, Sha256};

use crate::engine::{Error, Result};

/// Returns a random token of 256 bits, in lower-case hex.
pub fn new_token() -> Result<String> {
    Ok(hex::encode(random_bytes::<32>()?))
}

/// Returns unpredictable bytes.
pub fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(Error::fault)?;
    Ok(bytes)
}

/// Returns the hash under which a token is stored, so that a stolen database yields no usable tokens.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}
