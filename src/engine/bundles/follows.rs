//! Feeds that a site follows, as its gateway stores them.

use super::peers::known_peer;
use crate::db::bundles as rows;
use crate::db::sources::{self, NewSource};
use crate::domain::bundle::{BundlePosition, Followed, Record};
use crate::domain::source::{Kind, Origin, Policy};
use crate::engine::catalog::search;
use crate::engine::{Engine, Result};

/// Maximum number of feeds of one site.
const MAX_FOLLOWS: i64 = 5_000;

/// Stores the feeds that a site follows, if this is its latest bundle.
pub(super) async fn apply_follows(
    engine: &Engine,
    name: &str,
    position: BundlePosition,
    batch: Vec<Record>,
) -> Result<()> {
    let work = engine.begin().await?;
    if known_peer(&*work, name).await?.position() != position {
        return Ok(());
    }
    let addresses = addresses(&batch);
    let mut named = rows::follows(&*work, name, position.seq).await?;
    for (record, address) in batch.into_iter().zip(addresses) {
        match record {
            Record::Follow(Followed { feed_url }) => {
                let Some(url) = address else { continue };
                if named >= MAX_FOLLOWS {
                    tracing::warn!(peer = name, "a site follows more feeds than are accepted");
                    continue;
                }
                let new = NewSource {
                    feed_url: &url,
                    name: &url,
                    kind: Kind::Article,
                    policy: Policy::CacheAllowed,
                    origin: Origin::Person,
                    added_by: None,
                };
                let (id, is_new) = sources::insert(&*work, &new, work.now()).await?;
                if is_new {
                    search::index_source(&*work, id, &url, "", &url).await?;
                }
                rows::follow(&*work, name, &feed_url, id, position.seq).await?;
                named += 1;
            }
            Record::FollowEnd { number }
                if rows::follows(&*work, name, position.seq).await? == number as i64 =>
            {
                rows::end_follows(&*work, name, position.seq).await?;
            }
            _ => {}
        }
    }
    work.commit().await
}

/// Sanitised addresses of the followed feeds, before anything is awaited: the sanitizer stays on its thread.
fn addresses(batch: &[Record]) -> Vec<Option<String>> {
    let sanitizer = feed::Sanitizer::default();
    let address = |record: &Record| match record {
        Record::Follow(Followed { feed_url }) => sanitizer.address(feed_url),
        _ => None,
    };
    batch.iter().map(address).collect()
}
