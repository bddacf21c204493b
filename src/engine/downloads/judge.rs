//! Verdict of an attempt on the received bytes: the content that the feed promises, or another.

use std::sync::atomic::Ordering;

use jobs::{JobError, JobFailure};

use super::fault::{check_size, fault};
use super::transfer::{NOBODY_WAITS, TransferAttempt};
use super::verify;
use crate::db::downloads::{self, Want};
use crate::db::items;
use crate::domain::media::Wanted;
use crate::domain::source::Kind;
use crate::engine::{Config, Error, articles};

/// Maximum size of a page that is checked for a wall; larger pages are articles with their surroundings.
const MAX_WALL: u64 = 1_000_000;
const WALL: &str = "The site sent a page that asks for consent or a sign-in instead of the article.";

/// MIME type of received bytes, if they are what one of the wants requires.
pub fn judge(
    config: &Config,
    wants: &[Want],
    head: &[u8],
    bytes: u64,
    declared: Option<&str>,
) -> Result<String, JobError> {
    let mut wrong = None;
    for Want { kind, wanted, media_type } in wants {
        match verify::judge(head, media_type.as_deref().or(declared), *kind, *wanted) {
            Ok(mime_type) => {
                config.types.check(*kind, &mime_type).map_err(JobError::fail)?;
                check_size(bytes, verify::size_limit(&mime_type, config.max_file_mb))?;
                return Ok(mime_type);
            }
            Err(why) => wrong = wrong.or(Some(why)),
        }
    }
    // Temporary: a captive portal ends, and a publisher may correct a wrong file.
    Err(JobError::fail(JobFailure::temporary(wrong.unwrap_or_else(|| NOBODY_WAITS.into()))))
}

impl TransferAttempt<'_> {
    pub async fn judge(&self, head: &[u8], bytes: u64, declared: Option<&str>) -> Result<String, JobError> {
        judge(&self.engine.config, self.wants().await?, head, bytes, declared)
    }

    /// Fails if the page asks for consent or a sign-in: it is not the article.
    pub async fn pass_walls(&self, mime_type: &str, bytes: u64) -> Result<(), JobError> {
        if mime_type != "text/html" || bytes > MAX_WALL {
            return Ok(());
        }
        let ids = items::with_media(&self.engine.db, self.url).await?;
        let items = items::texts(&self.engine.db, &ids).await?;
        let page = tokio::fs::read(self.part_path()).await.map_err(fault)?;
        let url = self.url.to_owned();
        let is_wall = move || {
            !items.is_empty()
                && items.iter().all(|item| {
                    let told = articles::ItemText { title: &item.title, summary_html: &item.summary_html };
                    articles::is_wall(&page, &url, &told)
                })
        };
        if tokio::task::spawn_blocking(is_wall).await.map_err(|error| fault(Error::from(error)))? {
            self.met_wall.store(true, Ordering::Relaxed);
            return Err(JobError::fail(JobFailure::temporary(WALL)));
        }
        Ok(())
    }

    /// Content that is wanted at the address; any file if no feed lists the address any more.
    pub async fn wants(&self) -> Result<&[Want], JobError> {
        let wants = self.wanted.get_or_try_init(async || -> Result<Vec<Want>, JobError> {
            let wants = downloads::wants(&self.engine.db, self.url).await?;
            let any = || Want { kind: Kind::Podcast, wanted: Wanted::Attachment, media_type: None };
            Ok(if wants.is_empty() { vec![any()] } else { wants })
        });
        Ok(wants.await?)
    }
}
