//! Files in the origin private file system: `VAULT/media/SHA256`, and `SHA256.part` of an unfinished one.

use domain::local_copy::{LocalCopy, playing_lock};
use js_sys::{IteratorNext, Uint8Array};
use sha2::{Digest, Sha256};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemReadWriteOptions, FileSystemRemoveOptions,
    FileSystemSyncAccessHandle,
};

use super::bindings::{awaited, held_locks, in_turn, is_quota_exceeded, number, rename, scope, sleep};

/// Largest piece that is read or written at once. A chunk of a network stream can have 44 MB.
const PIECE: u32 = 1024 * 1024;

/// Name of the file that tries the storage out, and of the lock of the worker that has it. One that a killed
/// worker has left is deleted by the next one.
const PROBE: &str = "probe";

async fn root() -> Result<FileSystemDirectoryHandle, JsValue> {
    awaited(scope().navigator().storage().get_directory()).await
}

async fn directory(
    inside: &FileSystemDirectoryHandle,
    name: &str,
) -> Result<FileSystemDirectoryHandle, JsValue> {
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(true);
    awaited(inside.get_directory_handle_with_options(name, &options)).await
}

async fn file(inside: &FileSystemDirectoryHandle, name: &str) -> Result<FileSystemFileHandle, JsValue> {
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    awaited(inside.get_file_handle_with_options(name, &options)).await
}

/// Directory of the files of one user.
pub async fn media(vault: &str) -> Result<FileSystemDirectoryHandle, JsValue> {
    directory(&directory(&root().await?, vault).await?, "media").await
}

/// Whether this browser can store files, even if it is full. Some have the interface and refuse each use, as
/// in private windows.
pub async fn is_supported() -> bool {
    let probe = async {
        let root = root().await?;
        let part = Part::open_in(&root, PROBE).await?;
        let written = part.handle.write_with_u8_array(&[1])?;
        drop(part);
        let _ = awaited::<JsValue>(root.remove_entry(PROBE)).await;
        Ok::<_, JsValue>(written == 1.0)
    };
    in_turn(PROBE, async { probe.await.unwrap_or_else(|error| is_quota_exceeded(&error)) }).await
}

/// Why bytes were not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteError {
    Full,
    Refused,
}

impl From<JsValue> for WriteError {
    fn from(error: JsValue) -> Self {
        if is_quota_exceeded(&error) { Self::Full } else { Self::Refused }
    }
}

/// An open file, closed when it is dropped.
pub struct Part {
    handle: FileSystemSyncAccessHandle,
}

impl Drop for Part {
    fn drop(&mut self) {
        self.handle.close();
    }
}

impl Part {
    async fn open_in(inside: &FileSystemDirectoryHandle, name: &str) -> Result<Self, JsValue> {
        let file = file(inside, name).await?;
        Ok(Self { handle: awaited(file.create_sync_access_handle()).await? })
    }

    /// Opens the unfinished file of a hash.
    pub async fn open(vault: &str, sha256: &str) -> Result<Self, JsValue> {
        Self::open_in(&media(vault).await?, &part_name(sha256)).await
    }

    pub fn size(&self) -> Result<u64, JsValue> {
        self.handle.get_size().map(|size| size as u64)
    }

    pub fn cut(&self, size: u64) -> Result<(), JsValue> {
        self.handle.truncate_with_f64(size as f64)
    }

    /// Writes a chunk. A short write means that the storage is full: Firefox does not throw then.
    pub fn write(&self, chunk: &Uint8Array, at: u64) -> Result<(), WriteError> {
        let options = FileSystemReadWriteOptions::new();
        for begin in (0..chunk.length()).step_by(PIECE as usize) {
            let piece = chunk.subarray(begin, (begin + PIECE).min(chunk.length()));
            options.set_at_f64((at + u64::from(begin)) as f64);
            let written = self.handle.write_with_js_u8_array_and_options(&piece, &options)?;
            if written < f64::from(piece.length()) {
                return Err(WriteError::Full);
            }
        }
        Ok(())
    }

    /// Makes the first `at` bytes durable. A file of another size means that the storage is full.
    pub fn flush(&self, at: u64) -> Result<(), WriteError> {
        self.handle.flush()?;
        if self.size()? == at { Ok(()) } else { Err(WriteError::Full) }
    }
}

fn part_name(sha256: &str) -> String {
    format!("{sha256}.part")
}

