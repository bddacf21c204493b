//! Show notes of an item as the app's pages display them.

use std::collections::HashSet;

use ammonia::Builder;

use crate::domain::item::Item;

/// The longer of the item's texts, sanitised again for display: links send no referrer, images load lazily,
/// and audio and video elements are removed.
pub fn notes(item: &Item) -> String {
    let (content, summary) = (item.content_html.trim(), item.summary_html.trim());
    let says = if content.len() >= summary.len() { content } else { summary };
    if says.is_empty() {
        return String::new();
    }
    let mut builder = Builder::default();
    builder
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("img", "loading", "lazy")
        .set_tag_attribute_value("img", "referrerpolicy", "no-referrer");
    builder.clean(says).to_string()
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::engine::agents::ranking::tests::item;

    #[test]
    fn links_tell_nobody_and_pictures_wait_until_they_are_seen() {
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
        // The sanitiser does not guarantee an order of attributes.
        let picture =
            notes_of.split("<img ").nth(1).and_then(|rest| rest.split('>').next()).unwrap_or_default();
        let mut attributes: Vec<_> = picture.split(' ').collect();
        attributes.sort_unstable();
        assert_eq!(
            attributes,
            ["loading=\"lazy\"", "referrerpolicy=\"no-referrer\"", "src=\"https://example.org/1.png\""]
        );
        assert!(!notes_of.contains("<audio") && !notes_of.contains("x()"), "{notes_of}");
        item.content_html.clear();
        assert_eq!(notes(&item), "Short");
    }
}
