//! Subscription rules: which items of a source its follower wants, and in which order.

use super::order;
use crate::db::items::{self, Facts};
use crate::db::{ConnectionTrait, DbErr};
use crate::domain::rules::{Begin, Rules};
use crate::domain::source::Subscription;
use crate::domain::{ItemId, UserId};

/// Maximum items considered per source.
const LOOKED_AT: i64 = 500;
/// Maximum parts considered of a serial.
const MAX_PARTS: i64 = 5_000;

/// Items that the subscription's rules let through and that the user has not dismissed: newest first, or, for
/// a serial, the parts after the last one played.
pub async fn wanted(
    db: &impl ConnectionTrait,
    owner: UserId,
    subscription: &Subscription,
) -> Result<Vec<Facts>, DbErr> {
    let Subscription { source_id, rules, .. } = subscription;
    let mut facts: Vec<Facts> = if is_in_order(subscription) {
        let parts = order::after_played(items::parts(db, owner, *source_id, MAX_PARTS).await?);
        parts.into_iter().filter(|part| !part.is_dismissed).map(Facts::from).collect()
    } else {
        let after = (rules.begin == Some(Begin::Subscribed)).then_some(subscription.created_at);
        items::facts(db, owner, *source_id, after, LOOKED_AT).await?
    };
    facts.retain(|facts| lets_through(rules, facts));
    facts.truncate(rules.newest.map_or(usize::MAX, |newest| newest as usize));
    Ok(facts)
}

/// Whether the items are played in order, as a serial.
pub fn is_in_order(subscription: &Subscription) -> bool {
    subscription.rules.begin == Some(Begin::Stopped)
}

/// Whether the starting part is known: a part was played, or the first part has number one.
pub async fn has_beginning(
    db: &impl ConnectionTrait,
    owner: UserId,
    subscription: &Subscription,
) -> Result<bool, DbErr> {
    let parts = order::in_order(items::parts(db, owner, subscription.source_id, MAX_PARTS).await?);
    Ok(parts.iter().any(|part| part.is_played) || parts.first().is_some_and(order::is_first))
}

/// The item to queue after new ones arrived: the first wanted one among them, or, for a serial, the next part
/// that the user does not have.
pub async fn first_wanted(
    db: &impl ConnectionTrait,
    owner: UserId,
    subscription: &Subscription,
    among: &[ItemId],
) -> Result<Option<ItemId>, DbErr> {
    let mut wanted = wanted(db, owner, subscription).await?.into_iter().map(|facts| facts.id);
    if !is_in_order(subscription) {
        return Ok(wanted.find(|id| among.contains(id)));
    }
    let next: Vec<_> = wanted.take(NEXT).collect();
    let free = items::candidates_among(db, owner, &next, true).await?;
    Ok(next.into_iter().find(|id| free.iter().any(|candidate| candidate.item.id == *id)))
}

/// Next parts of a serial that are searched for one that the user does not have.
const NEXT: usize = 50;

fn lets_through(rules: &Rules, facts: &Facts) -> bool {
    let title = text::words(&facts.title);
    let names = |phrase: &String| text::mentions(&title, &text::words(phrase));
    (rules.include.is_empty() || rules.include.iter().any(names))
        && !rules.exclude.iter().any(names)
        && at_most(rules.min_seconds, facts.duration_seconds)
        && at_most(facts.duration_seconds, rules.max_seconds)
        && at_most(facts.media_bytes, rules.max_bytes)
}

/// Whether `less` is at most `more`; true if either is missing.
fn at_most(less: Option<i64>, more: Option<i64>) -> bool {
    less.zip(more).is_none_or(|(less, more)| less <= more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(title: &str) -> Facts {
        Facts {
            id: ItemId(1),
            title: title.into(),
            duration_seconds: Some(1_800),
            media_url: Some("https://example.org/1.mp3".into()),
            media_bytes: Some(20_000_000),
        }
    }

    fn lets(rules: Rules) -> bool {
        lets_through(&rules, &facts("She said: night trains, part 2"))
    }

    #[test]
    fn titles_are_matched_word_by_word() {
        let named = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
        assert!(lets(Rules { include: named(&["volcano", "Night Train"]), ..Rules::default() }));
        assert!(!lets(Rules { include: named(&["AI"]), ..Rules::default() }), "“said” does not name AI");
        assert!(!lets(Rules { exclude: named(&["trains"]), ..Rules::default() }));
        assert!(lets(Rules { exclude: named(&["rain"]), ..Rules::default() }));
        let dessert = Rules { include: named(&["creme brulee"]), ..Rules::default() };
        assert!(lets_through(&dessert, &facts("Crème brûlée for two")), "as a search finds it");
    }

    #[test]
    fn what_is_too_short_too_long_or_too_large_is_left_out_and_what_is_not_known_is_not() {
        assert!(!lets(Rules { min_seconds: Some(1_801), ..Rules::default() }));
        assert!(!lets(Rules { max_seconds: Some(1_799), ..Rules::default() }));
        assert!(!lets(Rules { max_bytes: Some(19_999_999), ..Rules::default() }));
        assert!(lets(Rules { min_seconds: Some(1_800), max_seconds: Some(1_800), ..Rules::default() }));
        let unknown = Facts { duration_seconds: None, media_bytes: None, ..facts("One") };
        let strict = Rules { min_seconds: Some(9_000), max_bytes: Some(1), ..Rules::default() };
        assert!(lets_through(&strict, &unknown));
    }
}
