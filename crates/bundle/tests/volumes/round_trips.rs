//! Volumes are read as they were written.

use proptest::prelude::*;
use smartcache_bundle::WriteOptions;

use crate::stage::{Blobs, Content, Stage, file_name, noise, records};

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_again_in_its_order(
        texts in prop::collection::vec("\\PC{0,60}", 0..60),
        sizes in prop::collection::vec(0_usize..200_000, 0..6),
        volume_kb in 300_u64..900,
    ) {
        let stage = Stage::new();
        let records: Vec<_> = texts.iter().map(|text| serde_json::json!({"k": "item", "t": text}).to_string()).collect();
        let blobs = Blobs::of(sizes.iter().enumerate().map(|(at, size)| noise(at as u8, *size)));
        let options = WriteOptions { volume_bytes: volume_kb * 1_000, ..WriteOptions::default() };
        let written = stage.write(1, &records, &blobs, &options).expect("written");
        let mut all = Content::default();
        for path in &written.volumes {
            prop_assert!(std::fs::metadata(path).expect("a file").len() <= options.volume_bytes);
            let content = stage.read_file(path).expect("read");
            all.records.extend(content.records);
            all.blobs.extend(content.blobs);
        }
        let expected: Vec<_> = blobs.order.iter().map(|sha256| blobs.bytes[sha256].clone()).collect();
        prop_assert_eq!(all, Content { records, blobs: expected });
        prop_assert!(written.left == Default::default() && written.dropped.is_empty());
    }
}

#[test]
fn a_bundle_without_parts_is_one_volume_with_a_header() {
    let stage = Stage::new();
    let written = stage.write(3, &[], &Blobs::default(), &WriteOptions::default()).expect("written");
    let [path] = &written.volumes[..] else { panic!("{written:?}") };
    assert_eq!(file_name(path), "sc1_gateway_site_000003_1of1.scb");
    assert_eq!(stage.read_file(path).expect("read"), Content::default());
}

#[test]
fn many_records_make_several_parts() {
    let stage = Stage::new();
    let records = records(60_000);
    let written = stage.write(1, &records, &Blobs::default(), &WriteOptions::default()).expect("written");
    let content = stage.read_file(&written.volumes[0]).expect("read");
    assert_eq!(content.records, records);
    let raw: usize = records.iter().map(|record| record.len() + 1).sum();
    let report = report(&stage, &written.volumes[0]);
    assert_eq!(report.records, (raw.div_ceil(2 << 20) as u64, 60_000));
    assert_eq!(report.kinds.expect("counted")["item"], 60_000);
}

#[test]
fn equal_records_keep_the_bounds_of_their_reader() {
    let stage = Stage::new();
    let records = vec![format!(r#"{{"k":"item","t":"{}"}}"#, "a".repeat(1_000)); 6_000];
    let written = stage.write(1, &records, &Blobs::default(), &WriteOptions::default()).expect("written");
    assert_eq!(stage.read_file(&written.volumes[0]).expect("read").records, records);
}

fn report(stage: &Stage, path: &std::path::Path) -> smartcache_bundle::VolumeReport {
    let (file, name) = smartcache_bundle::open_file(path).expect("a volume");
    let bounds = smartcache_bundle::Bounds::default();
    smartcache_bundle::inspect(file, &name, Some(&stage.site), &stage.trusted(), &bounds).expect("a report")
}
