//! Two nodes in a directory of their own, and volumes between them.
#![allow(dead_code)]

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use smartcache_bundle::{
    BlobSource, Bounds, BundleError, BundleInfo, BundleWriter, Keyring, PartKind, PublicNode, Sha256, Volume,
    VolumeName, WriteOptions, WrittenBundle,
};
use uuid::Uuid;

/// A gateway and a site. The directory vanishes with it.
pub struct Stage {
    pub directory: PathBuf,
    pub gateway: Keyring,
    pub site: Keyring,
}

impl Stage {
    pub fn new() -> Self {
        let directory = std::env::temp_dir().join(format!("bundle-test-{}", Uuid::new_v4().simple()));
        std::fs::create_dir(&directory).expect("a directory");
        let keyring =
            |name: &str| Keyring::create(&directory.join(name), name.parse().expect("a name")).expect("keys");
        let (gateway, site) = (keyring("gateway"), keyring("site"));
        std::fs::create_dir(directory.join("stick")).expect("a directory");
        Self { directory, gateway, site }
    }

    pub fn stick(&self) -> PathBuf {
        self.directory.join("stick")
    }

    pub fn trusted(&self) -> Vec<PublicNode> {
        vec![self.gateway.current().node().clone()]
    }

    /// A bundle from the gateway to the site.
    pub fn writer(&self, seq: u64) -> BundleWriter<'_> {
        let (keys, to) = (self.gateway.current(), self.site.current().node());
        BundleWriter::new(keys, to, info(seq), &self.directory).expect("a writer")
    }

    pub fn write(
        &self,
        seq: u64,
        records: &[String],
        blobs: &Blobs,
        options: &WriteOptions,
    ) -> Result<WrittenBundle, BundleError> {
        let mut writer = self.writer(seq);
        records.iter().try_for_each(|record| writer.record(record.as_bytes()))?;
        blobs.order.iter().try_for_each(|sha256| writer.blob(*sha256, blobs.bytes[sha256].len() as u64))?;
        writer.write(&self.stick(), options, &mut blobs.clone())
    }

    /// Everything in a volume, as the site reads it.
    pub fn read(&self, name: &str, bytes: &[u8]) -> Result<Content, BundleError> {
        read(&self.site, &self.trusted(), name, bytes)
    }

    pub fn read_file(&self, path: &Path) -> Result<Content, BundleError> {
        self.read(&file_name(path), &std::fs::read(path).expect("a volume"))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_796_000_000, 0).expect("a time")
}

pub fn info(seq: u64) -> BundleInfo {
    let have = serde_json::json!({"sources": {"a": 7}});
    let needs = vec!["item".to_owned()];
    BundleInfo { bundle: Uuid::from_u128(7), seq, created_at: now(), epoch: "e1".to_owned(), have, needs }
}

pub fn file_name(path: &Path) -> String {
    path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned()
}

#[derive(Debug, Default, PartialEq)]
pub struct Content {
    pub records: Vec<String>,
    pub blobs: Vec<Vec<u8>>,
}

pub fn read(
    keys: &Keyring,
    trusted: &[PublicNode],
    name: &str,
    bytes: &[u8],
) -> Result<Content, BundleError> {
    let (name, me) = (name.parse::<VolumeName>()?, keys.current().node().name.clone());
    let mut volume = Volume::open(Cursor::new(bytes), &name, &me, trusted, Bounds::default())?;
    let mut content = Content::default();
    for at in 0..volume.header().parts.len() {
        let part = volume.part(at)?;
        match part.entry().kind {
            PartKind::Blob => {
                let mut blob = Vec::new();
                part.blob(keys, &mut blob)?;
                content.blobs.push(blob);
            }
            PartKind::Records => {
                let mut records = part.records(keys)?;
                while let Some(record) = records.next_record()? {
                    content.records.push(String::from_utf8(record.to_vec()).expect("checked text"));
                }
            }
        }
    }
    Ok(content)
}

/// Blobs in memory, in the order in which they were added.
#[derive(Clone, Default)]
pub struct Blobs {
    pub order: Vec<Sha256>,
    pub bytes: HashMap<Sha256, Vec<u8>>,
}

impl Blobs {
    pub fn of(blobs: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut all = Self::default();
        for bytes in blobs {
            let sha256 = Sha256::of(&bytes);
            if all.bytes.insert(sha256, bytes).is_none() {
                all.order.push(sha256);
            }
        }
        all
    }
}

impl BlobSource for Blobs {
    fn open(&mut self, sha256: &Sha256) -> std::io::Result<Box<dyn Read + '_>> {
        match self.bytes.get(sha256) {
            Some(bytes) => Ok(Box::new(bytes.as_slice())),
            None => Err(std::io::Error::other("the blob is gone")),
        }
    }
}

pub fn records(count: usize) -> Vec<String> {
    let record = |number: usize| {
        let title = hex::encode(&Sha256::of(&number.to_be_bytes()).0[..16]);
        format!(r#"{{"k":"item","key":{number},"title":"{title}"}}"#)
    };
    (0..count).map(record).collect()
}

/// Bytes without a pattern, the same for the same seed.
pub fn noise(seed: u8, bytes: usize) -> Vec<u8> {
    use rand::{RngCore, SeedableRng, rngs::StdRng};
    let mut noise = vec![0; bytes];
    StdRng::from_seed([seed; 32]).fill_bytes(&mut noise);
    noise
}
