//! Catalogues as translators edit them: gettext's PO format.

use std::fmt::Write as _;

use polib::po_file::{POParseError, parse_from_reader};

use crate::{SEPARATOR, key};

/// A message and its translations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// English text, or both of its forms: for one and for any other number.
    pub english: Vec<String>,
    /// Translated forms, as many as there are English ones.
    pub translated: Vec<String>,
}

/// Reads the translated messages of a PO file.
///
/// # Errors
/// The file does not follow the format.
pub fn read(po: &str) -> Result<Vec<Entry>, POParseError> {
    let catalogue = parse_from_reader(po.as_bytes())?;
    let entries = catalogue.messages().filter(|message| message.is_translated()).map(|message| {
        match (message.msgid_plural(), message.msgstr_plural()) {
            (Ok(plural), Ok(translated)) => Entry {
                english: vec![message.msgid().to_owned(), plural.to_owned()],
                translated: translated.clone(),
            },
            _ => Entry {
                english: vec![message.msgid().to_owned()],
                translated: vec![message.msgstr().unwrap_or_default().to_owned()],
            },
        }
    });
    Ok(entries.collect())
}

/// Writes the compact form of a [`Catalogue`](crate::Catalogue). `sentences` are the messages that arrive as
/// finished English text.
#[must_use]
pub fn compact(messages: &[Entry], sentences: &[Entry]) -> String {
    let is_template = |english: &str| english.contains('{');
    let (mut texts, mut templates) = (Vec::new(), Vec::new());
    for (english, translated) in pairs(messages) {
        texts.push((key(english), translated));
    }
    for (english, translated) in pairs(sentences) {
        if is_template(english) {
            templates.push((english, translated));
        } else {
            texts.push((key(english), translated));
        }
    }
    texts.sort_unstable();
    texts.dedup();
    // The most literal text first: the others would fit wherever it does.
    templates.sort_by_key(|(english, _)| (std::cmp::Reverse(literal(english)), *english));
    let mut compact = String::new();
    for (key, text) in texts {
        let _ = writeln!(compact, "{key:08x}{text}");
    }
    for (english, text) in templates {
        let _ = writeln!(compact, "{english}{SEPARATOR}{text}");
    }
    compact
}

fn pairs(entries: &[Entry]) -> impl Iterator<Item = (&str, &str)> {
    let forms = entries.iter().flat_map(|entry| entry.english.iter().zip(&entry.translated));
    forms.map(|(english, translated)| (&**english, &**translated))
}

/// Bytes of a template outside of its values.
fn literal(template: &str) -> usize {
    let texts = crate::segments(template).map(|segment| match segment {
        crate::Segment::Text(text) => text.len(),
        crate::Segment::Value(_) => 0,
    });
    texts.sum()
}
