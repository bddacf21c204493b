//! Extractive summaries: sentences of the item's own text, with nothing added.

use std::collections::HashMap;

/// Minimum number of words. A shorter text is its own summary.
pub const LEAST_WORDS: usize = 40;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    pub text: String,
    pub words: usize,
    pub of_words: usize,
}

/// The text is too short to choose sentences from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLittle {
    pub words: usize,
}

struct Sentence<'a> {
    text: &'a str,
    words: Vec<String>,
}

/// Chooses the sentences with the most frequent words, in text order: at most `max_words` words
/// and at most half of the text.
pub fn extract(text: &str, max_words: usize) -> Result<Extract, TooLittle> {
    let sentences = text::sentences(text).into_iter().map(|text| Sentence { text, words: text::words(text) });
    let sentences: Vec<_> = sentences.filter(|s| !s.words.is_empty()).collect();
    let of_words = sentences.iter().map(|s| s.words.len()).sum();
    if of_words < LEAST_WORDS || sentences.len() < 3 {
        return Err(TooLittle { words: of_words });
    }
    let mut order: Vec<(usize, f64)> = score(&sentences).into_iter().enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));

    let room = max_words.min(of_words / 2);
    // Sentences that score less than half of the best one are left out, even if the word limit allows more.
    let enough = order.first().map_or(0.0, |best| best.1 / 2.0).max(f64::MIN_POSITIVE);
    let (mut chosen, mut words) = (Vec::new(), 0);
    for (place, _) in order.into_iter().take_while(|(_, score)| *score >= enough) {
        let length = sentences[place].words.len();
        if words + length <= room {
            chosen.push(place);
            words += length;
        }
    }
    if chosen.is_empty() {
        return Err(TooLittle { words: of_words });
    }
    chosen.sort_unstable();
    let text = chosen.iter().map(|place| sentences[*place].text).collect::<Vec<_>>().join(" ");
    Ok(Extract { text, words, of_words })
}

/// Centrality of each sentence: the mean frequency of its content words, plus a bonus for an early position.
fn score(sentences: &[Sentence<'_>]) -> Vec<f64> {
    let mut counts: HashMap<&str, f64> = HashMap::new();
    for word in sentences.iter().flat_map(|s| &s.words).filter(|word| text::tells(word)) {
        *counts.entry(word).or_default() += 1.0;
    }
    let most = counts.values().copied().fold(1.0, f64::max);
    let of_sentence = |(place, sentence): (usize, &Sentence<'_>)| {
        let telling: Vec<_> = sentence.words.iter().filter_map(|word| counts.get(word.as_str())).collect();
        // Headings and fragments are not quoted.
        let whole =
            sentence.words.len() >= 5 && sentence.text.ends_with(|c: char| !c.is_alphanumeric() && c != ':');
        if telling.is_empty() || !whole {
            return 0.0;
        }
        let central = telling.iter().copied().sum::<f64>() / telling.len() as f64 / most;
        central + 0.25 / (1.0 + place as f64)
    };
    sentences.iter().enumerate().map(of_sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "About bicycles\nA bicycle stays up because it steers into a fall. Riders hardly notice that \
        their bicycle steers all the time. My uncle once had soup for lunch. Engineers built a bicycle without the \
        gyroscopic effect, and it still stayed up. The weather was fine that day. What matters is that a bicycle \
        steers itself under the falling rider.";

    #[test]
    fn a_summary_consists_of_sentences_of_the_text_in_their_order() {
        let summary = extract(TEXT, 30).expect("enough text");
        let places: Vec<_> = text::sentences(&summary.text).iter().map(|s| TEXT.find(s)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{}", summary.text);
        assert!(summary.text.contains("steers") && !summary.text.contains("soup"), "{}", summary.text);
    }

    #[test]
    fn a_summary_keeps_to_its_words_and_to_half_of_the_text() {
        let short = extract(TEXT, 12).expect("enough text");
        assert!(short.words <= 12);
        let long = extract(TEXT, 500).expect("enough text");
        assert!(long.words * 2 <= long.of_words);
    }

    #[test]
    fn too_little_text_is_not_dressed_up() {
        assert_eq!(extract("Nine seconds. A chime.", 60), Err(TooLittle { words: 4 }));
        assert_eq!(extract("", 60), Err(TooLittle { words: 0 }));
    }
}
