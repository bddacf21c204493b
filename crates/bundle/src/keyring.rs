//! Keys of a node in its data directory, readable by its own account only.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::{BundleError, Result};
use crate::keys::NodeKeys;
use crate::names::NodeName;
use crate::rotation::Rotation;

/// Days in which the keys before and after a rotation both hold.
pub const OVERLAP_DAYS: i64 = 90;
/// Directory of the current keys, and its successor during a rotation.
const OWN: &str = "own";
const NEXT: &str = "own.next";
const LAST: &str = "own.last";
const PREVIOUS: &str = "previous-";
const MAX_FILE: u64 = 64 * 1024;

/// Keys of this node, and those before the last rotation.
///
/// They lie in `own/`: `node` (the name), `sign.key` and `age.key`; after a rotation also
/// `previous-sign.key`,
/// `previous-age.key` and `rotation.json`. All have mode 0600.
#[derive(Debug)]
pub struct Keyring {
    current: NodeKeys,
    previous: Option<(NodeKeys, Rotation)>,
}

impl Keyring {
    /// Keyring without a directory.
    pub fn new(current: NodeKeys) -> Self {
        Self { current, previous: None }
    }

    /// Makes the first keys of a node.
    ///
    /// # Errors
    /// If the directory has keys already: peers trust them, so they are never overwritten.
    pub fn create(directory: &Path, name: NodeName) -> Result<Self> {
        finish_rotation(directory)?;
        if directory.join(OWN).exists() {
            let why = format!("{} has keys already; `keys rotate` replaces them", directory.display());
            return Err(BundleError::Keys(why));
        }
        let keys = NodeKeys::generate(name)?;
        make_directory(directory)?;
        let draft = fresh(directory)?;
        write_pair(&draft, "", &keys)?;
        write_private(&draft.join("node"), &format!("{}\n", keys.node().name))?;
        sync(&draft)?;
        fs::rename(&draft, directory.join(OWN))?;
        sync(directory)?;
        Ok(Self::new(keys))
    }

    /// Opens the keys of a node, if it has any.
    pub fn find(directory: &Path) -> Result<Option<Self>> {
        finish_rotation(directory)?;
        directory.join(OWN).try_exists()?.then(|| Self::open(directory)).transpose()
    }