/// SHA-256 of a closed unfinished file, read back from the storage.
pub async fn hash_of_part(vault: &str, sha256: &str) -> Result<String, JsValue> {
    let part = Part::open(vault, sha256).await?;
    let (mut hasher, mut buffer, mut at) = (Sha256::new(), vec![0; PIECE as usize], 0.0);
    let options = FileSystemReadWriteOptions::new();
    loop {
        options.set_at_f64(at);
        let read = part.handle.read_with_u8_array_and_options(&mut buffer, &options)?;
        if read <= 0.0 {
            break;
        }
        hasher.update(&buffer[..read as usize]);
        at += read;
        // Messages are answered meanwhile.
        if at as u64 % (32 * u64::from(PIECE)) == 0 {
            sleep(0).await;
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Gives a verified file its final name.
pub async fn finish_part(vault: &str, sha256: &str) -> Result<(), JsValue> {
    let media = media(vault).await?;
    let part = awaited(media.get_file_handle(&part_name(sha256))).await?;
    rename(part, &media, sha256).await
}

/// Deletes the unfinished file of a hash, if there is one.
pub async fn remove_part(vault: &str, sha256: &str) {
    if let Ok(media) = media(vault).await {
        let _ = awaited::<JsValue>(media.remove_entry(&part_name(sha256))).await;
    }
}

/// Deletes the finished and the unfinished file of a hash.
pub async fn remove(vault: &str, sha256: &str) {
    remove_part(vault, sha256).await;
    if let Ok(media) = media(vault).await {
        let _ = awaited::<JsValue>(media.remove_entry(sha256)).await;
    }
}

/// Bytes of a finished file.
pub async fn read(vault: &str, sha256: &str, offset: i64, length: i64) -> Result<Vec<u8>, JsValue> {
    let file: FileSystemFileHandle = awaited(media(vault).await?.get_file_handle(sha256)).await?;
    let file: Blob = awaited(file.get_file()).await?;
    let slice = file.slice_with_f64_and_f64(offset as f64, (offset + length) as f64)?;
    let bytes: JsValue = awaited(slice.array_buffer()).await?;
    Ok(Uint8Array::new(&bytes).to_vec())
}

/// Size of a finished file. `None` if there is none.
pub async fn size(vault: &str, sha256: &str) -> Option<f64> {
    let media = media(vault).await.ok()?;
    let file: FileSystemFileHandle = awaited(media.get_file_handle(sha256)).await.ok()?;
    let file: JsValue = awaited(file.get_file()).await.ok()?;
    number(&file, "size")
}

async fn names(directory: &FileSystemDirectoryHandle) -> Result<Vec<String>, JsValue> {
    let (mut names, keys) = (Vec::new(), directory.keys());
    loop {
        let next: IteratorNext = awaited(keys.next()?).await?;
        if next.done() {
            return Ok(names);
        }
        names.extend(next.value().as_string());
    }
}

/// Deletes files that no copy has, and directories of vaults without copies. Returns whether all of them are
/// gone: an open one stays.
pub async fn sweep(vault: Option<&str>, copies: &[LocalCopy], vaults: &[String]) -> Result<bool, JsValue> {
    let (root, mut are_gone) = (root().await?, true);
    let recursive = FileSystemRemoveOptions::new();
    recursive.set_recursive(true);
    for name in names(&root).await? {
        if Some(name.as_str()) != vault && !vaults.contains(&name) && name != PROBE {
            are_gone &= awaited::<JsValue>(root.remove_entry_with_options(&name, &recursive)).await.is_ok();
        }
    }
    let Some(vault) = vault else { return Ok(are_gone) };
    let (media, playing) = (media(vault).await?, held_locks().await);
    for name in names(&media).await? {
        let (hash, is_part) = name.strip_suffix(".part").map_or((name.as_str(), false), |hash| (hash, true));
        let is_of = |copy: &LocalCopy| match is_part {
            true => copy.sha256 == hash && copy.state.is_open(),
            false => copy.sha256 == hash || copy.file().is_some_and(|file| file.0 == hash),
        };
        // A seek in a deleted file would hang.
        let is_playing = playing.contains(&playing_lock(vault, hash));
        if !is_playing && !copies.iter().any(is_of) {
            are_gone &= awaited::<JsValue>(media.remove_entry(&name)).await.is_ok();
        }
    }
    Ok(are_gone)
}

/// Bytes in use, and whether the browser promised not to evict them.
pub async fn storage() -> (f64, bool) {
    let manager = scope().navigator().storage();
    let used = match manager.estimate() {
        Ok(estimate) => JsFuture::from(estimate).await.ok().and_then(|it| number(&it, "usage")),
        Err(_) => None,
    };
    let is_persisted = match manager.persisted() {
        Ok(persisted) => JsFuture::from(persisted).await.is_ok_and(|it| it.is_truthy()),
        Err(_) => false,
    };
    (used.unwrap_or_default(), is_persisted)
}
