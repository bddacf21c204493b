//! Drop folder, uploads, and the lock of imports.

use std::os::unix::fs::symlink;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;

use super::*;
use crate::domain::bundle::{BundlesReport, VolumeImport};
use crate::domain::{Refusal, TimeDelta};

/// A pair whose site has a drop folder and a clock that the test moves.
pub struct Doors {
    pub pair: Pair,
    pub site: SharedEngine,
    pub clock: Clock,
    pub folder: PathBuf,
}

impl Doors {
    pub async fn new(t: &TestEngine) -> Self {
        let (pair, _) = Pair::following(t).await;
        read(&pair.gateway, &["One", "Two"]).await;
        let folder = pair.site.engine.config.data_dir.join("drop");
        std::fs::create_dir(&folder).unwrap();
        let mut config = pair.site.engine.config.clone();
        config.bundle_folders.drop = Some(folder.clone());
        let clock = Clock::fixed("2026-11-21T06:00:00Z".parse().unwrap());
        let site = start::open_with(config, clock.clone(), None).await.unwrap();
        Self { pair, site, clock, folder }
    }

    /// A volume of the gateway for the site, with its name.
    pub async fn volume(&self) -> (PathBuf, String) {
        let written = self.pair.export(&self.pair.gateway, &self.pair.site).await;
        let path = written.volumes[0].clone();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (path, name)
    }

    /// Looks twice into the drop folder, with enough time between for what is there to settle.
    pub async fn settle(&self) {
        self.look_after(0).await;
        self.look_after(10).await;
    }

    pub async fn look_after(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
        watch_drop_folder(&self.site).await.unwrap();
    }

    /// Whether a file lies in the drop folder, under `done` or under `refused`.
    pub fn is_in(&self, place: &str, name: &str) -> bool {
        self.folder.join(place).join(name).symlink_metadata().is_ok()
    }

    pub async fn report(&self) -> BundlesReport {
        report(&self.site).await.unwrap()
    }

    pub async fn items(&self) -> usize {
        self.pair.site.catalogue().await.len()
    }

    /// Sends bytes as a client does that announces `length`.
    pub async fn upload(&self, name: &str, bytes: &[u8], length: usize) -> Result<VolumeImport> {
        let chunks: Vec<_> = bytes.chunks(1_000).map(Bytes::copy_from_slice).map(Ok::<_, Error>).collect();
        receive(&self.site, name, length as u64, stream::iter(chunks)).await
    }
}

fn message(refusal: &Refusal) -> &str {
    &refusal.fields()[0].message
}

#[both_databases]
async fn a_volume_is_imported_from_the_drop_folder_once_it_is_copied_and_settled(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let (path, name) = doors.volume().await;
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(doors.folder.join(&name), &bytes[..bytes.len() / 2]).unwrap();
    doors.look_after(0).await;
    doors.look_after(9).await;
    std::fs::write(doors.folder.join(&name), &bytes).unwrap();
    doors.look_after(5).await;
    assert_eq!((doors.items().await, doors.is_in("", &name)), (0, true), "it was half copied");
    assert_eq!(doors.report().await.drop_folder.unwrap().waiting[0].name, name);
    doors.look_after(10).await;
    assert_eq!((doors.items().await, doors.is_in("done", &name)), (2, true));
    assert!(!doors.is_in("", &name));
    let again = doors.report().await.drop_folder.unwrap();
    assert_eq!((again.waiting, again.refused, again.ignored), (Vec::new(), Vec::new(), 0));
}

#[both_databases]
async fn what_waits_in_the_drop_folder_is_judged_by_its_header(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let (path, name) = doors.volume().await;
    let there = doors.folder.join(&name);
    std::fs::copy(&path, &there).unwrap();
    let waiting = async || doors.report().await.drop_folder.unwrap().waiting.remove(0);
    let judged = waiting().await;
    let header = judged.header.unwrap();
    assert_eq!((header.from.as_str(), header.seq, header.volume, header.volumes), ("gateway", 1, 1, 1));
    assert!(!header.is_imported && judged.problem.is_none());
    import(&doors.site, &path).await.unwrap();
    assert!(waiting().await.header.unwrap().is_imported);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[600] ^= 1;
    std::fs::write(&there, bytes).unwrap();
    let judged = waiting().await;
    assert!(judged.header.is_none() && judged.problem.unwrap().contains("signature"));
}

#[both_databases]
async fn a_volume_whose_import_was_not_followed_by_its_move_is_moved_later(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let (path, name) = doors.volume().await;
    std::fs::copy(&path, doors.folder.join(&name)).unwrap();
    import(&doors.site, &doors.folder.join(&name)).await.unwrap();
    doors.settle().await;
    assert!(doors.is_in("done", &name));
    let counted = doors.site.metrics.bundles.of(["received", "known"]);
    assert_eq!(counted.get(), 1);
}

#[both_databases]
async fn a_stranger_is_refused_with_its_fingerprint_and_never_trusted_from_the_drop_folder(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let (path, name) = doors.volume().await;
    let fingerprint = keyring(&doors.pair.gateway.engine).unwrap().current().node().fingerprint();
    revoke(&doors.site, "gateway").await.unwrap();
    std::fs::copy(&path, doors.folder.join(&name)).unwrap();
    doors.settle().await;
    assert!(doors.is_in("refused", &name) && !doors.is_in("", &name));
    let refused = doors.report().await.drop_folder.unwrap().refused;
    assert_eq!((refused.len(), &refused[0].name), (1, &name));
    let why = &refused[0].why;
    assert!(why.contains("no trusted node is called gateway") && why.contains(&fingerprint), "{why}");
    assert_eq!(doors.items().await, 0);
    assert!(trusted_keys(&doors.site).await.unwrap().is_empty());
}

