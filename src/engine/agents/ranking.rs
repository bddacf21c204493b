//! Ranking of items for a user, with reasons in words. Pure and deterministic: equal
//! facts give an equal order.

mod ratings;

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::db::habits::{Habit, RatedTopic};
use crate::db::items::Candidate;
use crate::domain::item::{Availability, Item};
use crate::domain::preference::Preferences;
use crate::domain::source::PRIORITY_DEFAULT;
use crate::domain::{DateTime, SourceId, Utc};
use crate::engine::quality;

/// Maximum number of items of one source before items of other sources.
pub const PER_SOURCE: usize = 2;

/// Half-life of freshness in days.
const HALF_LIFE_DAYS: f64 = 3.0;

#[derive(Debug, Clone)]
pub struct Ranked {
    pub item: Item,
    pub score: f64,
    pub reasons: Vec<String>,
}

/// Input of the ranking.
pub struct Wishes<'a> {
    pub preferences: &'a Preferences,
    pub goal: Option<&'a str>,
    /// The user's plays, skips, dismissals and ratings so far, per source.
    pub habits: &'a [Habit],
    /// Topics of which the user dismissed more items than they played, each with the difference.
    pub refused: &'a [(String, i64)],
    pub rated: &'a [RatedTopic],
    /// Length of the user's next commute.
    pub commute_minutes: Option<i64>,
    pub now: DateTime<Utc>,
}

/// Returns the best candidates, best first, at most `most`.
pub fn rank(candidates: Vec<Candidate>, wishes: &Wishes<'_>, most: usize) -> Vec<Ranked> {
    let goal = wishes.goal.map(text::search_terms).unwrap_or_default();
    let topics: Vec<_> =
        wishes.preferences.topics.iter().map(|topic| (topic.as_str(), text::words(topic))).collect();
    let wanted = candidates.into_iter().filter(|c| wishes.preferences.wants(c.item.kind));
    let mut ranked: Vec<_> = wanted.map(|c| (c.sequence, judge(c, &goal, &topics, wishes))).collect();
    ranked.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score).then(b.item.id.cmp(&a.item.id)));
    spread(in_sequence(ranked), most)
}

/// Reassigns the positions and scores of a serial's parts, best first, to the parts in serial order.
fn in_sequence(ranked: Vec<(Option<usize>, Ranked)>) -> Vec<Ranked> {
    let mut parts: HashMap<SourceId, Vec<(usize, Ranked)>> = HashMap::new();
    for (sequence, part) in &ranked {
        if let Some(sequence) = sequence {
            parts.entry(part.item.source_id).or_default().push((*sequence, part.clone()));
        }
    }
    parts.values_mut().for_each(|parts| parts.sort_by_key(|(sequence, _)| std::cmp::Reverse(*sequence)));
    let place = |(sequence, ranked): (Option<usize>, Ranked)| {
        let next = sequence.and_then(|_| parts.get_mut(&ranked.item.source_id)?.pop());
        next.map_or_else(|| ranked.clone(), |(_, part)| Ranked { score: ranked.score, ..part })
    };
    ranked.into_iter().map(place).collect()
}

fn judge(
    candidate: Candidate,
    goal: &[String],
    topics: &[(&str, Vec<String>)],
    wishes: &Wishes<'_>,
) -> Ranked {
    let now = wishes.now;
    let Candidate { item, priority, sequence } = candidate;
    let places = Places::of(&item);
    let mut reasons = Vec::new();
    let mut score = 0.0;

    let found: Vec<_> =
        goal.iter().filter(|word| places.weight_of(std::slice::from_ref(*word)).is_some()).cloned().collect();
    if !found.is_empty() {
        score += 6.0 * found.len().min(2) as f64;
        reasons.push(format!("fits the goal: {}", found.join(", ")));
    }

    let mut topical: f64 = 0.0;
    for (topic, words) in topics {
        if let Some((weight, place)) = places.weight_of(words) {
            topical += weight;
            reasons.push(format!("{place} your topic “{topic}”"));
        }
    }
    score += topical.min(6.0);
    let habit = wishes.habits.iter().find(|habit| habit.source_id == item.source_id);
    score += ratings::liking(&item, habit, wishes.rated, &mut reasons);

    if item.availability == Availability::Cached {
        score += 2.0;
        reasons.push("already here, nothing to transfer".into());
    }
    if let Some(sequence) = sequence {
        // The next part counts as new, however old it is.
        score += 2.0 * 0.5_f64.powi(sequence.min(20) as i32);
        reasons.push(if sequence == 0 {
            "the next part".into()
        } else {
            format!("{sequence} after the next part")
        });
    } else if let Some(published) = item.published_at {
        let days = ((now - published).num_seconds() as f64 / 86_400.0).max(0.0);
        score += 2.0 * 0.5_f64.powf(days / HALF_LIFE_DAYS);
        reasons.push(age(days));
    }
    if let (Some(seconds), Some(minutes)) = (item.duration_seconds, wishes.commute_minutes) {
        score += fit(seconds, minutes, &mut reasons);
    }
    if let Some(quality) = item.quality_score {
        score += 2.0 * (quality - 0.5);
        if quality >= 0.75 {
            reasons.push(format!("found to be good ({quality:.2} of 1)"));
        }
    }
    score += (priority - PRIORITY_DEFAULT) as f64 * 0.5;
    if priority > PRIORITY_DEFAULT {
        reasons.push(format!("a source you gave priority {priority}"));
    }
    if let Some(habit) = habit {
        score += taste(habit, &mut reasons);
    }
    score += distaste(&item, wishes.refused, &mut reasons);
    if wishes.preferences.approval.ask_about(item.media().and_then(|media| media.bytes)) {
        // A run that waits for approval is of no use to a user who is already travelling.
        score -= 2.0;
        reasons.push("large, so you are asked first".into());
    }
    if reasons.is_empty() {
        reasons.push("from a source you follow".into());
    }
    Ranked { item, score: (score * 100.0).round() / 100.0, reasons }
}

