//! The document's title. Leptos writes the content of `<title>` and `<textarea>` as it is, so it is escaped here.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Title of the page, in front of the site's name. Every page has one; `make check` refuses the title of leptos_meta.
#[component]
pub fn PageTitle(#[prop(into)] text: TextProp) -> impl IntoView {
    view! { <leptos_meta::Title text=move || rcdata(&text.get()) /> }
}

/// The site's name, alone until a page has a title of its own.
#[component]
pub fn SiteTitle() -> impl IntoView {
    let formatter = |title: String| {
        if title.trim().is_empty() { "SmartCache".to_owned() } else { title + " · SmartCache" }
    };
    view! { <leptos_meta::Title text="" formatter /> }
}

/// Escapes the text of an element that holds no other elements. The browser sets text as text and needs no escapes.
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
