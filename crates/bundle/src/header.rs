//! The signed header of a volume, and the rules that it keeps.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::bounds::Bounds;
use crate::error::{BundleError, Result, within};
use crate::names::{NodeName, PartName, VolumeName};
use crate::node::PublicNode;
use crate::seal;
use crate::sha256::Sha256;
use crate::strict_json;
use crate::ustar;

/// Version of the container.
pub const FORMAT: u64 = 1;
/// Context of a header's signature: the bytes before `header.json` in the signed message.
pub const SIGNATURE_CONTEXT: &[u8] = b"smartcache-bundle-v1\0";
/// Bytes of a signature.
pub const SIGNATURE_BYTES: u64 = 64;
pub(crate) const HEADER_NAME: &str = "header.json";
pub(crate) const SIGNATURE_NAME: &str = "header.sig";
/// Length of an epoch and number of kinds that a reader must know.
const MAX_EPOCH: usize = 64;
const MAX_NEEDS: usize = 100;

/// Content of `header.json`. Unknown fields are accepted, duplicate ones are not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VolumeHeader {
    /// Version of the container.
    pub format: u64,
    /// Kinds of records that a reader must know in order to apply any.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Identifier of the bundle, the same in all its volumes.
    pub bundle: Uuid,
    /// Sending node.
    pub from: NodeName,
    /// Receiving node.
    pub to: NodeName,
    /// Number of the bundle among those from this sender to this receiver.
    pub seq: u64,
    /// Number of the volume, from 1.
    pub volume: u32,
    /// Volumes of the bundle.
    pub volumes: u32,
    /// Time of writing by the sender's clock. Shown, never decisive.
    pub created_at: DateTime<Utc>,
    /// Identifier of the signing key.
    pub key: String,
    /// Sender with its public keys. A claim: only the signature of a trusted node proves it.
    pub node: PublicNode,
    /// Identifier of the receiver's key to which the parts are encrypted.
    pub to_key: String,
    /// Identifier of the sender's database since its last restore.
    pub epoch: String,
    /// Revisions that the sender has applied, as its program writes them.
    #[serde(default)]
    pub have: Value,
    /// Parts that did not fit into the budget of the bundle.
    #[serde(default)]
    pub left: LeftOut,
    /// Parts of this volume, in the order in which they are stored: records, then blobs.
    pub parts: Vec<PartEntry>,
}

/// Parts that an export left for the next one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// Parts of records.
    pub parts: u64,
    /// Blobs.
    pub blobs: u64,
    /// Decoded bytes of both.
    pub bytes: u64,
}

/// One part, as the header describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartEntry {
    /// Name of its entry, a `PartName`.
    pub name: String,
    /// Stored bytes: encrypted, and for records compressed before.
    pub bytes: u64,
    /// Digest of the stored bytes.
    pub sha256: Sha256,
    /// Decoded bytes.
    pub raw_bytes: u64,
    /// Kind of content.
    pub kind: PartKind,
    /// Number of records; blobs have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// Content of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartKind {
    /// JSON objects, one per line.
    Records,
    /// Bytes of a file.
    Blob,
}

impl VolumeHeader {
    /// Parses and checks the bytes of `header.json`. Their signature is the caller's business.
    pub fn parse(bytes: &[u8], bounds: &Bounds) -> Result<Self> {
        #[derive(Deserialize)]
        struct FormatOnly {
            format: u64,
        }
        within("bytes of the header", bytes.len() as u64, bounds.header_bytes)?;
        let wrong = |error: serde_json::Error| BundleError::header("JSON", error.to_string());
        // Serde would take a list of values in the place of an object.
        if !bytes.starts_with(b"{") {
            return Err(BundleError::header("JSON", "it is no object"));
        }
        strict_json::check(bytes, bounds.depth).map_err(wrong)?;
        let FormatOnly { format } = serde_json::from_slice(bytes).map_err(wrong)?;
        if format > FORMAT {
            return Err(BundleError::Newer(format));
        }
        let header: Self = serde_json::from_slice(bytes).map_err(wrong)?;
        header.check(bounds)?;
        Ok(header)
    }

