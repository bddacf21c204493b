//! What a feed says of an item, as a page of ours shows it.

use std::collections::HashSet;

use ammonia::Builder;

use crate::domain::item::Item;

/// The longer of the item's texts, sanitised once more for a page that is not its publisher's: links tell nobody where
/// they were followed, pictures come when they are looked at, and sounds and films stay where they are.
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
        assert_eq!(
            notes(&item),
            "<p>See <a href=\"https://example.org/\" rel=\"noopener noreferrer nofollow\">it</a>\
            <img src=\"https://example.org/1.png\" loading=\"lazy\" referrerpolicy=\"no-referrer\"></p>A sound"
        );
        item.content_html.clear();
        assert_eq!(notes(&item), "Short");
    }
}
