//! The second and later passes over a part, which hand out only bytes that the first pass verified.
//!
//! A file on a medium may change between two passes. The first pass therefore keeps the digest of every
//! prefix of the part, in steps of `CHUNK`; later passes hash again and release a chunk only if its prefix
//! still has that digest. No copy is needed, and decoders see signed bytes alone.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

use crate::error::BundleError;
use crate::sha256::{RunningDigest, Sha256};

/// Bytes between two digests.
pub(crate) const CHUNK: usize = 256 << 10;

/// Digests of a part's prefixes, the last one of the whole part.
pub(crate) type Prefixes = Vec<Sha256>;

/// Reads `bytes` bytes from an offset and returns the digests of the prefixes.
pub(crate) fn hash<F: Read + Seek>(file: &mut F, from: u64, bytes: u64) -> io::Result<Prefixes> {
    file.seek(SeekFrom::Start(from))?;
    let (mut hasher, mut left) = (RunningDigest::new(), bytes);
    let mut prefixes = Prefixes::new();
    let mut buffer = vec![0; chunk(left)];
    while left > 0 {
        let length = chunk(left);
        file.read_exact(&mut buffer[..length])?;
        hasher.update(&buffer[..length]);
        prefixes.push(hasher.so_far());
        left -= length as u64;
    }
    if prefixes.is_empty() {
        prefixes.push(hasher.so_far());
    }
    Ok(prefixes)
}

fn chunk(left: u64) -> usize {
    usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK))
}

/// Reader of a verified part. Fails at the first chunk that has changed since.
pub struct CheckedReader<'a, F> {
    file: &'a mut F,
    part: String,
    prefixes: std::vec::IntoIter<Sha256>,
    hasher: RunningDigest,
    left: u64,
    buffer: Vec<u8>,
    at: usize,
}

impl<'a, F: Read + Seek> CheckedReader<'a, F> {
    pub(crate) fn new(
        file: &'a mut F,
        part: &str,
        from: u64,
        bytes: u64,
        prefixes: Prefixes,
    ) -> io::Result<Self> {
        file.seek(SeekFrom::Start(from))?;
        let (prefixes, part) = (prefixes.into_iter(), part.to_owned());
        Ok(Self {
            file,
            part,
            prefixes,
            hasher: RunningDigest::new(),
            left: bytes,
            buffer: Vec::new(),
            at: 0,
        })
    }

    fn fill(&mut self) -> Result<(), BundleError> {
        let length = chunk(self.left);
        self.buffer.resize(length, 0);
        self.at = length;
        self.file.read_exact(&mut self.buffer)?;
        self.hasher.update(&self.buffer);
        if self.prefixes.next() != Some(self.hasher.so_far()) {
            return Err(BundleError::Damaged(self.part.clone()));
        }
        self.left -= length as u64;
        self.at = 0;
        Ok(())
    }
}

impl<F: Read + Seek> BufRead for CheckedReader<'_, F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.buffer.len() && self.left > 0 {
            self.fill().map_err(io::Error::other)?;
        }
        Ok(&self.buffer[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.buffer.len());
    }
}

impl<F: Read + Seek> Read for CheckedReader<'_, F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(into)?;
        self.consume(length);
        Ok(length)
    }
}

/// The error below a decoder: a `BundleError` of the reader itself, or else content that cannot be decoded.
pub(crate) fn decoding(part: &str, error: io::Error) -> BundleError {
    match error.downcast::<BundleError>() {
        Ok(error) => error,
        Err(error) => BundleError::content(part, format!("it cannot be decoded ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// File that changes after the first pass.
    fn changed(bytes: usize, at: usize) -> (io::Result<u64>, Vec<u8>) {
        let mut file = Cursor::new(vec![7; bytes]);
        let prefixes = hash(&mut file, 0, bytes as u64).expect("hashed");
        file.get_mut()[at] = 8;
        let mut reader =
            CheckedReader::new(&mut file, "a part", 0, bytes as u64, prefixes).expect("a reader");
        let mut seen = Vec::new();
        let read = io::copy(&mut reader, &mut seen);
        (read, seen)
    }

    #[test]
    fn a_chunk_that_changes_between_the_passes_is_never_handed_out() {
        for at in [0, CHUNK - 1, CHUNK, 3 * CHUNK + 16] {
            let (read, seen) = changed(3 * CHUNK + 17, at);
            let error = decoding("a part", read.expect_err("it has changed"));
            assert!(matches!(error, BundleError::Damaged(_)), "{error}");
            assert_eq!(seen, vec![7; at / CHUNK * CHUNK]);
        }
    }

    #[test]
    fn an_empty_part_has_the_digest_of_nothing() {
        let prefixes = hash(&mut Cursor::new(Vec::new()), 0, 0).expect("hashed");
        assert_eq!(prefixes, [Sha256::of(b"")]);
    }
}
