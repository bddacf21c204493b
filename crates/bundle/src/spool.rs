//! Finished parts of records, in a local file that has no name, until the volumes are planned.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use age::stream::StreamWriter;
use uuid::Uuid;
use zstd::stream::write::Encoder;

use crate::error::Result;
use crate::node::PublicNode;
use crate::seal;
use crate::sha256::{RunningDigest, Sha256};

/// Level of zstd: its default, a good part of the ratio at a high speed.
const LEVEL: i32 = 3;

/// A finished part of records.
#[derive(Debug, Clone)]
pub(crate) struct SpooledPart {
    pub offset: u64,
    pub bytes: u64,
    pub sha256: Sha256,
    pub raw_bytes: u64,
    pub count: u64,
}

pub(crate) struct Spool {
    file: File,
    end: u64,
}

impl Spool {
    /// A file in the directory that vanishes with the process.
    pub fn new(directory: &Path) -> Result<Self> {
        let path = directory.join(format!("bundle-{}.spool", Uuid::new_v4().simple()));
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        std::fs::remove_file(&path)?;
        Ok(Self { file, end: 0 })
    }

    /// Begins a part encrypted to a node, behind the last one.
    pub fn begin(&mut self, to: &PublicNode) -> Result<OpenPart> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(self.end))?;
        let output = HashingWriter { inner: file, hasher: RunningDigest::new(), bytes: 0 };
        let encoder = Encoder::new(seal::encrypt(to, output)?, LEVEL)?;
        Ok(OpenPart { encoder, raw_bytes: 0, count: 0 })
    }

    /// Finishes a part.
    pub fn end(&mut self, part: OpenPart) -> Result<SpooledPart> {
        let OpenPart { encoder, raw_bytes, count } = part;
        let output = encoder.finish()?.finish()?;
        let (offset, bytes, sha256) = (self.end, output.bytes, output.hasher.so_far());
        self.end += bytes;
        Ok(SpooledPart { offset, bytes, sha256, raw_bytes, count })
    }

    /// Copies a part out.
    pub fn copy(&mut self, part: &SpooledPart, output: &mut impl Write) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(part.offset))?;
        io::copy(&mut (&self.file).take(part.bytes), output).map(drop)
    }
}

/// A part that takes records.
pub(crate) struct OpenPart {
    encoder: Encoder<'static, StreamWriter<HashingWriter<File>>>,
    pub raw_bytes: u64,
    pub count: u64,
}

impl OpenPart {
    pub fn write(&mut self, record: &[u8]) -> Result<()> {
        self.encoder.write_all(record)?;
        self.encoder.write_all(b"\n")?;
        self.raw_bytes += record.len() as u64 + 1;
        self.count += 1;
        Ok(())
    }
}

/// Writer that counts and hashes.
pub(crate) struct HashingWriter<W> {
    pub inner: W,
    pub hasher: RunningDigest,
    pub bytes: u64,
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
