//! An open verified copy: renaming or deleting its path no longer affects the reader.

use std::fs::File;
use std::io::SeekFrom;
use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

const PIECE: usize = 128 * 1024;

/// Where bytes were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// The cache on the local disk.
    Cache,
    /// The store itself.
    Store,
}

/// Result of a search for bytes.
#[derive(Debug)]
pub enum Found<T> {
    /// A verified copy.
    Good(T),
    /// A copy exists, but its bytes do not match its name.
    Damaged,
    /// No copy.
    Missing,
}

impl<T> Found<T> {
    /// Converts what was found.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Found<U> {
        match self {
            Self::Good(found) => Found::Good(with(found)),
            Self::Damaged => Found::Damaged,
            Self::Missing => Found::Missing,
        }
    }
}

/// An open verified copy: renaming or deleting its path no longer affects the reader.
#[derive(Debug)]
pub struct Copy {
    file: File,
    bytes: u64,
    /// Tier that the copy came from.
    pub tier: Tier,
}

impl Copy {
    pub(super) fn new(file: File, bytes: u64, tier: Tier) -> Self {
        Self { file, bytes, tier }
    }

    /// Writes the bytes to a new file. On return they survive a power failure.
    pub async fn write_to(self, path: &Path) -> std::io::Result<()> {
        let mut from = tokio::fs::File::from_std(self.file);
        from.seek(SeekFrom::Start(0)).await?;
        let mut to = tokio::fs::File::create(path).await?;
        tokio::io::copy(&mut from.take(self.bytes), &mut to).await?;
        to.sync_all().await
    }

    /// Reads the bytes or a range of them.
    pub async fn read(
        self,
        range: Option<Range<u64>>,
    ) -> std::io::Result<BoxStream<'static, std::io::Result<Bytes>>> {
        let range = range.unwrap_or(0..self.bytes);
        let mut file = tokio::fs::File::from_std(self.file);
        file.seek(SeekFrom::Start(range.start)).await?;
        let part = file.take(range.end.saturating_sub(range.start));
        Ok(ReaderStream::with_capacity(part, PIECE).boxed())
    }
}
