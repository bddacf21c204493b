//! Writing one volume: under the name `….part`, whole on the medium and read back before it gets its own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::{BundleError, Result};
use crate::header::{
    HEADER_NAME, PartEntry, SIGNATURE_BYTES, SIGNATURE_CONTEXT, SIGNATURE_NAME, VolumeHeader,
};
use crate::keys::NodeKeys;
use crate::node::PublicNode;
use crate::options::{BlobSource, WriteOptions};
use crate::plan::{PlannedPart, PlannedVolume};
use crate::seal;
use crate::sha256::{RunningDigest, Sha256};
use crate::spool::{HashingWriter, Spool};
use crate::ustar::{self, BLOCK};
use crate::volume::Volume;

/// Bytes that a blob is read by: two chunks of age.
const BUFFER: usize = 128 << 10;

pub(crate) struct VolumeFile<'a> {
    pub keys: &'a NodeKeys,
    pub to: &'a PublicNode,
    pub header: VolumeHeader,
    pub directory: &'a Path,
    pub options: &'a WriteOptions,
}

/// Blobs that were left out, with the reason.
type Dropped = Vec<(Sha256, String)>;

impl VolumeFile<'_> {
    /// Writes the volume and returns its path and bytes.
    pub fn write(
        self,
        planned: PlannedVolume,
        spool: &mut Spool,
        source: &mut dyn BlobSource,
        dropped: &mut Dropped,
    ) -> Result<(PathBuf, u64)> {
        let path = self.directory.join(self.header.file_name().to_string());
        if path.try_exists()? {
            let why = format!("{} is there already", path.display());
            return Err(io::Error::new(ErrorKind::AlreadyExists, why).into());
        }
        let draft = self.directory.join(format!("{}.part", self.header.file_name()));
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&draft)?;
        let written = self.fill(&file, planned, spool, source, dropped).and_then(|bytes| {
            fs::rename(&draft, &path)?;
            // Some file systems of media cannot sync a directory.
            let _ = File::open(self.directory).and_then(|directory| directory.sync_all());
            Ok((path, bytes))
        });
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }

    fn fill(
        &self,
        file: &File,
        planned: PlannedVolume,
        spool: &mut Spool,
        source: &mut dyn BlobSource,
        dropped: &mut Dropped,
    ) -> Result<u64> {
        let room = planned.figures.header_bytes;
        let mut output = file;
        output.seek(SeekFrom::Start(ustar::entry(room) + ustar::entry(SIGNATURE_BYTES)))?;
        let mut header = self.header.clone();
        for part in planned.parts {
            match self.part(file, &part, spool, source)? {
                Ok(entry) => header.parts.push(entry),
                Err((sha256, why)) => dropped.push((sha256, why)),
            }
        }
        output.write_all(&[0; ustar::END as usize])?;
        let bytes = output.stream_position()?;
        self.sign(file, &header, room)?;
        file.sync_all()?;
        if self.options.read_back {
            self.read_back(file)?;
        }
        Ok(bytes)
    }

    /// Writes a part at the file's position. A blob that cannot be read leaves nothing behind.
    fn part(
        &self,
        mut file: &File,
        part: &PlannedPart,
        spool: &mut Spool,
        source: &mut dyn BlobSource,
    ) -> Result<std::result::Result<PartEntry, (Sha256, String)>> {
        let from = file.stream_position()?;
        let mut entry = part.entry();
        file.seek(SeekFrom::Start(from + BLOCK))?;
        match part {
            PlannedPart::Records(_, part) => spool.copy(part, &mut file)?,
            PlannedPart::Blob { sha256, bytes } => {
                let mut output = HashingWriter { inner: file, hasher: RunningDigest::new(), bytes: 0 };
                if let Err(why) = self.blob(sha256, *bytes, &mut output, source)? {
                    file.set_len(from)?;
                    file.seek(SeekFrom::Start(from))?;
                    return Ok(Err((*sha256, why)));
                }
                (entry.bytes, entry.sha256) = (output.bytes, output.hasher.so_far());
            }
        }
        file.write_all(&vec![0; ustar::padding(entry.bytes) as usize])?;
        file.write_all_at(&block(&entry.name, entry.bytes)?, from)?;
        Ok(Ok(entry))
    }

    /// Encrypts a blob. The inner error is the source's, the outer one the medium's.
    fn blob(
        &self,
        sha256: &Sha256,
        bytes: u64,
        output: &mut impl Write,
        source: &mut dyn BlobSource,
    ) -> Result<std::result::Result<(), String>> {
        let mut input = match source.open(sha256) {
            Ok(input) => input,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let mut sealed = seal::encrypt(self.to, output)?;
        let (mut hasher, mut left) = (RunningDigest::new(), bytes);
        let mut buffer = vec![0; BUFFER];
        loop {
            let length = match input.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Err(error.to_string())),
            };
            let Some(rest) = left.checked_sub(length as u64) else {
                return Ok(Err(BundleError::Blob(sha256.to_string()).to_string()));
            };
            left = rest;
            hasher.update(&buffer[..length]);
            sealed.write_all(&buffer[..length])?;
        }
        sealed.finish()?;
        match left == 0 && hasher.so_far() == *sha256 {
            true => Ok(Ok(())),
            false => Ok(Err(BundleError::Blob(sha256.to_string()).to_string())),
        }
    }

    /// Writes header and signature into the room kept for them. Spaces fill the rest of it.
    fn sign(&self, file: &File, header: &VolumeHeader, room: u64) -> Result<()> {
        let mut text = serde_json::to_vec(header).map_err(|error| BundleError::Record(error.to_string()))?;
        if text.len() as u64 > room {
            return Err(BundleError::Plan("the header is longer than planned"));
        }
        text.resize(room as usize, b' ');
        let signature = self.keys.sign(SIGNATURE_CONTEXT, &text);
        let mut begin = block(HEADER_NAME, room)?.to_vec();
        begin.extend(text);
        begin.resize(ustar::entry(room) as usize, 0);
        begin.extend(block(SIGNATURE_NAME, SIGNATURE_BYTES)?);
        begin.extend(signature);
        begin.resize((ustar::entry(room) + ustar::entry(SIGNATURE_BYTES)) as usize, 0);
        Ok(file.write_all_at(&begin, 0)?)
    }

    /// Verifies the volume from the medium, as its receiver will.
    fn read_back(&self, file: &File) -> Result<()> {
        forget_cached(file);
        let (name, trusted) = (self.header.file_name(), [self.keys.node().clone()]);
        Volume::open(file, &name, &self.to.name, &trusted, self.options.bounds.clone())?.verify()
    }
}

fn block(name: &str, size: u64) -> Result<ustar::Block> {
    ustar::block(name, size).ok_or(BundleError::Plan("a part is too large for a volume"))
}

/// Drops the written pages, so that the bytes come from the medium.
#[cfg(target_os = "linux")]
fn forget_cached(file: &File) {
    use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
    let _ = posix_fadvise(file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED);
}

#[cfg(not(target_os = "linux"))]
fn forget_cached(_: &File) {}
