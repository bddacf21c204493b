//! The attributes of a tag, in whatever way they are written.

use crate::engine::catalog::feed::limits::ATTRIBUTES_MOST;

/// Name and value, with entities as written; at most 100. Quotes and values may be missing.
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
    .take(ATTRIBUTES_MOST)
}

/// The value of an attribute by its name, or by its local name where no other has that name.
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
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text[1..].split_once(quote).unwrap_or((&text[1..], "")),
        _ => text.split_at(text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len())),
    }
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
    fn the_first_of_two_counts_and_prefixes_may_be_left_out() {
        assert_eq!(attribute("url='1' URL='2'", "url"), Some("1"));
        assert_eq!(attribute("xmlns:about='no' rdf:about='yes'", "about"), Some("yes"));
        assert_eq!(attribute("x:href='2' href='1'", "href"), Some("1"));
    }

    #[test]
    fn a_million_attributes_are_a_hundred() {
        assert_eq!(attributes(&"a=1 ".repeat(1_000_000)).count(), ATTRIBUTES_MOST);
    }
}
