//! Covers and pictures of articles: a site names those that its users were shown without, and the gateway
//! sends what it has of them.

use std::path::Path;

use chrono::TimeDelta;
use feed::Sanitizer;

use super::outgoing::{Line, RecordSender};
use super::peers::known_peer;
use crate::db::bundles::{self as rows, ExpectedPicture};
use crate::db::pictures as picture_rows;
use crate::domain::bundle::{BundlePosition, Record, SentPicture};
use crate::domain::feed_login::mark_in;
use crate::engine::job_names::FETCH_PICTURES;
use crate::engine::{Engine, Error, Result, pictures};

/// Pictures that a bundle of a site names, and bytes of their addresses, below those of a line.
pub(super) const MAX_WANTED: usize = 2_000;
const MAX_WANTED_BYTES: usize = 512 * 1024;
/// Time after which a picture that was shown no more is not asked for.
const SHOWN_WITHIN: TimeDelta = TimeDelta::days(30);

impl RecordSender<'_> {
    /// Names the pictures that this site waits for. Those of private feeds stay here.
    pub(super) async fn wanted_pictures(&self) -> Result<u64> {
        let since = self.engine.now() - SHOWN_WITHIN;
        let mut addresses = rows::missing_pictures(&self.engine.db, since, MAX_WANTED as i64).await?;
        addresses.retain(|address| mark_in(address).is_none());
        let mut bytes = 0;
        addresses.retain(|address| {
            bytes += address.len();
            bytes <= MAX_WANTED_BYTES
        });
        self.send(&Record::WantPictures { addresses }).await
    }

    /// Sends the pictures that the site waits for and that are here. Returns them.
    pub(super) async fn pictures(&self) -> Result<Vec<SentPicture>> {
        let mut sent = Vec::new();
        for picture in rows::wanted_pictures(&self.engine.db, self.to).await? {
            if !self.engine.store.keeps(&picture.sha256, picture.bytes).await {
                continue;
            }
            self.send(&Record::Picture(picture.clone())).await?;
            let sha256 = picture.sha256.parse().map_err(Error::fault)?;
            let bytes = u64::try_from(picture.bytes).map_err(Error::fault)?;
            self.sender.send(Line::Blob(sha256, bytes)).await.ok();
            sent.push(picture);
        }
        Ok(sent)
    }
}

/// Requests the pictures that a site waits for, if this is its latest bundle.
pub(super) async fn apply_wanted(
    engine: &Engine,
    name: &str,
    position: BundlePosition,
    batch: &[Record],
) -> Result<()> {
    let wanted = batch.iter().rev().find_map(|record| match record {
        Record::WantPictures { addresses } => Some(addresses),
        _ => None,
    });
    let Some(wanted) = wanted else { return Ok(()) };
    let addresses = addresses(wanted);
    let mut work = engine.begin().await?;
    if known_peer(&*work, name).await?.position() != position {
        return Ok(());
    }
    rows::set_wanted_pictures(&*work, name, &addresses).await?;
    picture_rows::want(&*work, &addresses, work.now()).await?;
    if !addresses.is_empty() {
        work.push_named(FETCH_PICTURES).await?;
    }
    work.commit().await
}

/// Addresses as those of feeds are accepted.
fn addresses(wanted: &[String]) -> Vec<String> {
    let sanitizer = Sanitizer::default();
    let public = |address: &String| sanitizer.address(address).filter(|address| mark_in(address).is_none());
    wanted.iter().take(MAX_WANTED).filter_map(public).collect()
}

/// Expects the blobs of pictures.
pub(super) async fn apply_pictures(engine: &Engine, batch: Vec<Record>) -> Result<()> {
    let told: Vec<_> = told(batch);
    if told.is_empty() {
        return Ok(());
    }
    let work = engine.begin().await?;
    let now = work.now();
    let addresses: Vec<_> = told.iter().map(|picture| picture.address.clone()).collect();
    picture_rows::want(&*work, &addresses, now).await?;
    for picture in &told {
        let is_here = rows::has_picture(&*work, &picture.address).await?;
        rows::expect_picture(&*work, picture, is_here, now).await?;
    }
    work.commit().await
}

/// Pictures that may be taken in.
fn told(batch: Vec<Record>) -> Vec<SentPicture> {
    let sanitizer = Sanitizer::default();
    let usable = |record| match record {
        Record::Picture(picture) => {
            let address = sanitizer.address(&picture.address).filter(|address| mark_in(address).is_none())?;
            let is_right = picture.sha256.parse::<bundle::Sha256>().is_ok() && is_size(picture.bytes);
            is_right.then_some(SentPicture { address, ..picture })
        }
        _ => None,
    };
    batch.into_iter().filter_map(usable).collect()
}

fn is_size(bytes: i64) -> bool {
    (1..=pictures::MAX_BYTES as i64).contains(&bytes)
}

/// Takes in a blob as a picture, judged and made small like one that was fetched. False if it is none that a
/// bundle has told.
pub(super) async fn take_picture(engine: &Engine, sha256: &str, bytes: u64, path: &Path) -> Result<bool> {
    let expected = rows::pictures_of_file(&engine.db, sha256).await?;
    if expected.is_empty() || !is_size(i64::try_from(bytes).unwrap_or(i64::MAX)) {
        return Ok(false);
    }
    let missing: Vec<_> = expected.into_iter().filter(|picture| !picture.is_taken).collect();
    for ExpectedPicture { address, .. } in missing {
        let content = tokio::fs::read(path).await?;
        pictures::take(engine, &address, content).await?;
    }
    rows::take_pictures(&engine.db, sha256).await?;
    Ok(true)
}
