//! The listening order of the parts of a serial.

use std::collections::HashSet;

use crate::db::items::SerialPart;

/// Sorts parts and drops trailers. Sorts by season and number if all parts have them (the seasons may all be
/// missing) and no two are equal; otherwise keeps the order by date. A bonus follows the last part published
/// before it, and is never first. `parts` must be sorted by date.
pub fn in_order(parts: Vec<SerialPart>) -> Vec<SerialPart> {
    let (mut ordered, extras): (Vec<SerialPart>, Vec<SerialPart>) =
        parts.into_iter().filter(|part| !is(part, "trailer")).partition(|part| !is(part, "bonus"));
    if are_numbered(&ordered) {
        ordered.sort_by_key(|part| (part.season, part.episode));
    }
    for bonus in extras {
        let before = ordered.iter().rposition(|part| part.at <= bonus.at);
        let position = before.map_or(1, |position| position + 1).min(ordered.len());
        ordered.insert(position, bonus);
    }
    ordered
}

fn is(part: &SerialPart, episode_type: &str) -> bool {
    part.details.episode_type.as_deref().is_some_and(|told| told.eq_ignore_ascii_case(episode_type))
}

/// Whether a part is the first one by its season and number.
pub fn is_first(part: &SerialPart) -> bool {
    part.episode.is_some_and(|episode| episode <= 1) && part.season.is_none_or(|season| season <= 1)
}

fn are_numbered(parts: &[SerialPart]) -> bool {
    let mut seen = HashSet::new();
    let seasons = parts.iter().filter(|part| part.season.is_some()).count();
    (seasons == 0 || seasons == parts.len())
        && parts.iter().all(|part| part.episode.is_some() && seen.insert((part.season, part.episode)))
}

/// The parts after the furthest one played.
pub fn after_played(parts: Vec<SerialPart>) -> Vec<SerialPart> {
    let mut ordered = in_order(parts);
    let played = ordered.iter().rposition(|part| part.is_played);
    ordered.drain(..played.map_or(0, |position| position + 1));
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::item::ItemDetails;
    use crate::domain::{DateTime, ItemId, TimeDelta};

    /// A part published on the given day, with its season and number.
    fn part(id: i64, day: i64, season: Option<i64>, episode: Option<i64>) -> SerialPart {
        SerialPart {
            id: ItemId(id),
            title: String::new(),
            duration_seconds: None,
            media_url: None,
            media_bytes: None,
            season,
            episode,
            at: DateTime::UNIX_EPOCH + TimeDelta::days(day),
            is_played: false,
            is_dismissed: false,
            details: ItemDetails::default(),
        }
    }

    fn of_type(part: SerialPart, episode_type: &str) -> SerialPart {
        let details = ItemDetails { episode_type: Some(episode_type.into()), ..ItemDetails::default() };
        SerialPart { details, ..part }
    }

    fn ids(parts: &[SerialPart]) -> Vec<i64> {
        parts.iter().map(|part| part.id.0).collect()
    }

    #[test]
    fn numbers_count_before_dates_and_seasons_before_numbers() {
        let parts = vec![
            part(1, 1, Some(1), Some(2)),
            part(2, 2, Some(1), Some(1)),
            part(3, 3, Some(2), Some(1)),
            part(4, 4, Some(1), Some(3)),
        ];
        assert_eq!(ids(&in_order(parts)), [2, 1, 4, 3]);
    }

    #[test]
    fn dates_count_where_a_number_is_missing_or_doubled() {
        let missing = vec![part(1, 1, None, Some(2)), part(2, 2, None, None), part(3, 3, None, Some(1))];
        assert_eq!(ids(&in_order(missing)), [1, 2, 3]);
        let doubled = vec![part(1, 1, None, Some(2)), part(2, 2, None, Some(1)), part(3, 3, None, Some(2))];
        assert_eq!(ids(&in_order(doubled)), [1, 2, 3]);
    }

    #[test]
    fn trailers_are_left_out_and_a_bonus_stays_beside_its_part() {
        let parts = vec![
            of_type(part(1, 1, None, None), "trailer"),
            of_type(part(2, 2, None, None), "Bonus"),
            part(3, 3, None, Some(1)),
            part(4, 4, None, Some(2)),
            of_type(part(5, 5, None, None), "bonus"),
            part(6, 6, None, Some(3)),
        ];
        assert_eq!(ids(&in_order(parts)), [3, 2, 4, 5, 6]);
    }

    #[test]
    fn hearing_goes_on_after_the_furthest_part_that_was_played() {
        let mut parts: Vec<_> = (1..=4).map(|n| part(n, n, None, Some(n))).collect();
        parts[1].is_played = true;
        assert_eq!(ids(&after_played(parts.clone())), [3, 4]);
        parts[3].is_played = true;
        assert!(after_played(parts).is_empty());
    }
}
