//! Lists are read in pages: by cursor, because offsets skip and repeat rows while the list grows.

use serde::{Deserialize, Serialize};

/// One page of a list. `next_cursor` is null on the last one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    pub fn empty() -> Self {
        Self { data: Vec::new(), next_cursor: None }
    }

    /// Cuts a page from rows that were fetched with `limit + 1`; the row too many proves that there is more.
    pub fn cut(mut rows: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Self {
        let limit = limit.max(0) as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(cursor) } else { None };
        Self { data: rows, next_cursor }
    }
}

/// Rows a page has unless asked otherwise, and at the most.
pub const PAGE_DEFAULT: i64 = 50;
pub const PAGE_MOST: i64 = 200;

/// Where a page starts and how long it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PageQuery {
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

impl PageQuery {
    pub fn limit(&self) -> i64 {
        self.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MOST)
    }

    /// The id the last page ended with; cursors are opaque to callers, so a broken one starts from the top.
    pub fn after_id(&self) -> Option<i64> {
        self.cursor.as_deref().and_then(|c| c.parse().ok())
    }

    /// The same of a list that is made of parts, one after the other: in which part it ended, and with which id.
    pub fn after_in_part(&self) -> Option<(usize, i64)> {
        let (part, id) = self.cursor.as_deref()?.split_once('.')?;
        Some((part.parse().ok()?, id.parse().ok()?))
    }

    pub fn cursor_in(part: usize, id: i64) -> String {
        format!("{part}.{id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_cursor_only_when_more_rows_follow() {
        let full = Page::cut(vec![9, 8, 7], 2, |n| n.to_string());
        assert_eq!((full.data, full.next_cursor), (vec![9, 8], Some("8".into())));
        assert_eq!(Page::cut(vec![9, 8], 2, |n| n.to_string()).next_cursor, None);
    }

    #[test]
    fn a_limit_stays_within_bounds() {
        let query = |limit| PageQuery { limit: Some(limit), cursor: None }.limit();
        assert_eq!((query(0), query(10), query(9_999)), (1, 10, PAGE_MOST));
    }
}
