//! Writing and reading volumes, beside `sha256sum` and `cp` of the same bytes in the same run.
//!
//! `cargo bench -p smartcache-bundle -- [GIGABYTES] [ROUNDS] [RECORDS] [DIRECTORY]`; rows are in the form of
//! docs/benchmarks.md.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use rand::{RngCore, SeedableRng, rngs::StdRng};
use smartcache_bundle::{
    BlobSource, Bounds, BundleInfo, BundleWriter, Keyring, NodeKeys, PartKind, Sha256, Volume, WriteOptions,
    open_file,
};

/// Bytes of a blob, as of an episode.
const BLOB: u64 = 20_000_000;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let mut number = |usual: u64| arguments.next().map_or(usual, |text| text.parse().expect("a number"));
    let (gigabytes, rounds, records) = (number(10), number(3), number(1_000_000));
    let parent = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let directory = parent.join(format!("bench-bundles-{}", std::process::id()));
    for inner in ["blobs", "copy", "stick", "arrived"] {
        std::fs::create_dir_all(directory.join(inner)).expect("a directory");
    }
    let bench = Bench { blobs: make_blobs(&directory, gigabytes * 1_000_000_000 / BLOB), directory };
    println!("| what | seconds | ratio to sha256sum and cp | peak memory above idle |\n|---|---|---|---|");
    (0..rounds).for_each(|round| bench.blobs_round(round));
    bench.memory_of_one_blob();
    bench.records(records);
    Bench::steps();
    std::fs::remove_dir_all(&bench.directory).expect("removed");
}

struct Bench {
    directory: PathBuf,
    blobs: Vec<(Sha256, u64)>,
}

/// Blobs as files under their digests.
struct Directory(PathBuf);

impl BlobSource for Directory {
    fn open(&mut self, sha256: &Sha256) -> std::io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(File::open(self.0.join(sha256.to_string()))?))
    }
}

fn make_blobs(directory: &Path, count: u64) -> Vec<(Sha256, u64)> {
    let mut bytes = vec![0; BLOB as usize];
    StdRng::seed_from_u64(1).fill_bytes(&mut bytes);
    let make = |number: u64| {
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        let sha256 = Sha256::of(&bytes);
        std::fs::write(directory.join("blobs").join(sha256.to_string()), &bytes).expect("written");
        (sha256, BLOB)
    };
    (0..count).map(make).collect()
}

impl Bench {
    /// Export, import, and the same bytes by the two programs, one after the other.
    fn blobs_round(&self, round: u64) {
        let (gateway, site) = keyrings();
        let idle = reset_peak();
        let begin = Instant::now();
        let writer = self.writer(&gateway, &site, round, &self.blobs);
        let source = &mut Directory(self.directory.join("blobs"));
        let options = WriteOptions { read_back: false, ..WriteOptions::default() };
        let written = writer.write(&self.directory.join("stick"), &options, source).expect("written");
        let export = begin.elapsed().as_secs_f64();
        let export_memory = peak().saturating_sub(idle);
        let begin = Instant::now();
        written.volumes.iter().for_each(|path| verify(path, &gateway));
        let read_back = begin.elapsed().as_secs_f64();
        let idle = reset_peak();
        let begin = Instant::now();
        written.volumes.iter().for_each(|path| self.import(path, &gateway, &site));
        let import = begin.elapsed().as_secs_f64();
        let import_memory = peak().saturating_sub(idle);
        written.volumes.iter().for_each(|path| std::fs::remove_file(path).expect("removed"));
        let [hash, copy] =
            ["sha256sum blobs/* > sums", "cp blobs/* copy/ && sync -f copy"].map(|line| self.shell(line));
        let both = hash + copy;
        self.shell("rm -f copy/* arrived/*");
        let bytes = self.blobs.len() as f64 * BLOB as f64 / 1e9;
        println!("| {bytes} GB in {} blobs: sha256sum, cp | {hash:.1} + {copy:.1} | 1 | |", self.blobs.len());
        println!("| export | {export:.1} | {:.2} | {export_memory} kB |", both / export);
        println!("| read back of the export, if asked for | {read_back:.1} | | |");
        println!("| import | {import:.1} | {:.2} | {import_memory} kB |", both / import);
    }

