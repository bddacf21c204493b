//! Sentences of notifications in the language that their owner has chosen. Pages translate by themselves;
//! what leaves the server is read elsewhere.

use std::sync::LazyLock;

use messages::{Catalogue, po};

use super::message::OutgoingMessage;
use crate::domain::language::Language;

static GERMAN: LazyLock<String> = LazyLock::new(|| {
    let sentences = po::read(include_str!("../../../languages/de/sentences.po")).unwrap_or_default();
    po::compact(&[], &sentences)
});

static CATALOGUE: LazyLock<Catalogue<'static>> = LazyLock::new(|| Catalogue::read(&GERMAN));

/// The message in a language. Texts without a translation, such as those of an administrator, stay.
pub fn translated(message: OutgoingMessage, language: Language) -> OutgoingMessage {
    let sentence = |text: &str| CATALOGUE.sentence(text);
    match language {
        Language::English => message,
        Language::German => {
            let (title, body) = (sentence(&message.title), sentence(&message.body));
            OutgoingMessage { title, body, ..message }
        }
    }
}
