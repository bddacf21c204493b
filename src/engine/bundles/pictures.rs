//! Covers and pictures of articles: a site names those that its users were shown without, and the gateway
//! sends what it has of them.

use std::path::Path;

use chrono::TimeDelta;
use feed::Sanitizer;

use super::outgoing::RecordSender;
use super::peers::known_peer;
use crate::db::bundles::{self as rows, ExpectedPicture};
use crate::db::pictures as picture_rows;
use crate::domain::bundle::{BundlePosition, Record, SentPicture};
use crate::engine::catalog::private::public_address;
use crate::engine::job_names::FETCH_PICTURES;
use crate::engine::{Engine, Result, pictures};

/// Maximum pictures that a site's bundle asks for, and bytes of their addresses; a record's line has 1 MiB.
pub(super) const MAX_WANTED: usize = 2_000;
const MAX_WANTED_BYTES: usize = 512 * 1024;
/// Pictures that were last shown before this time are not asked for.
const SHOWN_WITHIN: TimeDelta = TimeDelta::days(30);

impl RecordSender<'_> {
    /// Names the pictures that this site waits for. Those of private feeds stay here.
    pub(super) async fn send_wanted_pictures(&self) -> Result<u64> {
        let since = self.engine.now() - SHOWN_WITHIN;
        let mut addresses = rows::missing_pictures(&self.engine.db, since, MAX_WANTED as i64).await?;
        let mut bytes = 0;
        addresses.retain(|address| {
            bytes += address.len();
            bytes <= MAX_WANTED_BYTES
        });
        self.send(&Record::WantPictures { addresses }).await
    }

    /// Sends the pictures that the site waits for and that are here. Returns them.
    pub(super) async fn send_pictures(&self) -> Result<Vec<SentPicture>> {
        let mut sent = Vec::new();
        for picture in rows::sendable_pictures(&self.engine.db, self.to).await? {
            if !self.engine.store.keeps(&picture.sha256, picture.bytes).await {
                // It is fetched anew.
                picture_rows::lose(&self.engine.db, &picture.sha256, self.engine.now()).await?;
                continue;
            }
            self.send(&Record::Picture(picture.clone())).await?;
            self.send_blob(&picture.sha256, picture.bytes).await?;
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
    let addresses = public_addresses(wanted);
    let mut work = engine.begin().await?;
    if known_peer(&*work, name).await?.position() != position {
        return Ok(());
    }
    // One list for each bundle.
    if !rows::set_wanted_pictures(&*work, name, position, &addresses).await? {
        return Ok(());
    }
    picture_rows::want(&*work, &addresses, work.now()).await?;
    if !addresses.is_empty() {
        work.push_named(FETCH_PICTURES).await?;
    }
    work.commit().await
}

/// Valid addresses, as those of feeds.
fn public_addresses(wanted: &[String]) -> Vec<String> {
    let sanitizer = Sanitizer::default();
    let public = |address: &String| public_address(&sanitizer, address);
    wanted.iter().take(MAX_WANTED).filter_map(public).collect()
}

/// Expects the blobs of pictures.
pub(super) async fn apply_pictures(engine: &Engine, name: &str, batch: Vec<Record>) -> Result<()> {
    let told = valid_pictures(batch);
    if told.is_empty() {
        return Ok(());
    }
    let work = engine.begin().await?;
    let now = work.now();
    for picture in &told {
        // An address that no page here has shown may be the cover of a source of this peer.
        if rows::has_cover(&*work, name, &picture.address).await? {
            picture_rows::want(&*work, std::slice::from_ref(&picture.address), now).await?;
        }
        if let Some(is_here) = rows::is_kept(&*work, &picture.address).await? {
            rows::expect_picture(&*work, picture, is_here, now).await?;
        }
    }
    work.commit().await
}

/// Pictures that may be imported.
fn valid_pictures(batch: Vec<Record>) -> Vec<SentPicture> {
    let sanitizer = Sanitizer::default();
    let usable = |record| match record {
        Record::Picture(picture) => {
            let address = public_address(&sanitizer, &picture.address)?;
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

/// Imports a blob as a picture, judged and made small like one that was fetched. False if no bundle has told
/// it as one, or if it is above the size of pictures.
pub(super) async fn import_picture(engine: &Engine, sha256: &str, bytes: u64, path: &Path) -> Result<bool> {
    let expected = rows::pictures_of_file(&engine.db, sha256).await?;
    if expected.is_empty() || !is_size(i64::try_from(bytes).unwrap_or(i64::MAX)) {
        return Ok(false);
    }
    let mut missing = Vec::new();
    for ExpectedPicture { address, is_done } in expected {
        // One that has come meanwhile stays.
        if !is_done && rows::is_kept(&engine.db, &address).await? != Some(true) {
            missing.push(address);
        }
    }
    if !missing.is_empty() {
        pictures::store_bytes(engine, &missing, tokio::fs::read(path).await?).await?;
    }
    rows::set_pictures_done(&engine.db, sha256).await?;
    Ok(true)
}
