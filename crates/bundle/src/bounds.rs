//! Bounds of a volume, checked before anything is written.

/// The most that a reader accepts, even from a trusted node.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Bytes of a volume.
    pub volume_bytes: u64,
    /// Bytes of `header.json`.
    pub header_bytes: u64,
    /// Parts of a volume.
    pub parts: u64,
    /// Bytes of a record, without its line feed.
    pub record_bytes: u64,
    /// Nested arrays and objects of a record or header.
    pub depth: usize,
    /// Records of a part.
    pub records: u64,
    /// Decoded bytes of a part of records.
    pub raw_bytes: u64,
    /// Decoded bytes of a part of records for each stored byte, if it decodes to more than `PART_BYTES`.
    pub ratio: u64,
    /// Bytes of a blob.
    pub blob_bytes: u64,
}

/// Decoded bytes of the parts of records that this program writes. Any part may decode to so many, whatever
/// its stored bytes, since equal records compress well.
pub const PART_BYTES: u64 = 2 << 20;

/// Base-2 logarithm of the zstd window that a reader allocates at most: 8 MiB.
pub(crate) const WINDOW_LOG: u32 = 23;

impl Default for Bounds {
    fn default() -> Self {
        Self {
            volume_bytes: 64 << 30,
            header_bytes: 4 << 20,
            parts: 20_000,
            record_bytes: 1 << 20,
            depth: 32,
            records: 100_000,
            raw_bytes: 64 << 20,
            ratio: 200,
            blob_bytes: 4 << 30,
        }
    }
}

impl Bounds {
    /// The most that a part of records with so many stored bytes may decode to.
    pub(crate) fn decoded_bytes(&self, stored: u64) -> u64 {
        PART_BYTES.max(stored.saturating_mul(self.ratio)).min(self.raw_bytes)
    }
}
