//! Bytes of a ready download, for its owner.

use std::ops::Range;

use blobs::Found;
use bytes::Bytes;
use chrono::TimeDelta;
use futures::stream::BoxStream;

use super::get;
use super::refetch::{self, Loss};
use crate::db::downloads::retention;
use crate::domain::download::DownloadStatus;
use crate::domain::{DownloadId, Refusal, UserId};
use crate::engine::{Engine, Error, Result};

/// Minimum interval between two updates of `last_used_at`: a player requests a file in many ranges.
const USED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A verified file. The name is safe to display and to save under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    pub bytes: u64,
    pub sha256: String,
    pub mime_type: String,
    pub name: String,
}

/// Describes the file of a ready download, and records its use.
/// # Errors
/// Conflict if the download is not ready.
pub async fn file(engine: &Engine, owner: UserId, id: DownloadId) -> Result<StoredFile> {
    let download = get(engine, owner, id).await?;
    let (DownloadStatus::Ready, Some(sha256)) = (download.status, download.sha256) else {
        return Err(Refusal::conflict(format!("This download is {}, not ready.", download.status)).into());
    };
    let now = engine.now();
    if download.last_used_at.is_none_or(|at| now - at >= USED_EVERY)
        && let Err(error) = retention::touch(&engine.db, owner, id, now).await
    {
        tracing::warn!(%error, "the use of a download was not written down");
    }
    let mime_type = download.mime_type.unwrap_or_else(|| "application/octet-stream".into());
    let bytes = download
        .bytes_total
        .and_then(|b| u64::try_from(b).ok())
        .ok_or_else(|| Error::fault("ready without a size"))?;
    Ok(StoredFile { bytes, sha256, name: file_name(&download.title, &mime_type), mime_type })
}

impl StoredFile {
    /// Reads the bytes or a range of them, never from a damaged copy. Lost bytes are fetched again for all
    /// downloads that hold them; until then the answer is a conflict.
    pub async fn read(
        &self,
        engine: &Engine,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, std::io::Result<Bytes>>> {
        let loss = match engine.store.find(&self.sha256, self.bytes).await? {
            Found::Good(copy) => return Ok(copy.read(range).await?),
            Found::Damaged => Loss::Damaged,
            Found::Missing => Loss::Missing,
        };
        refetch::fetch(engine, &self.sha256, self.bytes, loss).await?;
        Err(Refusal::conflict(loss.in_words()).into())
    }
}

/// Builds a file name from a title. Titles are untrusted: characters that are unsafe in a file system or a
/// header are removed.
fn file_name(title: &str, mime_type: &str) -> String {
    let is_fine = |c: char| c.is_alphanumeric() || " .,-_()'!&+".contains(c);
    let kept: String = title.chars().map(|c| if is_fine(c) { c } else { ' ' }).collect();
    let words: Vec<_> = kept.split_whitespace().collect();
    let short: String = words.join(" ").chars().take(80).collect();
    let name = short.trim_matches([' ', '.']).to_owned();
    format!("{}.{}", if name.is_empty() { "download" } else { &name }, extension(mime_type))
}

fn extension(mime_type: &str) -> &'static str {
    match mime_type {
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "audio/opus" => "opus",
        "audio/aac" => "aac",
        "audio/x-flac" | "audio/flac" => "flac",
        "audio/x-wav" | "audio/wav" => "wav",
        "video/mp4" | "video/x-m4v" => "mp4",
        "video/webm" => "webm",
        "video/quicktime" => "mov",
        "text/html" => "html",
        "text/plain" => "txt",
        "application/pdf" => "pdf",
        "video/x-matroska" => "mkv",
        "video/mp2t" => "ts",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/avif" => "avif",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn hostile_titles_become_plain_names() {
        assert_eq!(file_name("../../etc/passwd\0\r\nX: y", "audio/mpeg"), "etc passwd X y.mp3");
        assert_eq!(file_name("\u{202e}gpj.exe", "audio/mpeg"), "gpj.exe.mp3");
        assert_eq!(file_name("///", "text/html"), "download.html");
        assert!(file_name(&"x".repeat(10_000), "video/mp4").len() < 100);
    }
}
