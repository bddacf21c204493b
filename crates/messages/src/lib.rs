#![doc = include_str!("../README.md")]

#[cfg(feature = "po")]
pub mod po;
mod template;

pub use template::{Segment, fill, segments};

// Bounds of what is compared with templates: the texts may be those of feeds and models.
/// Bytes of one sentence or message.
const MAX_SENTENCE: usize = 1_000;
/// Sentences in a row.
const MAX_SENTENCES: usize = 60;
/// Sentences that one message has at most.
const SENTENCES_OF_MESSAGE: usize = 6;
/// Separators in a list of messages.
const MAX_ENTRIES: usize = 20;

/// Separates a template from its translation in the compact form (ASCII unit separator).
const SEPARATOR: char = '\u{1f}';

/// Key of a message: FNV-1a of its English text, 32 bits.
#[must_use]
pub const fn key(english: &str) -> u32 {
    let bytes = english.as_bytes();
    let mut hash = 0x811c_9dc5_u32;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

/// Translations of one language.
#[derive(Debug, Default)]
pub struct Catalogue<'a> {
    /// By key, in its order.
    texts: Vec<(u32, &'a str)>,
    /// Templates of sentences with their translations, the most specific ones first.
    sentences: Vec<(Vec<Segment<'a>>, &'a str)>,
}

impl<'a> Catalogue<'a> {
    /// Reads the compact form: a line for each message, its key in eight hexadecimal digits and its text, in
    /// the order of the keys, and a line for each template of a sentence, with its translation behind U+001F.
    /// Other lines are skipped.
    #[must_use]
    pub fn read(compact: &'a str) -> Self {
        let mut catalogue = Self::default();
        for line in compact.lines() {
            if let Some((template, translation)) = line.split_once(SEPARATOR) {
                catalogue.sentences.push((segments(template).collect(), translation));
            } else if let Some((digits, text)) = line.split_at_checked(8)
                && let Ok(key) = u32::from_str_radix(digits, 16)
            {
                catalogue.texts.push((key, text));
            }
        }
        catalogue
    }

    /// Translation of a message; `None` if there is none.
    #[must_use]
    pub fn text(&self, key: u32) -> Option<&'a str> {
        let at = self.texts.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(self.texts[at].1)
    }

    /// Translates finished English text: a whole message, a sentence that a template fits, or several of them
    /// in a row, on lines of their own, or joined by semicolons. A text without a translation stays as it is.
    #[must_use]
    pub fn sentence(&self, english: &str) -> String {
        if let Some(known) = self.whole(english, Values::WithinSentence) {
            return known;
        }
        if let Some(separator) = ["\n", "; "].into_iter().find(|separator| english.contains(separator)) {
            let parts: Vec<_> = english.split(separator).map(|part| self.sentence(part)).collect();
            return parts.join(separator);
        }
        let parts = self.in_parts(english);
        // A title among the values may look like the end of a sentence.
        let whole = || self.whole(english, Values::Any);
        parts.or_else(whole).unwrap_or_else(|| english.to_owned())
    }

    fn whole(&self, english: &str, allowed: Values) -> Option<String> {
        if let Some(text) = self.text(key(english)) {
            return Some(text.to_owned());
        }
        if english.len() > MAX_SENTENCE {
            return None;
        }
        self.sentences.iter().find_map(|(template, translation)| {
            let values = template::values(template, english)?;
            if allowed == Values::WithinSentence && values.iter().any(|(_, value)| value.contains(". ")) {
                return None;
            }
            // A value may be a message of its own, such as the noun of a missing object, or a list of them.
            let own = |value: &str| {
                let exact = self.text(key(value)).map(str::to_owned);
                // The list first: the first entry's template may also fit all of it.
                let known = exact.or_else(|| self.list(value, ", ", allowed));
                let known = known.or_else(|| self.list(value, "; ", allowed));
                known.or_else(|| self.whole(value, allowed)).unwrap_or_else(|| value.to_owned())
            };
            let values: Vec<_> = values.into_iter().map(|(name, value)| (name, own(value))).collect();
            Some(fill(translation, &values.iter().map(|(name, value)| (*name, &**value)).collect::<Vec<_>>()))
        })
    }

    /// Translates a list, if all its entries are known, but for a last one that was cut.
    fn list(&self, english: &str, separator: &str, allowed: Values) -> Option<String> {
        if !(1..=MAX_ENTRIES).contains(&english.matches(separator).count()) {
            return None;
        }
        let entries = english.split(separator).map(|entry| {
            let is_cut = entry.ends_with('…') && english.ends_with(entry);
            self.whole(entry, allowed).or_else(|| is_cut.then(|| entry.to_owned()))
        });
        Some(entries.collect::<Option<Vec<_>>>()?.join(separator))
    }

    /// Translates sentence by sentence, as many at once as one message has; `None` if none of them is known.
    fn in_parts(&self, english: &str) -> Option<String> {
        let (mut translated, mut is_known, mut rest) = (String::with_capacity(english.len()), false, english);
        if english.matches(". ").count() > MAX_SENTENCES {
            return None;
        }
        while !rest.is_empty() {
            let ends = rest.match_indices(". ").map(|(at, _)| at + 1).chain([rest.len()]);
            let ends: Vec<usize> = ends.take(SENTENCES_OF_MESSAGE).collect();
            let known = ends
                .iter()
                .rev()
                .find_map(|end| self.whole(&rest[..*end], Values::WithinSentence).map(|text| (text, *end)));
            is_known |= known.is_some();
            let (text, end) = known.unwrap_or_else(|| (rest[..ends[0]].to_owned(), ends[0]));
            translated.push_str(&text);
            rest = &rest[end..];
            if let Some(next) = rest.strip_prefix(' ') {
                translated.push(' ');
                rest = next;
            }
        }
        is_known.then_some(translated)
    }
}

