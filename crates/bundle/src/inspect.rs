//! Report on a volume, also on one that is for another node or of an unknown signer.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{Read, Seek};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::Serialize;

use crate::bounds::Bounds;
use crate::envelope::Envelope;
use crate::error::{BundleError, Result};
use crate::header::{PartKind, VolumeHeader};
use crate::keyring::Keyring;
use crate::names::{NodeName, VolumeName};
use crate::node::PublicNode;
use crate::records::RecordKinds;
use crate::volume::Volume;

/// Everything that a file says about itself, and how far that is proven.
#[derive(Debug, Clone, Serialize)]
pub struct VolumeReport {
    /// Name of the file.
    pub file: String,
    /// Whether a node would import it. `refused` says why not.
    pub is_accepted: bool,
    /// Reason of a refusal, in words.
    pub refused: Option<String>,
    /// Maker of the signature.
    pub signature: SignatureState,
    /// Fingerprint of the key that made the signature, for comparison on paper.
    pub fingerprint: Option<String>,
    /// Whether it is for this node. `None` without keys.
    pub is_for_us: Option<bool>,
    /// The header, without its parts. A claim unless the signature is trusted.
    pub header: Option<VolumeHeader>,
    /// Parts of records, and records in them.
    pub records: (u64, u64),
    /// Blobs, and bytes in them.
    pub blobs: (u64, u64),
    /// Names of parts whose stored bytes are not the signed ones.
    pub damaged: Vec<String>,
    /// Records by kind, if the key is here.
    pub kinds: Option<RecordKinds>,
}

/// Maker of a volume's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SignatureState {
    /// A trusted node.
    Trusted,
    /// The key in the header, which is not trusted here.
    Unknown,
    /// None: the signature does not go with the header.
    Invalid,
}

/// Opens a file of a drop folder: a regular one, and never through a link.
pub fn open_file(path: &Path) -> Result<(std::fs::File, VolumeName)> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().parse()?;
    // Opening a pipe would wait for its other end.
    let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(BundleError::Layout("it is no regular file"));
    }
    Ok((file, name))
}

/// Node in the header whose key made the signature. A claim that anybody can make: it shows the fingerprint
/// of an unknown signer. `None` without a valid signature.
///
/// # Errors
/// If the file cannot be read, or begins with no header of a volume.
pub fn claimed_signer<F: Read + Seek>(mut file: F, bounds: &Bounds) -> Result<Option<PublicNode>> {
    let envelope = Envelope::read(&mut file, bounds)?;
    let node = VolumeHeader::parse(&envelope.header, bounds)?.node;
    Ok(Some(node).filter(|node| envelope.is_signed_by(node)))
}

/// Reports on a volume. Reads all of it.
///
/// # Errors
/// Only if the file cannot be read. A volume that is refused is a report.
pub fn inspect<F: Read + Seek>(
    mut file: F,
    name: &VolumeName,
    keyring: Option<&Keyring>,
    trusted: &[PublicNode],
    bounds: &Bounds,
) -> Result<VolumeReport> {
    let mut report = VolumeReport::new(name);
    let me = keyring.map(|keyring| &keyring.current().node().name);
    match examine(&mut file, name, me, trusted, bounds, &mut report) {
        Ok(mut volume) => {
            report.read_parts(&mut volume, keyring)?;
            let refused = match (&report.damaged[..], report.signature) {
                ([], SignatureState::Trusted) if report.is_for_us != Some(false) => None,
                ([], SignatureState::Trusted) => Some(BundleError::Receiver(name.to.to_string()).to_string()),
                ([], _) => Some(BundleError::UnknownSigner(name.from.to_string()).to_string()),
                (damaged, _) => Some(BundleError::Damaged(damaged.join(", ")).to_string()),
            };
            report.refused = report.refused.take().or(refused);
        }
        Err(BundleError::File(error)) => return Err(error.into()),
        Err(error) => report.refused = Some(error.to_string()),
    }
    report.is_accepted = report.refused.is_none();
    Ok(report)
}

