//! Keys on the disk, and their rotation.

use std::os::unix::fs::PermissionsExt;

use chrono::TimeDelta;
use smartcache_bundle::{BundleError, BundleWriter, Keyring, OVERLAP_DAYS, Rotation, WriteOptions};

use crate::stage::{Blobs, Stage, info, now, read, records};

#[test]
fn keys_are_read_back_and_no_other_account_could_read_them() {
    let stage = Stage::new();
    let own = stage.directory.join("site/own");
    assert_eq!(std::fs::metadata(&own).expect("a directory").permissions().mode() & 0o777, 0o700);
    for file in std::fs::read_dir(&own).expect("a directory") {
        assert_eq!(file.expect("a file").metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    }
    let again = Keyring::open(&stage.directory.join("site")).expect("keys");
    assert_eq!(again.current().node(), stage.site.current().node());
    std::fs::set_permissions(own.join("age.key"), PermissionsExt::from_mode(0o640)).expect("changed");
    let open = Keyring::open(&stage.directory.join("site")).expect_err("readable by the group");
    assert!(open.to_string().contains("chmod 600"), "{open}");
}

#[test]
fn keys_are_never_overwritten_and_never_shown_by_debug() {
    let stage = Stage::new();
    let again = Keyring::create(&stage.directory.join("site"), "site".parse().expect("a name"));
    assert!(matches!(again, Err(BundleError::Keys(_))));
    let secret = std::fs::read_to_string(stage.directory.join("site/own/age.key")).expect("a key");
    let shown = format!("{:?}", stage.site);
    assert!(!shown.contains(secret.lines().last().expect("a line")) && !shown.contains("seed"), "{shown}");
}

#[test]
fn a_rotation_is_believed_if_both_keys_signed_it() {
    let stage = Stage::new();
    let rotated = Keyring::rotate(&stage.directory.join("gateway"), now()).expect("rotated");
    let rotation = rotated.rotation(now()).expect("a statement");
    let old = stage.gateway.current().node();
    assert_eq!(rotation.verify(old).expect("believed"), rotated.current().node());
    assert!(rotation.verify(stage.site.current().node()).is_err());
    let text = serde_json::to_string(rotation).expect("JSON");
    let again: Rotation = serde_json::from_str(&text).expect("a statement");
    assert_eq!(again.verify(old).expect("believed"), rotated.current().node());
    let other = Keyring::rotate(&stage.directory.join("site"), now()).expect("rotated");
    let stolen = text.replace(&rotation.new.to_string(), &other.current().node().to_string());
    assert!(serde_json::from_str::<Rotation>(&stolen).expect("a statement").verify(old).is_err());
}

#[test]
fn both_keys_hold_for_ninety_days() {
    let stage = Stage::new();
    let directory = stage.directory.join("gateway");
    Keyring::rotate(&directory, now()).expect("rotated");
    let keyring = Keyring::open(&directory).expect("keys");
    let (old, new) = (stage.gateway.current().node(), keyring.current().node());
    let later = now() + TimeDelta::days(OVERLAP_DAYS);
    assert_eq!((keyring.signer(now()).node(), keyring.signer(later).node()), (old, new));
    assert!(Keyring::rotate(&directory, now()).is_err());
    let third = Keyring::rotate(&directory, later).expect("rotated");
    assert_ne!(third.current().node(), new);
    assert_eq!(third.rotation(later).map(|rotation| &rotation.old), Some(new));
}

#[test]
fn parts_for_the_old_key_are_opened_after_a_rotation() {
    let stage = Stage::new();
    let written = stage.write(1, &records(2), &Blobs::default(), &WriteOptions::default()).expect("written");
    let rotated = Keyring::rotate(&stage.directory.join("site"), now()).expect("rotated");
    let bytes = std::fs::read(&written.volumes[0]).expect("a volume");
    let content = read(&rotated, &stage.trusted(), "sc1_gateway_site_000001_1of1.scb", &bytes).expect("read");
    assert_eq!(content.records, records(2));
}

#[test]
fn a_rotation_that_died_between_its_renames_is_completed() {
    let stage = Stage::new();
    let directory = stage.directory.join("site");
    let rotated = Keyring::rotate(&directory, now()).expect("rotated");
    std::fs::rename(directory.join("own"), directory.join("own.next")).expect("renamed");
    std::fs::create_dir(directory.join("own.last")).expect("a directory");
    let keyring = Keyring::open(&directory).expect("keys");
    assert_eq!(keyring.current().node(), rotated.current().node());
    assert!(!directory.join("own.last").exists());
}

#[test]
fn a_bundle_of_the_new_keys_is_refused_until_they_are_trusted() {
    let stage = Stage::new();
    let rotated = Keyring::rotate(&stage.directory.join("gateway"), now()).expect("rotated");
    let (keys, to) = (rotated.current(), stage.site.current().node());
    let writer = BundleWriter::new(keys, to, info(1), &stage.directory).expect("a writer");
    let written = writer.write(&stage.stick(), &WriteOptions::default(), &mut Blobs::default());
    let path = &written.expect("written").volumes[0];
    assert!(matches!(stage.read_file(path), Err(BundleError::Signature(_))));
    let both = [stage.trusted(), vec![keys.node().clone()]].concat();
    let bytes = std::fs::read(path).expect("a volume");
    assert!(read(&stage.site, &both, "sc1_gateway_site_000001_1of1.scb", &bytes).is_ok());
}
