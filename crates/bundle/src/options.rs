//! Sizes of a bundle that is written, and the source of its blobs.

use std::io::Read;

use crate::bounds::Bounds;
use crate::sha256::Sha256;

/// Sizes of what is written.
#[derive(Debug, Clone)]
pub struct WriteOptions {
    /// Bytes of a volume at most. A blob is never divided: a larger one is left.
    pub volume_bytes: u64,
    /// Bytes of all volumes at most.
    pub budget_bytes: u64,
    /// Whether each volume is read back from the medium before it gets its name.
    pub read_back: bool,
    /// Bounds of the receiver.
    pub bounds: Bounds,
}

impl Default for WriteOptions {
    /// Volumes that fit FAT32, whose files end at 4 GiB.
    fn default() -> Self {
        Self {
            volume_bytes: 3_900_000_000,
            budget_bytes: u64::MAX,
            read_back: true,
            bounds: Bounds::default(),
        }
    }
}

/// Where the writer reads blobs.
pub trait BlobSource {
    /// Opens a blob that the writer was told of.
    fn open(&mut self, sha256: &Sha256) -> std::io::Result<Box<dyn Read + '_>>;
}