    fn memory_of_one_blob(&self) {
        const GIB: u64 = 1 << 30;
        let (gateway, site) = keyrings();
        let path = self.directory.join("blobs/one");
        let mut file = File::create(&path).expect("a file");
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for number in 0..GIB >> 12 {
            let bytes = [number as u8; 1 << 12];
            context.update(&bytes);
            file.write_all(&bytes).expect("written");
        }
        let sha256: Sha256 = hex::encode(context.finish()).parse().expect("a digest");
        std::fs::rename(&path, self.directory.join("blobs").join(sha256.to_string())).expect("renamed");
        let idle = reset_peak();
        let writer = self.writer(&gateway, &site, 900, &[(sha256, GIB)]);
        let source = &mut Directory(self.directory.join("blobs"));
        let stick = self.directory.join("stick");
        let begin = Instant::now();
        let written = writer.write(&stick, &WriteOptions::default(), source).expect("written");
        let (seconds, memory) = (begin.elapsed().as_secs_f64(), peak().saturating_sub(idle));
        println!("| one blob of 1 GiB: export with read back | {seconds:.1} | | {memory} kB |");
        let (idle, begin) = (reset_peak(), Instant::now());
        self.import(&written.volumes[0], &gateway, &site);
        let (seconds, memory) = (begin.elapsed().as_secs_f64(), peak().saturating_sub(idle));
        println!("| one blob of 1 GiB: import | {seconds:.1} | | {memory} kB |");
    }

    fn records(&self, count: u64) {
        let (gateway, site) = keyrings();
        let mut random = StdRng::seed_from_u64(2);
        let idle = reset_peak();
        let mut writer = self.writer(&gateway, &site, 901, &[]);
        let (mut raw, mut seconds) = (0, 0.0);
        for number in 0..count {
            let record = record(number, &mut random);
            raw += record.len() as u64 + 1;
            let begin = Instant::now();
            writer.record(record.as_bytes()).expect("added");
            seconds += begin.elapsed().as_secs_f64();
        }
        let begin = Instant::now();
        let stick = self.directory.join("stick");
        let written = writer.write(&stick, &WriteOptions::default(), &mut Directory(PathBuf::new()));
        let written = written.expect("written");
        seconds += begin.elapsed().as_secs_f64();
        let (megabytes, memory) = (raw / 1_000_000, peak().saturating_sub(idle));
        let stored = written.bytes / 1_000_000;
        println!(
            "| {count} records, {megabytes} MB, stored in {stored} MB: export | {seconds:.1} | | {memory} kB |"
        );
        let (idle, begin) = (reset_peak(), Instant::now());
        written.volumes.iter().for_each(|path| self.import(path, &gateway, &site));
        let (seconds, memory) = (begin.elapsed().as_secs_f64(), peak().saturating_sub(idle));
        println!("| the same: import | {seconds:.1} | | {memory} kB |");
    }

