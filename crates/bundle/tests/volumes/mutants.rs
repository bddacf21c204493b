//! Thousands of changed volumes, none of which is accepted.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};
use smartcache_bundle::{Bounds, WriteOptions, inspect};

use crate::forge::{Forgery, NAME, checksum, entry, signing_key, tar_header, volume};
use crate::stage::{Blobs, Stage, file_name, noise, records};

/// A volume as it was written, and where its entries begin.
struct Original {
    name: String,
    bytes: Vec<u8>,
    entries: Vec<usize>,
}

impl Original {
    fn read(path: &std::path::Path) -> Self {
        let (name, bytes) = (file_name(path), std::fs::read(path).expect("a volume"));
        let mut entries = vec![0];
        loop {
            let at = *entries.last().expect("an entry");
            let size = std::str::from_utf8(&bytes[at + 124..at + 135]).expect("digits");
            let size = usize::from_str_radix(size, 8).expect("octal");
            let next = at + 512 + size.next_multiple_of(512);
            entries.push(next);
            if bytes[next] == 0 {
                return Self { name, bytes, entries };
            }
        }
    }

    fn entry(&self, at: usize) -> &[u8] {
        &self.bytes[self.entries[at]..self.entries[at + 1]]
    }

    fn count(&self) -> usize {
        self.entries.len() - 1
    }

    /// The volume out of these entries.
    fn of(&self, entries: &[&[u8]]) -> Vec<u8> {
        [&entries.concat(), &self.bytes[self.entries[self.count()]..]].concat()
    }

    /// The volume with one entry replaced.
    fn replaced(&self, at: usize, entry: &[u8]) -> Vec<u8> {
        let mut entries: Vec<_> = (0..self.count()).map(|at| self.entry(at)).collect();
        entries[at] = entry;
        self.of(&entries)
    }
}

/// Counts mutants, and fails at the first that is accepted or panics.
struct Trial<'a> {
    stage: &'a Stage,
    tried: usize,
}

impl Trial<'_> {
    fn refuse(&mut self, what: &str, original: &Original, mutant: &[u8]) {
        if mutant != original.bytes {
            self.refuse_named(what, &original.name, mutant);
        }
    }

    fn refuse_named(&mut self, what: &str, name: &str, mutant: &[u8]) {
        self.tried += 1;
        let read = catch_unwind(AssertUnwindSafe(|| self.stage.read(name, mutant)));
        match read {
            Ok(Err(error)) => assert!(error.is_refusal(), "{what}: {error}"),
            Ok(Ok(_)) => panic!("{what}: accepted"),
            Err(_) => panic!("{what}: a panic"),
        }
        let Ok(name) = name.parse() else { return };
        let (keys, trusted) = (Some(&self.stage.site), self.stage.trusted());
        let report = inspect(Cursor::new(mutant), &name, keys, &trusted, &Bounds::default());
        assert!(!report.expect("a report").is_accepted, "{what}: reported as good");
    }
}

#[test]
fn no_mutant_of_three_volumes_is_accepted() {
    let stage = Stage::new();
    let blobs = |seeds: [u8; 3]| Blobs::of(seeds.map(|seed| noise(seed, 3_000 + usize::from(seed))));
    let small = WriteOptions { volume_bytes: 14_000, ..WriteOptions::default() };
    let two = stage.write(1, &records(20), &blobs([1, 2, 3]), &small).expect("written");
    let one = stage.write(2, &records(30), &blobs([4, 5, 6]), &WriteOptions::default()).expect("written");
    let originals: Vec<_> = two.volumes.iter().chain(&one.volumes).map(|path| Original::read(path)).collect();
    assert_eq!(originals.len(), 3);
    let before = files(&stage);
    let mut trial = Trial { stage: &stage, tried: 0 };
    for original in &originals {
        assert!(stage.read(&original.name, &original.bytes).is_ok());
        flipped(&mut trial, original);
        cut_and_doubled(&mut trial, original);
        entries_moved(&mut trial, original);
        entries_renamed(&mut trial, original);
        at_random(&mut trial, original);
        file_renamed(&mut trial, original);
        for other in originals.iter().filter(|other| other.name != original.name) {
            mixed(&mut trial, original, other);
        }
    }
    signed_by_others(&mut trial);
    println!("{} mutants, 0 accepted, 0 panics", trial.tried);
    assert!(trial.tried >= 5_000, "{}", trial.tried);
    assert_eq!(files(&stage), before, "reading writes no files");
}