/// Texts that may stand in place of a template's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    /// Without the end of a sentence in them.
    WithinSentence,
    Any,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A catalogue with messages by their key, and with templates.
    fn compact(texts: &[(&str, &str)], sentences: &[(&str, &str)]) -> String {
        let mut keyed: Vec<_> = texts.iter().map(|(english, text)| (key(english), text)).collect();
        keyed.sort_unstable();
        let keyed = keyed.iter().map(|(key, text)| format!("{key:08x}{text}\n"));
        let sentences = sentences.iter().map(|(english, text)| format!("{english}{SEPARATOR}{text}\n"));
        keyed.chain(sentences).collect()
    }

    #[test]
    fn a_message_is_found_by_its_key_alone() {
        let compact = compact(&[("Shares", "Geteilte Links"), ("Close", "Schließen")], &[]);
        let catalogue = Catalogue::read(&compact);
        assert_eq!(catalogue.text(key("Close")), Some("Schließen"));
        assert_eq!(catalogue.text(key("Shares")), Some("Geteilte Links"));
        assert_eq!(catalogue.text(key("Open")), None);
    }

    #[test]
    fn a_finished_sentence_is_known_by_its_template() {
        let nouns = [("source", "Quelle"), ("Try again.", "Versuche es noch einmal.")];
        let sentences = [
            ("There is no {what} {id}.", "Es gibt keine {what} {id}."),
            ("It waits {time}.", "Es wartet {time}."),
            ("“{title}” ({reasons})", "„{title}“ ({reasons})"),
        ];
        let compact = compact(&nouns, &sentences);
        let catalogue = Catalogue::read(&compact);
        let cases = [
            ("There is no source 7.", "Es gibt keine Quelle 7."),
            ("There is no source 7. Try again.", "Es gibt keine Quelle 7. Versuche es noch einmal."),
            ("It waits 1.5 s. Unknown. Try again.", "Es wartet 1.5 s. Unknown. Versuche es noch einmal."),
            ("There is no Dr. Who 7.", "Es gibt keine Dr. Who 7."),
            ("It waits .", "It waits ."),
            ("It waits source, source.", "Es wartet Quelle, Quelle."),
            ("It waits source, Who.", "Es wartet source, Who."),
            ("It waits source, so….", "Es wartet Quelle, so…."),
            ("It waits “a” (source; source), “b” (source).", "Es wartet „a“ (Quelle; Quelle), „b“ (Quelle)."),
            ("It waits so…, source.", "Es wartet so…, source."),
            ("source; It waits 1 s.\nsource", "Quelle; Es wartet 1 s.\nQuelle"),
            ("Nothing of ours.", "Nothing of ours."),
            ("", ""),
        ];
        for (english, german) in cases {
            assert_eq!(catalogue.sentence(english), german);
        }
    }

    #[test]
    fn texts_of_others_are_not_compared_without_bounds() {
        let compact = compact(&[("source", "Quelle")], &[("It waits {time}.", "Es wartet {time}.")]);
        let catalogue = Catalogue::read(&compact);
        for hostile in ["a. ".repeat(10_000), "It waits ".repeat(10_000), "source, ".repeat(10_000)] {
            assert_eq!(catalogue.sentence(&hostile), hostile);
        }
        let row = "It waits 1 s. ".repeat(20);
        assert_eq!(catalogue.sentence(&row), "Es wartet 1 s. ".repeat(20));
    }

    #[test]
    fn values_with_braces_and_lone_braces_are_text() {
        assert_eq!(fill("{a}{b} {", &[("a", "{b}"), ("b", "1")]), "{b}1 {");
        assert_eq!(fill("{unknown} ünd", &[]), "{unknown} ünd");
    }

    #[test]
    fn damaged_lines_are_skipped() {
        let catalogue = Catalogue::read("ß\n\nzzzzzzzzBad\n0000000gBad\nüüüüüüüü\n");
        assert_eq!(catalogue.sentence("Bad"), "Bad");
    }
}

#[cfg(all(test, feature = "po"))]
mod po_tests {
    use super::*;

    #[test]
    fn a_po_file_becomes_a_catalogue() {
        let file = "msgid \"\"\nmsgstr \"Language: de\\n\"\n\nmsgid \"Close\"\nmsgstr \"Schließen\"\n\nmsgid \"{n} item\"\nmsgid_plural \"{n} items\"\n\
            msgstr[0] \"{n} Beitrag\"\nmsgstr[1] \"{n} Beiträge\"\n\nmsgid \"Open\"\nmsgstr \"\"\n";
        let compact = po::compact(&po::read(file).expect("a PO file"), &[]);
        let catalogue = Catalogue::read(&compact);
        assert_eq!(catalogue.text(key("{n} items")), Some("{n} Beiträge"));
        assert_eq!(catalogue.text(key("Close")), Some("Schließen"));
        assert_eq!(catalogue.text(key("Open")), None);
    }
}