#[both_databases]
async fn a_changed_volume_is_refused_and_delays_no_other(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let ((first, changed), (second, good)) = (doors.volume().await, doors.volume().await);
    let mut bytes = std::fs::read(&first).unwrap();
    let at = bytes.len() - 2_000;
    bytes[at] ^= 1;
    std::fs::write(doors.folder.join(&changed), bytes).unwrap();
    std::fs::copy(&second, doors.folder.join(&good)).unwrap();
    doors.settle().await;
    assert!(doors.is_in("refused", &changed) && doors.is_in("done", &good));
    let why = doors.folder.join("refused").join(format!("{changed}.why.txt"));
    let why = std::fs::read_to_string(why).unwrap();
    assert!(why.contains("damaged") && !why.contains("fingerprint"), "{why}");
    assert_eq!(doors.items().await, 2);
}

#[both_databases]
async fn links_folders_and_other_names_in_the_drop_folder_are_left_alone(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let (path, name) = doors.volume().await;
    symlink(&path, doors.folder.join(&name)).unwrap();
    std::fs::copy(&path, doors.folder.join(format!("{name}.part"))).unwrap();
    std::fs::write(doors.folder.join("notes.txt"), "hello").unwrap();
    std::fs::create_dir(doors.folder.join("sc1_gateway_school_000009_1of1.scb")).unwrap();
    doors.settle().await;
    assert!(doors.is_in("", &name) && doors.is_in("", "notes.txt"));
    let report = doors.report().await.drop_folder.unwrap();
    assert_eq!((report.waiting.len(), report.refused.len(), report.ignored), (0, 0, 4));
    assert_eq!(doors.items().await, 0);
}

#[both_databases]
async fn a_drop_folder_that_is_a_link_is_not_read(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let elsewhere = doors.folder.with_file_name("elsewhere");
    std::fs::rename(&doors.folder, &elsewhere).unwrap();
    symlink(&elsewhere, &doors.folder).unwrap();
    assert!(watch_drop_folder(&doors.site).await.is_err());
    assert!(doors.report().await.drop_folder.unwrap().problem.is_some());
}

#[both_databases]
async fn one_import_runs_at_a_time(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let (path, name) = doors.volume().await;
    std::fs::copy(&path, doors.folder.join(&name)).unwrap();
    // Another process of the node.
    let lock = import_lock::ImportLock::take(&doors.pair.site.engine, Duration::ZERO).await.unwrap();
    let refused = refusal(import(&doors.site, &path).await);
    assert!(refused.to_string().contains("Another import is under way"), "{refused}");
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(refusal(doors.upload(&name, &bytes, bytes.len()).await).code(), "conflict");
    doors.settle().await;
    assert!(doors.is_in("", &name), "it waits for the next look");
    lock.release().await;
    doors.look_after(60).await;
    assert!(doors.is_in("done", &name));
}

#[both_databases]
async fn an_uploaded_volume_is_imported_and_its_file_is_gone(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let (path, name) = doors.volume().await;
    let bytes = std::fs::read(&path).unwrap();
    let done = doors.upload(&name, &bytes, bytes.len()).await.unwrap();
    assert_eq!((done.from.as_str(), done.records, done.known_since), ("gateway", 4, None));
    assert_eq!(doors.items().await, 2);
    assert!(doors.upload(&name, &bytes, bytes.len()).await.unwrap().known_since.is_some());
    let incoming = doors.site.config.incoming();
    assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 0);
}

#[both_databases]
async fn uploads_are_refused_before_the_first_byte_or_with_the_reason(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let (path, name) = doors.volume().await;
    let bytes = std::fs::read(&path).unwrap();
    for (name, why) in [
        ("../../etc/passwd", "is not the name of a volume"),
        ("sc1_gateway_elsewhere_000001_1of1.scb", "it is for elsewhere"),
        ("sc1_stranger_school_000001_1of1.scb", "no trusted node is called stranger"),
    ] {
        let refused = refusal(doors.upload(name, &bytes, bytes.len()).await);
        assert_eq!(refused.fields()[0].field, "name");
        assert!(message(&refused).contains(why), "{refused}");
    }
    let too_large = refusal(doors.upload(&name, &bytes, usize::MAX / 2).await);
    assert!(message(&too_large).contains("bytes of the volume"), "{too_large}");
    let cut_off = refusal(doors.upload(&name, &bytes[..500], bytes.len()).await);
    assert!(message(&cut_off).contains("did not arrive as a whole"), "{cut_off}");
    let longer = refusal(doors.upload(&name, &bytes, bytes.len() - 1).await);
    assert!(message(&longer).contains("longer than was announced"), "{longer}");
    let mut changed = bytes.clone();
    changed[600] ^= 1;
    let changed = refusal(doors.upload(&name, &changed, bytes.len()).await);
    assert_eq!(changed.fields()[0].field, "volume");
    assert!(message(&changed).contains("signature"), "{changed}");
    assert_eq!(std::fs::read_dir(doors.site.config.incoming()).unwrap().count(), 0);
}
