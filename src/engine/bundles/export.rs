//! Writes a bundle for a peer: all that it does not have, as far as it has told.

use std::collections::HashSet;
use std::path::PathBuf;

use bundle::{BundleError, BundleInfo, BundleWriter, Keyring, PublicNode, WriteOptions, WrittenBundle};
use chrono::TimeDelta;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::blobs::StoredBlobs;
use super::counts::count_export;
use super::outgoing::{Line, OutgoingRecords, RecordSender};
use super::peers::{known_peer, trusted};
use super::{keyring, refused, requests, serve};
use crate::db::bundles::{self as rows, NewVolume, VolumeEnd};
use crate::domain::bundle::{BundleDirection, BundlePosition, NodeRole, PeerHave, Record, VolumeStatus};
use crate::domain::{DateTime, Utc};
use crate::engine::{Engine, Error, Result, SharedEngine};

/// Records that wait for the writer.
const WAITING: usize = 64;

/// Choices of an export.
#[derive(Debug, Clone)]
pub struct ExportOptions {
    /// Directory of the volumes.
    pub directory: PathBuf,
    /// Maximum bytes of a volume and of the whole bundle; the container's own limits if none.
    pub volume_bytes: Option<u64>,
    pub budget_bytes: Option<u64>,
    /// Whether all is told, also what the peer has.
    pub is_full: bool,
    /// Whether files go with it, and not only records.
    pub has_blobs: bool,
    /// Whether the accounts of a gateway go with it, for use at the site.
    pub has_accounts: bool,
    /// Whether each volume is read back from the medium.
    pub read_back: bool,
    /// Whether nothing comes back, as through a data diode: what is written counts as arrived, and every 30
    /// days all is told.
    pub is_one_way: bool,
}

impl ExportOptions {
    pub fn into_directory(directory: PathBuf) -> Self {
        Self {
            directory,
            volume_bytes: None,
            budget_bytes: None,
            is_full: false,
            has_blobs: true,
            has_accounts: false,
            read_back: true,
            is_one_way: false,
        }
    }
}

/// A bundle that was written.
#[derive(Debug)]
pub struct ExportedBundle {
    pub volumes: Vec<PathBuf>,
    pub records: u64,
    pub files: u64,
    /// Files that did not fit. They go with the next bundle.
    pub left: u64,
    pub bytes: u64,
}

/// Interval of the bundles that tell everything to a peer without a way back.
const FULL_EVERY: TimeDelta = TimeDelta::days(30);

/// Writes a bundle for a trusted peer.
pub async fn export(engine: &SharedEngine, to: &str, options: &ExportOptions) -> Result<ExportedBundle> {
    let mut options = options.clone();
    options.is_one_way |= engine.config.bundle_folders.one_way;
    let made = export_bundle(engine, to, options).await;
    count_export(engine, &made);
    made
}

async fn export_bundle(
    engine: &SharedEngine,
    to: &str,
    mut options: ExportOptions,
) -> Result<ExportedBundle> {
    let keyring = keyring(engine)?;
    let node = trusted(engine, to).await?;
    if engine.config.role == NodeRole::Gateway {
        serve::serve(engine).await?;
    }
    let bundle = Uuid::new_v4();
    let id = bundle.simple().to_string();
    let Begun { position, have, full_at } = begin(engine, to, &id).await?;
    options.is_full |= options.is_one_way && full_at.is_none_or(|at| engine.now() >= at + FULL_EVERY);
    let role = engine.config.role;
    let kinds: &[&str] = if role == NodeRole::Gateway { &Record::FROM_GATEWAY } else { &Record::FROM_SITE };
    let info = BundleInfo {
        bundle,
        seq: u64::try_from(position.seq).map_err(Error::fault)?,
        created_at: engine.now(),
        epoch: position.epoch.to_string(),
        have: serde_json::to_value(&have).map_err(Error::fault)?,
        needs: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
    };
    let rotation =
        keyring.rotation(engine.now()).map(serde_json::to_value).transpose().map_err(Error::fault)?;
    let (sender, receiver) = mpsc::channel(WAITING);
    let writing =
        BlockingWriter { keyring, node, info, scratch: engine.config.incoming(), options: options.clone() };
    let blobs = StoredBlobs::new(engine.store.clone());
    std::fs::create_dir_all(&writing.scratch)?;
    let writing = tokio::task::spawn_blocking(move || writing.run(receiver, blobs));
    let lines = RecordSender { engine, to, position, sender, rotation };
    let told = match role {
        NodeRole::Gateway => lines.catalogue(&options).await,
        NodeRole::Site | NodeRole::Alone => lines.follows().await,
    };
    let written = writing.await.map_err(Error::from)?;
    let done = told.and_then(|told| Ok((told, written.map_err(refused)?)));
    end(engine, (to, &id, position), &done, &options).await?;
    let (told, WrittenBundle { volumes, bytes, blobs, left, .. }) = done?;
    let carried = told.files.iter().filter(|file| is_among(&file.sha256, &blobs));
    let files = carried.map(|file| &file.sha256).collect::<HashSet<_>>().len() as u64;
    Ok(ExportedBundle { volumes, records: told.records, files, left: left.blobs, bytes })
}

