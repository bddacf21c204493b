//! A page of hits, place after place.

use super::Place;
use crate::domain::Page;
use crate::domain::page::PageQuery;

/// A page that is filled with the hits of one place after the other, by their ids.
pub(in crate::db) struct Filling<'a> {
    places: &'a [Place],
    /// Which of them is asked next, and the id after which it goes on.
    part: usize,
    after: Option<i64>,
    limit: i64,
    hits: Vec<(usize, i64)>,
}

impl<'a> Filling<'a> {
    pub fn new(places: &'a [Place], page: &PageQuery) -> Self {
        let (part, after) = page.after_in_part().map_or((0, None), |(part, id)| (part, Some(id)));
        Self { places, part, after, limit: page.limit(), hits: Vec::new() }
    }

    /// Where to look next, after which id, and for how many.
    pub fn next(&self) -> Option<(Place, Option<i64>, i64)> {
        let left = self.limit + 1 - self.hits.len() as i64;
        let place = self.places.get(self.part).filter(|_| left > 0)?;
        Some((*place, self.after, left))
    }

    /// All that was found there.
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
    /// The rows of these ids in their order, from among some that were read in any.
    pub(in crate::db) fn of_rows<T>(self, mut rows: Vec<T>, id: impl Fn(&T) -> i64) -> Page<T> {
        let place = |row: &T| self.data.iter().position(|known| *known == id(row));
        rows.sort_by_key(place);
        Page { data: rows, next_cursor: self.next_cursor }
    }
}
