//! Distribution of parts over volumes, before anything is written: each header names the number of volumes.

use serde::Serialize;

use crate::bounds::Bounds;
use crate::error::{BundleError, Result};
use crate::header::{LeftOut, PartEntry, PartKind, SIGNATURE_BYTES, VolumeHeader};
use crate::names::PartName;
use crate::seal;
use crate::sha256::Sha256;
use crate::spool::SpooledPart;
use crate::ustar;

/// Volumes of a bundle, as their file names can say.
const MAX_VOLUMES: usize = 9_999;

/// A part that is ready to be written.
#[derive(Debug, Clone)]
pub(crate) enum PlannedPart {
    Records(u16, SpooledPart),
    Blob { sha256: Sha256, bytes: u64 },
}

impl PlannedPart {
    /// Digest of a blob.
    pub fn digest(&self) -> Option<Sha256> {
        match self {
            Self::Records(..) => None,
            Self::Blob { sha256, .. } => Some(*sha256),
        }
    }

    /// Its entry with the most bytes that it may take.
    pub fn entry(&self) -> PartEntry {
        match self {
            Self::Records(number, part) => PartEntry {
                name: PartName::Records(*number).to_string(),
                bytes: part.bytes,
                sha256: part.sha256,
                raw_bytes: part.raw_bytes,
                kind: PartKind::Records,
                count: Some(part.count),
            },
            Self::Blob { sha256, bytes } => PartEntry {
                name: PartName::Blob(*sha256).to_string(),
                bytes: *seal::stored_bytes(*bytes).end(),
                sha256: *sha256,
                raw_bytes: *bytes,
                kind: PartKind::Blob,
                count: None,
            },
        }
    }
}

/// Parts of one volume, and its figures.
#[derive(Debug)]
pub(crate) struct PlannedVolume {
    pub parts: Vec<PlannedPart>,
    pub figures: VolumeFigures,
}

/// Sizes of a volume, each at its most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VolumeFigures {
    /// Bytes reserved for the header.
    pub header_bytes: u64,
    part_bytes: u64,
    parts: u64,
}

impl VolumeFigures {
    /// Bytes of the file.
    fn bytes(self) -> u64 {
        ustar::entry(self.header_bytes) + ustar::entry(SIGNATURE_BYTES) + self.part_bytes + ustar::END
    }

    fn with(self, entry_bytes: u64, part_bytes: u64) -> Self {
        let header_bytes = self.header_bytes + entry_bytes;
        Self { header_bytes, part_bytes: self.part_bytes + part_bytes, parts: self.parts + 1 }
    }
}

/// Bounds of a plan.
pub(crate) struct VolumePlanner<'a> {
    /// Bytes of a header without parts, at most.
    pub empty_header: u64,
    pub volume_bytes: u64,
    pub budget_bytes: u64,
    pub bounds: &'a Bounds,
}

impl VolumePlanner<'_> {
    /// Bytes of a header as long as any without parts can be.
    pub fn longest(header: &VolumeHeader) -> Result<u64> {
        let left = LeftOut { parts: u64::MAX, blobs: u64::MAX, bytes: u64::MAX };
        let most = MAX_VOLUMES as u32;
        length(&VolumeHeader { volume: most, volumes: most, left, parts: Vec::new(), ..header.clone() })
    }

    /// Fills volumes in the order of the parts. A part of records that does not fit leaves all later
    /// records for the next bundle, because they may build on it; blobs are left one by one.
    pub fn plan(&self, parts: Vec<PlannedPart>) -> Result<(Vec<PlannedVolume>, LeftOut)> {
        let empty = VolumeFigures { header_bytes: self.empty_header, part_bytes: 0, parts: 0 };
        if !self.fits(empty, 0) {
            return Err(BundleError::Plan("the volume or the budget is too small for a header"));
        }
        let mut volumes = vec![PlannedVolume { parts: Vec::new(), figures: empty }];
        let (mut closed, mut left, mut are_records_full) = (0, LeftOut::default(), false);
        for part in parts {
            let is_record = matches!(part, PlannedPart::Records(..));
            let entry = part.entry();
            let (entry_bytes, part_bytes) = (length(&entry)? + 1, ustar::entry(entry.bytes));
            let last = volumes.len() - 1;
            let figures = volumes[last].figures;
            let (grown, fresh) = (figures.with(entry_bytes, part_bytes), empty.with(entry_bytes, part_bytes));
            let may_open = figures.parts > 0 && volumes.len() < MAX_VOLUMES;
            if is_record && are_records_full {
                leave(&mut left, &entry);
            } else if self.fits(grown, closed) {
                volumes[last].parts.push(part);
                volumes[last].figures = grown;
            } else if may_open && self.fits(fresh, closed + figures.bytes()) {
                closed += figures.bytes();
                volumes.push(PlannedVolume { parts: vec![part], figures: fresh });
            } else {
                are_records_full |= is_record;
                leave(&mut left, &entry);
            }
        }
        Ok((volumes, left))
    }

    fn fits(&self, figures: VolumeFigures, closed: u64) -> bool {
        let bytes = figures.bytes();
        bytes <= self.volume_bytes.min(self.bounds.volume_bytes)
            && closed + bytes <= self.budget_bytes
            && figures.header_bytes <= self.bounds.header_bytes
            && figures.parts <= self.bounds.parts
    }
}

fn leave(left: &mut LeftOut, entry: &PartEntry) {
    match entry.kind {
        PartKind::Records => left.parts += 1,
        PartKind::Blob => left.blobs += 1,
    }
    left.bytes += entry.raw_bytes;
}

fn length(value: &impl Serialize) -> Result<u64> {
    let text = serde_json::to_vec(value).map_err(|error| BundleError::Record(error.to_string()))?;
    Ok(text.len() as u64)
}
