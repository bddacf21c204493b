//! Drop folder: volumes that are put there are imported and moved to `done/`, or to `refused/` with the
//! reason. No unknown signer is ever trusted from here.

use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use bundle::{Bounds, BundleError, PartKind, PublicNode, VolumeHeader, VolumeName};
use parking_lot::Mutex;

use super::folder::Folder;
use super::import::{check_header, open};
use super::import_lock::ImportLock;
use super::single_import::import_under;
use super::{refused, trusted_keys};
use crate::db::bundles as rows;
use crate::domain::bundle::{
    BundleDirection, DropFolderReport, RefusedVolume, VolumeStatus, WaitingHeader, WaitingVolume,
};
use crate::domain::{DateTime, Refusal, TimeDelta, Utc};
use crate::engine::{Engine, Error, Result, SharedEngine};

/// Time for which a file must look the same before it counts as complete.
const SETTLED: TimeDelta = TimeDelta::seconds(10);
/// Volumes of each list of a report.
const SHOWN: usize = 50;
/// Folders inside the drop folder.
const DONE: &str = "done";
const REFUSED: &str = "refused";
const WHY: &str = ".why.txt";

/// Appearance of the files at the last looks of this process. A file is complete if two looks with enough
/// time between them see the same: a time of change alone may be older than the copy.
#[derive(Debug, Default)]
pub struct DropFolderLooks(Mutex<HashMap<String, Look>>);

#[derive(Debug, Clone, Copy)]
struct Look {
    appearance: [i64; 4],
    since: DateTime<Utc>,
}

impl DropFolderLooks {
    /// Names of the volumes that have not changed for `SETTLED`.
    fn settled(&self, seen: &[(VolumeName, Metadata)], now: DateTime<Utc>) -> Vec<VolumeName> {
        let mut looks = self.0.lock();
        let mut next = HashMap::new();
        let mut settled = Vec::new();
        for (name, about) in seen {
            let appearance =
                [about.len().cast_signed(), about.ino().cast_signed(), about.mtime(), about.mtime_nsec()];
            let before = looks.get(&name.to_string()).filter(|look| look.appearance == appearance);
            let look = before.copied().unwrap_or(Look { appearance, since: now });
            if now - look.since >= SETTLED {
                settled.push(name.clone());
            }
            next.insert(name.to_string(), look);
        }
        *looks = next;
        settled
    }
}

/// Imports the volumes that have settled. One that cannot be judged now, since the disk or the database
/// fails, stays and delays no others.
pub async fn watch(engine: &SharedEngine) -> Result<()> {
    let Some(path) = &engine.config.bundle_folders.drop else { return Ok(()) };
    let folder = Folder::open(path)?;
    let content = folder.content(&[DONE, REFUSED])?;
    let settled = engine.drop_folder_looks.settled(&content.volumes, engine.now());
    if settled.is_empty() {
        return Ok(());
    }
    // Another import is under way: there is a next look.
    let Some(lock) = ImportLock::try_take(engine).await? else { return Ok(()) };
    let mut failed = Ok(());
    for name in settled {
        if let Err(error) = take_in(&lock, engine, &folder, &name).await {
            tracing::warn!(volume = %name, %error, "a volume in the drop folder could not be imported");
            failed = Err(error);
        }
    }
    lock.release().await;
    failed
}

async fn take_in(lock: &ImportLock, engine: &SharedEngine, folder: &Folder, name: &VolumeName) -> Result<()> {
    let file = name.to_string();
    match import_under(lock, engine, &folder.at(&file)).await {
        Ok(_) => Ok(folder.move_to(&file, &folder.child(DONE)?)?),
        Err(Error::Refused(Refusal::Invalid { fields })) => {
            let why: Vec<_> = fields.into_iter().map(|field| field.message).collect();
            let why = reason(&why.join(" "), name, unknown_signer(engine, &folder.at(&file)).await?);
            let refused = folder.child(REFUSED)?;
            refused.write(&format!("{file}{WHY}"), &why)?;
            tracing::warn!(volume = %name, why, "a volume in the drop folder was refused");
            Ok(folder.move_to(&file, &refused)?)
        }
        Err(error) => Err(error),
    }
}

/// Node that has signed the volume and is not trusted, as the volume says.
async fn unknown_signer(engine: &Engine, path: &Path) -> Result<Option<PublicNode>> {
    let trusted = trusted_keys(engine).await?;
    let path = path.to_owned();
    let claimed = move || {
        let (file, _) = bundle::open_file(&path)?;
        bundle::claimed_signer(file, &Bounds::default())
    };
    // A file that is no volume at all has no signer.
    let claimed = tokio::task::spawn_blocking(claimed).await.map_err(Error::from)?.unwrap_or_default();
    Ok(claimed.filter(|node| !trusted.contains(node)))
}

