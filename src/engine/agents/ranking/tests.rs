//! Tests of the order and its reasons, and an item that other tests use too.

use chrono::TimeDelta;

use super::*;
use crate::domain::ItemId;
use crate::domain::item::{Enclosure, ItemContent};
use crate::domain::media::Wanted;
use crate::domain::source::Kind;

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

/// An item without metadata, but with a file that can be fetched.
pub(in crate::engine) fn item(id: i64, title: &str) -> Item {
    Item {
        id: ItemId(id),
        source_id: SourceId(id),
        source_name: "A source".into(),
        kind: Kind::Podcast,
        content: ItemContent {
            guid: format!("guid-{id}"),
            title: title.into(),
            explicit: Some(false),
            enclosures: vec![Enclosure { url: format!("http://x/{id}.mp3"), ..Enclosure::default() }],
            ..ItemContent::default()
        },
        topics: vec![],
        media_url: Some(format!("http://x/{id}.mp3")),
        media_type: None,
        media_bytes: None,
        wanted: Wanted::Media,
        availability: Availability::Cacheable,
        unavailable_reason: None,
        next_retry_at: None,
        quality_score: None,
        quality_reasons: vec![],
        summary: None,
        cover: None,
        first_seen_at: now(),
        dismissed: None,
        rating: None,
        found: None,
    }
}

fn candidate(id: i64, title: &str, days_old: i64) -> Candidate {
    let mut item = item(id, title);
    item.published_at = Some(now() - TimeDelta::days(days_old));
    Candidate { item, priority: 3, sequence: None }
}

/// Wishes without a goal, a commute or a past.
fn wishes(preferences: &Preferences) -> Wishes<'_> {
    Wishes {
        preferences,
        goal: None,
        habits: &[],
        refused: &[],
        rated: &[],
        commute_minutes: None,
        now: now(),
    }
}

fn ranked(candidates: Vec<Candidate>, topics: &[&str], goal: Option<&str>, most: usize) -> Vec<Ranked> {
    let topics = topics.iter().map(|t| t.to_string()).collect();
    let preferences = Preferences { topics, ..Default::default() };
    rank(candidates, &Wishes { goal, ..wishes(&preferences) }, most)
}

fn ids(ranked: &[Ranked]) -> Vec<i64> {
    ranked.iter().map(|r| r.item.id.0).collect()
}

#[test]
fn a_topic_in_the_title_comes_before_a_fresher_item() {
    let best = ranked(vec![candidate(1, "Gossip", 0), candidate(2, "Night trains", 9)], &["trains"], None, 2);
    assert_eq!(ids(&best), [2, 1]);
    assert!(
        best[0].reasons.contains(&"the title names your topic “trains”".to_owned()),
        "{:?}",
        best[0].reasons
    );
}

#[test]
fn a_topic_is_never_found_inside_another_word() {
    let best = ranked(vec![candidate(1, "She said it", 5), candidate(2, "Gossip", 1)], &["AI"], None, 2);
    assert_eq!(ids(&best), [2, 1]);
    assert!(best.iter().all(|r| !r.reasons.iter().any(|reason| reason.contains("topic"))));
}

#[test]
fn topics_of_the_catalogue_and_words_of_the_text_count() {
    let (mut filed, mut mentioned) = (candidate(1, "One", 5), candidate(2, "Two", 5));
    filed.item.topics = vec!["Astronomy".into()];
    mentioned.item.summary_html = "<p>On <b>astronomy</b>.</p>".into();
    let best = ranked(vec![candidate(3, "Three", 5), mentioned, filed], &["astronomy"], None, 3);
    assert_eq!(ids(&best), [1, 2, 3]);
    assert!(best[1].reasons.contains(&"the text mentions your topic “astronomy”".to_owned()));
}

