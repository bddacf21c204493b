//! Cursor pagination of lists. Offsets, which would skip and repeat rows while a list grows, serve only lists
//! that are read whole (`Page::slice`).

use serde::{Deserialize, Serialize};

use super::refusal::{Complaints, Refusal};

/// One page of a list. `next_cursor` is null on the last one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub data: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    pub fn empty() -> Self {
        Self { data: Vec::new(), next_cursor: None }
    }

    /// Cuts a page from rows that were fetched with `limit + 1`; the extra row shows that there are more.
    pub fn cut(mut rows: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Self {
        let limit = limit.max(0) as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(cursor) } else { None };
        Self { data: rows, next_cursor }
    }

    /// Page of a list that is always read whole. Cursors are positions; without a limit, all the rest.
    pub fn slice(rows: Vec<T>, query: &PageQuery) -> Self {
        let start = query.after_id().and_then(|position| usize::try_from(position).ok()).unwrap_or_default();
        let limit = query.limit.map_or(usize::MAX, |_| query.limit() as usize);
        let end = start.saturating_add(limit);
        let next_cursor = (end < rows.len()).then(|| end.to_string());
        Self { data: rows.into_iter().skip(start).take(limit).collect(), next_cursor }
    }
}

/// Number of rows per page by default, and at most.
pub const PAGE_DEFAULT: i64 = 50;
pub const MAX_PAGE: i64 = 200;

/// Start and length of a page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct PageQuery {
    /// Rows of the page: 50 by default, and at most 200 of a longer list.
    #[cfg_attr(feature = "openapi", param(minimum = 1))]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    pub fn limit(&self) -> i64 {
        self.limit.unwrap_or(PAGE_DEFAULT).clamp(1, MAX_PAGE)
    }

    /// Refuses an invalid page: a limit below one, or a cursor that the list never gave out. Limits above
    /// [`MAX_PAGE`] are capped, with a cursor for the rest.
    pub fn check(&self, filter: &impl ListFilter) -> Result<(), Refusal> {
        let mut complaints = Complaints::default();
        complaints.check(
            self.limit.is_none_or(|limit| limit >= 1),
            "limit",
            format!("Ask for 1 to {MAX_PAGE} rows."),
        );
        complaints.check(
            self.cursor.is_none() || filter.accepts_cursor(self),
            "cursor",
            "This list has given out no such cursor. Send its next_cursor as it came, or begin without one.",
        );
        complaints.finish()
    }

    /// Decodes the cursor: the id of the previous page's last row. Browser pages ignore an invalid cursor and
    /// start from the top.
    pub fn after_id(&self) -> Option<i64> {
        self.cursor.as_deref().and_then(|cursor| cursor.parse().ok()).filter(|id| *id >= 0)
    }

    /// Like `after_id`, for a list of consecutive parts: the part in which the page ended, and the id.
    pub fn after_in_part(&self) -> Option<(usize, i64)> {
        let (part, id) = self.cursor.as_deref()?.split_once('.')?;
        Some((part.parse().ok()?, id.parse().ok().filter(|id| *id >= 0)?))
    }

    /// Cursor of a list of consecutive parts.
    pub fn cursor_in(part: usize, id: i64) -> String {
        format!("{part}.{id}")
    }
}

/// Filter of a list.
pub trait ListFilter {
    /// Whether the page's cursor has the form that the list gives out.
    fn accepts_cursor(&self, page: &PageQuery) -> bool {
        page.after_id().is_some()
    }
}

/// Whether a text filter narrows anything.
pub fn is_asked(text: &Option<String>) -> bool {
    text.as_ref().is_some_and(|text| !text.trim().is_empty())
}

/// Filter of a list that cannot be narrowed.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct NoFilter {}

impl ListFilter for NoFilter {}

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
        assert_eq!((query(0), query(10), query(9_999)), (1, 10, MAX_PAGE));
    }

    #[test]
    fn a_page_that_cannot_be_is_refused_by_its_field() {
        let fields = |limit, cursor: Option<&str>| {
            let page = PageQuery { limit, cursor: cursor.map(str::to_owned) };
            let refusal = page.check(&NoFilter {}).err();
            refusal.map(|it| it.fields().iter().map(|f| f.field.clone()).collect::<Vec<_>>())
        };
        assert_eq!(fields(Some(1), Some("7")), None);
        assert_eq!(fields(Some(9_999), None), None);
        assert_eq!(fields(Some(0), None), Some(vec!["limit".into()]));
        assert_eq!(fields(Some(-1), Some("AAAA")), Some(vec!["limit".into(), "cursor".into()]));
        for cursor in ["", "-1", "1.5", "1;", "99999999999999999999"] {
            assert_eq!(fields(None, Some(cursor)), Some(vec!["cursor".into()]), "{cursor}");
        }
    }

    #[test]
    fn a_list_that_is_read_whole_has_pages_too() {
        let page = |limit, cursor: Option<&str>| {
            let query = PageQuery { limit, cursor: cursor.map(str::to_owned) };
            let Page { data, next_cursor } = Page::slice(vec![5, 6, 7], &query);
            (data, next_cursor)
        };
        assert_eq!(page(None, None), (vec![5, 6, 7], None));
        assert_eq!(page(Some(2), None), (vec![5, 6], Some("2".into())));
        assert_eq!(page(Some(2), Some("2")), (vec![7], None));
        assert_eq!(page(Some(2), Some("9")), (vec![], None));
    }
}
