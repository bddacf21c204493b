//! UTF-7 (RFC 2152), which the Encoding Standard excludes and some mail programs wrote into feeds.

/// Whether bytes are UTF-7, by a byte order mark or by an encoded first tag.
pub fn is_marked(bytes: &[u8]) -> bool {
    let mark = bytes.starts_with(b"+/v") && bytes.get(3).is_some_and(|b| b"89+/".contains(b));
    mark || bytes.starts_with(b"+ADw")
}

/// Decodes bytes. An invalid run becomes U+FFFD; non-ASCII bytes are read as Latin-1.
pub fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'+' {
            text.push(char::from(byte));
            continue;
        }
        let length = rest.iter().take_while(|b| value(**b).is_some()).count();
        let (run, after) = rest.split_at(length);
        if run.is_empty() {
            text.push('+');
        } else {
            text.push_str(&String::from_utf16_lossy(&units(run)));
        }
        rest = after.strip_prefix(b"-").unwrap_or(after);
    }
    match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    }
}

/// UTF-16 units of a Base64 run; leftover bits are ignored.
fn units(run: &[u8]) -> Vec<u16> {
    let (mut units, mut bits, mut count) = (Vec::with_capacity(run.len() * 3 / 8), 0_u32, 0);
    for value in run.iter().filter_map(|b| value(*b)) {
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push((bits >> count) as u16);
        }
    }
    units
}

fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_base64_are_characters() {
        assert_eq!(
            decode(b"1 +- 1 is 2, caf+AOk, +ZeVnLIqe-!"),
            "1 + 1 is 2, caf\u{e9}, \u{65e5}\u{672c}\u{8a9e}!"
        );
        assert_eq!(decode(b"+2D3eAA-"), "\u{1f600}");
        assert_eq!(decode(b"+/v8-<t>+"), "<t>+");
        assert_eq!(decode(b"a + b +~"), "a + b +~");
    }
}
