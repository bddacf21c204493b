//! Volumes with any content, signed by a node's real key: the attacker that bounds are for.
//!
//! Written apart from the program's own writer, by the description of the format alone.
#![allow(dead_code)]

use std::io::Write;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine};
use ring::signature::Ed25519KeyPair;
use serde_json::{Value, json};
use smartcache_bundle::{PublicNode, Sha256};

use crate::stage::{Stage, now};

/// A volume that can be bent before it is signed.
#[derive(Clone)]
pub struct Forgery {
    pub header: Value,
    pub parts: Vec<(String, Vec<u8>)>,
}

pub const NAME: &str = "sc1_gateway_site_000001_1of1.scb";

impl Forgery {
    /// A good volume without parts.
    pub fn new(stage: &Stage) -> Self {
        let (from, to) = (stage.gateway.current().node(), stage.site.current().node());
        let header = json!({
            "format": 1, "needs": ["item"], "bundle": "00000000-0000-0000-0000-000000000007",
            "from": "gateway", "to": "site", "seq": 1, "volume": 1, "volumes": 1, "created_at": now(),
            "key": from.key_id(), "node": from.to_string(), "to_key": to.age_key_id(), "epoch": "e1",
            "have": {}, "parts": [],
        });
        Self { header, parts: Vec::new() }
    }

    /// Adds a part of records out of stored bytes.
    pub fn stored(mut self, stored: Vec<u8>, raw_bytes: u64, count: u64) -> Self {
        let name = format!("records/{:04}.jsonl.zst.age", self.parts.len() + 1);
        self.entry(json!({
            "name": name, "bytes": stored.len(), "sha256": Sha256::of(&stored), "raw_bytes": raw_bytes,
            "kind": "records", "count": count,
        }));
        self.parts.push((name, stored));
        self
    }

    /// Adds a part of records out of a zstd frame.
    pub fn frame(self, to: &PublicNode, frame: &[u8], raw_bytes: u64, count: u64) -> Self {
        self.stored(seal(to, frame), raw_bytes, count)
    }

    /// Adds a part of records out of decoded bytes.
    pub fn lines(self, to: &PublicNode, lines: &str) -> Self {
        let count = lines.matches('\n').count() as u64;
        self.frame(to, &compress(lines.as_bytes()), lines.len() as u64, count)
    }

    /// Adds a blob under the name of other bytes.
    pub fn blob(mut self, to: &PublicNode, name: Sha256, bytes: &[u8]) -> Self {
        let (name, stored) = (format!("blobs/{name}.age"), seal(to, bytes));
        self.entry(json!({
            "name": name, "bytes": stored.len(), "sha256": Sha256::of(&stored), "raw_bytes": bytes.len(),
            "kind": "blob",
        }));
        self.parts.push((name, stored));
        self
    }

    fn entry(&mut self, entry: Value) {
        self.header["parts"].as_array_mut().expect("a list").push(entry);
    }

    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        self.header.pointer_mut(parent).expect("an object")[field] = value;
        self
    }

    pub fn signed(&self, stage: &Stage) -> Vec<u8> {
        let key = signing_key(&stage.directory.join("gateway"));
        volume(&serde_json::to_vec(&self.header).expect("JSON"), &key, &self.parts)
    }
}

/// Tar of a header, its signature and parts.
pub fn volume(header: &[u8], key: &Ed25519KeyPair, parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let signature = key.sign(&[b"smartcache-bundle-v1\0", header].concat());
    let mut tar = entry("header.json", header);
    tar.extend(entry("header.sig", signature.as_ref()));
    parts.iter().for_each(|(name, stored)| tar.extend(entry(name, stored)));
    tar.extend([0; 1_024]);
    tar
}

pub fn signing_key(keyring: &Path) -> Ed25519KeyPair {
    let pem = std::fs::read_to_string(keyring.join("own/sign.key")).expect("a key");
    let der = BASE64_STANDARD.decode(pem.lines().nth(1).expect("a line")).expect("base64");
    Ed25519KeyPair::from_seed_unchecked(&der[16..]).expect("a key")
}

pub fn entry(name: &str, content: &[u8]) -> Vec<u8> {
    let mut entry = tar_header(name, &format!("{:011o}\0", content.len()), b'0').to_vec();
    entry.extend(content);
    entry.resize(entry.len().next_multiple_of(512), 0);
    entry
}

/// Header of an entry with any size field and type.
pub fn tar_header(name: &str, size: &str, kind: u8) -> [u8; 512] {
    let mut block = [0; 512];
    let name = &name.as_bytes()[..name.len().min(100)];
    block[..name.len()].copy_from_slice(name);
    block[100..124].copy_from_slice(b"0000644\x000000000\x000000000\x00");
    block[124..136].copy_from_slice(size.as_bytes());
    block[136..148].copy_from_slice(b"00000000000\0");
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    block[329..345].copy_from_slice(b"0000000\x000000000\x00");
    checksum(&mut block);
    block
}

pub fn checksum(block: &mut [u8]) {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

pub fn seal(to: &PublicNode, bytes: &[u8]) -> Vec<u8> {
    let recipient = to.recipient().expect("a key");
    let encryptor = age::Encryptor::with_recipients([&recipient as &dyn age::Recipient].into_iter());
    let mut stored = Vec::new();
    let mut writer = encryptor.expect("a recipient").wrap_output(&mut stored).expect("a header");
    writer.write_all(bytes).expect("written");
    writer.finish().expect("finished");
    stored
}

pub fn compress(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 3).expect("a frame")
}
