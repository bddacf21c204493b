//! A text as it is searched for secrets, whatever its encoding: that of addresses, of forms or of HTML.

use std::iter::repeat_n;
use std::ops::Range;

/// Text with percent-encoded ASCII and `&amp;` decoded. A `+` is a space, because it is one in forms.
pub(super) struct Plain {
    text: String,
    /// Place in the original of each byte, and of the end.
    places: Vec<usize>,
}

impl Plain {
    pub(super) fn of(original: &str) -> Self {
        let (mut text, mut places) =
            (String::with_capacity(original.len()), Vec::with_capacity(original.len() + 1));
        let mut rest = original;
        while let Some(first) = rest.chars().next() {
            let (letter, length) = match first {
                '%' => escaped(rest).map_or((first, 1), |letter| (letter, 3)),
                '&' if rest.starts_with("&amp;") => (first, 5),
                _ => (first, first.len_utf8()),
            };
            let letter = if letter == '+' { ' ' } else { letter };
            places.extend(repeat_n(original.len() - rest.len(), letter.len_utf8()));
            text.push(letter);
            rest = &rest[length..];
        }
        places.push(original.len());
        Self { text, places }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Places in the original where a text stands, written like this one. `whole` leaves out those with a
    /// letter or a digit on either side.
    pub(super) fn places<'a>(
        &'a self,
        wanted: &'a str,
        whole: bool,
    ) -> impl Iterator<Item = Range<usize>> + 'a {
        let is_whole = move |start: usize, end: usize| {
            let before = self.text[..start].chars().next_back();
            let after = self.text[end..].chars().next();
            ![before, after].into_iter().flatten().any(char::is_alphanumeric)
        };
        let found = self.text.match_indices(wanted).map(|(start, found)| (start, start + found.len()));
        let found = found.filter(move |(start, end)| !whole || is_whole(*start, *end));
        found.map(move |(start, end)| self.places[start]..self.places[end])
    }
}

/// ASCII letter that a text begins with, percent-encoded.
fn escaped(text: &str) -> Option<char> {
    let digits = text.get(1..3).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii).map(char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_each_encoding() {
        for original in ["a&b/c d", "a&amp;b/c+d", "a%26b%2Fc%20d", "a%26b%2fc%2Bd"] {
            let text = format!("„{original}“ 100% %zz %+1 %C3%A4 %");
            let plain = Plain::of(&text);
            let places: Vec<_> = plain.places("a&b/c d", true).map(|place| &text[place]).collect();
            assert_eq!(places, [original]);
            assert!(plain.into_text().ends_with("100% %zz % 1 %C3%A4 %"));
        }
    }

    #[test]
    fn a_whole_word_has_no_letter_and_no_digit_beside_it() {
        let plain = Plain::of("joanna annaä 1anna “anna” by%2Fanna");
        assert_eq!(plain.places("anna", true).count(), 2);
        assert_eq!(plain.places("anna", false).count(), 5);
    }
}
