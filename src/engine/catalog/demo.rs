//! The sources of the built-in Demo Station, whose addresses follow the listener's.

use crate::db::ConnectionTrait;
use crate::db::sources::{self, NewSource};
use crate::domain::source::{Kind, Origin, Policy};
use crate::engine::{Engine, Result};

/// The station's feeds: kind, name, path on the listener.
pub const FEEDS: [(Kind, &str, &str); 3] = [
    (Kind::Podcast, "Demo Station", "/demo/podcast.xml"),
    (Kind::Video, "Demo Station: Moving Pictures", "/demo/video.xml"),
    (Kind::Article, "Demo Station: Reading Room", "/demo/article.xml"),
];

/// Base of the station's addresses in the catalogue; none before the server has listened for the first time.
pub async fn base_url(db: &impl ConnectionTrait) -> Result<Option<String>> {
    let [(_, _, path), ..] = FEEDS;
    let feed_url = sources::feed_url_of(db, Origin::Demo, path).await?;
    Ok(feed_url.and_then(|url| url.strip_suffix(path).map(str::to_owned)))
}

/// Adds the station's sources to the catalogue, or updates their addresses to the current listener's.
pub async fn install(engine: &Engine) -> Result<()> {
    let work = engine.begin().await?;
    for (kind, name, path) in FEEDS {
        let feed_url = format!("{}{path}", engine.config.demo_url());
        if sources::relocate(&*work, Origin::Demo, path, &feed_url).await? {
            continue;
        }
        let new = NewSource {
            feed_url: &feed_url,
            name,
            kind,
            policy: Policy::CacheAllowed,
            origin: Origin::Demo,
            added_by: None,
        };
        super::insert(&*work, &new, engine.now()).await?;
    }
    work.commit().await
}
