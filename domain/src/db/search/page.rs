//! Full-text ranking: a page of search hits, filled zone by zone.

use super::SearchZone;
use crate::Page;
use crate::page::PageQuery;

/// Page under construction, filled with the ids of hits in one zone after the other.
pub(in crate::db) struct RankedPage<'a> {
    zones: &'a [SearchZone],
    /// Index of the next zone, and the id after which it continues.
    part: usize,
    after: Option<i64>,
    limit: i64,
    hits: Vec<(usize, i64)>,
}

impl<'a> RankedPage<'a> {
    pub fn new(zones: &'a [SearchZone], page: &PageQuery) -> Self {
        let (part, after) = page.after_in_part().map_or((0, None), |(part, id)| (part, Some(id)));
        Self { zones, part, after, limit: page.limit(), hits: Vec::new() }
    }

    /// Next zone to search, the id after which to start, and the number of hits needed.
    pub fn next(&self) -> Option<(SearchZone, Option<i64>, i64)> {
        let left = self.limit + 1 - self.hits.len() as i64;
        let zone = self.zones.get(self.part).filter(|_| left > 0)?;
        Some((*zone, self.after, left))
    }

    /// Adds all hits of the current zone and advances to the next.
    pub fn found(&mut self, ids: Vec<i64>) {
        self.hits.extend(ids.into_iter().map(|id| (self.part, id)));
        (self.part, self.after) = (self.part + 1, None);
    }

    pub fn page(self) -> Page<i64> {
        let Page { data, next_cursor } =
            Page::cut(self.hits, self.limit, |(part, id)| PageQuery::cursor_in(*part, *id));
        Page { data: data.into_iter().map(|(_, id)| id).collect(), next_cursor }
    }
}

impl Page<i64> {
    /// Puts rows that were read in any order into the order of these ids.
    pub(in crate::db) fn of_rows<T>(self, mut rows: Vec<T>, id: impl Fn(&T) -> i64) -> Page<T> {
        let position = |row: &T| self.data.iter().position(|known| *known == id(row));
        rows.sort_by_key(position);
        Page { data: rows, next_cursor: self.next_cursor }
    }
}
