//! A folder that others write to. It is opened once and without following links, so that a link that takes
//! its place later is not followed either.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use bundle::VolumeName;
use nix::libc;

/// Bytes that are read of a text.
const MAX_TEXT: u64 = 4_096;

pub struct Folder {
    /// Keeps the descriptor in `path` open.
    _opened: File,
    path: PathBuf,
}

/// Content of a folder.
#[derive(Default)]
pub struct FolderContent {
    /// Regular files with the name of a volume, by name.
    pub volumes: Vec<(VolumeName, Metadata)>,
    /// Number of all other entries, those of the program excepted.
    pub others: i64,
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    /// If there is none, or if its last component is a link.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let flags = libc::O_NOFOLLOW | libc::O_DIRECTORY;
        let opened = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        // Linux lets the entries of an open folder be named. Elsewhere the path has to do.
        let of_descriptor = PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd()));
        let path = if of_descriptor.is_dir() { of_descriptor } else { path.to_owned() };
        Ok(Self { _opened: opened, path })
    }

    /// Opens a folder in it, which is made if it is missing.
    pub fn child(&self, name: &str) -> std::io::Result<Self> {
        match std::fs::DirBuilder::new().mode(0o750).create(self.at(name)) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Self::open(&self.at(name)),
        }
    }

    /// Path of an entry.
    pub fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Lists the folder. `own` are the names of the program's own entries.
    pub fn content(&self, own: &[&str]) -> std::io::Result<FolderContent> {
        let mut content = FolderContent::default();
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_str().unwrap_or_default();
            // Of the entry itself, not of what a link leads to. It may be gone by now.
            let Ok(about) = entry.metadata() else { continue };
            match name.parse() {
                Ok(volume) if about.is_file() => content.volumes.push((volume, about)),
                _ if own.contains(&name) => {}
                _ => content.others += 1,
            }
        }
        content.volumes.sort_by_key(|(name, _)| name.to_string());
        Ok(content)
    }

    /// Moves a file into another folder of the same disk.
    pub fn move_to(&self, name: &str, target: &Self) -> std::io::Result<()> {
        std::fs::rename(self.at(name), target.at(name))
    }

    /// Writes a text in the place of what has its name.
    pub fn write(&self, name: &str, text: &str) -> std::io::Result<()> {
        match std::fs::remove_file(self.at(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // A new file: a link of this name is not followed.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o640).open(self.at(name))?;
        file.write_all(text.as_bytes())
    }

    /// Begin of a text, if it is a regular file.
    pub fn read(&self, name: &str) -> std::io::Result<String> {
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let file = OpenOptions::new().read(true).custom_flags(flags).open(self.at(name))?;
        let mut text = Vec::new();
        if file.metadata()?.is_file() {
            file.take(MAX_TEXT).read_to_end(&mut text)?;
        }
        Ok(String::from_utf8_lossy(&text).trim().to_owned())
    }

    /// Names of the files that end with this, the latest change first.
    pub fn latest(&self, ending: &str, limit: usize) -> std::io::Result<Vec<String>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            if let (Ok(name), Ok(about)) = (entry.file_name().into_string(), entry.metadata())
                && let Some(name) = name.strip_suffix(ending)
            {
                found.push((std::cmp::Reverse(about.modified()?), name.to_owned()));
            }
        }
        found.sort();
        Ok(found.into_iter().take(limit).map(|(_, name)| name).collect())
    }
}