/// Judges signature and header.
fn examine<'a, F: Read + Seek>(
    file: &'a mut F,
    name: &VolumeName,
    me: Option<&NodeName>,
    trusted: &[PublicNode],
    bounds: &Bounds,
    report: &mut VolumeReport,
) -> Result<Volume<&'a mut F>> {
    let envelope = Envelope::read(file, bounds)?;
    let signer = trusted.iter().find(|node| node.name == name.from && envelope.is_signed_by(node));
    report.signature = if signer.is_some() { SignatureState::Trusted } else { SignatureState::Invalid };
    let header = VolumeHeader::parse(&envelope.header, bounds)?;
    report.is_for_us = me.map(|me| *me == header.to);
    report.fingerprint = signer.map(PublicNode::fingerprint);
    if signer.is_none() && envelope.is_signed_by(&header.node) {
        report.signature = SignatureState::Unknown;
        report.fingerprint = Some(header.node.fingerprint());
    }
    report.header = Some(VolumeHeader { parts: Vec::new(), ..header.clone() });
    for part in &header.parts {
        let (sum, amount) = match part.kind {
            PartKind::Records => (&mut report.records, part.count.unwrap_or_default()),
            PartKind::Blob => (&mut report.blobs, part.raw_bytes),
        };
        sum.0 += 1;
        sum.1 += amount;
    }
    if report.signature == SignatureState::Invalid {
        return Err(BundleError::Signature(name.from.to_string()));
    }
    header.check_origin(name, signer.unwrap_or(&header.node))?;
    Volume::unchecked(file, &envelope, header, bounds.clone())
}

impl VolumeReport {
    fn new(name: &VolumeName) -> Self {
        Self {
            file: name.to_string(),
            is_accepted: false,
            refused: None,
            signature: SignatureState::Invalid,
            fingerprint: None,
            is_for_us: None,
            header: None,
            records: (0, 0),
            blobs: (0, 0),
            damaged: Vec::new(),
            kinds: None,
        }
    }

    /// Verifies every part, and counts records if the key is here.
    fn read_parts<F: Read + Seek>(
        &mut self,
        volume: &mut Volume<F>,
        keyring: Option<&Keyring>,
    ) -> Result<()> {
        let parts: Vec<_> = volume.header().parts.iter().map(|part| (part.name.clone(), part.kind)).collect();
        let opens = self.is_for_us == Some(true) && self.signature == SignatureState::Trusted;
        let keyring = keyring.filter(|_| opens);
        for (at, (name, kind)) in parts.into_iter().enumerate() {
            let counted = match (volume.part(at), keyring) {
                (Ok(mut part), Some(keyring)) if kind == PartKind::Records => part.kinds(keyring),
                (part, _) => part.map(|_| RecordKinds::new()),
            };
            match counted {
                Ok(kinds) => self.count(kinds, keyring.is_some()),
                Err(BundleError::File(error)) => return Err(error.into()),
                Err(BundleError::Damaged(_)) => self.damaged.push(name),
                Err(error) => self.refused = self.refused.take().or(Some(error.to_string())),
            }
        }
        Ok(())
    }

    fn count(&mut self, kinds: RecordKinds, is_open: bool) {
        if is_open {
            let sum = self.kinds.get_or_insert_default();
            kinds.into_iter().for_each(|(kind, count)| *sum.entry(kind).or_default() += count);
        }
    }
}

/// One line of words.
impl fmt::Display for VolumeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.refused {
            None => write!(f, "{}: good", self.file)?,
            Some(why) => write!(f, "{}: refused, {why}", self.file)?,
        }
        match (self.signature, &self.fingerprint) {
            (SignatureState::Trusted, _) => write!(f, "; signed by a trusted key")?,
            (SignatureState::Unknown, Some(print)) => write!(f, "; signed by an unknown key {print}")?,
            _ => write!(f, "; no valid signature")?,
        }
        match self.is_for_us {
            Some(true) => write!(f, "; for this node")?,
            Some(false) => write!(f, "; not for this node")?,
            None => {}
        }
        let Some(header) = &self.header else { return Ok(()) };
        let claims = if self.signature == SignatureState::Trusted { "" } else { "claims to be " };
        write!(f, "; {claims}from {} to {}, bundle {}", header.from, header.to, header.seq)?;
        write!(f, ", volume {} of {}", header.volume, header.volumes)?;
        write!(f, ", written {}", header.created_at.format("%Y-%m-%d %H:%M UTC"))?;
        write!(f, "; {} records in {} parts, {} blobs", self.records.1, self.records.0, self.blobs.0)?;
        write!(f, " of {} bytes", self.blobs.1)?;
        if let Some(kinds) = &self.kinds {
            let kinds: Vec<_> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
            write!(
                f,
                "; records by kind: {}",
                if kinds.is_empty() { "none".into() } else { kinds.join(", ") }
            )?;
        }
        if header.left.parts + header.left.blobs > 0 {
            write!(
                f,
                "; left for the next: {} parts of records, {} blobs",
                header.left.parts, header.left.blobs
            )?;
        }
        Ok(())
    }
}
