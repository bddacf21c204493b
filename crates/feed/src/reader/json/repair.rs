//! Repairs malformed JSON: comments, extra or missing commas, unquoted names, a missing end.

/// Parser state within an open object or list.
#[derive(Clone, Copy, PartialEq)]
enum Awaits {
    /// The next element of a list.
    Element,
    Name,
    Colon,
    Value,
}

/// Repairs the value at the start of a text, as far as possible, in linear time. Drops what follows it.
pub fn repair(text: &str) -> String {
    let mut repair =
        Repair { json: String::with_capacity(text.len() + 16), open: Vec::new(), lists: 0, is_first: true };
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        rest = match next {
            '{' | '[' => repair.opens(next, rest),
            '}' | ']' => repair.closes(next, rest),
            ':' => repair.colon(rest),
            '"' | '\'' => repair.string(rest),
            '/' if rest.starts_with("//") => after(rest, "\n"),
            '/' if rest.starts_with("/*") => after(&rest[2..], "*/"),
            '#' => after(rest, "\n"),
            ',' => repair.separates(rest),
            c if c == '/' || c.is_whitespace() || c == '\u{feff}' => &rest[c.len_utf8()..],
            _ => repair.word(rest),
        };
        if repair.open.is_empty() && !repair.json.is_empty() {
            break;
        }
    }
    while !repair.open.is_empty() {
        repair.close();
    }
    repair.json
}

struct Repair {
    json: String,
    open: Vec<Awaits>,
    /// Number of open lists, so that an unmatched bracket is detected without a search.
    lists: usize,
    /// Whether the innermost object or list is still empty.
    is_first: bool,
}

impl Repair {
    /// Writes the separator before a value. Returns whether that value is a member name.
    fn begin(&mut self) -> bool {
        match self.open.last_mut() {
            Some(awaits @ Awaits::Name) => {
                *awaits = Awaits::Colon;
                self.comma();
                return true;
            }
            Some(Awaits::Element) => self.comma(),
            Some(awaits @ (Awaits::Colon | Awaits::Value)) => {
                let colon = if *awaits == Awaits::Colon { ":" } else { "" };
                *awaits = Awaits::Name;
                self.json.push_str(colon);
            }
            None => {}
        }
        self.is_first = false;
        false
    }

    fn comma(&mut self) {
        if !self.is_first {
            self.json.push(',');
        }
        self.is_first = false;
    }

