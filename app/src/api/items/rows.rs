//! Converts the query of the item list into a filter, and items into rows.

use domain::account::AccountRole;
use domain::download::Download;
use domain::item::{Item, ItemFilter};
use domain::search_hit::{Piece, Pieces, SearchHit};
use domain::{DateTime, Page, TimeDelta, UserId, Utc};
use smartcache::engine::{Engine, Result, downloads};

use crate::api::items::{DATES, ItemQuery, ItemRow, LENGTHS, SIZES};
use crate::api::{text, word};

/// Filter of a query by a user of this role. The sources that a listener sees are those that the
/// guardian follows.
pub fn filter(asked: &ItemQuery, role: AccountRole, now: DateTime<Utc>) -> ItemFilter {
    let is_of_followed = asked.is_of_followed() && role != AccountRole::Listener;
    let [min_seconds, max_seconds] = bounds(&LENGTHS, &asked.length);
    let [min_bytes, max_bytes] = bounds(&SIZES, &asked.size);
    let days = DATES.iter().find(|(word, ..)| *word == asked.date).map(|(.., days)| *days);
    ItemFilter {
        source_id: word(&asked.source_id),
        q: text(&asked.q),
        kind: word(&asked.kind),
        availability: word(&asked.availability),
        min_seconds,
        max_seconds,
        min_bytes,
        max_bytes,
        since: days.map(|days| now - TimeDelta::days(days)),
        topic: text(&asked.topic),
        followed: is_of_followed.then_some(true),
        order: word(&asked.order),
        ..ItemFilter::default()
    }
}

fn bounds(offered: &[(&str, &str, [Option<i64>; 2])], asked: &str) -> [Option<i64>; 2] {
    offered.iter().find(|(word, ..)| *word == asked).map_or([None, None], |(.., bounds)| *bounds)
}

/// Bytes of a description from which an excerpt is made, and maximum characters of the excerpt.
const MAX_MARKUP: usize = 4_000;
const MAX_EXCERPT: usize = 240;

pub async fn rows(engine: &Engine, owner: UserId, page: Page<Item>) -> Result<Page<ItemRow>> {
    let ids: Vec<_> = page.data.iter().map(|item| item.id).collect();
    let mut known = downloads::of_items(engine, owner, &ids).await?;
    let row = |item: Item| {
        let mine = known.iter().position(|download| download.item_id == item.id);
        row(item, mine.map(|place| known.swap_remove(place)))
    };
    Ok(Page { data: page.data.into_iter().map(row).collect(), next_cursor: page.next_cursor })
}

fn row(item: Item, download: Option<Download>) -> ItemRow {
    let media = item.media();
    let found = item.found.clone().unwrap_or_else(|| {
        let says = if item.summary_html.is_empty() { &item.content_html } else { &item.summary_html };
        let plain = text::plain(text::cut(says, MAX_MARKUP)).replace('\n', " ");
        SearchHit { title: whole(item.title.clone()), excerpt: whole(text::brief(&plain, MAX_EXCERPT)) }
    });
    ItemRow {
        title: found.title,
        excerpt: found.excerpt,
        bytes: media.as_ref().and_then(|media| media.bytes).filter(|bytes| *bytes > 0),
        has_media: media.is_some(),
        id: item.id,
        source_id: item.source_id,
        cover: item.cover,
        source_name: item.source_name,
        kind: item.kind,
        at: item.content.published_at.unwrap_or(item.first_seen_at),
        duration_seconds: item.content.duration_seconds,
        availability: item.availability,
        reason: item.unavailable_reason,
        next_retry_at: item.next_retry_at,
        download,
    }
}

/// A text without search hits.
fn whole(text: String) -> Pieces {
    if text.is_empty() { Vec::new() } else { vec![Piece { text, is_hit: false }] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::item::{Availability, ItemOrder};

    #[test]
    fn words_of_an_address_become_bounds_and_other_words_narrow_nothing() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(400);
        let asked = |length: &str, size: &str, date: &str| {
            let (length, size, date) = (length.to_owned(), size.to_owned(), date.to_owned());
            filter(&ItemQuery { length, size, date, ..ItemQuery::default() }, AccountRole::User, now)
        };
        let long = asked("long", "small", "month");
        assert_eq!((long.min_seconds, long.max_seconds), (Some(2_700), Some(5_400)));
        assert_eq!((long.min_bytes, long.max_bytes), (None, Some(10_000_000)));
        assert_eq!(long.since, Some(DateTime::UNIX_EPOCH + TimeDelta::days(370)));
        let of_followed = ItemFilter { followed: Some(true), ..ItemFilter::default() };
        assert_eq!(asked("endless", "-1", "tomorrow"), of_followed);
    }

    #[test]
    fn items_are_those_of_followed_sources_unless_others_are_asked_for() {
        let followed = |query: ItemQuery| filter(&query, AccountRole::User, DateTime::UNIX_EPOCH).followed;
        assert_eq!(followed(ItemQuery::default()), Some(true));
        let of_listener = filter(&ItemQuery::default(), AccountRole::Listener, DateTime::UNIX_EPOCH);
        assert_eq!(of_listener.followed, None, "who follows nothing, but sees what the guardian follows");
        assert_eq!(followed(ItemQuery { sources: "all".into(), ..ItemQuery::default() }), None);
        assert_eq!(followed(ItemQuery { source_id: "7".into(), ..ItemQuery::default() }), None);
        let oldest = ItemQuery { order: "oldest".into(), ..ItemQuery::default() };
        assert_eq!(filter(&oldest, AccountRole::User, DateTime::UNIX_EPOCH).order, Some(ItemOrder::Oldest));
    }

    #[test]
    fn a_query_of_blanks_is_none() {
        let asked = ItemQuery {
            q: "  ".into(),
            availability: "cached".into(),
            kind: "zine".into(),
            ..ItemQuery::default()
        };
        let filter = filter(&asked, AccountRole::User, DateTime::UNIX_EPOCH);
        assert_eq!((filter.q, filter.availability, filter.kind), (None, Some(Availability::Cached), None));
    }
}
