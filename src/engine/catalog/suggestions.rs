//! Sources suggested to a new user, by the topics of the directory.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::{DIRECTORY, covers, topics};
use crate::db::sources;
use crate::domain::UserId;
use crate::domain::onboarding::Suggestion;
use crate::domain::source::{Kind, Origin, Source, read_directory};
use crate::engine::{Engine, Result};

/// Number of suggestions.
const SUGGESTED: usize = 6;
/// Maximum number of topics that are offered.
const OFFERED: usize = 18;
/// Maximum number of sources that are considered.
const CONSIDERED: i64 = 500;

/// Topics of the built-in directory's feeds by their addresses, in its order.
static LISTED: LazyLock<Vec<(String, Vec<String>)>> = LazyLock::new(|| {
    let listings = read_directory(DIRECTORY).unwrap_or_default();
    listings.into_iter().map(|listing| (listing.feed_url, listing.topics)).collect()
});

static TOPICS: LazyLock<HashMap<&str, &[String]>> =
    LazyLock::new(|| LISTED.iter().map(|(feed_url, topics)| (feed_url.as_str(), &topics[..])).collect());

/// Topics that most feeds of the built-in directory have, in alphabetical order.
pub fn offered_topics() -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for topic in LISTED.iter().flat_map(|(_, topics)| topics) {
        *counts.entry(topic).or_default() += 1;
    }
    let mut offered: Vec<_> = counts.into_iter().collect();
    offered.sort_by_key(|(topic, count)| (Reverse(*count), *topic));
    offered.truncate(OFFERED);
    let mut offered: Vec<_> = offered.into_iter().map(|(topic, _)| topic.to_owned()).collect();
    offered.sort();
    offered
}

/// Sources that the user does not follow, those first that fit the topics. The Demo Station is among them
/// while it is on the air, as it needs no internet. It is first if no other source fits.
pub async fn suggestions(engine: &Engine, owner: UserId, topics: &[String]) -> Result<Vec<Suggestion>> {
    let found = sources::to_suggest(&engine.db, owner, CONSIDERED, engine.now()).await?;
    let on_air = found.into_iter().filter(|source| source.origin != Origin::Demo || engine.config.demo);
    let picked = pick(on_air.map(|source| RatedSource::of(source, topics)).collect());
    let ids: Vec<_> = picked.iter().map(|suggestion| suggestion.source_id).collect();
    covers::show_sources(engine, &ids).await;
    Ok(picked)
}

struct RatedSource {
    source: Source,
    topics: Vec<String>,
    /// Those of the user's topics that it fits.
    fits: Vec<String>,
}

impl RatedSource {
    fn of(source: Source, wanted: &[String]) -> Self {
        let topics = match TOPICS.get(source.feed_url.as_str()) {
            Some(topics) => topics.to_vec(),
            None => topics::of(&[], &source.details.categories, &source.name, &source.description),
        };
        let mut words = text::words(&source.name);
        words.extend(text::words(&source.description));
        words.extend(topics.iter().flat_map(|topic| text::words(topic)));
        let fits = wanted.iter().filter(|topic| text::mentions(&words, &text::words(topic)));
        Self { fits: fits.map(|topic| topic.to_lowercase()).collect(), topics, source }
    }

    fn is_demo(&self) -> bool {
        self.source.origin == Origin::Demo && self.source.kind == Kind::Podcast
    }

    /// Rank, lowest first: topics of the user that no other suggestion has, all topics of the user, sound
    /// before text, and topics that no other suggestion has.
    fn rank(&self, covered: &HashSet<String>) -> impl Ord + use<> {
        let missing =
            |topics: &[String]| topics.iter().filter(|t| !covered.contains(&t.to_lowercase())).count();
        let kind = match self.source.kind {
            Kind::Podcast => 0,
            Kind::Article | Kind::News => 1,
            Kind::Video => 2,
            Kind::Picture => 3,
        };
        (Reverse(missing(&self.fits)), Reverse(self.fits.len()), kind, Reverse(missing(&self.topics)))
    }
}

impl From<RatedSource> for Suggestion {
    fn from(RatedSource { source, topics, .. }: RatedSource) -> Self {
        let Source { id, name, kind, cover, .. } = source;
        Self { source_id: id, name, kind, cover, topics }
    }
}

fn pick(mut candidates: Vec<RatedSource>) -> Vec<Suggestion> {
    let demo = candidates.iter().position(RatedSource::is_demo).map(|at| candidates.remove(at));
    let is_first = candidates.iter().all(|candidate| candidate.fits.is_empty());
    let room = SUGGESTED - usize::from(demo.is_some());
    let mut covered = HashSet::new();
    let mut picked = Vec::new();
    while picked.len() < room {
        let best = candidates.iter().enumerate().min_by_key(|(_, candidate)| candidate.rank(&covered));
        let Some(at) = best.map(|(at, _)| at) else { break };
        let best = candidates.remove(at);
        covered.extend(best.fits.iter().cloned().chain(best.topics.iter().map(|topic| topic.to_lowercase())));
        picked.push(best.into());
    }
    let place = if is_first { 0 } else { picked.len() };
    picked.splice(place..place, demo.map(Suggestion::from));
    picked
}

#[cfg(all(test, feature = "testing"))]
mod tests;
