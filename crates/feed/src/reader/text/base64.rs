//! Base64, as Atom may encode a text.

/// Decodes text; none if it is not Base64 or the bytes are not UTF-8.
pub fn text(told: &str) -> Option<String> {
    String::from_utf8(bytes(told)?).ok()
}

/// Decodes bytes; none if the text is not Base64.
pub fn bytes(told: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(told.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in told.bytes().filter(|b| !b.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn texts_come_out_and_noise_does_not() {
        assert_eq!(text("PHA+SGk8L3A+").as_deref(), Some("<p>Hi</p>"));
        assert_eq!(text(" SG\nk= ").as_deref(), Some("Hi"));
        assert_eq!([text("not base64!"), text("/w==")], [None, None]);
    }
}
