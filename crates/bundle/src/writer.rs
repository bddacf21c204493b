//! Writing a bundle: records as they come, then blobs, then the volumes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::bounds::{Bounds, PART_BYTES};
use crate::error::{BundleError, Result, within};
use crate::header::{FORMAT, LeftOut, VolumeHeader};
use crate::keys::NodeKeys;
use crate::names::MAX_RECORD_PARTS;
use crate::node::PublicNode;
use crate::options::{BlobSource, WriteOptions};
use crate::plan::{PlannedPart, VolumePlanner};
use crate::records;
use crate::sha256::Sha256;
use crate::spool::{OpenPart, Spool};
use crate::volume_file::VolumeFile;

/// Fields of a bundle's headers that the caller decides.
#[derive(Debug, Clone)]
pub struct BundleInfo {
    /// Identifier of the bundle.
    pub bundle: Uuid,
    /// Its number among those to this receiver.
    pub seq: u64,
    /// Time of writing.
    pub created_at: DateTime<Utc>,
    /// Identifier of the sender's database since its last restore: 1 to 64 printable signs.
    pub epoch: String,
    /// Revisions that the sender has applied.
    pub have: Value,
    /// Kinds of records that a reader must know.
    pub needs: Vec<String>,
}

/// A written bundle.
#[derive(Debug)]
pub struct WrittenBundle {
    /// Paths of the volumes, in their order.
    pub volumes: Vec<PathBuf>,
    /// Bytes of the volumes.
    pub bytes: u64,
    /// Blobs in them.
    pub blobs: Vec<Sha256>,
    /// Parts that did not fit.
    pub left: LeftOut,
    /// Blobs that could not be read, or have other bytes than their name says, with the reason.
    pub dropped: Vec<(Sha256, String)>,
}

/// Collects the parts of one bundle for one receiver, in the order in which they are to be stored.
pub struct BundleWriter<'a> {
    keys: &'a NodeKeys,
    to: &'a PublicNode,
    info: BundleInfo,
    spool: Spool,
    open: Option<OpenPart>,
    parts: Vec<PlannedPart>,
    blobs: Vec<PlannedPart>,
    digests: HashSet<Sha256>,
    bounds: Bounds,
}

impl<'a> BundleWriter<'a> {
    /// Begins a bundle. Finished records wait in an unnamed file in `scratch`, encrypted.
    pub fn new(keys: &'a NodeKeys, to: &'a PublicNode, info: BundleInfo, scratch: &Path) -> Result<Self> {
        let (parts, blobs, digests) = (Vec::new(), Vec::new(), HashSet::new());
        let (spool, bounds) = (Spool::new(scratch)?, Bounds::default());
        Ok(Self { keys, to, info, spool, open: None, parts, blobs, digests, bounds })
    }

    /// Adds a record: a JSON object with its kind under `k`, without line feeds.
    ///
    /// # Errors
    /// If a reader would refuse it.
    pub fn record(&mut self, record: &[u8]) -> Result<()> {
        records::check(record, &self.bounds).map_err(BundleError::Record)?;
        let bytes = record.len() as u64 + 1;
        let is_full =
            |part: &OpenPart| part.raw_bytes + bytes > PART_BYTES || part.count >= self.bounds.records;
        if self.open.as_ref().is_some_and(is_full) {
            self.end_part()?;
        }
        let mut part = match self.open.take() {
            Some(part) => part,
            None => self.spool.begin(self.to)?,
        };
        part.write(record)?;
        self.open = Some(part);
        Ok(())
    }

    /// Ends the current part, so that an importer can apply the records so far by themselves.
    pub fn end_part(&mut self) -> Result<()> {
        let Some(part) = self.open.take() else { return Ok(()) };
        let number = self.parts.len() as u64 + 1;
        within("parts of records", number, u64::from(MAX_RECORD_PARTS))?;
        let part = self.spool.end(part)?;
        self.parts.push(PlannedPart::Records(number as u16, part));
        Ok(())
    }

    /// Adds a blob by its digest and size. One that was added before is ignored.
    pub fn blob(&mut self, sha256: Sha256, bytes: u64) -> Result<()> {
        within("bytes of a blob", bytes, self.bounds.blob_bytes)?;
        if self.digests.insert(sha256) {
            self.blobs.push(PlannedPart::Blob { sha256, bytes });
        }
        Ok(())
    }

    /// Writes the volumes into a directory. A bundle without parts is one volume.
    ///
    /// # Errors
    /// If the medium fails or is full: the whole volumes written before are named in `BundleError::Stopped`.
    pub fn write(
        mut self,
        directory: &Path,
        options: &WriteOptions,
        source: &mut dyn BlobSource,
    ) -> Result<WrittenBundle> {
        self.end_part()?;
        let header = self.header();
        let planner = VolumePlanner {
            empty_header: VolumePlanner::longest(&header)?,
            volume_bytes: options.volume_bytes,
            budget_bytes: options.budget_bytes,
            bounds: &options.bounds,
        };
        let parts = std::mem::take(&mut self.parts).into_iter().chain(std::mem::take(&mut self.blobs));
        let (volumes, left) = planner.plan(parts.collect())?;
        let count = u32::try_from(volumes.len()).map_err(|_| BundleError::Plan("too many volumes"))?;
        let mut written =
            WrittenBundle { volumes: Vec::new(), bytes: 0, blobs: Vec::new(), left, dropped: Vec::new() };
        for (volume, planned) in (1..).zip(volumes) {
            let header = VolumeHeader { volume, volumes: count, left, ..header.clone() };
            let blobs = planned.parts.iter().filter_map(PlannedPart::digest).collect::<Vec<_>>();
            let file = VolumeFile { keys: self.keys, to: self.to, header, directory, options };
            match file.write(planned, &mut self.spool, source, &mut written.dropped) {
                Ok((path, bytes)) => {
                    written.volumes.push(path);
                    written.bytes += bytes;
                    written.blobs.extend(blobs);
                }
                Err(error) => {
                    return Err(BundleError::Stopped { written: written.volumes, source: Box::new(error) });
                }
            }
        }
        written.blobs.retain(|blob| !written.dropped.iter().any(|(dropped, _)| dropped == blob));
        Ok(written)
    }

    fn header(&self) -> VolumeHeader {
        let (from, info) = (self.keys.node(), self.info.clone());
        VolumeHeader {
            format: FORMAT,
            needs: info.needs,
            bundle: info.bundle,
            from: from.name.clone(),
            to: self.to.name.clone(),
            seq: info.seq,
            volume: 1,
            volumes: 1,
            created_at: info.created_at,
            key: from.key_id(),
            node: from.clone(),
            to_key: self.to.age_key_id(),
            epoch: info.epoch,
            have: info.have,
            left: LeftOut::default(),
            parts: Vec::new(),
        }
    }
}
