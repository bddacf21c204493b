//! File of an export: lines of JSON, compressed and hashed while they are written.

use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::engine::{Engine, Result};

/// Compressed bytes that are held in memory before they are written.
const CHUNK: usize = 256 * 1024;

pub struct ExportWriter {
    path: PathBuf,
    file: File,
    encoder: GzEncoder<Vec<u8>>,
    hash: Sha256,
    bytes: i64,
}

impl ExportWriter {
    /// Creates the file among the incoming ones, where an abandoned one is swept away after a day.
    pub async fn create(engine: &Engine) -> Result<Self> {
        let directory = engine.config.incoming();
        tokio::fs::create_dir_all(&directory).await?;
        let path = directory.join(format!("export-{}", uuid::Uuid::new_v4().simple()));
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path).await?;
        let encoder = GzEncoder::new(Vec::new(), Compression::default());
        Ok(Self { path, file, encoder, hash: Sha256::new(), bytes: 0 })
    }

    pub async fn line(&mut self, line: &Value) -> Result<()> {
        serde_json::to_writer(&mut self.encoder, line)?;
        self.encoder.write_all(b"\n")?;
        if self.encoder.get_ref().len() < CHUNK {
            return Ok(());
        }
        let chunk = std::mem::take(self.encoder.get_mut());
        self.write(&chunk).await
    }

    /// Ends the file and moves it to the storage. Returns its SHA-256 and its size.
    pub async fn store(&mut self, engine: &Engine) -> Result<(String, i64)> {
        let encoder =
            std::mem::replace(&mut self.encoder, GzEncoder::new(Vec::new(), Compression::default()));
        self.write(&encoder.finish()?).await?;
        self.file.sync_all().await?;
        let sha256 = hex::encode(self.hash.finalize_reset());
        engine.store.keep(&sha256, self.bytes.unsigned_abs(), &self.path).await?;
        Ok((sha256, self.bytes))
    }

    async fn write(&mut self, chunk: &[u8]) -> Result<()> {
        self.hash.update(chunk);
        self.bytes += chunk.len() as i64;
        Ok(self.file.write_all(chunk).await?)
    }

    /// Removes the file, wherever its writing has ended.
    pub async fn remove(self) {
        if let Err(error) = tokio::fs::remove_file(&self.path).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the temporary file of an export was not removed");
        }
    }
}
