//! Folder of exports: written for all trusted peers or for one, listed, and read as a download.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::path::PathBuf;

use bundle::{BundleError, VolumeName};

use super::folder::Folder;
use super::{ExportOptions, directory, export, keyring, tidy, trusted_names};
use crate::db::bundles as rows;
use crate::domain::bundle::{BundleExport, ExportedVolume};
use crate::domain::{DateTime, Refusal, Utc};
use crate::engine::{Config, Engine, Error, Result, SharedEngine};

/// Folder of exports.
pub fn out_folder(config: &Config) -> PathBuf {
    config.bundle_folders.out.clone().unwrap_or_else(|| directory(config).join("out"))
}

/// Writes a bundle for a trusted peer, or for all of them, into the folder of exports. Goes on if the caller
/// leaves.
///
/// # Errors
/// `Refusal::Conflict` if there are no keys, peers or folder; `Refusal::NotFound` for an unknown peer.
pub async fn export_to_folder(engine: &SharedEngine, to: Option<String>) -> Result<Vec<BundleExport>> {
    let engine = engine.clone();
    tokio::spawn(async move { write(&engine, to).await }).await.map_err(Error::from)?
}

async fn write(engine: &SharedEngine, to: Option<String>) -> Result<Vec<BundleExport>> {
    keyring(engine)?;
    let folder = ready_folder(&engine.config)?;
    let peers = match to {
        Some(name) => vec![name],
        None => trusted_names(engine).await?,
    };
    let mut all = Vec::new();
    for to in peers {
        let made = export(engine, &to, &ExportOptions::into_directory(folder.clone())).await;
        let made = made.map_err(|error| not_written(&to, error))?;
        let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
        all.push(BundleExport {
            to,
            volumes: made.volumes.iter().filter_map(name).collect(),
            records: i64::try_from(made.records).unwrap_or(i64::MAX),
            files: i64::try_from(made.files).unwrap_or(i64::MAX),
            left: i64::try_from(made.left).unwrap_or(i64::MAX),
            bytes: i64::try_from(made.bytes).unwrap_or(i64::MAX),
        });
    }
    Ok(all)
}

/// Writes bundles for all trusted peers, and deletes volumes in the folder that their receiver has applied.
/// Bundles are written even if nothing is new, because each one tells its receiver what this node has.
pub(super) async fn export_on_schedule(engine: &SharedEngine) -> Result<()> {
    match trusted_names(engine).await {
        // Before the first trust there is nothing to write.
        Err(Error::Refused(_)) => return Ok(()),
        trusted => trusted?,
    };
    write(engine, None).await?;
    let folder = out_folder(&engine.config);
    let volumes = Folder::open(&folder)?.content(&[])?.volumes;
    tidy(engine, volumes.iter().map(|(name, _)| folder.join(name.to_string())).collect()).await?;
    Ok(())
}

/// A folder that is full, or a medium that was torn out, is no fault of the server.
fn not_written(to: &str, error: Error) -> Error {
    match &error {
        Error::Fault(fault) if fault.is::<BundleError>() => {
            Refusal::conflict(format!("The bundle for {to} could not be written: {fault}.")).into()
        }
        _ => error,
    }
}

/// The folder, which is made inside the data directory. One that an administrator has named must be there:
/// a medium that is not mounted would be written beside.
fn ready_folder(config: &Config) -> Result<PathBuf> {
    let folder = out_folder(config);
    if config.bundle_folders.out.is_none() {
        std::fs::create_dir_all(&folder)?;
    }
    if folder.is_dir() {
        return Ok(folder);
    }
    let why = format!(
        "The folder {} of SMARTCACHE_BUNDLE_OUT is not there. Is its medium mounted?",
        folder.display()
    );
    Err(Refusal::conflict(why).into())
}

/// Volumes of this node in the folder, the latest first. A folder that cannot be read has none.
pub(super) async fn written(engine: &Engine) -> Result<Vec<ExportedVolume>> {
    let config = &engine.config;
    let content = Folder::open(&out_folder(config)).and_then(|folder| folder.content(&[]));
    let mut own = content.unwrap_or_default().volumes;
    own.retain(|(name, _)| name.from.as_str() == config.node);
    own.sort_by_cached_key(|(name, about)| (Reverse(about.modified().ok()), name.to_string()));
    let applied: HashSet<_> = rows::applied_sent(&engine.db).await?.into_iter().collect();
    let volume = |(name, about): (VolumeName, Metadata)| ExportedVolume {
        is_applied: applied.contains(&(name.to.to_string(), i64::try_from(name.seq).unwrap_or_default())),
        name: name.to_string(),
        bytes: about.len().cast_signed(),
    };
    Ok(own.into_iter().map(volume).collect())
}

/// A written volume that is open for reading.
pub struct WrittenVolume {
    pub name: VolumeName,
    pub file: File,
    pub bytes: u64,
    pub modified_at: Option<DateTime<Utc>>,
}

/// Whether there is no file, or a link.
fn is_none(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(nix::libc::ELOOP)
}

/// Opens a volume of this node in the folder.
///
/// # Errors
/// `Refusal::NotFound`, also for a name that is none of a volume.
pub fn open_written(engine: &SharedEngine, name: &str) -> Result<WrittenVolume> {
    let missing = || Refusal::missing("volume");
    let name: VolumeName = name.parse().map_err(|_| missing())?;
    if name.from.as_str() != engine.config.node {
        return Err(missing().into());
    }
    let path = out_folder(&engine.config).join(name.to_string());
    let (file, name) = match bundle::open_file(&path) {
        Err(BundleError::File(error)) if !is_none(&error) => return Err(error.into()),
        Err(_) => return Err(missing().into()),
        Ok(opened) => opened,
    };
    let about = file.metadata()?;
    let modified_at = about.modified().ok().map(DateTime::from);
    Ok(WrittenVolume { name, file, bytes: about.len(), modified_at })
}