fn files(stage: &Stage) -> usize {
    std::fs::read_dir(stage.stick()).expect("a directory").count()
}

/// Flips a bit of each byte of header, signature and tar headers, of the padding, and of some bytes of each
/// part.
fn flipped(trial: &mut Trial<'_>, original: &Original) {
    let first_part = original.entries[2];
    for at in 0..original.bytes.len() {
        let entry = original.entries.iter().rposition(|from| *from <= at).expect("an entry");
        let in_tar_header = at - original.entries[entry] < 512;
        let is_frame = at < first_part || in_tar_header || at >= original.bytes.len() - 1_024;
        if is_frame && at % 2 == 0 || at % 31 == 0 {
            let mut mutant = original.bytes.clone();
            mutant[at] ^= 1 << (at / 2 % 8);
            trial.refuse(&format!("bit of byte {at}"), original, &mutant);
        }
    }
}

fn cut_and_doubled(trial: &mut Trial<'_>, original: &Original) {
    let bytes = &original.bytes;
    for at in (0..bytes.len()).step_by(512).chain([1, bytes.len() - 1]) {
        trial.refuse(&format!("cut at {at}"), original, &bytes[..at]);
        trial.refuse(&format!("without the first {at}"), original, &bytes[at..]);
        trial.refuse(
            &format!("a block more at {at}"),
            original,
            &[&bytes[..at], &[0; 512], &bytes[at..]].concat(),
        );
    }
    for more in [&bytes[..], &[0; 512], &[0; 1_024], b"x", &[1; 512]] {
        trial.refuse("with more behind", original, &[bytes, more].concat());
        trial.refuse("with more before", original, &[more, bytes].concat());
    }
    trial.refuse("without an end", original, &bytes[..bytes.len() - 1_024]);
    trial.refuse("with half an end", original, &bytes[..bytes.len() - 512]);
}

fn entries_moved(trial: &mut Trial<'_>, original: &Original) {
    let entries: Vec<_> = (0..original.count()).map(|at| original.entry(at)).collect();
    for at in 0..entries.len() {
        let mut doubled = entries.clone();
        doubled.insert(at, entries[at]);
        trial.refuse("an entry doubled", original, &original.of(&doubled));
        let mut fewer = entries.clone();
        fewer.remove(at);
        trial.refuse("an entry missing", original, &original.of(&fewer));
        for with in at + 1..entries.len() {
            let mut swapped = entries.clone();
            swapped.swap(at, with);
            trial.refuse("entries swapped", original, &original.of(&swapped));
            trial.refuse("a part in the place of another", original, &original.replaced(at, entries[with]));
        }
        let mut more = entries.clone();
        let stranger = entry("../outside", b"a file that nobody signed");
        more.insert(at, &stranger);
        trial.refuse("an entry more", original, &original.of(&more));
    }
}