    fn opens<'t>(&mut self, bracket: char, rest: &'t str) -> &'t str {
        // An object cannot be a name: its name is missing.
        if self.begin() {
            self.json.push_str("\"\"");
            self.colon(":");
            self.begin();
        }
        self.json.push(bracket);
        self.open.push(if bracket == '{' { Awaits::Name } else { Awaits::Element });
        self.lists += usize::from(bracket == '[');
        self.is_first = true;
        &rest[1..]
    }

    /// Closes the matching bracket and everything left open inside it. An unmatched bracket is dropped.
    fn closes<'t>(&mut self, bracket: char, rest: &'t str) -> &'t str {
        let are_open = if bracket == ']' { self.lists } else { self.open.len() - self.lists };
        if are_open == 0 {
            return &rest[1..];
        }
        let fits = |awaits: &Awaits| (*awaits == Awaits::Element) == (bracket == ']');
        if let Some(at) = self.open.iter().rposition(fits) {
            while self.open.len() > at {
                self.close();
            }
        }
        &rest[1..]
    }

    fn close(&mut self) {
        let closed = self.open.pop();
        self.lists -= usize::from(closed == Some(Awaits::Element));
        self.json.push_str(match closed {
            Some(Awaits::Element) => "]",
            Some(Awaits::Name) => "}",
            Some(Awaits::Colon) => ":null}",
            Some(Awaits::Value) => "null}",
            None => "",
        });
        if let Some(awaits) = self.open.last_mut().filter(|awaits| **awaits != Awaits::Element) {
            *awaits = Awaits::Name;
        }
        self.is_first = false;
    }

    fn colon<'t>(&mut self, rest: &'t str) -> &'t str {
        if let Some(awaits @ Awaits::Colon) = self.open.last_mut() {
            *awaits = Awaits::Value;
            self.json.push(':');
        }
        &rest[1..]
    }

    /// Handles a comma; a name without a value gets null.
    fn separates<'t>(&mut self, rest: &'t str) -> &'t str {
        if let Some(awaits @ (Awaits::Colon | Awaits::Value)) = self.open.last_mut() {
            self.json.push_str(if *awaits == Awaits::Colon { ":null" } else { "null" });
            *awaits = Awaits::Name;
        }
        &rest[1..]
    }

    fn string<'t>(&mut self, rest: &'t str) -> &'t str {
        self.begin();
        let quote = rest.as_bytes()[0];
        let mut inner = &rest[1..];
        self.json.push('"');
        loop {
            let end = inner.bytes().position(|b| b == quote || matches!(b, b'\\' | b'"') || b < b' ');
            let (plain, special) = inner.split_at(end.unwrap_or(inner.len()));
            self.json.push_str(plain);
            let Some(&byte) = special.as_bytes().first() else {
                inner = special;
                break;
            };
            inner = &special[1..];
            match byte {
                byte if byte == quote => break,
                b'\\' => inner = self.escape(inner),
                b'"' => self.json.push_str("\\\""),
                _ => self.json.push(' '),
            }
        }
        self.json.push('"');
        inner
    }

    /// Copies a valid escape, or writes the character itself; an unpaired surrogate becomes U+FFFD.
    fn escape<'t>(&mut self, inner: &'t str) -> &'t str {
        let Some(next) = inner.chars().next() else { return inner };
        let unit = |text: &str| {
            let digits =
                text.strip_prefix('u')?.get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u32::from_str_radix(digits, 16).ok()
        };
        let (taken, character) = match (next, unit(inner)) {
            ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't', _) => (1, None),
            ('u', Some(high @ 0xd800..=0xdbff)) => {
                match inner.get(5..).and_then(|rest| unit(rest.strip_prefix('\\')?)) {
                    Some(low @ 0xdc00..=0xdfff) => {
                        (11, char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)))
                    }
                    _ => (5, Some('\u{fffd}')),
                }
            }
            ('u', Some(0xdc00..=0xdfff)) => (5, Some('\u{fffd}')),
            ('u', Some(_)) => (5, None),
            (c, _) => (c.len_utf8(), Some(if c < ' ' { ' ' } else { c })),
        };
        match character {
            Some(character) => self.json.push(character),
            None => self.json.extend(["\\", &inner[..taken]]),
        }
        &inner[taken..]
    }

    /// Handles an unquoted word: a number, boolean, null or name.
    fn word<'t>(&mut self, rest: &'t str) -> &'t str {
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | '{' | '}' | '[' | ']' | '"' | '\'');
        let (word, rest) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        let is_name = self.begin();
        let told = match word {
            "true" | "True" | "TRUE" => Some("true"),
            "false" | "False" | "FALSE" => Some("false"),
            "null" | "None" | "NULL" | "undefined" | "NaN" | "Infinity" | "-Infinity" => Some("null"),
            word if serde_json::from_str::<serde_json::Number>(word).is_ok() => Some(word),
            _ => None,
        };
        match told.filter(|_| !is_name) {
            Some(told) => self.json.push_str(told),
            None => {
                self.json.push('"');
                self.json.extend(word.chars().filter(|c| *c >= ' ').map(|c| if c == '\\' { '/' } else { c }));
                self.json.push('"');
            }
        }
        rest
    }
}

/// The text after the first `end`; empty if there is none.
fn after<'t>(text: &'t str, end: &str) -> &'t str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::repair;

    #[test]
    fn mistakes_are_mended() {
        for (told, meant) in [
            ("{\"a\": [1, 2,], }", "{\"a\":[1,2]}"),
            ("// x\n{/* \"b\": 1 */\"a\":1} # y", "{\"a\":1}"),
            ("{a: 'it''s', 'b': \"c\" \"d\":.5}", "{\"a\":\"it\",\"s\":null,\"b\":\"c\",\"d\":\".5\"}"),
            ("[1 2,,3 {\"a\" 1}]", "[1,2,3,{\"a\":1}]"),
            ("{\"a\":", "{\"a\":null}"),
            ("{\"a\"", "{\"a\":null}"),
            ("{\"a\":[{\"b\":\"cut o", "{\"a\":[{\"b\":\"cut o\"}]}"),
            ("{\"a\":[1}, \"b\":2}", "{\"a\":[1]}"),
            ("{\"a\":1} trailing {\"b\":2}", "{\"a\":1}"),
            ("{\"a\":\"\\x\\'\\ud83d\\ude00\\ud83d\\u00e9\"}", "{\"a\":\"x'\u{1f600}\u{fffd}\\u00e9\"}"),
            ("{\"a\":NaN,\"b\":True,\"c\":nothing}", "{\"a\":null,\"b\":true,\"c\":\"nothing\"}"),
            ("'a\"b'", "\"a\\\"b\""),
            ("{{\"a\":1}}", "{\"\":{\"a\":1}}"),
        ] {
            assert_eq!(repair(told), meant, "{told}");
        }
    }

    #[test]
    fn whatever_the_text_what_comes_out_is_json() {
        for told in [
            "", "{", "[", "\"", "\\", "{:}", "[}", "{]", "{\"\\", "{\"\\u12", "a", "//", "/*", "{,:,}",
            "{[]:{}}", "'\\",
        ] {
            let json = repair(told);
            assert!(
                json.is_empty() || serde_json::from_str::<serde_json::Value>(&json).is_ok(),
                "{told}: {json}"
            );
        }
    }
}
