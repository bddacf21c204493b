//! Header and signature as they lie at the begin of a volume, before anything of them is believed.

use std::io::{Read, Seek, SeekFrom};

use crate::bounds::Bounds;
use crate::error::{BundleError, Result, within};
use crate::header::{HEADER_NAME, SIGNATURE_BYTES, SIGNATURE_CONTEXT, SIGNATURE_NAME, VolumeHeader};
use crate::node::PublicNode;
use crate::ustar::{self, BLOCK, Block};

pub(crate) struct Envelope {
    /// Bytes of `header.json`.
    pub header: Vec<u8>,
    signature: [u8; SIGNATURE_BYTES as usize],
    /// Bytes of the file.
    file_bytes: u64,
}

impl Envelope {
    pub fn read<F: Read + Seek>(file: &mut F, bounds: &Bounds) -> Result<Self> {
        let file_bytes = file.seek(SeekFrom::End(0))?;
        within("bytes of the volume", file_bytes, bounds.volume_bytes)?;
        let least = ustar::entry(1) + ustar::entry(SIGNATURE_BYTES) + ustar::END;
        if file_bytes < least || !file_bytes.is_multiple_of(BLOCK) {
            return Err(BundleError::Layout("it is cut off, or something else"));
        }
        file.seek(SeekFrom::Start(0))?;
        let first = read_block(file)?;
        let size = ustar::size(&first).ok_or(BundleError::Layout("it does not begin with header.json"))?;
        if ustar::block(HEADER_NAME, size) != Some(first) {
            return Err(BundleError::Layout("it does not begin with header.json"));
        }
        within("bytes of the header", size, bounds.header_bytes)?;
        if ustar::entry(size) + ustar::entry(SIGNATURE_BYTES) + ustar::END > file_bytes {
            return Err(BundleError::Layout("it is cut off"));
        }
        let mut header = vec![0; usize::try_from(size).map_err(|_| BundleError::Layout("too large"))?];
        file.read_exact(&mut header)?;
        expect_zeros(file, ustar::padding(size))?;
        if Some(read_block(file)?) != ustar::block(SIGNATURE_NAME, SIGNATURE_BYTES) {
            return Err(BundleError::Layout("header.sig does not follow the header"));
        }
        let mut signature = [0; SIGNATURE_BYTES as usize];
        file.read_exact(&mut signature)?;
        expect_zeros(file, ustar::padding(SIGNATURE_BYTES))?;
        Ok(Self { header, signature, file_bytes })
    }

    pub fn is_signed_by(&self, node: &PublicNode) -> bool {
        node.has_signed(SIGNATURE_CONTEXT, &self.header, &self.signature)
    }

    /// Checks that the file ends where the parts of its header do.
    pub fn check_end<F: Read + Seek>(&self, file: &mut F, header: &VolumeHeader) -> Result<()> {
        let end = header.offset(header.parts.len(), self.header.len() as u64);
        if end.checked_add(ustar::END) != Some(self.file_bytes) {
            return Err(BundleError::Layout("it is longer or shorter than its header says"));
        }
        file.seek(SeekFrom::Start(end))?;
        expect_zeros(file, ustar::END)
    }
}

pub(crate) fn read_block<F: Read>(file: &mut F) -> Result<Block> {
    let mut block = [0; BLOCK as usize];
    file.read_exact(&mut block)?;
    Ok(block)
}

/// Reads `bytes` zeros, at most two blocks.
pub(crate) fn expect_zeros<F: Read>(file: &mut F, bytes: u64) -> Result<()> {
    let mut padding = [0; ustar::END as usize];
    let padding = &mut padding[..bytes as usize];
    file.read_exact(padding)?;
    match padding.iter().all(|byte| *byte == 0) {
        true => Ok(()),
        false => Err(BundleError::Layout("its padding is not zeros")),
    }
}