    /// Opens the keys of a node.
    ///
    /// # Errors
    /// If there are none, or if another account could read them.
    pub fn open(directory: &Path) -> Result<Self> {
        finish_rotation(directory)?;
        let own = directory.join(OWN);
        if !own.exists() {
            let why = format!("{} has no keys; `keys init` makes them", directory.display());
            return Err(BundleError::Keys(why));
        }
        let name: NodeName = read_private(&own.join("node"))?.trim().parse()?;
        let current = read_pair(&own, "", &name)?;
        let previous = match read_private(&own.join("rotation.json")) {
            Ok(text) => {
                let rotation: Rotation = serde_json::from_str(&text)
                    .map_err(|error| BundleError::Keys(format!("rotation.json: {error}")))?;
                Some((read_pair(&own, PREVIOUS, &name)?, rotation))
            }
            Err(BundleError::File(error)) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(Self { current, previous })
    }

    /// Replaces the keys. The old ones stay for `OVERLAP_DAYS`.
    ///
    /// # Errors
    /// If the last rotation is younger than that: a peer may still know only the keys before it.
    pub fn rotate(directory: &Path, now: DateTime<Utc>) -> Result<Self> {
        let keyring = Self::open(directory)?;
        if let Some(rotation) = keyring.rotation(now) {
            let (at, until) = (rotation.at.date_naive(), rotation.until().date_naive());
            let why = format!("the keys were rotated on {at}; peers may use the old ones until {until}");
            return Err(BundleError::Keys(why));
        }
        let old = keyring.current;
        let new = NodeKeys::generate(old.node().name.clone())?;
        let rotation = Rotation::sign(&old, &new, now);
        let draft = fresh(directory)?;
        write_pair(&draft, "", &new)?;
        write_pair(&draft, PREVIOUS, &old)?;
        write_private(&draft.join("node"), &format!("{}\n", new.node().name))?;
        let text = serde_json::to_string(&rotation).map_err(|error| BundleError::Keys(error.to_string()))?;
        write_private(&draft.join("rotation.json"), &text)?;
        sync(&draft)?;
        fs::rename(directory.join(OWN), directory.join(LAST))?;
        finish_rotation(directory)?;
        Ok(Self { current: new, previous: Some((old, rotation)) })
    }

    /// The newest keys.
    pub fn current(&self) -> &NodeKeys {
        &self.current
    }

    /// Keys that sign: the old ones for `OVERLAP_DAYS` after a rotation, since peers learn the new ones
    /// from a bundle that the old ones signed.
    pub fn signer(&self, now: DateTime<Utc>) -> &NodeKeys {
        match &self.previous {
            Some((keys, rotation)) if rotation.is_young(now) => keys,
            _ => &self.current,
        }
    }

    /// Statement of the last rotation, for peers, as long as the old keys hold.
    pub fn rotation(&self, now: DateTime<Utc>) -> Option<&Rotation> {
        self.previous.as_ref().map(|(_, rotation)| rotation).filter(|rotation| rotation.is_young(now))
    }

    /// All keys that may open a part, the newest first.
    pub fn all(&self) -> impl Iterator<Item = &NodeKeys> {
        [&self.current].into_iter().chain(self.previous.as_ref().map(|(keys, _)| keys))
    }
}

impl Rotation {
    /// Time from which the old keys hold no more.
    pub fn until(&self) -> DateTime<Utc> {
        self.at.checked_add_signed(TimeDelta::days(OVERLAP_DAYS)).unwrap_or(self.at)
    }

    fn is_young(&self, now: DateTime<Utc>) -> bool {
        now < self.until()
    }
}

/// Puts the complete successor in place. Also completes a rotation whose process died between the renames.
fn finish_rotation(directory: &Path) -> Result<()> {
    let (own, next, last) = (directory.join(OWN), directory.join(NEXT), directory.join(LAST));
    if last.exists() && !own.exists() && next.exists() {
        fs::rename(&next, &own)?;
        sync(directory)?;
    }
    if last.exists() && own.exists() {
        fs::remove_dir_all(&last)?;
    }
    Ok(())
}

/// An empty directory for the successor. One that is left of a process that died holds nothing in use.
fn fresh(directory: &Path) -> Result<std::path::PathBuf> {
    let draft = directory.join(NEXT);
    match fs::remove_dir_all(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    make_directory(&draft)?;
    Ok(draft)
}

fn make_directory(path: &Path) -> Result<()> {
    Ok(fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?)
}

fn write_pair(directory: &Path, prefix: &str, keys: &NodeKeys) -> Result<()> {
    write_private(&directory.join(format!("{prefix}sign.key")), &keys.sign_file())?;
    write_private(&directory.join(format!("{prefix}age.key")), &keys.age_file())
}

fn read_pair(directory: &Path, prefix: &str, name: &NodeName) -> Result<NodeKeys> {
    let sign = read_private(&directory.join(format!("{prefix}sign.key")))?;
    let age = read_private(&directory.join(format!("{prefix}age.key")))?;
    NodeKeys::parse(name.clone(), &sign, &age)
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}

fn read_private(path: &Path) -> Result<String> {
    let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let about = file.metadata()?;
    if !about.is_file() || about.permissions().mode() & 0o077 != 0 {
        let why = format!("{} can be read by other accounts: use chmod 600", path.display());
        return Err(BundleError::Keys(why));
    }
    let mut text = String::new();
    file.take(MAX_FILE).read_to_string(&mut text)?;
    Ok(text)
}

fn sync(directory: &Path) -> Result<()> {
    Ok(File::open(directory)?.sync_all()?)
}