    /// File name of the volume.
    pub fn file_name(&self) -> VolumeName {
        let (from, to) = (self.from.clone(), self.to.clone());
        VolumeName { from, to, seq: self.seq, volume: self.volume, volumes: self.volumes }
    }

    /// Checks that the header belongs to a file of this name and was signed by the key that it names.
    pub(crate) fn check_origin(&self, name: &VolumeName, signer: &PublicNode) -> Result<()> {
        if self.file_name() != *name {
            return Err(BundleError::header("volume", format!("its file was {}", self.file_name())));
        }
        if self.key != signer.key_id() {
            return Err(BundleError::header("key", "another key signed it"));
        }
        Ok(())
    }

    /// Kinds of records that a reader must know and does not.
    pub fn unknown_needs(&self, known: &[&str]) -> Vec<&str> {
        self.needs.iter().map(String::as_str).filter(|kind| !known.contains(kind)).collect()
    }

    /// Offset of a part's tar header, for a header of so many bytes. With the number of parts: of the end.
    pub(crate) fn offset(&self, part: usize, header_bytes: u64) -> u64 {
        let parts: u64 = self.parts.iter().take(part).map(|part| ustar::entry(part.bytes)).sum();
        ustar::entry(header_bytes) + ustar::entry(SIGNATURE_BYTES) + parts
    }

    fn check(&self, bounds: &Bounds) -> Result<()> {
        let fail = |field: &str, why: &str| Err(BundleError::header(field, why));
        if self.format == 0 {
            return fail("format", "there is no format 0");
        }
        if self.file_name().to_string().parse::<VolumeName>().is_err() {
            return fail("volume", "it must be from 1 to the number of volumes");
        }
        if self.node.name != self.from || self.node.key_id() != self.key {
            return fail("node", "it must have the name and key of the sender");
        }
        if self.needs.len() > MAX_NEEDS || !self.needs.iter().all(|kind| is_kind(kind)) {
            return fail("needs", "it must list at most 100 kinds of records");
        }
        let plain = self.epoch.bytes().all(|byte| byte.is_ascii_graphic());
        if self.epoch.is_empty() || self.epoch.len() > MAX_EPOCH || !plain {
            return fail("epoch", "it must have 1 to 64 printable signs");
        }
        within("parts", self.parts.len() as u64, bounds.parts)?;
        let mut names = HashSet::new();
        let mut last = None;
        for (at, part) in self.parts.iter().enumerate() {
            let name = part.check(bounds).map_err(|error| of_part(at, error))?;
            let is_ordered = match (last, name) {
                (Some(PartName::Blob(_)), PartName::Records(_)) => false,
                (Some(PartName::Records(before)), PartName::Records(number)) => before < number,
                _ => true,
            };
            if !is_ordered || !names.insert(name) {
                return fail(&format!("parts[{at}].name"), "out of order, or a second time");
            }
            last = Some(name);
        }
        Ok(())
    }
}

fn of_part(at: usize, error: BundleError) -> BundleError {
    match error {
        BundleError::Header { field, why } => BundleError::header(format!("parts[{at}].{field}"), why),
        error => error,
    }
}

/// Whether a text names a kind of records: 1 to 32 of a-z and the underscore.
pub(crate) fn is_kind(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    (1..=32).contains(&text.len()) && plain
}

impl PartEntry {
    pub(crate) fn check(&self, bounds: &Bounds) -> Result<PartName> {
        let name: PartName = self.name.parse().map_err(|why| BundleError::header("name", why))?;
        within("bytes of a part", self.bytes, bounds.volume_bytes.min(ustar::MAX_SIZE))?;
        match (name, self.kind, self.count) {
            (PartName::Records(_), PartKind::Records, Some(count)) => {
                within("records of a part", count, bounds.records)?;
                within("decoded bytes of a part", self.raw_bytes, bounds.decoded_bytes(self.bytes))?;
            }
            (PartName::Blob(_), PartKind::Blob, None) => {
                within("bytes of a blob", self.raw_bytes, bounds.blob_bytes)?;
                if !seal::stored_bytes(self.raw_bytes).contains(&self.bytes) {
                    return Err(BundleError::header("raw_bytes", "it does not go with the stored bytes"));
                }
            }
            _ => return Err(BundleError::header("kind", "name, kind and count do not go together")),
        }
        Ok(name)
    }
}
