//! Fuzz targets for volumes; a violated promise panics.

use std::io::Cursor;

use crate::bounds::Bounds;
use crate::envelope::Envelope;
use crate::header::{PartEntry, PartKind, VolumeHeader};
use crate::inspect::{SignatureState, inspect};
use crate::records::{self, Lines};
use crate::sha256::Sha256;
use crate::volume::Volume;

/// Checks that bytes are a header or an error, and that a header survives a round trip.
pub fn header(bytes: &[u8]) {
    let bounds = Bounds::default();
    let Ok(header) = VolumeHeader::parse(bytes, &bounds) else { return };
    let Ok(text) = serde_json::to_vec(&header) else { panic!("a header is no JSON") };
    match VolumeHeader::parse(&text, &bounds) {
        Ok(again) => assert_eq!(again, header),
        // Numbers and escapes may be spelled longer.
        Err(error) => assert!(text.len() as u64 > bounds.header_bytes, "{error}"),
    }
}

/// Checks that bytes are never a volume of a trusted node, and that parts of an unsigned one are read or
/// refused.
pub fn volume(bytes: &[u8]) {
    let bounds = Bounds::default();
    let Ok(name) = "sc1_gateway_site_000001_1of1.scb".parse() else { return };
    let Ok(report) = inspect(Cursor::new(bytes), &name, None, &[], &bounds) else { return };
    assert!(!report.is_accepted && report.signature != SignatureState::Trusted);
    let mut file = Cursor::new(bytes);
    let Ok(envelope) = Envelope::read(&mut file, &bounds) else { return };
    let Ok(header) = VolumeHeader::parse(&envelope.header, &bounds) else { return };
    if let Ok(mut volume) = Volume::unchecked(file, &envelope, header, bounds) {
        let _ = volume.verify();
    }
}

/// Checks that bytes are a record or an error, and that as a compressed part they decode within the bounds
/// or not at all.
pub fn record(bytes: &[u8]) {
    let bounds = Bounds::default();
    if let Ok(kind) = records::check(bytes, &bounds) {
        assert!(
            serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|value| value["k"] == kind.as_str())
        );
    }
    let (raw_bytes, count) = (u64::from(bytes.first().copied().unwrap_or_default()) * 64, 100);
    let entry = PartEntry {
        name: "records/0001.jsonl.zst.age".to_owned(),
        bytes: bytes.len() as u64,
        sha256: Sha256::of(bytes),
        raw_bytes,
        kind: PartKind::Records,
        count: Some(count),
    };
    let encoded = bytes.get(1..).unwrap_or_default();
    if let Ok(lines) = Lines::new(encoded, &entry, &bounds) {
        let read = lines.drain("records");
        assert!(read.is_err() || read.is_ok_and(|lines| lines == count));
    }
}

#[cfg(test)]
mod tests {
    /// Keeps the seed corpus valid.
    #[test]
    fn the_seeds_keep_all_promises() {
        check("header", super::header);
        check("volume", super::volume);
        check("record", super::record);
    }

    fn check(name: &str, target: fn(&[u8])) {
        let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds");
        let files = std::fs::read_dir(format!("{seeds}/{name}")).expect("seeds");
        let files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        assert!(!files.is_empty(), "{name}");
        files.iter().for_each(|file| target(&std::fs::read(file).expect("a seed")));
    }
}