#[test]
fn what_fits_the_commute_and_what_was_found_good_comes_first() {
    let long = |id, minutes: i64| {
        let mut candidate = candidate(id, "Alike", 2);
        candidate.item.duration_seconds = Some(minutes * 60);
        candidate
    };
    let preferences = Preferences::default();
    let wishes = Wishes { commute_minutes: Some(40), ..wishes(&preferences) };
    let mut good = long(4, 38);
    good.item.quality_score = Some(0.9);
    let best = rank(vec![long(1, 90), long(2, 50), long(3, 39), good], &wishes, 4);
    assert_eq!(ids(&best), [4, 3, 2, 1]);
    assert!(best[0].reasons.contains(&"found to be good (0.90 of 1)".to_owned()));
    assert!(best[1].reasons.contains(&"fits your commute of 40 minutes".to_owned()));
    assert!(best[3].reasons.contains(&"longer than your commute of 40 minutes".to_owned()));
}

fn habit(source: i64, ready: i64, finished: i64, skipped: i64, quality: Option<f64>) -> Habit {
    let (source_id, begun, dismissed) = (SourceId(source), finished, 0);
    Habit { source_id, ready, begun, finished, skipped, dismissed, liked: 0, disliked: 0, quality }
}

#[test]
fn what_is_played_to_the_end_comes_before_what_is_left_unplayed() {
    let preferences = Preferences::default();
    let habits = [habit(1, 6, 0, 6, None), habit(3, 6, 5, 0, Some(0.9))];
    let wishes = Wishes { habits: &habits, ..wishes(&preferences) };
    let all = [1, 2, 3].map(|id| candidate(id, "Alike", 2)).into();
    let best = rank(all, &wishes, 3);
    assert_eq!(ids(&best), [3, 2, 1]);
    assert!(best[0].reasons.contains(&"you played 5 of 6 from this source to the end".to_owned()));
    assert!(best[0].reasons.contains(&"its earlier items were good (0.90 of 1)".to_owned()));
    assert!(best[2].reasons.contains(&"you left 6 of 6 from this source unplayed".to_owned()));
}

#[test]
fn one_download_says_little_of_a_source() {
    let mut reasons = Vec::new();
    assert!(taste(&habit(1, 1, 1, 0, Some(1.0)), &mut reasons) < 0.7 && reasons.is_empty());
}

#[test]
fn of_two_alike_the_one_that_is_here_comes_first() {
    let mut here = candidate(1, "Here", 4);
    here.item.availability = Availability::Cached;
    assert_eq!(ids(&ranked(vec![candidate(2, "There", 4), here], &[], None, 2)), [1, 2]);
}

#[test]
fn what_must_be_asked_about_comes_after_what_need_not() {
    let mut large = candidate(2, "Large", 4);
    large.item.media_bytes = Some(201_000_000);
    let best = ranked(vec![large, candidate(1, "Small", 4)], &[], None, 2);
    assert_eq!(ids(&best), [1, 2]);
    assert!(best[1].reasons.contains(&"large, so you are asked first".to_owned()), "{:?}", best[1].reasons);
}

#[test]
fn without_topics_the_fresh_and_the_preferred_lead() {
    let mut preferred = candidate(3, "Preferred", 2);
    preferred.priority = 5;
    let best = ranked(vec![candidate(1, "Old", 30), candidate(2, "Fresh", 2), preferred], &[], None, 3);
    assert_eq!(ids(&best), [3, 2, 1]);
}

#[test]
fn the_goal_of_the_run_weighs_most() {
    let all = vec![candidate(1, "Trains", 0), candidate(2, "Volcanoes", 40)];
    assert_eq!(ids(&ranked(all, &["trains"], Some("something about volcanoes"), 2)), [2, 1]);
}

#[test]
fn a_source_gets_a_third_place_only_when_nothing_else_is_left() {
    let busy = |id| {
        let mut c = candidate(id, "Busy", 0);
        c.item.source_id = SourceId(99);
        c
    };
    let all = || vec![busy(1), busy(2), busy(3), candidate(4, "Quiet", 10)];
    assert_eq!(ids(&ranked(all(), &[], None, 3)), [3, 2, 4]);
    assert_eq!(ids(&ranked(all(), &[], None, 4)), [3, 2, 4, 1]);
}