fn reason(why: &str, name: &VolumeName, signer: Option<PublicNode>) -> String {
    match signer {
        None => format!("{why}\n"),
        Some(signer) => {
            let (from, fingerprint) = (&name.from, signer.fingerprint());
            format!(
                "{why}\nIt is signed by a key with the fingerprint {fingerprint}. If {from} shows the same fingerprint on \
                 its page Bundles, trust it on the page of this node, and move the file back.\n"
            )
        }
    }
}

/// Content of the drop folder. None without one.
pub(super) async fn report(engine: &Engine) -> Result<Option<DropFolderReport>> {
    let Some(path) = &engine.config.bundle_folders.drop else { return Ok(None) };
    let read = Folder::open(path).and_then(|folder| Ok((read(&folder)?, folder)));
    let ((mut report, volumes), folder) = match read {
        Ok(read) => read,
        Err(error) => {
            let problem = Some(format!("{} cannot be read: {error}", path.display()));
            return Ok(Some(DropFolderReport { problem, ..DropFolderReport::default() }));
        }
    };
    report.waiting = judged(engine, folder, volumes).await?;
    Ok(Some(report))
}

/// The report without the volumes that wait, and these.
fn read(folder: &Folder) -> std::io::Result<(DropFolderReport, Vec<(VolumeName, u64)>)> {
    let content = folder.content(&[DONE, REFUSED])?;
    let waiting = content.volumes.into_iter().take(SHOWN).map(|(name, about)| (name, about.len())).collect();
    // Before the first refusal there is no such folder.
    let refused = match Folder::open(&folder.at(REFUSED)) {
        Ok(refused) => {
            let with_reason = |name: String| {
                let why = refused.read(&format!("{name}{WHY}")).unwrap_or_default();
                RefusedVolume { name, why }
            };
            refused.latest(WHY, SHOWN)?.into_iter().map(with_reason).collect()
        }
        Err(_) => Vec::new(),
    };
    let report = DropFolderReport { refused, ignored: content.others, ..DropFolderReport::default() };
    Ok((report, waiting))
}

/// The volumes, judged by their headers as an import judges them first.
async fn judged(
    engine: &Engine,
    folder: Folder,
    volumes: Vec<(VolumeName, u64)>,
) -> Result<Vec<WaitingVolume>> {
    let (trusted, own) = (trusted_keys(engine).await?, engine.config.node.parse().map_err(refused)?);
    let role = engine.config.role;
    let read_headers = move || {
        let header = |name: &VolumeName| {
            let volume = open(&folder.at(&name.to_string()), &own, &trusted)?;
            Ok((summary(volume.header()), check_header(role, volume.header()).map(drop)))
        };
        volumes.into_iter().map(|(name, bytes)| (header(&name), name, bytes)).collect::<Vec<_>>()
    };
    let mut all = Vec::new();
    for (opened, name, bytes) in tokio::task::spawn_blocking(read_headers).await.map_err(Error::from)? {
        let (header, problem) = match opened {
            Ok(((mut header, bundle), checked)) => {
                let (from, volume) = (header.from.as_str(), header.volume);
                let known =
                    rows::volume(&engine.db, from, BundleDirection::Received, &bundle, volume).await?;
                header.is_imported = known.is_some_and(|known| known.status == VolumeStatus::Done);
                match checked {
                    Ok(()) => (Some(header), None),
                    Err(Error::Refused(Refusal::Invalid { fields })) => {
                        (Some(header), fields.into_iter().map(|field| field.message).next())
                    }
                    Err(error) => return Err(error),
                }
            }
            Err(why) if BundleError::is_refusal(&why) => (None, Some(why.to_string())),
            // The disk fails now, and perhaps not at the next look.
            Err(_) => (None, None),
        };
        all.push(WaitingVolume { name: name.to_string(), bytes: bytes.cast_signed(), header, problem });
    }
    Ok(all)
}

/// Header of a volume as it is shown, not yet looked up here, and the name of its bundle.
fn summary(header: &VolumeHeader) -> (WaitingHeader, String) {
    let shown = WaitingHeader {
        from: header.from.to_string(),
        seq: header.seq.cast_signed(),
        volume: i64::from(header.volume),
        volumes: i64::from(header.volumes),
        blobs: header.parts.iter().filter(|part| part.kind == PartKind::Blob).count() as i64,
        created_at: header.created_at,
        is_imported: false,
    };
    (shown, header.bundle.simple().to_string())
}
