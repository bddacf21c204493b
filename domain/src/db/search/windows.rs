//! Windows of rows that are searched at once, newest first.

use std::ops::RangeInclusive;

use super::{Terms, is_postgres};
use crate::SourceId;
use crate::db::sql::{args, sql, value};
use crate::db::{ConnectionTrait, DbErr};

/// Markers and sizes of slices. PostgreSQL's index of words has no order, so each row also has words for the
/// slices (ranges of ids) that it is in, and a query for the newest slices finds the newest hits without a
/// full search.
pub(super) const SLICES: [(&str, i64); 2] = [("\u{e003}", 4_096), ("\u{e004}", 65_536)];
/// Number of newest rows that are checked one by one for a prefix. A prefix may match the words of most rows,
/// all of which the index would merge first.
const ROW_BY_ROW: i64 = 2_048;

/// Rows that are searched at once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::db) struct Window {
    /// Marker of slices, and their numbers.
    pub(super) slices: Option<(&'static str, RangeInclusive<i64>)>,
    /// First id, if rows are checked one by one.
    pub from: Option<i64>,
    /// Id before which rows are searched.
    pub until: Option<i64>,
}

/// Windows over the rows before an id, nearest first. Common words fill a page from few rows, and rare words
/// have few hits in all.
fn windows_before(mut until: i64, open_end: bool) -> Vec<Window> {
    let mut windows = Vec::new();
    let mut slices = &SLICES[..];
    if open_end {
        let from = (until - ROW_BY_ROW).max(0);
        windows.push(Window { slices: None, from: Some(from), until: Some(until) });
        // A prefix is merged again for each window, however few rows it has.
        (until, slices) = (from, &SLICES[1..]);
    }
    for &(sign, size) in slices {
        if until == 0 {
            break;
        }
        let last = (until - 1) / size;
        let slices = (last - 1).max(0)..=last;
        let from = slices.start() * size;
        windows.push(Window { slices: Some((sign, slices)), from: None, until: Some(until) });
        until = from;
    }
    if until > 0 {
        windows.push(Window { slices: None, from: None, until: Some(until) });
    }
    windows
}

/// Windows of a table's rows, to be searched in turn, after the id with which a page ended.
pub(in crate::db) async fn windows(
    db: &impl ConnectionTrait,
    table: &'static str,
    terms: &Terms,
    source: Option<SourceId>,
    after: Option<i64>,
) -> Result<Vec<Window>, DbErr> {
    // SQLite's index is in order of id, and one source has few rows.
    if !is_postgres(db) || source.is_some() {
        return Ok(vec![Window { until: after, ..Window::default() }]);
    }
    let until = match after {
        Some(after) => Some(after),
        None => value(db, sql!("SELECT COALESCE(MAX(id) + 1, 0) FROM {table}"), args![]).await?,
    };
    Ok(windows_before(until.unwrap_or_default().max(0), terms.open_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: [i64; 12] =
        [1, 2, 4_095, 4_096, 4_097, 8_192, 8_193, 65_536, 131_072, 131_073, 1_000_000, 9_999_999];

    #[test]
    fn windows_meet_each_other_and_leave_nothing_out() {
        for (until, open_end) in NUMBERS.into_iter().flat_map(|until| [(until, false), (until, true)]) {
            let mut expected = until;
            for window in windows_before(until, open_end) {
                assert_eq!(window.until, Some(expected), "{until}");
                expected = window.slices.map_or(window.from.unwrap_or(0), |(sign, slices)| {
                    let (_, size) = SLICES.into_iter().find(|(known, _)| *known == sign).expect("a size");
                    assert!(slices.contains(&((expected - 1) / size)), "{until}");
                    slices.start() * size
                });
            }
            assert_eq!(expected, 0, "down to the first row, from {until}");
        }
    }
}
