//! Volumes of released versions, in `tests/bundles/`, which every later version reads.
//!
//! `UPDATE_GOLDEN=1` writes those of the current version, and is for before its release only. The keys
//! beside them are test keys: everyone has them.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use smartcache_bundle::{Keyring, LeftOut, PublicNode, WriteOptions, inspect, open_file};

use crate::stage::{Blobs, Content, Stage, file_name, noise, read, records};

const NODES: [&str; 2] = ["gateway", "site"];
const KEY_FILES: [&str; 3] = ["node", "sign.key", "age.key"];

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/bundles")
}

fn blobs() -> Blobs {
    Blobs::of([noise(1, 5_000), Vec::new(), noise(2, 9_000)])
}

/// The test keys, from copies that only this account reads, since a checkout has other modes.
fn stage() -> Stage {
    let mut stage = Stage::new();
    for (node, file) in NODES.into_iter().flat_map(|node| KEY_FILES.map(|file| (node, file))) {
        let copy = stage.directory.join(node).join("own").join(file);
        std::fs::copy(golden().join("test-keys").join(node).join(file), &copy).expect("a test key");
        std::fs::set_permissions(&copy, PermissionsExt::from_mode(0o600)).expect("changed");
    }
    for (node, keyring) in NODES.into_iter().zip([&mut stage.gateway, &mut stage.site]) {
        *keyring = Keyring::open(&stage.directory.join(node)).expect("keys");
    }
    stage
}

#[test]
fn volumes_of_all_versions_are_read() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        update();
    }
    let stage = stage();
    let mut versions = 0;
    for version in std::fs::read_dir(golden()).expect("golden volumes") {
        let version = version.expect("a directory").path();
        if !version.is_dir() || version.ends_with("test-keys") {
            continue;
        }
        versions += 1;
        let mut files: Vec<_> = std::fs::read_dir(&version).expect("volumes").collect();
        files.sort_by_key(|file| file.as_ref().map(std::fs::DirEntry::path).expect("a file"));
        let mut all = Content::default();
        for file in files {
            let path = file.expect("a file").path();
            let bytes = std::fs::read(&path).expect("a volume");
            let content = read(&stage.site, &stage.trusted(), &file_name(&path), &bytes).expect("read");
            all.records.extend(content.records);
            all.blobs.extend(content.blobs);
            let (file, name) = open_file(&path).expect("a volume");
            let report = inspect(file, &name, Some(&stage.site), &stage.trusted(), &Default::default());
            assert!(report.expect("a report").is_accepted);
        }
        let expected = blobs();
        let expected = expected.order.iter().map(|sha256| expected.bytes[sha256].clone()).collect();
        assert!(all == Content { records: records(40), blobs: expected }, "{}", version.display());
    }
    assert!(versions > 0);
}

#[test]
fn the_line_of_a_node_stays_what_it_is() {
    let line = std::fs::read_to_string(golden().join("test-keys/gateway/line")).expect("a line");
    let (line, fingerprint) = line.trim().split_once('\n').expect("two lines");
    let node: PublicNode = line.parse().expect("a node");
    assert_eq!(&node, stage().gateway.current().node());
    assert_eq!((node.to_string().as_str(), node.fingerprint().as_str()), (line, fingerprint));
}

fn update() {
    let keys = golden().join("test-keys");
    if !keys.exists() {
        make_keys(&keys);
    }
    let stage = stage();
    let directory = golden().join(concat!("v", env!("CARGO_PKG_VERSION")));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).expect("a directory");
    let options = WriteOptions { volume_bytes: 16_000, ..WriteOptions::default() };
    let written = stage.write(1, &records(40), &blobs(), &options).expect("written");
    assert_eq!(written.left, LeftOut::default());
    for path in written.volumes {
        std::fs::copy(&path, directory.join(file_name(&path))).expect("copied");
    }
}

fn make_keys(keys: &Path) {
    let stage = Stage::new();
    for (name, keyring) in [("gateway", &stage.gateway), ("site", &stage.site)] {
        std::fs::create_dir_all(keys.join(name)).expect("a directory");
        for file in KEY_FILES {
            std::fs::copy(stage.directory.join(name).join("own").join(file), keys.join(name).join(file))
                .expect("copied");
        }
        let node = keyring.current().node();
        std::fs::write(keys.join(name).join("line"), format!("{node}\n{}\n", node.fingerprint()))
            .expect("written");
    }
}