/// Score from -1 to 1: items that fit into one commute come before items that do not.
fn fit(seconds: i64, minutes: i64, reasons: &mut Vec<String>) -> f64 {
    let way = minutes * 60;
    if seconds <= way {
        reasons.push(format!("fits your commute of {minutes} minutes"));
        1.0
    } else if seconds * 2 > way * 3 {
        reasons.push(format!("longer than your commute of {minutes} minutes"));
        -1.0
    } else {
        0.0
    }
}

/// Minimum number of downloads or dismissals of a source before a reason names a habit.
const MIN_HABIT: i64 = 3;

/// Score from -4.5 to 2.5 for a source's history: finished items and their quality count for it, unplayed
/// and dismissed items against it. Two neutral pseudo-downloads keep a few real ones from weighing too
/// much (additive smoothing).
fn taste(habit: &Habit, reasons: &mut Vec<String>) -> f64 {
    let Habit { ready, begun, finished, skipped, dismissed, .. } = *habit;
    let half_way = (begun - finished).max(0) as f64 * 0.5;
    let played =
        (finished as f64 + half_way - skipped as f64 - dismissed as f64) / ((ready + dismissed) as f64 + 2.0);
    let refusal = dismissed as f64 / ((ready + dismissed) as f64 + 2.0);
    if dismissed >= MIN_HABIT && dismissed > finished {
        reasons.push(format!("you said no to {dismissed} items of this source"));
    }
    if ready >= MIN_HABIT && finished * 2 > ready {
        reasons.push(format!("you played {finished} of {ready} from this source to the end"));
    } else if ready >= MIN_HABIT && skipped * 2 > ready {
        reasons.push(format!("you left {skipped} of {ready} from this source unplayed"));
    }
    let held = habit.quality.filter(|_| ready >= MIN_HABIT).unwrap_or(0.5);
    if held >= 0.75 {
        reasons.push(format!("its earlier items were good ({held:.2} of 1)"));
    }
    2.0 * (played - refusal) + (held - 0.5)
}

/// Score from -2 to 0: topics of which the user dismissed more items than they played.
fn distaste(item: &Item, refused: &[(String, i64)], reasons: &mut Vec<String>) -> f64 {
    let is_of = |topic: &String| item.topics.iter().any(|of| of.eq_ignore_ascii_case(topic));
    let mut against: f64 = 0.0;
    for (topic, more) in refused.iter().filter(|(topic, more)| *more >= MIN_TOPIC && is_of(topic)) {
        against += 0.5 * *more as f64;
        reasons.push(format!("you said no to {more} or more items about “{topic}”"));
    }
    -against.min(2.0)
}

/// Minimum surplus of dismissed items before a topic counts against an item.
const MIN_TOPIC: i64 = 2;

/// Fields of an item that may name a topic, as words.
struct Places<'a> {
    item: &'a Item,
    title: Vec<String>,
    topics: Vec<Vec<String>>,
    source: Vec<String>,
    /// Computed on demand: long and seldom needed.
    text: OnceCell<Vec<String>>,
}

/// Maximum number of bytes of an item's text that are searched.
const MAX_TEXT: usize = 20_000;

impl<'a> Places<'a> {
    fn of(item: &'a Item) -> Self {
        Self {
            item,
            title: text::words(&item.title),
            topics: item.categories.iter().chain(&item.topics).map(|topic| text::words(topic)).collect(),
            source: text::words(&item.source_name),
            text: OnceCell::new(),
        }
    }

    fn text(&self) -> &[String] {
        self.text.get_or_init(|| text::words(text::cut(&quality::text_of(self.item), MAX_TEXT)))
    }

    /// Weight of a phrase by the best field that contains it, with the start of the reason.
    fn weight_of(&self, phrase: &[String]) -> Option<(f64, &'static str)> {
        if text::mentions(&self.title, phrase) {
            Some((3.0, "the title names"))
        } else if self.topics.iter().any(|topic| text::mentions(topic, phrase)) {
            Some((2.5, "filed under"))
        } else if text::mentions(&self.source, phrase) {
            Some((1.5, "the source is about"))
        } else if text::mentions(self.text(), phrase) {
            Some((1.0, "the text mentions"))
        } else {
            None
        }
    }
}

fn age(days: f64) -> String {
    match days as i64 {
        0 => "published within a day".into(),
        1 => "published yesterday".into(),
        days @ 2..=13 => format!("published {days} days ago"),
        days @ 14..=59 => format!("published {} weeks ago", days / 7),
        days => format!("published {} months ago", days / 30),
    }
}

/// Takes the best candidates, but at most `PER_SOURCE` of one source unless nothing else is left.
fn spread(ranked: Vec<Ranked>, most: usize) -> Vec<Ranked> {
    let mut taken: HashMap<SourceId, usize> = HashMap::new();
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for candidate in ranked {
        let of_source = taken.entry(candidate.item.source_id).or_default();
        *of_source += 1;
        if *of_source <= PER_SOURCE { first.push(candidate) } else { rest.push(candidate) }
    }
    first.truncate(most);
    let room = most - first.len();
    first.extend(rest.into_iter().take(room));
    first
}

#[cfg(test)]
pub(in crate::engine) mod tests;
