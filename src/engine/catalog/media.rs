//! Media files of stored items: chosen again after a change of kind, or lost to a newer publication.

use super::newer::is_same_file;
use super::{availability_under, logins, pictures};
use crate::db::items::{self, KnownItem, NewItem, Offered};
use crate::db::sources::{Revision, private};
use crate::db::{ConnectionTrait, DbErr};
use crate::domain::media::{Choice, Offer};
use crate::domain::source::{Kind, Policy};
use crate::domain::{DateTime, ItemId, SourceId, Utc};
use crate::engine::Engine;

/// Items per page.
const BATCH_SIZE: i64 = 500;

/// Maximum bytes of an audio or video file.
pub fn bytes_most(engine: &Engine) -> i64 {
    engine.config.max_file_mb as i64 * 1_000_000
}

/// Chooses the file of every item of a source whose kind has changed.
pub async fn choose_anew(
    db: &impl ConnectionTrait,
    engine: &Engine,
    source: SourceId,
    kind: Kind,
    policy: Policy,
) -> Result<(), DbErr> {
    let (mut after, availability) = (ItemId(0), availability_under(policy));
    let private = private::mark_of(db, source).await?;
    loop {
        let page = items::offered(db, source, after, BATCH_SIZE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        for item in page {
            let Offered { id, url, summary_html, content_html, image_url, enclosures } = item;
            let picture = pictures::of(&content_html, &summary_html, image_url.as_deref());
            let offer = Offer { enclosures: &enclosures, page: url.as_deref(), picture: picture.as_deref() };
            let mut choice = Choice::of(kind, offer, bytes_most(engine));
            if let (Some(media), Some(private)) = (&mut choice.media, &private) {
                media.url = logins::marked(&private.private_url, &private.mark, &media.url);
            }
            items::choose(db, id, &choice, availability).await?;
        }
    }
}

/// Handles a newer publication that reuses a file address: bytes fetched earlier do not belong to it, and the
/// previous item loses its file.
pub async fn replace(
    db: &impl ConnectionTrait,
    revision: Revision,
    before: ItemId,
    id: ItemId,
    known: &[KnownItem],
    item: &NewItem,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let Some(url) = item.media_url() else { return Ok(()) };
    let has_its_file =
        |known: &&KnownItem| known.media_url.as_deref().is_some_and(|before| is_same_file(before, url));
    // The previous item may have been replaced itself; then the last one under this guid has the address.
    let replaced: Vec<_> = known.iter().filter(has_its_file).map(|known| known.id).collect();
    for replaced in &replaced {
        items::choose(db, *replaced, &Choice::replaced(), crate::domain::item::Availability::MetadataOnly)
            .await?;
        items::touch(db, *replaced, revision).await?;
    }
    let held_it_before = known.iter().any(|it| it.id == before && it.media_url.is_none());
    if !replaced.is_empty() || held_it_before {
        items::set_media_since(db, id, now).await?;
    }
    Ok(())
}
