//! Search result highlighting: marks the hits in a title and in an excerpt of the text.

use std::ops::Range;

use text::{Token, tokens};

use crate::db::search::Terms;
use crate::domain::search_hit::{Piece, Pieces, SearchHit};

/// Maximum bytes of a text that are searched for hits.
const LOOKED_THROUGH: usize = 8_000;
/// Bytes of an excerpt before and after the first hit.
const BEFORE: usize = 60;
const AFTER: usize = 200;

pub fn found(title: &str, html: &str, terms: &Terms) -> SearchHit {
    let text = text::plain(text::cut(html, 2 * LOOKED_THROUGH)).replace('\n', " ");
    SearchHit { title: pieces(title, terms), excerpt: excerpt(text::cut(&text, LOOKED_THROUGH), terms) }
}

fn pieces(text: &str, terms: &Terms) -> Pieces {
    let mut pieces = Vec::new();
    let mut at = 0;
    for hit in hits(&tokens(text), terms) {
        push(&mut pieces, &text[at..hit.start], false);
        push(&mut pieces, &text[hit.clone()], true);
        at = hit.end;
    }
    push(&mut pieces, &text[at..], false);
    pieces
}

fn push(pieces: &mut Pieces, text: &str, is_hit: bool) {
    if !text.is_empty() {
        pieces.push(Piece { text: text.to_owned(), is_hit });
    }
}

/// The text around the first hit, cut between words; omissions are marked with "…".
fn excerpt(text: &str, terms: &Terms) -> Pieces {
    let words = tokens(text);
    let hit = hits(&words, terms).first().map_or(0, |hit| hit.start);
    let start =
        words.iter().map(|word| word.at.start).find(|start| start + BEFORE >= hit).unwrap_or_default();
    let start = if start <= BEFORE { 0 } else { start };
    let end = words.iter().map(|word| word.at.end).take_while(|end| *end <= hit + AFTER).last();
    let end = if text.len() <= hit + AFTER { text.len() } else { end.unwrap_or(start).max(start) };
    let mut shown = pieces(&text[start..end], terms);
    if start > 0 {
        shown.insert(0, Piece { text: "… ".into(), is_hit: false });
    }
    if end < text.len() {
        shown.push(Piece { text: " …".into(), is_hit: false });
    }
    shown
}

/// Byte ranges of the terms, in order and without overlap.
fn hits(words: &[Token], terms: &Terms) -> Vec<Range<usize>> {
    let last = terms.terms.len().saturating_sub(1);
    let mut hits: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let longest = terms.terms.iter().enumerate().filter_map(|(place, term)| {
            let open = terms.open_end && place == last;
            stands(&words[at..], term, open).then_some(term.len())
        });
        match longest.max() {
            Some(length) => {
                hits.push(words[at].at.start..words[at + length - 1].at.end);
                at += length;
            }
            None => at += 1,
        }
    }
    hits
}

fn stands(words: &[Token], term: &[String], open: bool) -> bool {
    let last = term.len() - 1;
    words.len() > last
        && term.iter().zip(words).enumerate().all(|(place, (wanted, here))| {
            if open && place == last { here.word.starts_with(wanted.as_str()) } else { here.word == *wanted }
        })
}

#[cfg(test)]
mod tests {
    use super::super::search::terms;
    use super::*;

    fn shown(pieces: &Pieces) -> String {
        let piece =
            |piece: &Piece| if piece.is_hit { format!("[{}]", piece.text) } else { piece.text.clone() };
        pieces.iter().map(piece).collect()
    }

    fn title(text: &str, query: &str) -> String {
        shown(&pieces(text, &terms(query).expect("has words")))
    }

    #[test]
    fn words_are_marked_as_they_are_written() {
        assert_eq!(title("Crème Brûlée, at night", "creme NIGHT "), "[Crème] Brûlée, at [night]");
        assert_eq!(title("Trains at night: night trains", "trai"), "[Trains] at night: night [trains]");
        assert_eq!(title("She said AI", "AI"), "She said [AI]");
        assert_eq!(title("東京の駅", "東京"), "[東京]の駅");
        assert_eq!(title("cafe\u{301} open", "café"), "[cafe\u{301}] open");
    }

    #[test]
    fn an_excerpt_stands_around_the_first_hit() {
        let text = format!(
            "<p>{}</p><p>The volcano woke &amp; smoked.</p>{}",
            "word ".repeat(100),
            "more ".repeat(100)
        );
        let found = found("One", &text, &terms("volcano").expect("a word"));
        let excerpt = shown(&found.excerpt);
        assert!(
            excerpt.starts_with("… word") && excerpt.contains("The [volcano] woke & smoked."),
            "{excerpt}"
        );
        assert!(excerpt.ends_with(" …") && excerpt.len() < 320, "{excerpt}");
    }

    #[test]
    fn without_a_hit_the_beginning_is_shown() {
        let none = found("One", "Short text", &terms("volcano").expect("a word"));
        assert_eq!((shown(&none.title), shown(&none.excerpt)), ("One".into(), "Short text".into()));
        assert!(found("", "", &terms("x").expect("a word")).excerpt.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_panics(text in ".{0,400}", query in "\\PC{0,12}") {
            if let Some(terms) = terms(&query) {
                let all: String = pieces(&text, &terms).into_iter().map(|piece| piece.text).collect();
                proptest::prop_assert_eq!(&all, &text);
                excerpt(&text, &terms);
            }
        }
    }
}
