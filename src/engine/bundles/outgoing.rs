//! Records of a bundle, as they are read for its writer.

use bundle::Sha256;
use tokio::sync::mpsc;

use super::ExportOptions;
use crate::db::bundles::{self as rows, FollowedSource, OwnPrivateFollow, PeerFile};
use crate::domain::bundle::{
    BundlePosition, Epoch, Followed, PeerHave, PrivateFollow, Record, SectionEnd, SentPicture,
};
use crate::domain::feed_login::{FeedLogin, Secret};
use crate::engine::catalog::logins;
use crate::engine::catalog::private::public_address;
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
    /// Pictures that go with it, as far as they fit.
    pub pictures: Vec<SentPicture>,
    /// Requests that are told.
    pub requests: Vec<String>,
    /// Marks of the peer once it has applied all these records.
    pub have: PeerHave,
}

/// The asynchronous half: reads rows, and sends them as lines.
pub(super) struct RecordSender<'a> {
    pub engine: &'a Engine,
    pub to: &'a str,
    pub position: BundlePosition,
    pub sender: mpsc::Sender<Line>,
    /// Change of this node's keys, while the old ones hold.
    pub rotation: Option<serde_json::Value>,
}

impl RecordSender<'_> {
    /// Sends answers, and the catalogue that the peer follows, above what it has.
    pub async fn catalogue(mut self, options: &ExportOptions) -> Result<OutgoingRecords> {
        let ExportOptions { is_full, has_blobs, has_accounts, .. } = *options;
        let (db, epoch) = (&self.engine.db, self.position.epoch);
        let mut have = self.have(epoch, is_full).await?;
        let mut records = self.send_rotation().await?;
        let (told, answers) = self.answers(have.answers(epoch)).await?;
        records += told;
        have.answers = answers;
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
            // A source that is followed under two addresses has its items told once.
            let is_again = last == Some(followed.id);
            if since >= to && !is_again {
                continue;
            }
            // The site asks for one that has changed.
            if let (Some(address), false, 0) = (&source.image_url, followed.is_private, since) {
                rows::want_picture(db, self.to, address).await?;
            }
            records += self.send(&Record::Source(Box::new(source))).await?;
            if !is_again {
                records += self.section(&followed, SectionEnd { source: key.clone(), since, to }).await?;
                have.sources.insert(key, to);
            }
            last = Some(followed.id);
        }
        let (mut files, mut pictures) = (Vec::new(), Vec::new());
        if has_blobs {
            files = self.files(options).await?;
            pictures = self.send_pictures().await?;
            records += pictures.len() as u64;
        }
        self.finish().await;
        Ok(OutgoingRecords { records, files, pictures, requests: Vec::new(), have })
    }

    async fn send_rotation(&mut self) -> Result<u64> {
        match self.rotation.take() {
            Some(rotation) => self.send(&Record::Rotate { rotation }).await,
            None => Ok(0),
        }
    }

    async fn have(&self, epoch: Epoch, is_full: bool) -> Result<PeerHave> {
        let peer = rows::peer(&self.engine.db, self.to).await?;
        let Some(peer) = peer.filter(|peer| !is_full && peer.has_epoch == epoch) else {
            return Ok(PeerHave { epoch, ..PeerHave::default() });
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

    /// Sends the open requests, the wanted pictures, and all feeds that are followed here, private ones with
    /// their credentials.
    pub async fn follows(mut self) -> Result<OutgoingRecords> {
        let rotation = self.send_rotation().await?;
        let (mut records, requests) = self.requests().await?;
        records += rotation + self.send_wanted_pictures().await?;
        let mut number = 0;
        let public = rows::own_follows(&self.engine.db).await?;
        let private = rows::own_private_follows(&self.engine.db).await?;
        let (public, private) = (readable(public, |url| url), readable(private, |it| &it.private_url));
        for feed_url in public {
            records += self.send(&Record::Follow(Followed { feed_url })).await?;
            number += 1;
        }
        for OwnPrivateFollow { feed_url, private_url, private_to, credential } in private {
            // One whose name and password were removed stays private.
            let login = match credential {
                Some(sealed) => logins::unseal(self.engine, private_to, &private_url, &sealed),
                None => Some(FeedLogin::default()),
            };
            let Some(FeedLogin { username, password }) = login else { continue };
            let (person, password) = (private_to.to_string(), Secret(password));
            let follow = PrivateFollow { followed_as: feed_url, person, username, password };
            records += self.send(&Record::FollowPrivate(follow)).await?;
            number += 1;
        }
        records += self.send(&Record::FollowEnd { number }).await?;
        self.finish().await;
        Ok(OutgoingRecords { records, requests, ..OutgoingRecords::default() })
    }

    pub(super) async fn send(&self, record: &Record) -> Result<u64> {
        let line = serde_json::to_vec(record).map_err(Error::fault)?;
        // A writer that is gone has the reason.
        self.sender.send(Line::Record(line)).await.ok();
        Ok(1)
    }

    /// Names a blob of the store to the writer.
    pub(super) async fn send_blob(&self, sha256: &str, bytes: i64) -> Result<()> {
        let blob = (sha256.parse().map_err(Error::fault)?, u64::try_from(bytes).map_err(Error::fault)?);
        self.sender.send(Line::Blob(blob.0, blob.1)).await.ok();
        Ok(())
    }

    async fn finish(self) {
        self.sender.send(Line::End).await.ok();
    }
}

/// Those of the follows whose address a gateway takes. Others would keep it from forgetting feeds, since it
/// counts.
fn readable<T>(mut follows: Vec<T>, address: impl Fn(&T) -> &String) -> Vec<T> {
    let sanitizer = feed::Sanitizer::default();
    follows.retain(|follow| public_address(&sanitizer, address(follow)).is_some());
    follows
}
