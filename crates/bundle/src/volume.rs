//! Reading a volume: the signature first, then each part once its bytes are the signed ones.

use std::io::{Read, Seek, SeekFrom, Write};

use crate::bounds::Bounds;
use crate::checked_reader::{self, CheckedReader, Prefixes, decoding};
use crate::envelope::{Envelope, expect_zeros, read_block};
use crate::error::{BundleError, Result};
use crate::header::{PartEntry, PartKind, VolumeHeader};
use crate::keyring::Keyring;
use crate::names::{NodeName, PartName, VolumeName};
use crate::node::PublicNode;
use crate::records::{self, RecordKinds, Records};
use crate::seal;
use crate::sha256::RunningDigest;
use crate::ustar::{self, BLOCK};

/// A volume whose header a trusted node signed for this one. Its parts are still unverified.
#[derive(Debug)]
pub struct Volume<F> {
    file: F,
    header: VolumeHeader,
    header_bytes: u64,
    signer: PublicNode,
    bounds: Bounds,
}

impl<F: Read + Seek> Volume<F> {
    /// Opens a file by its name. `trusted` are the nodes whose signatures count; one node may have several
    /// keys.
    ///
    /// Nothing of the header is parsed before a trusted key of the node in the file's name has verified it.
    ///
    /// # Errors
    /// If the signature, the receiver, the layout or a bound is wrong.
    pub fn open(
        mut file: F,
        name: &VolumeName,
        me: &NodeName,
        trusted: &[PublicNode],
        bounds: Bounds,
    ) -> Result<Self> {
        let envelope = Envelope::read(&mut file, &bounds)?;
        let named: Vec<&PublicNode> = trusted.iter().filter(|node| node.name == name.from).collect();
        if named.is_empty() {
            return Err(BundleError::UnknownSigner(name.from.to_string()));
        }
        let signer = named.into_iter().find(|node| envelope.is_signed_by(node));
        let signer = signer.ok_or_else(|| BundleError::Signature(name.from.to_string()))?.clone();
        let header = VolumeHeader::parse(&envelope.header, &bounds)?;
        header.check_origin(name, &signer)?;
        if header.to != *me {
            return Err(BundleError::Receiver(header.to.to_string()));
        }
        envelope.check_end(&mut file, &header)?;
        Ok(Self { file, header_bytes: envelope.header.len() as u64, header, signer, bounds })
    }

    /// A volume whose signature is not checked, for `inspect`.
    pub(crate) fn unchecked(
        mut file: F,
        envelope: &Envelope,
        header: VolumeHeader,
        bounds: Bounds,
    ) -> Result<Self> {
        envelope.check_end(&mut file, &header)?;
        let signer = header.node.clone();
        Ok(Self { file, header_bytes: envelope.header.len() as u64, header, signer, bounds })
    }

    /// The signed header.
    pub fn header(&self) -> &VolumeHeader {
        &self.header
    }

    /// The trusted node that signed, with the key that did.
    pub fn signer(&self) -> &PublicNode {
        &self.signer
    }

    /// Verifies a part's stored bytes, counted from 0. An importer resumes by beginning at a later part.
    ///
    /// # Errors
    /// If there is no such part, or its bytes are not the signed ones.
    pub fn part(&mut self, at: usize) -> Result<VerifiedPart<'_, F>> {
        let entry = self.header.parts.get(at).ok_or(BundleError::Layout("it has no such part"))?;
        let from = self.header.offset(at, self.header_bytes);
        self.file.seek(SeekFrom::Start(from))?;
        let damaged = || BundleError::Damaged(entry.name.clone());
        if Some(read_block(&mut self.file)?) != ustar::block(&entry.name, entry.bytes) {
            return Err(damaged());
        }
        let prefixes = checked_reader::hash(&mut self.file, from + BLOCK, entry.bytes)?;
        if prefixes.last() != Some(&entry.sha256) {
            return Err(damaged());
        }
        expect_zeros(&mut self.file, ustar::padding(entry.bytes)).map_err(|error| match error {
            BundleError::Layout(_) => damaged(),
            error => error,
        })?;
        Ok(VerifiedPart { file: &mut self.file, entry, bounds: &self.bounds, from: from + BLOCK, prefixes })
    }

    /// Verifies the stored bytes of all parts.
    pub fn verify(&mut self) -> Result<()> {
        (0..self.header.parts.len()).try_for_each(|at| self.part(at).map(drop))
    }
}

/// A part whose stored bytes are the signed ones.
pub struct VerifiedPart<'a, F> {
    file: &'a mut F,
    entry: &'a PartEntry,
    bounds: &'a Bounds,
    from: u64,
    prefixes: Prefixes,
}

impl<'a, F: Read + Seek> VerifiedPart<'a, F> {
    /// Its description in the header.
    pub fn entry(&self) -> &PartEntry {
        self.entry
    }

    /// Its stored bytes, an age file.
    pub fn stored(&mut self) -> Result<CheckedReader<'_, F>> {
        let PartEntry { name, bytes, .. } = self.entry;
        Ok(CheckedReader::new(self.file, name, self.from, *bytes, self.prefixes.clone())?)
    }

    /// Writes the bytes of a blob to `sink`.
    ///
    /// # Errors
    /// If they do not have the size and digest that the header names. Bytes already written must then be
    /// discarded.
    pub fn blob(mut self, keys: &Keyring, sink: &mut dyn Write) -> Result<()> {
        let (name, raw_bytes) = (self.entry.name.clone(), self.entry.raw_bytes);
        let Ok(PartName::Blob(sha256)) = name.parse() else {
            return Err(BundleError::content(&name, "it is no blob"));
        };
        let mut input = seal::decrypt(&name, self.stored()?, keys)?;
        let (mut hasher, mut left) = (RunningDigest::new(), raw_bytes);
        let mut buffer = vec![0; BUFFER];
        loop {
            let length = input.read(&mut buffer).map_err(|error| decoding(&name, error))?;
            if length == 0 {
                break;
            }
            let longer = || BundleError::content(&name, "it is longer than declared");
            left = left.checked_sub(length as u64).ok_or_else(longer)?;
            hasher.update(&buffer[..length]);
            sink.write_all(&buffer[..length])?;
        }
        match left == 0 && hasher.so_far() == sha256 {
            true => Ok(()),
            false => Err(BundleError::content(&name, "its bytes are not those of its name")),
        }
    }

    /// The records of a part, after all of them were decoded once and found as declared.
    pub fn records(mut self, keys: &Keyring) -> Result<Records<'a, F>> {
        self.kinds(keys)?;
        let Self { file, entry, bounds, from, prefixes } = self;
        let reader = CheckedReader::new(file, &entry.name, from, entry.bytes, prefixes)?;
        Records::new(entry, bounds, reader, keys)
    }

    /// Checks all records and counts them by kind.
    pub fn kinds(&mut self, keys: &Keyring) -> Result<RecordKinds> {
        let (entry, bounds) = (self.entry, self.bounds);
        if entry.kind != PartKind::Records {
            return Err(BundleError::content(&entry.name, "it holds no records"));
        }
        let mut records = Records::new(entry, bounds, self.stored()?, keys)?;
        let (mut kinds, mut number) = (RecordKinds::new(), 0_u64);
        while let Some(record) = records.next_record()? {
            number += 1;
            let kind = records::check(record, bounds);
            let kind =
                kind.map_err(|why| BundleError::content(&entry.name, format!("record {number}: {why}")))?;
            *kinds.entry(kind).or_default() += 1;
        }
        Ok(kinds)
    }
}

/// Bytes that a blob is copied by: two chunks of age.
const BUFFER: usize = 128 << 10;
