//! Language of the pages, and their messages in it.
//!
//! A page names a message by its English text: [`t!`](crate::t), with plural forms [`tn!`](crate::tn), with
//! elements in it [`parts!`](crate::parts). Sentences of the engine arrive in English and are translated by
//! [`sentence`].

pub use domain::language::Language;
use leptos::prelude::*;
use messages::Segment;
pub use messages::{fill, key};

/// A message in the language of the page: a `&'static str`, or a `String` if it has values.
///
/// `t!("Shares")`, `t!("Link to {title}", title = name)`.
#[macro_export]
macro_rules! t {
    ($english:literal) => {{
        const KEY: u32 = $crate::language::key($english);
        $crate::language::translate(KEY, $english)
    }};
    ($english:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::language::fill($crate::t!($english), &[$((stringify!($name), &$value.to_string())),+])
    };
}

/// Marks the English text of a constant as a message. It is translated where it is shown.
#[macro_export]
macro_rules! message {
    ($english:literal) => {
        $english
    };
}

/// A message with a number, in the form for one or for any other. The number is its value `n`.
///
/// `tn!(count, "{n} item", "{n} items")`. English and German share the rule: one form for 1, another for the
/// rest.
#[macro_export]
macro_rules! tn {
    ($number:expr, $one:literal, $many:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        let number = i64::from($number);
        let form = if number == 1 { $crate::t!($one) } else { $crate::t!($many) };
        $crate::language::fill(form, &[("n", &$crate::language::number(number)) $(, (stringify!($name), &$value.to_string()))*])
    }};
}

/// A message with elements in it, which may stand in another order in another language.
///
/// `parts!("Open an {item} and make a link there.", item = view! { <a href=paths::ITEMS>{t!("item")}</a> })`.
#[macro_export]
macro_rules! parts {
    ($english:literal, $($name:ident = $element:expr),+ $(,)?) => {
        $crate::language::assemble(
            $crate::t!($english),
            vec![$((stringify!($name), leptos::prelude::IntoAny::into_any($element))),+],
        )
    };
}

/// Translation of a message, or its English text.
pub fn translate(key: u32, english: &'static str) -> &'static str {
    catalogue().and_then(|catalogue| catalogue.text(key)).unwrap_or(english)
}

/// Translates finished English text of the engine: an error, a reason, a notification.
pub fn sentence(english: &str) -> String {
    match catalogue() {
        Some(catalogue) => catalogue.sentence(english),
        None => english.to_owned(),
    }
}

/// Puts elements at their places in a message.
pub fn assemble(template: &'static str, mut elements: Vec<(&'static str, AnyView)>) -> Vec<AnyView> {
    let mut element = |name: &str| {
        let at = elements.iter().position(|(known, _)| *known == name)?;
        Some(elements.swap_remove(at).1)
    };
    let assembled = messages::segments(template).map(|segment| match segment {
        Segment::Text(text) => text.into_any(),
        Segment::Value(name) => element(name).unwrap_or_else(|| ().into_any()),
    });
    assembled.collect()
}

/// Formats a number with thousands separators: "12,345", in German "12.345".
pub fn number(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    let separator = match language() {
        Language::English => ',',
        Language::German => '.',
    };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use std::sync::OnceLock;

    use messages::Catalogue;

    use super::*;

    /// Catalogue of the document's language, once it is loaded. English has none.
    static CATALOGUE: OnceLock<Catalogue<'static>> = OnceLock::new();

    pub(super) fn catalogue() -> Option<&'static Catalogue<'static>> {
        CATALOGUE.get()
    }

    /// Language of the document.
    pub fn language() -> Language {
        #[cfg(feature = "hydrate")]
        if let Some(word) = document().document_element().and_then(|root| root.get_attribute("lang"))
            && let Ok(language) = word.parse()
        {
            return language;
        }
        Language::default()
    }

    /// Loads the catalogue that the document names, before it is hydrated. Returns false if that fails.
    #[cfg(feature = "hydrate")]
    pub async fn load() -> bool {
        let link = document().get_element_by_id(super::LINK);
        let Some(address) = link.and_then(|link| link.get_attribute("href")) else { return true };
        let Some(text) = get(&address).await else { return false };
        CATALOGUE.get_or_init(|| Catalogue::read(Box::leak(text.into_boxed_str())));
        true
    }

    #[cfg(feature = "hydrate")]
    async fn get(address: &str) -> Option<String> {
        use wasm_bindgen_futures::JsFuture;
        let response: web_sys::Response = JsFuture::from(window().fetch_with_str(address)).await.ok()?.into();
        let text = JsFuture::from(response.text().ok().filter(|_| response.ok())?).await.ok()?;
        text.as_string()
    }
}
#[cfg(not(feature = "ssr"))]
use browser::catalogue;
#[cfg(not(feature = "ssr"))]
pub use browser::*;

#[cfg(feature = "ssr")]
mod server;
#[cfg(all(test, feature = "ssr"))]
mod tests;
#[cfg(feature = "ssr")]
use server::catalogue;
#[cfg(feature = "ssr")]
pub use server::*;

/// Identifier of the document's link to the catalogue.
pub const LINK: &str = "messages";