/// A bundle that begins.
struct Begun {
    position: BundlePosition,
    /// State of this node's records of the peer.
    have: PeerHave,
    /// Time of the last bundle that told everything.
    full_at: Option<DateTime<Utc>>,
}

/// Numbers the bundle and remembers it, before the peer can see it.
async fn begin(engine: &Engine, to: &str, bundle: &str) -> Result<Begun> {
    let work = engine.begin().await?;
    let epoch = rows::lock_node(&*work, work.now().timestamp_millis()).await?;
    let peer = known_peer(&*work, to).await?;
    let position = BundlePosition { epoch, seq: peer.sent_seq + 1 };
    rows::set_sent(&*work, to, position.seq).await?;
    rows::begin_volume(&*work, &volume(to, bundle, position), work.now()).await?;
    let have = PeerHave {
        epoch: peer.received_epoch,
        seen: rows::seen(&*work, to, peer.received_epoch).await?,
        applied: rows::applied(&*work, to, peer.received_epoch).await?,
        sources: rows::marks(&*work, to, peer.received_epoch).await?,
        answers: peer.answer_mark().entering(peer.received_epoch).unwrap_or_default().rev,
    };
    work.commit().await?;
    Ok(Begun { position, have, full_at: peer.full_at })
}

async fn end(
    engine: &Engine,
    (to, bundle, position): (&str, &str, BundlePosition),
    done: &Result<(OutgoingRecords, WrittenBundle)>,
    options: &ExportOptions,
) -> Result<()> {
    let end = match done {
        Ok((told, written)) => VolumeEnd {
            status: VolumeStatus::Done,
            volumes: written.volumes.len() as i64,
            records: Some(told.records as i64),
            bytes: i64::try_from(written.bytes).unwrap_or(i64::MAX),
            error: None,
        },
        Err(error) => VolumeEnd {
            status: VolumeStatus::Failed,
            volumes: 0,
            records: None,
            bytes: 0,
            error: Some(error.to_string()),
        },
    };
    if let Ok((told, written)) = done {
        for file in told.files.iter().filter(|file| is_among(&file.sha256, &written.blobs)) {
            rows::set_file_sent(&engine.db, to, file, bundle, engine.now()).await?;
        }
        for picture in told.pictures.iter().filter(|picture| is_among(&picture.sha256, &written.blobs)) {
            rows::picture_sent(&engine.db, to, &picture.address).await?;
        }
        if options.is_full {
            rows::set_full(&engine.db, to, engine.now()).await?;
        }
        if options.is_one_way {
            let work = engine.begin().await?;
            rows::set_have(&*work, to, &told.have).await?;
            work.commit().await?;
        }
        requests::exported(engine, &told.requests).await?;
    }
    Ok(rows::end_volume(&engine.db, &volume(to, bundle, position), &end, engine.now()).await?)
}

fn is_among(sha256: &str, blobs: &[bundle::Sha256]) -> bool {
    blobs.iter().any(|blob| blob.to_string() == sha256)
}

/// A sent bundle is one row, under its first volume.
fn volume<'a>(peer: &'a str, bundle: &'a str, position: BundlePosition) -> NewVolume<'a> {
    NewVolume { peer, direction: BundleDirection::Sent, bundle, position, volume: 1, volumes: 1 }
}

/// The blocking half: takes lines, and writes the volumes after the last.
struct BlockingWriter {
    keyring: Keyring,
    node: PublicNode,
    info: BundleInfo,
    scratch: PathBuf,
    options: ExportOptions,
}

impl BlockingWriter {
    fn run(
        self,
        mut lines: mpsc::Receiver<Line>,
        mut blobs: StoredBlobs,
    ) -> Result<WrittenBundle, BundleError> {
        let Self { keyring, node, info, scratch, options } = self;
        let now = info.created_at;
        let mut writer = BundleWriter::new(keyring.signer(now), &node, info, &scratch)?;
        loop {
            match lines.blocking_recv() {
                Some(Line::Record(line)) => writer.record(&line)?,
                Some(Line::Blob(sha256, bytes)) => {
                    blobs.add(sha256, bytes);
                    writer.blob(sha256, bytes)?;
                }
                Some(Line::End) => break,
                None => return Err(std::io::Error::other("the records ended early").into()),
            }
        }
        let mut write = WriteOptions { read_back: options.read_back, ..WriteOptions::default() };
        write.volume_bytes = options.volume_bytes.unwrap_or(write.volume_bytes);
        write.budget_bytes = options.budget_bytes.unwrap_or(write.budget_bytes);
        writer.write(&options.directory, &write, &mut blobs)
    }
}
