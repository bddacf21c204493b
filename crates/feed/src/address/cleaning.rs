//! Strips everything around a pasted address: quotes, brackets, spaces, line breaks and invisible characters.

use super::Unusable;

/// Pairs of enclosing characters; stripped only together where an address could end with the second.
const PAIRS: [(char, char); 12] = [
    ('<', '>'),
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('“', '”'),
    ('„', '“'),
    ('”', '”'),
    ('‘', '’'),
    ('‚', '‘'),
    ('«', '»'),
    ('(', ')'),
    ('[', ']'),
];
/// Characters with which no address begins or ends; stripped even if unpaired.
const LOOSE: [char; 12] = ['<', '>', '"', '“', '”', '„', '‘', '’', '‚', '«', '»', '\u{201f}'];

/// Extracts the address. Removes line breaks within it, together with the surrounding spaces.
///
/// # Errors
/// If several lines contain several addresses.
pub fn clean(typed: &str) -> Result<String, Unusable> {
    let visible: String = typed.chars().filter(|c| !is_invisible(*c)).collect();
    let mut lines = visible.split(['\n', '\r', '\t', '\u{2028}', '\u{2029}', '\u{b}', '\u{c}']);
    let mut text = lines.next().unwrap_or_default().trim().to_owned();
    for line in lines.map(str::trim).filter(|line| !line.is_empty()) {
        if !text.is_empty() && begins_anew(line) && text.contains("://") {
            return Err(Unusable::Several);
        }
        text.push_str(line);
    }
    let text = without_wrapping(&text);
    let mut text = text.to_owned();
    // HTML escapes, if copied from the source of a page.
    while text.contains("&amp;") {
        text = text.replace("&amp;", "&");
    }
    Ok(text)
}

/// Whether a line begins with a scheme of its own.
fn begins_anew(line: &str) -> bool {
    line.split_once("://").is_some_and(|(scheme, _)| {
        let scheme = scheme.trim_start_matches(LOOSE);
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphabetic())
    })
}

fn without_wrapping(text: &str) -> &str {
    let mut text = text;
    loop {
        let before = text;
        text = text.trim();
        // RFC 3986, appendix C.
        if let Some(start) = text.get(..4).filter(|start| start.eq_ignore_ascii_case("url:")) {
            text = text[start.len()..].trim_start();
        }
        for (open, close) in PAIRS {
            let inner = text.strip_prefix(open).and_then(|inner| inner.strip_suffix(close));
            text = inner.unwrap_or(text).trim();
        }
        text = text.trim_matches(LOOSE);
        if text == before {
            return text;
        }
    }
}

/// Zero-width characters, directional marks, soft hyphens, and controls other than whitespace.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}'
    ) || c.is_control() && !c.is_whitespace()
}
