//! Show notes of an item, sanitised for display.

use std::collections::HashSet;

use ammonia::Builder;

use crate::domain::item::Item;

/// The longer of the item's texts, sanitised again for display: links send no referrer, and audio and video
/// elements are removed. Its pictures still have their addresses at the publisher.
pub fn notes(item: &Item) -> String {
    let says = main_text(&item.content_html, &item.summary_html);
    if says.is_empty() {
        return String::new();
    }
    let mut builder = Builder::default();
    builder
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("noopener noreferrer nofollow"));
    builder.clean(says).to_string()
}

/// The longer of an item's texts.
pub fn main_text<'a>(content_html: &'a str, summary_html: &'a str) -> &'a str {
    let (content, summary) = (content_html.trim(), summary_html.trim());
    if content.len() >= summary.len() { content } else { summary }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::engine::agents::ranking::tests::item;

    #[test]
    fn links_tell_nobody_and_nothing_plays_or_runs() {
        let mut item = item(1, "One");
        item.summary_html = "Short".into();
        item.content_html =
            "<p>See <a href=\"https://example.org/\">it</a><img src=\"https://example.org/1.png\"></p>\
            <audio src=\"https://example.org/1.mp3\">A sound</audio><script>x()</script>"
                .into();
        let notes_of = notes(&item);
        for part in
            ["<a href=\"https://example.org/\" rel=\"noopener noreferrer nofollow\">it</a>", "</p>A sound"]
        {
            assert!(notes_of.contains(part), "{notes_of}");
        }
        assert!(!notes_of.contains("<audio") && !notes_of.contains("x()"), "{notes_of}");
        item.content_html.clear();
        assert_eq!(notes(&item), "Short");
    }
}
