//! Deletes volumes from a medium that their receiver has.

use std::path::{Path, PathBuf};

use bundle::{Bounds, BundleError, NodeName, PublicNode, Volume, VolumeHeader, VolumeName};

use super::{keyring, refused, trusted_keys};
use crate::db::bundles as rows;
use crate::domain::bundle::{BundleDirection, VolumeStatus};
use crate::engine::{Engine, Error, Result};

/// Result of a tidying.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TidiedVolumes {
    pub removed: Vec<PathBuf>,
    /// Number of volumes that stay.
    pub kept: usize,
}

/// Deletes those of these volumes that this node has sent and of which the peer has told that it has applied
/// the whole bundle, and those for this node that are imported. A file that no key of this node or of its
/// peers has signed stays, whatever its name.
pub async fn tidy(engine: &Engine, paths: Vec<PathBuf>) -> Result<TidiedVolumes> {
    let signers = Signers::of(engine).await?;
    let mut tidied = TidiedVolumes::default();
    for path in paths {
        if is_done_with(engine, &signers, &path).await? {
            tokio::fs::remove_file(&path).await?;
            tidied.removed.push(path);
        } else {
            tidied.kept += 1;
        }
    }
    Ok(tidied)
}

#[derive(Clone)]
struct Signers {
    me: NodeName,
    own: Vec<PublicNode>,
    peers: Vec<PublicNode>,
}

impl Signers {
    async fn of(engine: &Engine) -> Result<Self> {
        let keyring = keyring(engine)?;
        Ok(Self {
            me: keyring.current().node().name.clone(),
            own: keyring.all().map(|keys| keys.node().clone()).collect(),
            peers: trusted_keys(engine).await?,
        })
    }

    /// Verified header of a volume from or to this node. None of all else.
    fn header(&self, path: &Path) -> Result<Option<(VolumeName, VolumeHeader)>, BundleError> {
        let (file, name) = bundle::open_file(path)?;
        let signers = if name.from == self.me { &self.own } else { &self.peers };
        if name.from != self.me && name.to != self.me {
            return Ok(None);
        }
        let volume = Volume::open(file, &name, &name.to, signers, Bounds::default())?;
        Ok(Some((name, volume.header().clone())))
    }
}

async fn is_done_with(engine: &Engine, signers: &Signers, path: &Path) -> Result<bool> {
    // Neither a link nor a folder.
    if !path.symlink_metadata()?.is_file() {
        return Ok(false);
    }
    let (signers, path, me) = (signers.clone(), path.to_owned(), signers.me.clone());
    let read = tokio::task::spawn_blocking(move || signers.header(&path)).await.map_err(Error::from)?;
    let (name, header) = match read {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(false),
        Err(error) if error.is_refusal() => return Ok(false),
        Err(error) => return Err(refused(error)),
    };
    let bundle = header.bundle.simple().to_string();
    if name.from == me {
        return Ok(rows::is_applied(&engine.db, name.to.as_str(), &bundle).await?);
    }
    let (peer, direction) = (name.from.as_str(), BundleDirection::Received);
    let known = rows::volume(&engine.db, peer, direction, &bundle, i64::from(header.volume)).await?;
    Ok(known.is_some_and(|known| known.status == VolumeStatus::Done))
}
