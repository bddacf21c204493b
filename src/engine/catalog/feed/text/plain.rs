//! HTML as plain text, in one line. Only what is a tag of HTML is taken for one, so that `5 < 6` and `Vec<T>` survive.

use memchr::{memchr, memmem};

use crate::engine::catalog::feed::xml::Entities;

/// Every element HTML has or had, sorted.
const TAGS: &str = " a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote body br \
    button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset \
    figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd \
    label legend li link main map mark marquee menu meta meter nav nobr noframes noscript object ol optgroup option output p \
    param picture pre progress q rp rt ruby s samp script section select small source span strike strong style sub summary sup \
    svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr ";
/// Elements that part words.
const BLOCKS: &str = " address article aside blockquote br caption center dd details div dl dt figcaption figure footer form h1 h2 \
    h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead title tr ul ";

/// Text without its markup, entities decoded, blanks made one.
pub fn without_markup(html: &str) -> String {
    if memchr::memchr2(b'<', b'&', html.as_bytes()).is_none() {
        return joined(html);
    }
    let entities = Entities::default();
    let (mut text, mut rest, mut scripts_end) = (String::with_capacity(html.len()), html, true);
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        text.push_str(&entities.decode(&rest[..at]));
        rest = &rest[at..];
        match markup(rest, &mut scripts_end) {
            Some((length, parts_words)) => {
                text.push_str(if parts_words { " " } else { "" });
                rest = &rest[length..];
            }
            None => {
                text.push('<');
                rest = &rest[1..];
            }
        }
    }
    text.push_str(&entities.decode(rest));
    joined(&text)
}

/// Plain text in one line, shortened.
pub fn one_line(text: &str, most: usize) -> String {
    clip(&joined(clip(text, 4 * most)), most).to_owned()
}

/// The first `most` characters.
pub fn clip(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// Blanks made one. Those that must not break a line are letters here.
fn joined(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_ascii_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line.trim().to_owned()
}

/// The length of the tag, comment or script at the start, and whether it parts words; none if it is text.
/// A script that never ends is a word about scripts; that one does not end is remembered.
fn markup(text: &str, scripts_end: &mut bool) -> Option<(usize, bool)> {
    if text.starts_with("<!--") {
        let end = memmem::find(text.as_bytes(), b"-->").map_or(text.len(), |end| end + 3);
        return Some((end, false));
    }
    let name = text[1..].trim_start_matches('/');
    let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    if length == 0 || length > 10 || !name[length..].starts_with([' ', '\n', '\r', '\t', '/', '>']) {
        return None;
    }
    let key = format!(" {} ", name[..length].to_ascii_lowercase());
    if !TAGS.contains(&key) {
        return None;
    }
    let end = memchr(b'>', text.as_bytes())? + 1;
    if *scripts_end && matches!(key.as_str(), " script " | " style ") && !text.starts_with("</") {
        match raw_end(text, key.trim()) {
            Some(end) => return Some((end, false)),
            None => *scripts_end = false,
        }
    }
    Some((end, BLOCKS.contains(&key)))
}

/// Where an element ends whose content is no markup, like a script, with its end tag.
pub fn raw_end(text: &str, name: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let named = |at: &usize| {
        bytes[at + 2..].get(..name.len()).is_some_and(|b| b.eq_ignore_ascii_case(name.as_bytes()))
    };
    let end = memmem::find_iter(bytes, b"</").find(named)?;
    Some(end + memchr(b'>', &bytes[end..])? + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes_and_text_stays() {
        for (html, text) in [
            ("a <b>bold</b> word", "a bold word"),
            ("AT&amp;T", "AT&T"),
            ("5 < 6 > 4", "5 < 6 > 4"),
            ("Vec<String>", "Vec<String>"),
            ("one<br/>two<p>three", "one two three"),
            ("x<script>alert('<b>')</script>y", "xy"),
            ("a<!-- b -->c", "ac"),
            ("&lt;b&gt;", "<b>"),
            (" a\n\n b ", "a b"),
            ("I <3 you", "I <3 you"),
            ("<a href=\"x\">y</a>", "y"),
            ("<b", "<b"),
            ("The <script> tag", "The tag"),
            ("a\u{a0}b", "a\u{a0}b"),
            ("<IMG SRC=x>", ""),
        ] {
            assert_eq!(without_markup(html), text, "{html}");
        }
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!((clip("äöü", 2), clip("ab", 2), one_line(" ä  ö ü", 3).as_str()), ("äö", "ab", "ä ö"));
    }
}