#[test]
fn unwanted_kinds_are_left_out() {
    let preferences = Preferences { kinds: vec![Kind::Article], ..Default::default() };
    assert!(rank(vec![candidate(1, "Podcast", 0)], &wishes(&preferences), 5).is_empty());
}

/// Part `n` of serial 7, with its index among the next parts.
fn part(n: i64, sequence: usize) -> Candidate {
    let mut part = candidate(n, &format!("Part {n}"), 100 - n);
    part.item.source_id = SourceId(7);
    Candidate { sequence: Some(sequence), ..part }
}

#[test]
fn parts_of_a_serial_come_in_their_order_whatever_else_speaks_for_them() {
    let parts = || vec![part(3, 2), part(1, 0), part(2, 1), part(4, 3)];
    assert_eq!(ids(&ranked(parts(), &[], None, 4)), [1, 2, 3, 4]);
    let best = ranked(parts(), &["part 4"], None, 2);
    assert_eq!(ids(&best), [1, 2], "a part that fits better does not come before those it follows");
    assert!(best[0].score >= best[1].score && best[0].reasons[0] == "the next part", "{:?}", best[0]);
}

#[test]
fn the_next_part_is_not_old_beside_the_news() {
    let best = ranked(vec![part(1, 0), candidate(9, "Yesterday", 1)], &[], None, 2);
    assert_eq!(ids(&best), [1, 9]);
}

#[test]
fn sources_and_topics_that_were_refused_sink() {
    let preferences = Preferences::default();
    let about = |id, topic: &str| {
        let mut candidate = candidate(id, "Something", 1);
        candidate.item.topics = vec![topic.into()];
        candidate
    };
    let of = |habits: &[Habit], refused: &[(String, i64)]| {
        let wishes = Wishes { habits, refused, ..wishes(&preferences) };
        rank(vec![about(1, "Cooking"), about(2, "Gossip")], &wishes, 2)
    };
    assert_eq!(ids(&of(&[], &[])), [2, 1]);
    let refused = of(&[], &[("gossip".into(), 3)]);
    assert_eq!(ids(&refused), [1, 2]);
    assert!(refused[1].reasons.iter().any(|why| why.contains("no to 3 or more items about")), "{refused:?}");
    let refused = of(&[Habit { dismissed: 3, ..habit(2, 0, 0, 0, None) }], &[]);
    assert_eq!(ids(&refused), [1, 2]);
    assert!(refused[1].reasons.contains(&"you said no to 3 items of this source".to_owned()), "{refused:?}");
}

#[test]
fn sources_and_topics_that_were_liked_rise_and_say_so() {
    let preferences = Preferences::default();
    let about = |id, topic: &str| {
        let mut candidate = candidate(id, "Something", 1);
        candidate.item.topics = vec![topic.into()];
        candidate
    };
    let of = |habits: &[Habit], rated: &[RatedTopic]| {
        let wishes = Wishes { habits, rated, ..wishes(&preferences) };
        rank(vec![about(1, "Space"), about(2, "Gossip")], &wishes, 2)
    };
    assert_eq!(ids(&of(&[], &[])), [2, 1]);
    let liked = of(&[Habit { liked: 3, ..habit(1, 0, 0, 0, None) }], &[]);
    assert_eq!(ids(&liked), [1, 2]);
    assert_eq!(liked[0].reasons[0], "you liked 3 items of this source");
    let liked = of(&[], &[RatedTopic { topic: "space".into(), liked: 2, disliked: 0 }]);
    assert_eq!(ids(&liked), [1, 2]);
    assert_eq!(liked[0].reasons[0], "you liked 2 items about “Space”");
    let disliked = of(&[Habit { disliked: 2, ..habit(2, 0, 0, 0, None) }], &[]);
    assert_eq!(ids(&disliked), [1, 2]);
    assert_eq!(disliked[1].reasons[0], "you did not like 2 items of this source");
}
