//! Peak memory of writing and reading a large blob and of bombs, alone in its process.
#![cfg(target_os = "linux")]

#[path = "volumes/forge.rs"]
mod forge;
#[path = "volumes/stage.rs"]
mod stage;

use std::io::Read;

use smartcache_bundle::{BlobSource, Bounds, Sha256, Volume, WriteOptions, open_file};

use forge::{Forgery, NAME};
use stage::Stage;

const BLOB: usize = 96 << 20;
const MOST_KB: u64 = 32 << 10;

/// Resident memory at its most, in kB (proc_pid_status(5)).
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

struct Zeros;

impl BlobSource for Zeros {
    fn open(&mut self, _: &Sha256) -> std::io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(std::io::repeat(0).take(BLOB as u64)))
    }
}

fn digest_of_zeros() -> Sha256 {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    (0..BLOB >> 12).for_each(|_| context.update(&[0; 1 << 12]));
    hex::encode(context.finish()).parse().expect("a digest")
}

#[test]
fn memory_does_not_grow_with_blobs_or_bombs() {
    let stage = Stage::new();
    let sha256 = digest_of_zeros();
    let idle = peak_kb();
    let mut writer = stage.writer(1);
    writer.blob(sha256, BLOB as u64).expect("added");
    let written = writer.write(&stage.stick(), &WriteOptions::default(), &mut Zeros).expect("written");
    let (file, name) = open_file(&written.volumes[0]).expect("a volume");
    let me = "site".parse().expect("a name");
    let mut volume = Volume::open(file, &name, &me, &stage.trusted(), Bounds::default()).expect("opened");
    volume.part(0).expect("verified").blob(&stage.site, &mut std::io::sink()).expect("read");
    let bomb = zstd::stream::encode_all(std::io::repeat(b'a').take(1 << 30), 1).expect("a frame");
    let forgery = Forgery::new(&stage).frame(stage.site.current().node(), &bomb, 1 << 20, 1);
    assert!(stage.read(NAME, &forgery.signed(&stage)).is_err());
    let grown = peak_kb().saturating_sub(idle);
    println!("{grown} kB at the most");
    assert!(grown <= MOST_KB, "{grown} kB");
}
