//! Volumes, budgets and names that a writer gives, and media that fail.

use std::io::{Cursor, Read};

use smartcache_bundle::{
    BlobSource, Bounds, BundleError, LeftOut, PartKind, Sha256, Volume, WriteOptions, inspect, open_file,
};

use crate::stage::{Blobs, Stage, file_name, noise, records};

#[test]
fn blobs_beyond_the_budget_are_left_and_smaller_ones_still_go() {
    let stage = Stage::new();
    let blobs = Blobs::of([noise(1, 100_000), noise(2, 300_000), noise(3, 50_000)]);
    let options = WriteOptions { budget_bytes: 200_000, ..WriteOptions::default() };
    let written = stage.write(1, &records(10), &blobs, &options).expect("written");
    assert_eq!(written.left, LeftOut { parts: 0, blobs: 1, bytes: 300_000 });
    assert!(written.bytes <= 200_000);
    let content = stage.read_file(&written.volumes[0]).expect("read");
    assert_eq!((content.records.len(), content.blobs), (10, vec![noise(1, 100_000), noise(3, 50_000)]));
}

#[test]
fn records_beyond_the_budget_are_left_from_the_first_that_does_not_fit() {
    let stage = Stage::new();
    let mut writer = stage.writer(1);
    for (number, bytes) in [100, 50_000, 100].into_iter().enumerate() {
        let text = hex::encode(noise(number as u8, bytes));
        writer.record(format!(r#"{{"k":"item","t":"{text}"}}"#).as_bytes()).expect("added");
        writer.end_part().expect("ended");
    }
    let options = WriteOptions { budget_bytes: 20_000, ..WriteOptions::default() };
    let written = writer.write(&stage.stick(), &options, &mut Blobs::default()).expect("written");
    assert_eq!((written.left.parts, written.left.blobs), (2, 0));
    assert_eq!(stage.read_file(&written.volumes[0]).expect("read").records.len(), 1);
}

#[test]
fn a_budget_without_room_for_a_header_is_refused() {
    let stage = Stage::new();
    let options = WriteOptions { budget_bytes: 1_000, ..WriteOptions::default() };
    assert!(stage.write(1, &[], &Blobs::default(), &options).is_err());
}

#[test]
fn volumes_name_their_number_and_each_is_read_by_itself() {
    let stage = Stage::new();
    let blobs = Blobs::of((0..5).map(|seed| noise(seed, 100_000)));
    let options = WriteOptions { volume_bytes: 230_000, ..WriteOptions::default() };
    let written = stage.write(12, &records(5), &blobs, &options).expect("written");
    let names: Vec<_> = written.volumes.iter().map(|path| file_name(path)).collect();
    assert_eq!(names, (1..=3).map(|n| format!("sc1_gateway_site_000012_{n}of3.scb")).collect::<Vec<_>>());
    let last = stage.read_file(&written.volumes[2]).expect("read");
    assert_eq!((last.records.len(), last.blobs), (0, vec![noise(4, 100_000)]));
}

/// One blob is gone, one breaks off, one has other bytes.
struct Broken(Blobs);

impl BlobSource for Broken {
    fn open(&mut self, sha256: &Sha256) -> std::io::Result<Box<dyn Read + '_>> {
        match self.0.order.iter().position(|other| other == sha256) {
            Some(0) => Err(std::io::Error::other("the blob is gone")),
            Some(1) => Ok(Box::new(&self.0.bytes[sha256][..70_000])),
            Some(2) => Ok(Box::new(Cursor::new(noise(9, 80_000)))),
            Some(3) => Ok(Box::new(self.0.bytes[sha256].chain(&b"more"[..]))),
            _ => self.0.open(sha256),
        }
    }
}

#[test]
fn blobs_that_cannot_be_read_are_dropped_and_the_volume_is_good() {
    let stage = Stage::new();
    let blobs = Blobs::of((0..5).map(|seed| noise(seed, 80_000)));
    let mut writer = stage.writer(1);
    blobs.order.iter().for_each(|sha256| writer.blob(*sha256, 80_000).expect("added"));
    let written = writer.write(&stage.stick(), &WriteOptions::default(), &mut Broken(blobs.clone()));
    let written = written.expect("written");
    let dropped: Vec<_> = written.dropped.iter().map(|(sha256, _)| *sha256).collect();
    assert_eq!(dropped, blobs.order[..4]);
    assert_eq!(stage.read_file(&written.volumes[0]).expect("read").blobs, [noise(4, 80_000)]);
}

#[test]
fn a_volume_is_never_overwritten_and_a_draft_of_a_dead_process_is() {
    let stage = Stage::new();
    let draft = stage.stick().join("sc1_gateway_site_000001_1of1.scb.part");
    std::fs::write(&draft, "half").expect("written");
    stage.write(1, &records(1), &Blobs::default(), &WriteOptions::default()).expect("written");
    assert!(!draft.exists());
    let again = stage.write(1, &records(2), &Blobs::default(), &WriteOptions::default());
    assert!(
        matches!(again, Err(BundleError::Stopped { ref written, .. }) if written.is_empty()),
        "{again:?}"
    );
    let names: Vec<_> = std::fs::read_dir(stage.stick()).expect("a directory").collect();
    assert_eq!(names.len(), 1);
}

#[test]
fn records_that_no_reader_accepts_are_not_written() {
    let stage = Stage::new();
    let mut writer = stage.writer(1);
    let deep = format!(r#"{{"k":"item","a":{}1{}}}"#, "[".repeat(32), "]".repeat(32));
    let long = format!(r#"{{"k":"item","a":"{}"}}"#, "a".repeat(1 << 20));
    for record in
        [r#"["item"]"#, r#"{"t":1}"#, r#"{"k":"Item"}"#, r#"{"k":"a","k":"b"}"#, &deep, &long, "", "{\n}"]
    {
        let refused = writer.record(record.as_bytes());
        assert!(matches!(refused, Err(BundleError::Record(_))), "{record:.40}");
    }
}

#[test]
fn an_importer_resumes_at_any_part() {
    let stage = Stage::new();
    let blobs = Blobs::of((0..3).map(|seed| noise(seed, 70_000)));
    let written = stage.write(1, &records(3), &blobs, &WriteOptions::default()).expect("written");
    let (file, name) = open_file(&written.volumes[0]).expect("a volume");
    let me = "site".parse().expect("a name");
    let mut volume = Volume::open(file, &name, &me, &stage.trusted(), Bounds::default()).expect("opened");
    for at in [3, 1, 2] {
        let mut bytes = Vec::new();
        volume.part(at).expect("verified").blob(&stage.site, &mut bytes).expect("read");
        assert_eq!(bytes, noise(at as u8 - 1, 70_000));
    }
    assert!(volume.part(4).is_err());
    let part = volume.part(1).expect("verified");
    assert_eq!(part.entry().kind, PartKind::Blob);
    assert!(part.records(&stage.site).is_err());
}

#[test]
fn a_report_says_as_much_as_its_reader_may_know() {
    let stage = Stage::new();
    let blobs = Blobs::of([noise(1, 1_000)]);
    let written = stage.write(1, &records(3), &blobs, &WriteOptions::default()).expect("written");
    let inspect = |keyring, trusted: &[_]| {
        let (file, name) = open_file(&written.volumes[0]).expect("a volume");
        inspect(file, &name, keyring, trusted, &Bounds::default()).expect("a report")
    };
    let here = inspect(Some(&stage.site), &stage.trusted());
    assert!(here.is_accepted && here.kinds.as_ref().is_some_and(|kinds| kinds["item"] == 3), "{here}");
    assert_eq!((here.records, here.blobs), ((1, 3), (1, 1_000)));
    let stranger = inspect(Some(&stage.site), &[]);
    assert!(!stranger.is_accepted && stranger.kinds.is_none());
    assert_eq!(stranger.fingerprint, Some(stage.gateway.current().node().fingerprint()));
    assert!(stranger.to_string().contains("claims to be from gateway"), "{stranger}");
    let sender = inspect(Some(&stage.gateway), &stage.trusted());
    assert!(!sender.is_accepted && sender.is_for_us == Some(false), "{sender}");
    let without_keys = inspect(None, &stage.trusted());
    assert!(without_keys.is_accepted && without_keys.kinds.is_none(), "{without_keys}");
}

#[test]
fn links_pipes_and_other_names_are_not_opened() {
    let stage = Stage::new();
    let written = stage.write(1, &records(1), &Blobs::default(), &WriteOptions::default()).expect("written");
    let link = stage.stick().join("sc1_gateway_site_000002_1of1.scb");
    std::os::unix::fs::symlink(&written.volumes[0], &link).expect("a link");
    assert!(open_file(&link).is_err());
    let directory = stage.stick().join("sc1_gateway_site_000003_1of1.scb");
    std::fs::create_dir(&directory).expect("a directory");
    assert!(open_file(&directory).is_err());
    let other = stage.stick().join("sc1_gateway_site_000001_1of1 (1).scb");
    std::fs::copy(&written.volumes[0], &other).expect("a copy");
    assert!(matches!(open_file(&other), Err(BundleError::FileName(_))));
}
