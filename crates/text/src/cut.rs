//! Shortens texts.

/// Returns the start of a text, at most `most` bytes, cut at a character boundary.
pub fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// Returns the end of a text, at most `most` bytes, cut at a character boundary.
pub fn tail(text: &str, most: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(most))..]
}

/// Shortens a title or name to `most` characters, with an ellipsis where it was cut.
pub fn brief(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let start: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", start.trim_end())
}

/// The first `most` characters.
pub fn clip(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// Plain text in one line, shortened to `most` characters.
pub fn one_line(text: &str, most: usize) -> String {
    clip(&joined(clip(text, 4 * most)), most).to_owned()
}

/// Collapses ASCII white space. Non-breaking spaces are kept, except at the ends.
pub fn joined(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_ascii_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!((clip("äöü", 2), clip("ab", 2), one_line(" ä  ö ü", 3).as_str()), ("äö", "ab", "ä ö"));
        assert_eq!((cut("äöü", 3), tail("äöü", 3), brief("äöü", 2).as_str()), ("ä", "ü", "ä…"));
    }
}
