//! Records of a bundle, as they are read for its writer.

use bundle::Sha256;
use tokio::sync::mpsc;

use super::ExportOptions;
use crate::db::bundles::{self as rows, FollowedSource, PeerFile};
use crate::domain::bundle::{BundlePosition, Epoch, Followed, PeerHave, Record, SectionEnd};
use crate::engine::{Engine, Error, Result};

/// Items per page.
const PAGE: i64 = 500;

/// Line for the writer, or the end of the records: without it, nothing is written.
pub(super) enum Line {
    Record(Vec<u8>),
    /// Digest and bytes of a file.
    Blob(Sha256, u64),
    End,
}

/// Outcome of the sending.
#[derive(Debug, Default)]
pub(super) struct OutgoingRecords {
    pub records: u64,
    /// Files that go with it, as far as they fit.
    pub files: Vec<PeerFile>,
    /// Requests that are told.
    pub requests: Vec<String>,
}

/// The asynchronous half: reads rows, and sends them as lines.
pub(super) struct RecordSender<'a> {
    pub engine: &'a Engine,
    pub to: &'a str,
    pub position: BundlePosition,
    pub sender: mpsc::Sender<Line>,
}

impl RecordSender<'_> {
    /// Sends answers, and the catalogue that the peer follows, above what it has.
    pub async fn catalogue(self, options: &ExportOptions) -> Result<OutgoingRecords> {
        let ExportOptions { is_full, has_blobs, has_accounts, .. } = *options;
        let (db, epoch) = (&self.engine.db, self.position.epoch);
        let have = self.have(epoch, is_full).await?;
        let mut records = self.answers(have.answers(epoch)).await?;
        if has_accounts {
            records += self.accounts().await?;
        }
        let mut last = None;
        for key in rows::gone(db, self.to).await? {
            records += self.send(&Record::Gone { source: key }).await?;
        }
        for followed in rows::followed(db, self.to).await? {
            let Some(source) = rows::source_record(db, &followed).await? else { continue };
            let (key, to) = (source.key.clone(), source.rev);
            let since = have.rev(epoch, &key);
            if since >= to {
                continue;
            }
            records += self.send(&Record::Source(Box::new(source))).await?;
            // A source that is followed under two addresses.
            if last != Some(followed.id) {
                records += self.section(&followed, SectionEnd { source: key, since, to }).await?;
            }
            last = Some(followed.id);
        }
        let files = if has_blobs { self.files(is_full).await? } else { Vec::new() };
        self.finish().await;
        Ok(OutgoingRecords { records, files, requests: Vec::new() })
    }

    async fn have(&self, epoch: Epoch, is_full: bool) -> Result<PeerHave> {
        let peer = rows::peer(&self.engine.db, self.to).await?;
        let Some(peer) = peer.filter(|peer| !is_full && peer.has_epoch == epoch) else {
            return Ok(PeerHave::default());
        };
        let have = rows::have_of(&self.engine.db, self.to, epoch).await?;
        Ok(PeerHave { answers: peer.has_requests, ..have })
    }

    async fn section(&self, source: &FollowedSource, end: SectionEnd) -> Result<u64> {
        let (mut records, mut above) = (0, (end.since, i64::MAX));
        loop {
            let page = rows::item_records(&self.engine.db, source.id, above, end.to, PAGE).await?;
            let Some((id, latest)) = page.last() else { break };
            above = (latest.rev, *id);
            for (_, item) in page {
                records += self.send(&Record::Item(Box::new(item))).await?;
            }
        }
        Ok(records + self.send(&Record::SectionEnd(end)).await?)
    }

    /// Sends the open requests, and the feeds that are followed here.
    pub async fn follows(self) -> Result<OutgoingRecords> {
        let (mut records, requests) = self.requests().await?;
        let mut number = 0;
        for feed_url in rows::own_follows(&self.engine.db).await? {
            records += self.send(&Record::Follow(Followed { feed_url })).await?;
            number += 1;
        }
        records += self.send(&Record::FollowEnd { number }).await?;
        self.finish().await;
        Ok(OutgoingRecords { records, requests, files: Vec::new() })
    }

    pub(super) async fn send(&self, record: &Record) -> Result<u64> {
        let line = serde_json::to_vec(record).map_err(Error::fault)?;
        // A writer that is gone has the reason.
        self.sender.send(Line::Record(line)).await.ok();
        Ok(1)
    }

    async fn finish(self) {
        self.sender.send(Line::End).await.ok();
    }
}
