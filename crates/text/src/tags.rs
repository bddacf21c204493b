//! Tags of HTML, found in a text without parsing it.

use memchr::{memchr, memmem};

/// All current and obsolete HTML elements, sorted.
const TAGS: &str = " a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br \
    button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset \
    figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins isindex \
    kbd label layer legend li link main map mark marquee menu meta meter nav nobr noframes noscript object ol optgroup option output p \
    param picture plaintext pre progress q rp rt ruby s samp script section select small source span strike strong style sub summary sup \
    svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp ";
/// Namespace prefixes that office programs use in HTML.
const OFFICE: [&str; 4] = ["o", "st1", "v", "w"];

/// Whether HTML has, or had, an element of this name (lower case).
pub fn is_known(name: &str) -> bool {
    match name.split_once(':') {
        Some((prefix, _)) => OFFICE.contains(&prefix),
        None => name.bytes().all(|b| b.is_ascii_alphanumeric()) && TAGS.contains(&format!(" {name} ")),
    }
}

/// Length of a tag up to its `>`, which may also occur in values. An unclosed quote is ignored.
pub fn tag_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut quote, mut before, mut quoted_end) = (None, b' ', None);
    for (at, &byte) in bytes.iter().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') if before == b'=' => quote = Some(byte),
            (Some(open), _) if open == byte => (quote, quoted_end) = (None, None),
            (Some(_), b'>') => quoted_end = quoted_end.or(Some(at + 1)),
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    quoted_end
}

/// End of a raw text element such as a script, including its end tag.
pub fn raw_end(text: &str, name: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let named = |at: &usize| {
        bytes[at + 2..].get(..name.len()).is_some_and(|b| b.eq_ignore_ascii_case(name.as_bytes()))
    };
    let end = memmem::find_iter(bytes, b"</").find(named)?;
    Some(end + memchr(b'>', &bytes[end..])? + 1)
}
