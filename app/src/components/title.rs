//! Title of the document. Leptos does not escape the content of `<title>` and `<textarea>`; this module does.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Title of a page, before the site's name. Every page has one; `make check` rejects leptos_meta's own.
#[component]
pub fn PageTitle(#[prop(into)] text: TextProp) -> impl IntoView {
    view! { <leptos_meta::Title text=move || rcdata(&text.get()) /> }
}

/// Name of the site, alone until the page sets a title.
#[component]
pub fn SiteTitle() -> impl IntoView {
    let formatter = |title: String| {
        if title.trim().is_empty() { "SmartCache".to_owned() } else { title + " · SmartCache" }
    };
    view! { <leptos_meta::Title text="" formatter /> }
}

/// Escapes the content of a text-only element on the server. The browser sets text, which needs no escapes.
pub fn rcdata(text: &str) -> String {
    if cfg!(feature = "ssr") { escaped(text) } else { text.to_owned() }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn no_text_ends_its_element() {
        assert_eq!(escaped("</title><b>&lt;"), "&lt;/title&gt;&lt;b&gt;&amp;lt;");
    }
}
