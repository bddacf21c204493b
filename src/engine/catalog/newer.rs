//! The rule that tells a newer publication under a guid that is used again from a correction of the same item.
//!
//! | date | title | file (path), size or length | it is |
//! |---|---|---|---|
//! | later | any change of title, file, size or length || a newer publication |
//! | later | same | same | a newer publication, unless the publisher dates all items anew, or each at the time of reading |
//! | same | any | any | the same item: a correction, a moved file, a signature that rotates |
//! | earlier | changed | changed | a newer publication; else the same item |
//! | not told | changed | changed | a newer publication; else the same item |
//!
//! An item that is a page has to change its page and its title as well: articles are dated anew when they are edited.

use crate::db::items::{Known, NewItem};
use crate::domain::media::Wanted;
use crate::domain::{DateTime, TimeDelta, Utc};

/// Dates that differ by less are the same: some tools write the second of their own reading.
const LATER: TimeDelta = TimeDelta::minutes(1);
/// A date this close to the reading was made by it.
const OF_READING: TimeDelta = TimeDelta::seconds(5);

/// The comparison of one reading of a feed with what was known before.
pub struct Newer {
    now: DateTime<Utc>,
    /// Several items have a later date and nothing else that is new: their publisher dates them anew.
    dates_move: bool,
}

/// Which parts of an item differ from before.
struct Difference {
    is_page: bool,
    is_later: bool,
    is_earlier: bool,
    is_dated: bool,
    title: bool,
    page: bool,
    file: bool,
    /// Size or length.
    extent: bool,
}

impl Newer {
    /// `pairs` are the items of the reading with those of the same guid that are known.
    pub fn among<'a>(pairs: impl Iterator<Item = (&'a Known, &'a NewItem)>, now: DateTime<Utc>) -> Self {
        let redated = pairs.filter(|(known, item)| {
            let difference = Difference::of(known, item);
            !difference.is_page && difference.is_later && !difference.tells_something_new()
        });
        Self { now, dates_move: redated.count() > 1 }
    }

    pub fn is_newer(&self, known: &Known, item: &NewItem) -> bool {
        let it = Difference::of(known, item);
        if it.is_page {
            return it.title && it.page && (it.is_later || !it.is_dated);
        }
        if it.is_later {
            return it.tells_something_new() || !self.dates_move && !self.is_dated_by_reading(known, item);
        }
        it.title && it.file && (it.is_earlier || !it.is_dated)
    }

    /// Whether the feed writes the time of each reading as the date of its item.
    fn is_dated_by_reading(&self, known: &Known, item: &NewItem) -> bool {
        let is_close = |date: Option<DateTime<Utc>>, reading: DateTime<Utc>| {
            date.is_some_and(|date| (reading - date).abs() <= OF_READING)
        };
        is_close(known.published_at, known.first_seen_at) && is_close(item.published_at, self.now)
    }
}

impl Difference {
    fn of(known: &Known, item: &NewItem) -> Self {
        let differs = |a: Option<&str>, b: Option<&str>| matches!((a, b), (Some(a), Some(b)) if a != b);
        let grew = |a: Option<i64>, b: Option<i64>| matches!((a, b), (Some(a), Some(b)) if a != b);
        let dates = known.published_at.zip(item.published_at);
        let is_page = |wanted: Wanted, media: Option<&str>, page: Option<&str>| {
            wanted == Wanted::Page || media.is_none() || media == page
        };
        let was_page = known.wanted != Wanted::Replaced
            && is_page(known.wanted, known.media_url.as_deref(), known.url.as_deref());
        Self {
            is_page: was_page || is_page(item.choice.wanted, item.media_url(), item.url.as_deref()),
            is_later: dates.is_some_and(|(then, now)| now - then >= LATER),
            is_earlier: dates.is_some_and(|(then, now)| then - now >= LATER),
            is_dated: dates.is_some(),
            title: known.title != item.title,
            page: known.url.is_none() || differs(known.url.as_deref(), item.url.as_deref()),
            // The address of a file that was replaced is the newer one's.
            file: is_other_file(known.media_url.as_deref(), item.media_url()),
            extent: grew(known.media_bytes, item.media_bytes())
                || grew(known.duration_seconds, item.duration_seconds),
        }
    }

    fn tells_something_new(&self) -> bool {
        self.title || self.file || self.extent
    }
}

/// Names under which a query names a file, and is not a signature.
const NAMES: [&str; 12] =
    ["id", "file", "f", "name", "episode", "ep", "item", "track", "media", "url", "path", "v"];

fn is_other_file(before: Option<&str>, now: Option<&str>) -> bool {
    matches!((before, now), (Some(before), Some(now)) if !is_same_file(before, now))
}

/// Compares addresses without what rotates in them: the signature in a query.
pub fn is_same_file(one: &str, other: &str) -> bool {
    let parts = |url: &str| {
        let url = url.split('#').next().unwrap_or_default();
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let named = query.split('&').filter(|part| {
            part.split_once('=').is_some_and(|(name, _)| NAMES.contains(&name.to_ascii_lowercase().as_str()))
        });
        (path.to_owned(), named.collect::<Vec<_>>().join("&"))
    };
    one == other || parts(one) == parts(other)
}
