//! Names of nodes, of volumes as files, and of parts within them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{BundleError, Result};
use crate::sha256::Sha256;

const MAX_NODE_NAME: usize = 32;
/// Prefix of file names; its number is that of the container's format.
const PREFIX: &str = "sc1_";
const SUFFIX: &str = ".scb";
const MAX_VOLUMES: u32 = 9_999;

/// Name of a node: 1 to 32 of a-z, 0-9 and the hyphen, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct NodeName(String);

impl NodeName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NodeName {
    type Err = BundleError;

    fn from_str(text: &str) -> Result<Self> {
        let signs = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let begins = text.starts_with(|first: char| first.is_ascii_lowercase());
        if signs && begins && text.len() <= MAX_NODE_NAME {
            return Ok(Self(text.to_owned()));
        }
        Err(BundleError::NodeName(text.chars().take(80).collect()))
    }
}

impl TryFrom<String> for NodeName {
    type Error = BundleError;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<NodeName> for String {
    fn from(name: NodeName) -> Self {
        name.0
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// File name of a volume: `sc1_<from>_<to>_<seq>_<volume>of<volumes>.scb`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VolumeName {
    /// Sending node.
    pub from: NodeName,
    /// Receiving node.
    pub to: NodeName,
    /// Number of the bundle, in six digits or more.
    pub seq: u64,
    /// Number of the volume, from 1.
    pub volume: u32,
    /// Volumes of the bundle.
    pub volumes: u32,
}

impl fmt::Display for VolumeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, seq, volume, volumes } = self;
        write!(f, "{PREFIX}{from}_{to}_{seq:06}_{volume}of{volumes}{SUFFIX}")
    }
}

impl FromStr for VolumeName {
    type Err = BundleError;

    fn from_str(text: &str) -> Result<Self> {
        // One spelling for each name: it must be the one that is written.
        let parsed = parse_volume_name(text).filter(|name| name.to_string() == text);
        parsed.ok_or_else(|| BundleError::FileName(text.chars().take(120).collect()))
    }
}

fn parse_volume_name(text: &str) -> Option<VolumeName> {
    let mut fields = text.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split('_');
    let mut next = || fields.next();
    let (from, to) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let (seq, (volume, volumes)) = (next()?.parse().ok()?, next()?.split_once("of")?);
    let (volume, volumes) = (volume.parse().ok()?, volumes.parse().ok()?);
    let in_range = (1..=volumes).contains(&volume) && volumes <= MAX_VOLUMES && fields.next().is_none();
    in_range.then_some(VolumeName { from, to, seq, volume, volumes })
}

/// Name of a part: `records/NNNN.jsonl.zst.age` or `blobs/<sha256>.age`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartName {
    /// Records, numbered through the bundle.
    Records(u16),
    /// The blob with this digest.
    Blob(Sha256),
}

/// Parts of records in a bundle.
pub(crate) const MAX_RECORD_PARTS: u16 = 9_999;

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(number) => write!(f, "records/{number:04}.jsonl.zst.age"),
            Self::Blob(sha256) => write!(f, "blobs/{sha256}.age"),
        }
    }
}

impl FromStr for PartName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let records = || text.strip_prefix("records/")?.strip_suffix(".jsonl.zst.age")?.parse().ok();
        let blob = || text.strip_prefix("blobs/")?.strip_suffix(".age")?.parse().ok();
        let name = records().map(Self::Records).or_else(|| blob().map(Self::Blob));
        let canonical = name.filter(|name| name.to_string() == text && *name != Self::Records(0));
        canonical.ok_or("expected records/NNNN.jsonl.zst.age or blobs/<sha256>.age")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_name_has_one_spelling() {
        let name = "sc1_gateway_site-2_000017_2of3.scb";
        let parsed: VolumeName = name.parse().expect("a name");
        assert_eq!((parsed.from.as_str(), parsed.to.as_str()), ("gateway", "site-2"));
        assert_eq!((parsed.seq, parsed.volume, parsed.volumes), (17, 2, 3));
        assert_eq!(parsed.to_string(), name);
        for other in [
            "sc1_gateway_site-2_17_2of3.scb",
            "sc1_gateway_site-2_000017_02of3.scb",
            "sc1_gateway_site-2_+00017_2of3.scb",
            "sc1_gateway_site-2_000017_4of3.scb",
            "sc1_gateway_site-2_000017_0of3.scb",
            "sc1_gateway_site-2_000017_1of10000.scb",
            "sc1_gateway_site-2_000017_2of3_.scb",
            "sc1_gateway_site-2_000017_2of3.scb.part",
            "sc1_../etc_site_000017_1of1.scb",
            "sc1_Gateway_site_000017_1of1.scb",
            "sc2_gateway_site_000017_1of1.scb",
            "",
        ] {
            assert!(other.parse::<VolumeName>().is_err(), "{other}");
        }
    }

    #[test]
    fn a_node_name_is_short_and_of_plain_signs() {
        assert!(["a", "site-2", &"a".repeat(32)].iter().all(|name| name.parse::<NodeName>().is_ok()));
        for name in ["", "-a", "2a", "a_b", "a/b", "a.b", "ä", &"a".repeat(33)] {
            assert!(name.parse::<NodeName>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_part_name_has_one_spelling() {
        let blob = format!("blobs/{}.age", "0a".repeat(32));
        for name in ["records/0001.jsonl.zst.age", "records/9999.jsonl.zst.age", &blob] {
            assert_eq!(name.parse::<PartName>().expect("a name").to_string(), name);
        }
        let upper = format!("blobs/{}.age", "0A".repeat(32));
        for name in ["records/0000.jsonl.zst.age", "records/1.jsonl.zst.age", "blobs/../x.age", &upper] {
            assert!(name.parse::<PartName>().is_err(), "{name}");
        }
    }
}
