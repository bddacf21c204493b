#![doc = include_str!("../README.md")]

mod bounds;
mod checked_reader;
mod envelope;
mod error;
#[doc(hidden)]
pub mod fuzzed;
mod header;
mod inspect;
mod keyring;
mod keys;
mod names;
mod node;
mod options;
mod plan;
mod records;
mod rotation;
mod seal;
mod sha256;
mod spool;
mod strict_json;
mod ustar;
mod volume;
mod volume_file;
mod writer;

pub use self::bounds::{Bounds, PART_BYTES};
pub use self::checked_reader::CheckedReader;
pub use self::error::BundleError;
pub use self::header::{FORMAT, LeftOut, PartEntry, PartKind, SIGNATURE_CONTEXT, VolumeHeader};
pub use self::inspect::{SignatureState, VolumeReport, claimed_signer, inspect, open_file};
pub use self::keyring::{Keyring, OVERLAP_DAYS};
pub use self::keys::NodeKeys;
pub use self::names::{NodeName, PartName, VolumeName};
pub use self::node::PublicNode;
pub use self::options::{BlobSource, WriteOptions};
pub use self::records::{RecordKinds, Records};
pub use self::rotation::Rotation;
pub use self::sha256::Sha256;
pub use self::volume::{VerifiedPart, Volume};
pub use self::writer::{BundleInfo, BundleWriter, WrittenBundle};
