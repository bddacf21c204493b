//! Generated texts with a natural word distribution: a few words are frequent, most are rare.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Size of the vocabulary.
const WORDS: usize = 50_000;
const SYLLABLES: [&str; 40] = [
    "ba", "ten", "ri", "lo", "mar", "ka", "su", "del", "ni", "or", "vel", "pa", "tri", "en", "go", "lis",
    "fa", "mun", "e", "ra", "con", "ti", "ber", "sa", "mi", "ro", "nor", "hal", "du", "ve", "in", "ter", "o",
    "pe", "lan", "cu", "wi", "do", "sto", "ne",
];

/// A text generator, deterministic for a seed.
pub struct Pen {
    words: Vec<String>,
    pub rng: StdRng,
}

impl Pen {
    pub fn new(seed: u64) -> Self {
        Self { words: (0..WORDS).map(spell).collect(), rng: StdRng::seed_from_u64(seed) }
    }

    /// Word of a frequency rank; 0 is the most common one.
    pub fn word_at(&self, rank: usize) -> &str {
        &self.words[rank.min(WORDS - 1)]
    }

    /// Random word of a range of ranks.
    pub fn word_among(&mut self, ranks: std::ops::Range<usize>) -> String {
        let rank = self.rng.random_range(ranks);
        self.word_at(rank).to_owned()
    }

    fn rank(&mut self) -> usize {
        let u: f64 = self.rng.random();
        (u.powi(4) * WORDS as f64) as usize
    }

    /// Sentences with `words` words.
    pub fn sentences(&mut self, words: usize) -> String {
        let (mut text, mut left) = (String::new(), 0);
        for n in 0..words {
            let rank = self.rank();
            let is_first = left == 0;
            if is_first {
                left = self.rng.random_range(6..20);
                text.push_str(if n > 0 { ". " } else { "" });
            } else {
                text.push(' ');
            }
            let word = &self.words[rank];
            match (is_first, word.chars().next()) {
                (true, Some(first)) => text.extend(first.to_uppercase().chain(word.chars().skip(1))),
                _ => text.push_str(word),
            }
            left -= 1;
        }
        text.push('.');
        text
    }

    /// A title of a few words.
    pub fn title(&mut self) -> String {
        let words = self.rng.random_range(3..9);
        let title = self.sentences(words);
        title.trim_end_matches('.').replace(". ", " ")
    }

    /// Paragraphs with `words` words, and an occasional link or emphasis.
    pub fn html(&mut self, words: usize) -> String {
        let (mut html, mut left) = (String::new(), words);
        while left > 0 {
            let here = self.rng.random_range(25..60).min(left);
            left -= here;
            let text = self.sentences(here);
            let more = match self.rng.random_range(0..4) {
                0 => format!(
                    " <a href=\"https://example.org/notes/{here}?ref=feed&amp;n={left}\">{}</a>",
                    self.title()
                ),
                1 => format!(" <strong>{}</strong>", self.title()),
                _ => String::new(),
            };
            html.push_str(&format!("<p>{text}{more}</p>\n"));
        }
        html
    }
}

/// The n-th word, distinct for every number.
fn spell(n: usize) -> String {
    let (mut word, mut left) = (String::new(), n + SYLLABLES.len());
    while left > 0 {
        word.push_str(SYLLABLES[left % SYLLABLES.len()]);
        left /= SYLLABLES.len();
    }
    word
}
