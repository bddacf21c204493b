//! Ranking term for the user's thumbs on other items of the same source and topics.

use std::cmp::Ordering;

use crate::db::habits::{Habit, RatedTopic};
use crate::domain::item::Item;

/// Weights of an item's source, and of all its topics together.
const SOURCE: f64 = 2.0;
const TOPICS: f64 = 1.0;

/// Minimum surplus of liked or of disliked items before a topic counts.
const MIN_TOPIC: i64 = 2;

/// Score from -3 to 3, for what the user liked and did not like so far.
pub(super) fn liking(
    item: &Item,
    habit: Option<&Habit>,
    rated: &[RatedTopic],
    reasons: &mut Vec<String>,
) -> f64 {
    let mut score = 0.0;
    if let Some(Habit { liked, disliked, .. }) = habit {
        score += SOURCE * balance(*liked, *disliked);
        reasons.extend(reason(*liked, *disliked, "of this source"));
    }
    let known = item.topics.iter().filter_map(|topic| {
        let name = topic.to_lowercase();
        let of = rated.iter().find(|rated| rated.topic == name)?;
        ((of.liked - of.disliked).abs() >= MIN_TOPIC).then_some((topic, of))
    });
    let (mut sum, mut strongest): (f64, Option<(f64, String)>) = (0.0, None);
    for (topic, RatedTopic { liked, disliked, .. }) in known {
        let weight = balance(*liked, *disliked);
        sum += weight;
        if strongest.as_ref().is_none_or(|(most, _)| weight.abs() > most.abs()) {
            strongest = reason(*liked, *disliked, &format!("about “{topic}”")).map(|why| (weight, why));
        }
    }
    reasons.extend(strongest.map(|(_, why)| why));
    score + TOPICS * sum.clamp(-1.0, 1.0)
}

/// Balance between -1 and 1. Two neutral pseudo-ratings keep a few real ones from weighing too much (additive
/// smoothing).
fn balance(liked: i64, disliked: i64) -> f64 {
    (liked - disliked) as f64 / (liked + disliked + 2) as f64
}

/// Reason in words; none if thumbs up and thumbs down are in balance.
fn reason(liked: i64, disliked: i64, of: &str) -> Option<String> {
    let items = |number: i64| if number == 1 { "1 item".to_owned() } else { format!("{number} items") };
    match liked.cmp(&disliked) {
        Ordering::Greater => Some(format!("you liked {} {of}", items(liked))),
        Ordering::Less => Some(format!("you did not like {} {of}", items(disliked))),
        Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::item;
    use super::*;
    use crate::domain::SourceId;

    fn habit(liked: i64, disliked: i64) -> Habit {
        let (ready, begun, finished, skipped, dismissed) = (0, 0, 0, 0, 0);
        let (source_id, quality) = (SourceId(1), None);
        Habit { source_id, ready, begun, finished, skipped, dismissed, liked, disliked, quality }
    }

    fn topic(topic: &str, liked: i64, disliked: i64) -> RatedTopic {
        RatedTopic { topic: topic.into(), liked, disliked }
    }

    /// Score and reasons of an item about these topics.
    fn of(topics: &[&str], habit: Option<Habit>, rated: &[RatedTopic]) -> (f64, Vec<String>) {
        let (mut item, mut reasons) = (item(1, "One"), Vec::new());
        item.topics = topics.iter().map(|topic| topic.to_string()).collect();
        (liking(&item, habit.as_ref(), rated, &mut reasons), reasons)
    }

    #[test]
    fn nothing_rated_and_as_much_liked_as_not_say_nothing() {
        assert_eq!(of(&["Space"], None, &[]), (0.0, vec![]));
        assert_eq!(of(&["Space"], Some(habit(4, 4)), &[topic("space", 3, 3)]), (0.0, vec![]));
    }

    #[test]
    fn a_few_ratings_say_less_than_many_and_many_are_bounded() {
        let scores = [1, 3, 200].map(|liked| of(&[], Some(habit(liked, 0)), &[]).0);
        assert!(0.0 < scores[0] && scores[0] < 1.0, "{scores:?}");
        assert!(scores.is_sorted() && scores[2] < SOURCE, "{scores:?}");
        let rated: Vec<_> = ["a", "b", "c"].map(|name| topic(name, 0, 200)).into();
        let (score, _) = of(&["A", "B", "C"], Some(habit(0, 200)), &rated);
        assert!((-3.0..-2.9).contains(&score), "{score}");
    }

    #[test]
    fn one_item_is_told_of_its_source_and_of_no_topic() {
        let (score, reasons) = of(&["Space"], Some(habit(1, 0)), &[topic("space", 1, 0)]);
        assert!(score > 0.0);
        assert_eq!(reasons, ["you liked 1 item of this source"]);
    }

    #[test]
    fn the_strongest_topic_is_the_one_that_is_told() {
        let rated = [topic("space", 2, 0), topic("öl", 0, 5), topic("other", 9, 0)];
        let (score, reasons) = of(&["Space", "ÖL"], None, &rated);
        assert!(score < 0.0, "{score}");
        assert_eq!(reasons, ["you did not like 5 items about “ÖL”"]);
    }
}
