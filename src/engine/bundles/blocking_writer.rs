//! Writes the volumes of a bundle from the lines that an export reads, on a thread of its own.

use std::path::PathBuf;

use bundle::{BundleError, BundleInfo, BundleWriter, Keyring, PublicNode, WriteOptions, WrittenBundle};
use tokio::sync::mpsc;

use super::ExportOptions;
use super::blobs::StoredBlobs;
use super::outgoing::Line;

/// Takes lines, and writes the volumes after the last.
pub(super) struct BlockingWriter {
    pub keyring: Keyring,
    pub node: PublicNode,
    pub info: BundleInfo,
    pub scratch: PathBuf,
    pub options: ExportOptions,
}

impl BlockingWriter {
    pub fn run(
        self,
        mut lines: mpsc::Receiver<Line>,
        mut blobs: StoredBlobs,
    ) -> Result<WrittenBundle, BundleError> {
        let Self { keyring, node, info, scratch, options } = self;
        let now = info.created_at;
        let mut writer = BundleWriter::new(keyring.signer(now), &node, info, &scratch)?;
        loop {
            match lines.blocking_recv() {
                Some(Line::Record(line)) => writer.record(&line)?,
                Some(Line::Blob(sha256, bytes)) => {
                    blobs.add(sha256, bytes);
                    writer.blob(sha256, bytes)?;
                }
                Some(Line::End) => break,
                None => return Err(std::io::Error::other("the records ended early").into()),
            }
        }
        let mut write = WriteOptions { read_back: options.read_back, ..WriteOptions::default() };
        write.volume_bytes = options.volume_bytes.unwrap_or(write.volume_bytes);
        write.budget_bytes = options.budget_bytes.unwrap_or(write.budget_bytes);
        writer.write(&options.directory, &write, &mut blobs)
    }
}
