//! The one tokenizer, and what is compared with its words.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A normalised word and its byte range in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The word, folded.
    pub word: String,
    /// Its bytes in the text.
    pub at: Range<usize>,
}

/// Words of a text, folded: lower case, without accents (NFKD), each character of a script without spaces as
/// its own word. Apostrophes and hyphens separate words. Search, rules, topics and ranking compare these.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut words = Tokens::default();
    for (start, written) in text.char_indices() {
        let at = start..start + written.len_utf8();
        // Most characters are ASCII, and decomposition is what costs time.
        if written.is_ascii() {
            words.add(written.to_ascii_lowercase(), at);
        } else {
            let parts = std::iter::once(written).nfkd().flat_map(char::to_lowercase);
            parts.for_each(|c| words.add(c, at.clone()));
        }
    }
    words.found
}

/// Tokens while they are assembled, character by character.
#[derive(Default)]
struct Tokens {
    found: Vec<Token>,
    /// Whether the last word may continue.
    is_open: bool,
}

impl Tokens {
    fn add(&mut self, c: char, at: Range<usize>) {
        match self.found.last_mut().filter(|_| self.is_open) {
            Some(token) if is_combining_mark(c) => token.at.end = at.end,
            Some(token) if c.is_alphanumeric() && !stands_alone(c) => {
                token.word.push(c);
                token.at.end = at.end;
            }
            _ if c.is_alphanumeric() => {
                self.found.push(Token { word: c.to_string(), at });
                self.is_open = !stands_alone(c);
            }
            _ if is_combining_mark(c) => {}
            _ => self.is_open = false,
        }
    }
}

/// The words of [`tokens`] without their positions.
pub fn words(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|token| token.word).collect()
}

/// Whether a character is a word by itself: Chinese and Japanese have no spaces, so a phrase matches a word.
fn stands_alone(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

const STOP: &str = "about after again all also and any are because been before being between both but can could did \
    does doing down during each every few find for from get give had has have her here hers him his \
    how into items its just latest like listen me more most much my new not now off once one only \
    other our out over own please read same she should some something such than that the their them \
    then there these they this those through today too under until very want was watch were what when \
    where which while who why will with would you your";

/// Whether a word carries meaning: longer than two characters and not a stop word.
pub fn tells(word: &str) -> bool {
    word.chars().count() > 2 && !is_one_of(word, STOP)
}

/// Terms of a request that are worth searching for, folded and without duplicates. Adjacent characters of a
/// script without spaces are one term.
pub fn search_terms(wish: &str) -> Vec<String> {
    let mut terms: Vec<(String, usize)> = Vec::new();
    for token in tokens(wish) {
        let continues = token.word.chars().all(stands_alone)
            && terms
                .last()
                .is_some_and(|(term, end)| *end == token.at.start && term.chars().all(stands_alone));
        match terms.last_mut().filter(|_| continues) {
            Some((term, end)) => {
                term.push_str(&token.word);
                *end = token.at.end;
            }
            None => terms.push((token.word, token.at.end)),
        }
    }
    let mut found: Vec<String> = Vec::new();
    for (term, _) in terms {
        if (term.chars().all(stands_alone) || tells(&term)) && !found.contains(&term) {
            found.push(term);
        }
    }
    found
}

/// Whether the text contains the phrase word by word. A plural matches its singular.
pub fn mentions(text: &[String], phrase: &[String]) -> bool {
    !phrase.is_empty()
        && text.windows(phrase.len()).any(|here| here.iter().zip(phrase).all(|(a, b)| same(a, b)))
}

/// Whether two words match. Short words must be equal: "news" is not the plural of "new".
fn same(a: &str, b: &str) -> bool {
    let plural = |one: &str, many: &str| one.len() > 3 && many.strip_suffix('s') == Some(one);
    a == b || plural(a, b) || plural(b, a)
}

/// Whether a word stands in a list of words separated by spaces.
pub(crate) fn is_one_of(word: &str, list: &str) -> bool {
    list.split(' ').any(|other| other == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_without_case_and_accents() {
        assert_eq!(words("Crème BRÛLÉE, 3D-Züge & Straße"), ["creme", "brulee", "3d", "zuge", "straße"]);
        assert_eq!(words("ﬁne ＡＢＣ"), ["fine", "abc"]);
        assert_eq!(words("東京の駅"), ["東", "京", "の", "駅"]);
        assert_eq!(words("поезд Ёлка"), ["поезд", "елка"]);
        assert_eq!(words("Don’t don't"), ["don", "t", "don", "t"]);
    }

    #[test]
    fn a_topic_matches_whole_words_only() {
        let said = words("She said: the rain in Spain");
        assert!(!mentions(&said, &words("AI")));
        assert!(mentions(&words("What AI can't do"), &words("ai")));
        assert!(mentions(&words("Night-train notes"), &words("night trains")));
        assert!(!mentions(&words("A new start"), &words("news")));
    }

    #[test]
    fn a_phrase_is_found_in_every_spelling_and_script() {
        assert!(mentions(&words("Crème brûlée"), &words("creme")));
        assert!(mentions(&words("Don’t panic"), &words("don't panic")));
        assert!(mentions(&words("今日の東京駅"), &words("東京")));
    }

    #[test]
    fn a_wish_is_searched_by_its_telling_words() {
        assert_eq!(
            search_terms("Please find me something new about night trains, trains!"),
            ["night", "trains"]
        );
        assert_eq!(search_terms("東京の駅 jazz"), ["東京の駅", "jazz"]);
    }
}