    /// Steps of a blob's way, each alone and in memory.
    fn steps() {
        let mut bytes = vec![0; 1_000_000_000];
        StdRng::seed_from_u64(3).fill_bytes(&mut bytes);
        let timed = |what: &str, step: &mut dyn FnMut()| {
            let begin = Instant::now();
            step();
            println!("| 1 GB in memory: {what} | {:.2} | | |", begin.elapsed().as_secs_f64());
        };
        timed("SHA-256", &mut || {
            std::hint::black_box(Sha256::of(&bytes));
        });
        let identity = age::x25519::Identity::generate();
        let recipient = identity.to_public();
        let encrypt = |output: &mut dyn Write| {
            let encryptor = age::Encryptor::with_recipients([&recipient as &dyn age::Recipient].into_iter());
            let mut sealed = encryptor.expect("a recipient").wrap_output(output).expect("a header");
            sealed.write_all(&bytes).expect("written");
            sealed.finish().expect("finished");
        };
        timed("encryption", &mut || encrypt(&mut std::io::sink()));
        let mut stored = Vec::with_capacity(bytes.len() + (1 << 20));
        encrypt(&mut stored);
        timed("decryption", &mut || {
            let decryptor = age::Decryptor::new_buffered(&stored[..]).expect("a header");
            let mut input = decryptor.decrypt([&identity as &dyn age::Identity].into_iter()).expect("a key");
            std::io::copy(&mut input, &mut std::io::sink()).expect("read");
        });
    }

    fn writer<'a>(
        &self,
        from: &'a Keyring,
        to: &'a Keyring,
        seq: u64,
        blobs: &[(Sha256, u64)],
    ) -> BundleWriter<'a> {
        let (bundle, created_at, have) = (uuid::Uuid::new_v4(), chrono::Utc::now(), serde_json::json!({}));
        let info = BundleInfo { bundle, seq, created_at, epoch: "e1".to_owned(), have, needs: Vec::new() };
        let writer = BundleWriter::new(from.current(), to.current().node(), info, &self.directory);
        let mut writer = writer.expect("a writer");
        blobs.iter().for_each(|(sha256, bytes)| writer.blob(*sha256, *bytes).expect("added"));
        writer
    }

    /// Reads a volume as an importer does: each blob into a file, which is on the disk at the end.
    fn import(&self, path: &Path, from: &Keyring, to: &Keyring) {
        let mut volume = open(path, from);
        for at in 0..volume.header().parts.len() {
            let part = volume.part(at).expect("verified");
            if part.entry().kind == PartKind::Blob {
                let name = part.entry().name.replace('/', "-");
                let mut file = File::create(self.directory.join("arrived").join(name)).expect("a file");
                part.blob(to, &mut file).expect("read");
                file.sync_all().expect("synced");
            } else {
                let mut records = part.records(to).expect("records");
                while records.next_record().expect("a record").is_some() {}
            }
        }
    }

    fn shell(&self, line: &str) -> f64 {
        let begin = Instant::now();
        let status = Command::new("sh").args(["-c", line]).current_dir(&self.directory).status();
        assert!(status.is_ok_and(|status| status.success()), "{line}");
        begin.elapsed().as_secs_f64()
    }
}

fn verify(path: &Path, from: &Keyring) {
    open(path, from).verify().expect("verified");
}

fn open(path: &Path, from: &Keyring) -> Volume<File> {
    let (file, name) = open_file(path).expect("a volume");
    let trusted = [from.current().node().clone()];
    Volume::open(file, &name, &"site".parse().expect("a name"), &trusted, Bounds::default()).expect("opened")
}

fn keyrings() -> (Keyring, Keyring) {
    let keys = |name: &str| Keyring::new(NodeKeys::generate(name.parse().expect("a name")).expect("keys"));
    (keys("gateway"), keys("site"))
}

/// A record like those of items: two identifiers, a title and a text of some hundred letters.
fn record(number: u64, random: &mut StdRng) -> String {
    let key = uuid::Uuid::from_u128(u128::from(random.next_u64()) << 64 | u128::from(random.next_u64()));
    let words: Vec<_> = (0..40).map(|_| format!("{:x}", random.next_u32() % 5_000)).collect();
    let (title, text) = (words[..6].join(" "), words.join(" "));
    format!(
        r#"{{"k":"item","key":"{key}","rev":{number},"url":"https://feeds.example.org/episodes/{number}","title":"{title}","text":"{text}{text}"}}"#
    )
}

/// Forgets the peak of resident memory, and returns the memory now, in kB (proc(5), clear_refs).
fn reset_peak() -> u64 {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    peak()
}

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:").map(str::to_owned));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}
