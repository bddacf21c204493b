//! Pictures of articles and show notes: fetched with the article, and shown from here.

use std::collections::HashMap;

use async_trait::async_trait;
use jobs::{Job, JobError, Lease};
use serde::{Deserialize, Serialize};

use super::of_blob;
use crate::db::sources::private;
use crate::db::{doctor, pictures as rows};
use crate::domain::feed_login::mark_in;
use crate::domain::item::Item;
use crate::domain::picture::LARGEST;
use crate::engine::articles::pictures::{addresses, with_copies};
use crate::engine::catalog::{self, covers};
use crate::engine::job_names::FETCH_ARTICLE_PICTURES;
use crate::engine::{Engine, Result, SharedEngine, downloads, pictures};

/// Bytes of pictures after which no further one is fetched with an article.
const MAX_BYTES: usize = 30_000_000;
const TOO_MANY: &str = "The pictures of its article are larger than 30 MB together.";

/// Fetches the pictures of an article whose page has been stored.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchArticlePictures {
    sha256: String,
    url: String,
}

#[async_trait]
impl Job for FetchArticlePictures {
    const KIND: &'static str = FETCH_ARTICLE_PICTURES.kind;
    const QUEUE: &'static str = FETCH_ARTICLE_PICTURES.queue;
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(self.sha256.clone())
    }

    async fn subject(&self, _: &SharedEngine) -> String {
        format!("pictures of an article at {}", egress::host(&self.url))
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        if downloads::is_disk_full(&engine.config) {
            return Ok(());
        }
        fetch_all(engine, &self.sha256, &self.url).await.map_err(JobError::retry)
    }
}

/// Fetches those that are missing, one after the other, within the limit of bytes.
async fn fetch_all(engine: &Engine, sha256: &str, url: &str) -> Result<()> {
    let Some(blob) = doctor::blob(&engine.db, sha256).await? else { return Ok(()) };
    let Some(reading) = of_blob(engine, blob, url).await? else { return Ok(()) };
    let addresses = marked(&reading.html, mark_in(url));
    let mut fetched = 0;
    for address in claim(engine, &addresses).await? {
        if fetched < MAX_BYTES {
            fetched += pictures::fetch(engine, &address).await?;
        } else {
            pictures::refuse(engine, &address, TOO_MANY).await?;
        }
    }
    Ok(())
}

/// Requests the pictures, and returns those that this job fetches itself.
async fn claim(engine: &Engine, addresses: &[String]) -> Result<Vec<String>> {
    let work = engine.begin().await?;
    rows::want(&*work, addresses, engine.now()).await?;
    let mut untried = rows::untried(&*work, addresses).await?;
    rows::postpone(&*work, &untried, engine.now() + pictures::PATIENCE).await?;
    work.commit().await?;
    untried.sort_by_key(|address| addresses.iter().position(|known| known == address));
    Ok(untried)
}

/// Show notes of an item as the app's pages display them, with the pictures that are kept here.
pub async fn notes(engine: &Engine, item: &Item) -> Result<String> {
    let mark = private::mark_of(&engine.db, item.source_id).await?.map(|private| private.mark);
    shown(engine, catalog::notes(item), mark.as_deref(), !super::allows_no_copies(item)).await
}

/// Puts copies in the place of pictures, and requests those that are missing if `may_fetch`.
pub(super) async fn shown(
    engine: &Engine,
    html: String,
    mark: Option<&str>,
    may_fetch: bool,
) -> Result<String> {
    let addresses = marked(&html, mark);
    if may_fetch {
        covers::show(engine, &addresses).await;
    }
    let kept = rows::kept(&engine.db, &addresses, LARGEST).await?;
    let kept: HashMap<_, _> = kept.iter().map(|picture| (picture.address.as_str(), picture)).collect();
    let mark = mark.unwrap_or_default();
    Ok(with_copies(&html, |address| kept.get(format!("{address}{mark}").as_str()).copied()))
}

/// Addresses of the pictures in a text, with the mark of the private source that it belongs to.
fn marked(html: &str, mark: Option<&str>) -> Vec<String> {
    addresses(html).into_iter().map(|address| address + mark.unwrap_or_default()).collect()
}
