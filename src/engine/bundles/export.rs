//! Writes a bundle for a peer: all that it does not have, as far as it has told.

use std::collections::HashSet;
use std::path::PathBuf;

use bundle::{BundleInfo, WrittenBundle};
use chrono::TimeDelta;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::blobs::StoredBlobs;
use super::blocking_writer::BlockingWriter;
use super::counts::count_export;
use super::delivery::{BundleDelivery, names_of};
use super::outgoing::RecordSender;
use super::peers::{known_peer, trusted};
use super::{keyring, refused, serve};
use crate::db::bundles::{self as rows, NewVolume};
use crate::domain::bundle::{BundleDirection, BundlePosition, NodeRole, PeerHave, Record};
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
    /// On a gateway, whether nothing comes back, as through a data diode: what is written counts as arrived,
    /// and every 30 days all is told.
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
    /// Files and pictures that did not fit. They go with the next bundle.
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
    let NewBundle { position, have, received, full_at } = begin(engine, to, &id).await?;
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
    BundleDelivery { options, received }.end(engine, (to, &id, position), &done).await?;
    let (told, WrittenBundle { volumes, bytes, blobs, left, .. }) = done?;
    let named: HashSet<_> = told.files.into_iter().map(|file| file.sha256).collect();
    let files = names_of(&blobs).intersection(&named).count() as u64;
    Ok(ExportedBundle { volumes, records: told.records, files, left: left.blobs, bytes })
}

/// A numbered bundle of which nothing is written yet.
struct NewBundle {
    position: BundlePosition,
    /// Records of the peer that are applied here.
    have: PeerHave,
    /// Position of the peer's latest bundle.
    received: BundlePosition,
    /// Time of the last bundle that told everything.
    full_at: Option<DateTime<Utc>>,
}

/// Numbers the bundle and remembers it, before the peer can see it.
async fn begin(engine: &Engine, to: &str, bundle: &str) -> Result<NewBundle> {
    let work = engine.begin().await?;
    let epoch = rows::lock_node(&*work, work.now().timestamp_millis()).await?;
    let peer = known_peer(&*work, to).await?;
    let position = BundlePosition { epoch, seq: peer.sent_seq + 1 };
    rows::set_sent(&*work, to, position.seq).await?;
    rows::begin_volume(&*work, &sent_volume(to, bundle, position), work.now()).await?;
    let have = PeerHave {
        epoch: peer.received_epoch,
        seen: rows::seen(&*work, to, peer.received_epoch).await?,
        applied: rows::applied(&*work, to, peer.received_epoch).await?,
        sources: rows::marks(&*work, to, peer.received_epoch).await?,
        answers: peer.answer_mark().entering(peer.received_epoch).unwrap_or_default().rev,
    };
    work.commit().await?;
    Ok(NewBundle { position, have, received: peer.position(), full_at: peer.full_at })
}

/// A sent bundle is one row, under its first volume.
pub(super) fn sent_volume<'a>(peer: &'a str, bundle: &'a str, position: BundlePosition) -> NewVolume<'a> {
    NewVolume { peer, direction: BundleDirection::Sent, bundle, position, volume: 1, volumes: 1 }
}
