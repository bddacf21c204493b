//! Programs that know nothing of SmartCache confirm a volume: tar, openssl and age, where they are installed.

use std::path::Path;
use std::process::{Command, Output};

use smartcache_bundle::{Bounds, Sha256, Volume, WriteOptions, open_file};

use crate::stage::{Blobs, Stage, noise, records};

/// Output of a program, or `None` with a word about it if it is not installed.
fn run(program: &str, args: &[&str], directory: &Path) -> Option<Output> {
    match Command::new(program).args(args).current_dir(directory).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("{program} is not installed, so it was not asked");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

fn written(stage: &Stage) -> String {
    let blobs = Blobs::of([noise(1, 100_000)]);
    let written = stage.write(1, &records(5), &blobs, &WriteOptions::default()).expect("written");
    written.volumes[0].to_str().expect("a path").to_owned()
}

#[test]
fn tar_unpacks_a_volume() {
    let stage = Stage::new();
    let volume = written(&stage);
    let Some(listed) = run("tar", &["tvf", &volume], &stage.directory) else { return };
    let listed = String::from_utf8(listed.stdout).expect("text");
    let blob = format!("blobs/{}.age", Sha256::of(&noise(1, 100_000)));
    let names: Vec<_> = listed.lines().filter_map(|line| line.split(' ').next_back()).collect();
    assert_eq!(names, ["header.json", "header.sig", "records/0001.jsonl.zst.age", &blob]);
}

#[test]
fn openssl_verifies_the_signature() {
    let stage = Stage::new();
    let volume = written(&stage);
    let Some(unpacked) = run("tar", &["xf", &volume], &stage.directory) else { return };
    assert!(unpacked.status.success());
    let header = std::fs::read(stage.directory.join("header.json")).expect("a header");
    let signed = [b"smartcache-bundle-v1\0".as_slice(), &header].concat();
    let pem = stage.gateway.current().node().sign_pem();
    std::fs::write(stage.directory.join("sign.pem"), pem).expect("written");
    let args = "pkeyutl -verify -pubin -inkey sign.pem -rawin -in signed -sigfile header.sig";
    let args: Vec<_> = args.split(' ').collect();
    std::fs::write(stage.directory.join("signed"), &signed).expect("written");
    let Some(verified) = run("openssl", &args, &stage.directory) else { return };
    assert!(verified.status.success(), "{verified:?}");
    std::fs::write(stage.directory.join("signed"), [&signed[..], b" "].concat()).expect("written");
    let refused = run("openssl", &args, &stage.directory).expect("it was there");
    assert!(!refused.status.success(), "{refused:?}");
}

#[test]
fn openssl_reads_the_secret_key() {
    let stage = Stage::new();
    let Some(shown) = run("openssl", &["pkey", "-in", "gateway/own/sign.key", "-pubout"], &stage.directory)
    else {
        return;
    };
    assert_eq!(String::from_utf8(shown.stdout).expect("text"), stage.gateway.current().node().sign_pem());
}

#[test]
fn age_opens_a_part() {
    let stage = Stage::new();
    let volume = written(&stage);
    let (file, name) = open_file(Path::new(&volume)).expect("a volume");
    let me = "site".parse().expect("a name");
    let mut volume = Volume::open(file, &name, &me, &stage.trusted(), Bounds::default()).expect("opened");
    let mut stored = Vec::new();
    let mut part = volume.part(1).expect("verified");
    std::io::copy(&mut part.stored().expect("a reader"), &mut stored).expect("read");
    std::fs::write(stage.directory.join("part.age"), stored).expect("written");
    for program in ["age", "rage"] {
        let args = ["-d", "-i", "site/own/age.key", "part.age"];
        let Some(opened) = run(program, &args, &stage.directory) else { continue };
        assert!(opened.status.success() && opened.stdout == noise(1, 100_000), "{:?}", opened.stderr);
    }
}
