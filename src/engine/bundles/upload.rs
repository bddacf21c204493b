//! Volumes that come over HTTP: received into a file, with their bounds checked before the first byte, and
//! then imported.

use std::path::PathBuf;
use std::time::Duration;

use bundle::{Bounds, BundleError, VolumeName};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::import_lock::ImportLock;
use super::single_import::import_under;
use super::{ImportedVolume, keyring, trusted_keys};
use crate::domain::Refusal;
use crate::domain::bundle::VolumeImport;
use crate::engine::{Engine, Error, Result, SharedEngine, downloads};

/// Time for which a received volume waits for the end of another import.
const PATIENCE: Duration = Duration::from_secs(60);

/// Receives a volume of so many bytes, and imports it. An import goes on if the client leaves.
///
/// # Errors
/// `Refusal::Invalid` of `name` or `volume` with the reason; `Refusal::Conflict` if another import is under
/// way or the disk is too full.
pub async fn receive<E>(
    engine: &SharedEngine,
    name: &str,
    bytes: u64,
    body: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<VolumeImport> {
    let name = check(engine, name, bytes).await?;
    let part = UploadedPart::receive(engine, bytes, body).await?;
    let engine = engine.clone();
    let importing = tokio::spawn(async move { import_part(&engine, part, &name).await });
    let imported = importing.await.map_err(Error::from)??;
    let ImportedVolume { peer, seq, volume, volumes, records, files, bytes, known_since } = imported;
    Ok(VolumeImport { from: peer, seq, volume, volumes, records, files, bytes, known_since })
}

/// Refuses before the first byte what would be refused after the last.
async fn check(engine: &Engine, name: &str, bytes: u64) -> Result<VolumeName> {
    keyring(engine)?;
    let name: VolumeName = name.parse().map_err(|error: BundleError| refused("name", &error))?;
    if name.to.as_str() != engine.config.node {
        return Err(refused("name", &BundleError::Receiver(name.to.to_string())).into());
    }
    if !trusted_keys(engine).await?.iter().any(|node| node.name == name.from) {
        return Err(refused("name", &BundleError::UnknownSigner(name.from.to_string())).into());
    }
    let limit = Bounds::default().volume_bytes;
    if bytes > limit {
        let error = BundleError::Bound { what: "bytes of the volume", found: bytes, limit };
        return Err(refused("volume", &error).into());
    }
    let free = downloads::free(&engine.config)?;
    if free < bytes.saturating_add(engine.config.min_free()) {
        return Err(Refusal::conflict("The disk of this node is too full for this volume.").into());
    }
    ImportLock::take(engine, Duration::ZERO).await?.release().await;
    Ok(name)
}

fn refused(field: &str, error: &BundleError) -> Refusal {
    Refusal::field(field, error.to_string())
}

/// An upload under way. Its file is deleted with it; that of a killed process is swept away with the other
/// incoming files, after a day.
struct UploadedPart(PathBuf);

impl Drop for UploadedPart {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::warn!(%error, "the file of an upload could not be deleted");
        }
    }
}

impl UploadedPart {
    async fn receive<E>(
        engine: &Engine,
        bytes: u64,
        mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Self> {
        let directory = engine.config.incoming();
        tokio::fs::create_dir_all(&directory).await?;
        let path = directory.join(format!("volume-{}.part", uuid::Uuid::new_v4().simple()));
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path).await?;
        let part = Self(path);
        let mut received = 0;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| cut_off())?;
            received += chunk.len() as u64;
            if received > bytes {
                return Err(Refusal::field("volume", "It is longer than was announced.").into());
            }
            file.write_all(&chunk).await?;
        }
        if received < bytes {
            return Err(cut_off().into());
        }
        file.sync_all().await?;
        Ok(part)
    }

    /// Gives the file another name in its directory.
    async fn rename(&mut self, name: &str) -> Result<()> {
        let path = self.0.with_file_name(name);
        tokio::fs::rename(&self.0, &path).await?;
        self.0 = path;
        Ok(())
    }
}

fn cut_off() -> Refusal {
    Refusal::field("volume", "It did not arrive as a whole. Send it again.")
}

/// Imports under the lock, under which no other upload has the volume's name.
async fn import_part(
    engine: &SharedEngine,
    mut part: UploadedPart,
    name: &VolumeName,
) -> Result<ImportedVolume> {
    let lock = ImportLock::take(engine, PATIENCE).await?;
    let imported = match part.rename(&name.to_string()).await {
        Ok(()) => import_under(&lock, engine, &part.0).await,
        Err(error) => Err(error),
    };
    drop(part);
    lock.release().await;
    imported
}
