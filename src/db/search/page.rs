//! A page of hits, place after place.

use super::Place;
use crate::domain::Page;
use crate::domain::page::PageQuery;

/// A page that is filled with the hits of one place after the other.
pub(in crate::db) struct Filling<'a, T> {
    places: &'a [Place],
    /// Which of them is asked next, and the id after which it goes on.
    part: usize,
    after: Option<i64>,
    limit: i64,
    rows: Vec<(usize, T)>,
}

impl<'a, T> Filling<'a, T> {
    pub fn new(places: &'a [Place], page: &PageQuery) -> Self {
        let (part, after) = page.after_in_part().map_or((0, None), |(part, id)| (part, Some(id)));
        Self { places, part, after, limit: page.limit(), rows: Vec::new() }
    }

    /// Where to look next, after which id, and for how many.
    pub fn next(&self) -> Option<(Place, Option<i64>, i64)> {
        let left = self.limit + 1 - self.rows.len() as i64;
        let place = self.places.get(self.part).filter(|_| left > 0)?;
        Some((*place, self.after, left))
    }

    /// All that was found there.
    pub fn found(&mut self, rows: Vec<T>) {
        self.rows.extend(rows.into_iter().map(|row| (self.part, row)));
        (self.part, self.after) = (self.part + 1, None);
    }

    pub fn page(self, id: impl Fn(&T) -> i64) -> Page<T> {
        let cursor = |(part, row): &(usize, T)| PageQuery::cursor_in(*part, id(row));
        let Page { data, next_cursor } = Page::cut(self.rows, self.limit, cursor);
        Page { data: data.into_iter().map(|(_, row)| row).collect(), next_cursor }
    }
}