/// Other names, types and sizes, with right checksums.
fn entries_renamed(trial: &mut Trial<'_>, original: &Original) {
    let long = "a".repeat(101);
    let names =
        ["../outside", "/etc/outside", "records/../outside", "header.json\0.x", "", "./header.json", &long];
    for at in 0..original.count() {
        let good = original.entry(at);
        for name in names {
            let mut entry = good.to_vec();
            entry[..512].copy_from_slice(&tar_header(
                name,
                std::str::from_utf8(&good[124..136]).expect("digits"),
                b'0',
            ));
            trial.refuse("an entry renamed", original, &original.replaced(at, &entry));
        }
        for kind in 0..=255 {
            let mut entry = good.to_vec();
            entry[156] = kind;
            entry[157..167].copy_from_slice(b"../outside");
            checksum(&mut entry[..512]);
            trial.refuse("a link or device", original, &original.replaced(at, &entry));
        }
        for size in ["00000000000\0", "77777777777\0", "         17\0", "-0000000001\0", "\u{1}0000000000\0"]
        {
            let mut entry = good.to_vec();
            entry[124..136].copy_from_slice(size.as_bytes());
            checksum(&mut entry[..512]);
            trial.refuse("another size", original, &original.replaced(at, &entry));
        }
        let mut binary = good.to_vec();
        binary[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
        checksum(&mut binary[..512]);
        trial.refuse("a binary size", original, &original.replaced(at, &binary));
        for kind in [b'x', b'g', b'L', b'K'] {
            let mut pax = tar_header("pax", "00000000022\0", kind).to_vec();
            pax.extend(b"18 size=000000001\n");
            pax.resize(1_024, 0);
            let mutant = original.replaced(at, &[&pax[..], good].concat());
            trial.refuse("a PAX size or long name", original, &mutant);
        }
    }
}

/// Parts, header and signature of another volume.
fn mixed(trial: &mut Trial<'_>, original: &Original, other: &Original) {
    trial.refuse_named("another volume under this name", &original.name, &other.bytes);
    for at in 0..original.count() {
        for from in 0..other.count() {
            let theirs = other.entry(from);
            trial.refuse("an entry of another volume", original, &original.replaced(at, theirs));
            let mut renamed = entry("", &[]);
            renamed[..512].copy_from_slice(&original.entry(at)[..512]);
            renamed.extend(&theirs[512..]);
            trial.refuse("the content of another entry", original, &original.replaced(at, &renamed));
        }
    }
    let mut both = original.replaced(0, other.entry(0));
    both.splice(..other.entries[2], other.bytes[..other.entries[2]].iter().copied());
    trial.refuse("header and signature of another volume", original, &both);
    let header = [&other.bytes[..other.entries[2]], &original.bytes[original.entries[2]..]].concat();
    trial.refuse("its parts behind another header", original, &header);
}

fn at_random(trial: &mut Trial<'_>, original: &Original) {
    let mut random = StdRng::seed_from_u64(original.bytes.len() as u64);
    for round in 0..700 {
        let mut mutant = original.bytes.clone();
        let at = random.random_range(0..mutant.len());
        let length = random.random_range(1..=64.min(mutant.len() - at));
        match round % 5 {
            0 => random.fill_bytes(&mut mutant[at..at + length]),
            1 => mutant[at..at + length].fill(0),
            2 => drop(mutant.drain(at..at + length)),
            3 => {
                let from = random.random_range(0..mutant.len() - length);
                mutant.copy_within(from..from + length, at);
            }
            _ => {
                let copy = mutant[at..at + length].to_vec();
                mutant.splice(at..at, copy);
            }
        }
        trial.refuse(&format!("change {round} at {at}"), original, &mutant);
    }
}

fn file_renamed(trial: &mut Trial<'_>, original: &Original) {
    for (from, to) in [
        ("gateway", "elsewhere"),
        ("_site_", "_other_"),
        ("_00000", "_00001"),
        ("_1of", "_2of"),
        ("of1", "of2"),
        ("of2", "of3"),
        ("sc1_", "sc2_"),
        (".scb", ".scb.part"),
        ("sc1_", "../sc1_"),
        ("sc1_", "\0sc1_"),
    ] {
        let name = original.name.replacen(from, to, 1);
        if name != original.name {
            trial.refuse_named("another file name", &name, &original.bytes);
        }
    }
}

/// The same header by keys that are not the gateway's.
fn signed_by_others(trial: &mut Trial<'_>) {
    let good = Forgery::new(trial.stage).lines(trial.stage.site.current().node(), "{\"k\":\"item\"}\n");
    let header = serde_json::to_vec(&good.header).expect("JSON");
    assert!(trial.stage.read(NAME, &good.signed(trial.stage)).is_ok());
    let site = signing_key(&trial.stage.directory.join("site"));
    trial.refuse_named("signed by the receiver", NAME, &volume(&header, &site, &good.parts));
    for seed in 0..32 {
        let key = ring::signature::Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a key");
        trial.refuse_named("signed by a stranger", NAME, &volume(&header, &key, &good.parts));
    }
    for signature in [[0; 64], [255; 64]] {
        let mut mutant = good.signed(trial.stage);
        let at = 512 + header.len().next_multiple_of(512) + 512;
        mutant[at..at + 64].copy_from_slice(&signature);
        trial.refuse_named("a constant for a signature", NAME, &mutant);
    }
}
