//! Splits plain text into sentences.

use crate::words::is_one_of;

const ABBREVIATIONS: &str = "mr mrs ms dr prof st vs etc no e.g i.e u.s";

/// Sentences of plain text, in order. A line break also ends a sentence.
pub fn sentences(text: &str) -> Vec<&str> {
    text.lines().flat_map(of_line).filter(|s| !s.is_empty()).collect()
}

fn of_line(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut letters = line.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let end = at + c.len_utf8();
        let over = match c {
            '。' | '！' | '？' => true,
            '.' => follows(line, end) && !abbreviates(&line[start..at]),
            '!' | '?' | '…' => follows(line, end),
            _ => false,
        };
        if over {
            // A closing quote or bracket belongs to the sentence before it.
            let closing = line[end..].chars().take_while(|c| matches!(c, '"' | '”' | '’' | ')' | '»'));
            let end = end + closing.map(char::len_utf8).sum::<usize>();
            found.push(line[start..end].trim());
            start = end;
            while letters.next_if(|(at, _)| *at < end).is_some() {}
        }
    }
    found.push(line[start..].trim());
    found
}

/// Whether a new sentence may start here: the end of the line, or white space and no lower-case letter.
fn follows(line: &str, end: usize) -> bool {
    let rest = line[end..].trim_start_matches(['"', '”', '’', ')', '»']);
    let next = rest.trim_start();
    rest.is_empty() || (next.len() < rest.len() && !next.starts_with(char::is_lowercase))
}

fn abbreviates(before: &str) -> bool {
    let word =
        before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default().to_lowercase();
    word.chars().count() == 1 && word.chars().all(char::is_alphabetic) || is_one_of(&word, ABBREVIATIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_a_reader_ends_them() {
        let text = "Dr. Who met J. Smith at 5.30 p.m. today. \"Really?\" she said. He nodded!\nA heading";
        let found = sentences(text);
        assert_eq!(
            found,
            ["Dr. Who met J. Smith at 5.30 p.m. today.", "\"Really?\" she said.", "He nodded!", "A heading"]
        );
    }
}
