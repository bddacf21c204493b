//! The attributes of a tag, quoted or not.

/// Attributes read of one tag.
pub const MAX_ATTRIBUTES: usize = 100;

/// Names and raw values, at most 100. Quotes and values may be missing.
pub fn attributes(raw: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        rest =
            rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '"' | '\'' | '='));
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let Some(value) = after.trim_ascii_start().strip_prefix('=') else {
            rest = after;
            return Some((name, ""));
        };
        let (value, after) = split_value(value.trim_ascii_start());
        rest = after;
        Some((name, value))
    })
    .take(MAX_ATTRIBUTES)
}

/// The value of an attribute by its name, else by its local name.
pub fn attribute<'a>(raw: &'a str, name: &str) -> Option<&'a str> {
    let mut prefixed = None;
    for (found, value) in attributes(raw) {
        if found.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        match found.split_once(':') {
            Some((prefix, local)) if local.eq_ignore_ascii_case(name) && prefix != "xmlns" => {
                prefixed = prefixed.or(Some(value));
            }
            _ => {}
        }
    }
    prefixed
}

fn split_value(text: &str) -> (&str, &str) {
    if let Some(quote @ ('"' | '\'')) = text.chars().next() {
        return text[1..].split_once(quote).unwrap_or((&text[1..], ""));
    }
    typeset(text).unwrap_or_else(|| {
        let end = text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len());
        (without_stray_quotes(&text[..end]), &text[end..])
    })
}

/// A value between typographic quotes.
fn typeset(text: &str) -> Option<(&str, &str)> {
    const LONGEST: usize = 2_000;
    let quote = text.chars().next().filter(|c| matches!(c, '\u{201c}' | '\u{201d}'))?.len_utf8();
    let end = text[quote..text.floor_char_boundary(LONGEST)].find(['\u{201c}', '\u{201d}', '"'])? + quote;
    Some((&text[quote..end], text[end..].trim_start_matches(['\u{201c}', '\u{201d}'])))
}

/// Strips escaped or unpaired quotes from a value.
fn without_stray_quotes(value: &str) -> &str {
    if !value.ends_with(['"', '\'', ';', '\u{201d}']) {
        return value;
    }
    let inner = value.strip_prefix("&quot;").unwrap_or(value);
    let inner = inner.strip_suffix("&quot;").unwrap_or(inner);
    let inner = inner.strip_prefix("\\").and_then(|inner| inner.strip_suffix("\\\"")).unwrap_or(inner);
    inner.trim_matches(['"', '\'', '\u{201c}', '\u{201d}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_values_may_be_missing() {
        let found: Vec<_> = attributes("a=\"1\" b = '2' c=3 d e=\"x y").collect();
        assert_eq!(found, [("a", "1"), ("b", "2"), ("c", "3"), ("d", ""), ("e", "x y")]);
    }

    #[test]
    fn quotes_that_were_meant_are_no_part_of_a_value() {
        for raw in [
            "url=http://e.org/a\" type='b'",
            "url=\u{201c}http://e.org/a\u{201d} type='b'",
            "url=&quot;http://e.org/a&quot; type='b'",
            "url=\\\"http://e.org/a\\\" type='b'",
        ] {
            let found: Vec<_> = attributes(raw).collect();
            assert_eq!(found, [("url", "http://e.org/a"), ("type", "b")], "{raw}");
        }
        let typeset: Vec<_> = attributes("a=\u{201c}two words\u{201d} b=x;").collect();
        assert_eq!(typeset, [("a", "two words"), ("b", "x;")]);
    }

    #[test]
    fn the_first_of_two_counts_and_prefixes_may_be_left_out() {
        assert_eq!(attribute("url='1' URL='2'", "url"), Some("1"));
        assert_eq!(attribute("xmlns:about='no' rdf:about='yes'", "about"), Some("yes"));
        assert_eq!(attribute("x:href='2' href='1'", "href"), Some("1"));
    }

    #[test]
    fn a_million_attributes_are_a_hundred() {
        assert_eq!(attributes(&"a=1 ".repeat(1_000_000)).count(), MAX_ATTRIBUTES);
    }
}
