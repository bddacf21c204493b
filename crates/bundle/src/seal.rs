//! Encryption of parts to one node: the age format, version 1, with a file key for each part.

use std::io::{BufRead, Write};
use std::ops::RangeInclusive;

use age::stream::{StreamReader, StreamWriter};
use age::{Decryptor, Encryptor, Identity};

use crate::error::{BundleError, Result};
use crate::keyring::Keyring;
use crate::node::PublicNode;

/// Bytes that age encrypts at a time, with a tag each.
const CHUNK: u64 = 64 << 10;
const TAG: u64 = 16;
const NONCE: u64 = 16;
/// Bound of an age header: one recipient takes about 200 bytes, and age adds a random one of at most 260.
const MAX_HEADER: u64 = 1_024;

/// Fewest and most stored bytes of so many decoded ones.
pub fn stored_bytes(raw_bytes: u64) -> RangeInclusive<u64> {
    let chunks = raw_bytes.div_ceil(CHUNK).max(1);
    let payload = NONCE + raw_bytes + chunks * TAG;
    payload..=payload + MAX_HEADER
}

/// Encrypts to a node. The end must be written by `finish`.
pub fn encrypt<W: Write>(to: &PublicNode, output: W) -> Result<StreamWriter<W>> {
    let recipient = to.recipient()?;
    let encryptor = Encryptor::with_recipients([&recipient as &dyn age::Recipient].into_iter());
    let encryptor = encryptor.map_err(|_| BundleError::Line("the key cannot be encrypted to"))?;
    Ok(encryptor.wrap_output(output)?)
}

/// Decrypts a part by any of the keys.
pub fn decrypt<R: BufRead>(part: &str, mut input: R, keys: &Keyring) -> Result<StreamReader<R>> {
    // The parser of age would collect a header without an end in memory.
    let begin = input.fill_buf()?;
    let begin = &begin[..begin.len().min(MAX_HEADER as usize)];
    if !begin.windows(5).any(|signs| signs == b"\n--- ") {
        return Err(BundleError::content(part, "it is not encrypted by age"));
    }
    let sealed = || BundleError::Sealed(part.to_owned());
    let decryptor = Decryptor::new_buffered(input).map_err(|_| sealed())?;
    let mut identities = keys.all().map(|keys| keys.identity() as &dyn Identity);
    decryptor.decrypt(&mut identities).map_err(|_| sealed())
}
