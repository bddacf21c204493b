//! Topics of an item, from its publisher's categories and from its words.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Topics with their indicating words (`directory/topics.tsv`), in English.
const VOCABULARY: &str = include_str!("../../../directory/topics.tsv");

/// Maximum topics of an item.
const MAX_TOPICS: usize = 12;
/// Maximum characters of a topic.
const MAX_LETTERS: usize = 60;
/// Maximum words of a text that are analysed.
const MAX_WORDS: usize = 5_000;

/// Weight that a topic needs: a telling phrase, a word in title and text each, or three in the text.
const ENOUGH: u32 = 3;
const IN_TITLE: u32 = 2;
const IN_TEXT: u32 = 1;

/// Categories without meaning.
const SAYING_NOTHING: [&str; 10] = [
    "uncategorized",
    "uncategorised",
    "general",
    "podcast",
    "podcasts",
    "blog",
    "article",
    "articles",
    "other",
    "misc",
];

struct Phrase {
    topic: &'static str,
    words: Vec<String>,
    /// Sufficient by itself: the topic's own name, or a phrase of several words.
    is_telling: bool,
}

/// Phrases by their first word.
static PHRASES: LazyLock<HashMap<String, Vec<Phrase>>> = LazyLock::new(|| {
    let mut phrases: HashMap<String, Vec<Phrase>> = HashMap::new();
    for line in VOCABULARY.lines().skip(1) {
        let Some((topic, listed)) = line.split_once('\t') else { continue };
        for (place, phrase) in listed.split(',').enumerate() {
            let words = text::words(phrase);
            let Some(first) = words.first().cloned() else { continue };
            let is_telling = place == 0 || words.len() > 1;
            phrases.entry(first).or_default().push(Phrase { topic, words, is_telling });
        }
    }
    phrases
});

/// The topics of an item: its own categories first, then those of its feed, then those its words indicate.
pub fn of(categories: &[String], of_feed: &[String], title: &str, text: &str) -> Vec<String> {
    let filed =
        categories.iter().chain(of_feed).map(|category| tidy(category)).filter(|category| says(category));
    let mut topics: Vec<String> = Vec::new();
    for topic in filed.chain(told(title, text).into_iter().map(str::to_owned)) {
        if topics.len() < MAX_TOPICS
            && !topics.iter().any(|known| known.to_lowercase() == topic.to_lowercase())
        {
            topics.push(topic);
        }
    }
    topics
}

fn tidy(category: &str) -> String {
    category.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn says(category: &str) -> bool {
    let letters = category.chars().count();
    (2..=MAX_LETTERS).contains(&letters) && !SAYING_NOTHING.contains(&category.to_lowercase().as_str())
}

/// Topics that the words indicate, highest weight first. Matches whole words only: “said” is not about AI.
fn told(title: &str, text: &str) -> Vec<&'static str> {
    let mut weights: HashMap<&'static str, u32> = HashMap::new();
    let mut counted = HashSet::new();
    let (title, mut text) = (text::words(title), text::words(text));
    text.truncate(MAX_WORDS);
    for (words, weight) in [(title, IN_TITLE), (text, IN_TEXT)] {
        for phrase in phrases_in(&words) {
            if counted.insert((phrase.topic, &phrase.words, weight)) {
                *weights.entry(phrase.topic).or_default() += if phrase.is_telling { ENOUGH } else { weight };
            }
        }
    }
    let mut topics: Vec<_> = weights.into_iter().filter(|(_, weight)| *weight >= ENOUGH).collect();
    topics.sort_by_key(|(topic, weight)| (std::cmp::Reverse(*weight), *topic));
    topics.into_iter().map(|(topic, _)| topic).collect()
}

fn phrases_in(words: &[String]) -> impl Iterator<Item = &'static Phrase> {
    words.iter().enumerate().flat_map(move |(at, word)| {
        let singular = word.strip_suffix('s').filter(|singular| singular.len() > 3);
        let known =
            [Some(word.as_str()), singular].into_iter().flatten().filter_map(|first| PHRASES.get(first));
        known.flatten().filter(move |phrase| {
            words.get(at..at + phrase.words.len()).is_some_and(|here| text::mentions(here, &phrase.words))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(categories: &[&str], of_feed: &[&str], title: &str, text: &str) -> Vec<String> {
        let owned = |all: &[&str]| all.iter().map(|one| one.to_string()).collect::<Vec<_>>();
        of(&owned(categories), &owned(of_feed), title, text)
    }

    #[test]
    fn what_a_publisher_files_comes_first_and_once() {
        let found =
            topics(&["Night  trains", "Uncategorized"], &["Society & Culture", "night trains"], "One", "");
        assert_eq!(found, ["Night trains", "Society & Culture"]);
    }

    #[test]
    fn words_tell_what_an_item_is_about() {
        assert_eq!(told("What AI does to us", ""), ["Artificial intelligence"]);
        assert_eq!(told("Back again", "The telescope saw a galaxy and a comet."), ["Astronomy"]);
        assert_eq!(told("A galaxy far away", "Seen by a telescope."), ["Astronomy"]);
        assert_eq!(told("Sleeper", "The high-speed rail link is late."), ["Railways"]);
    }

    #[test]
    fn one_word_or_a_part_of_one_tells_nothing() {
        assert!(told("She said it again", "They paid for the chairs and remained.").is_empty());
        assert!(told("A galaxy of stars", "").is_empty());
        assert!(told("Memory", "").is_empty());
    }

    #[test]
    fn the_vocabulary_is_sound() {
        let names: Vec<_> =
            VOCABULARY.lines().skip(1).map(|line| line.split_once('\t').expect("two columns").0).collect();
        assert!(names.is_sorted() && names.len() > 40);
    }
}
