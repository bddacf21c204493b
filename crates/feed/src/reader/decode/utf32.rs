//! UTF-32, which the Encoding Standard excludes.

/// Byte order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ByteOrder {
    Little,
    Big,
}

/// The byte order, by a mark or by the zeros around the first `<`; none if the bytes are not UTF-32.
pub fn order(bytes: &[u8]) -> Option<ByteOrder> {
    match *bytes {
        [0xff, 0xfe, 0, 0, ..] | [b'<', 0, 0, 0, ..] => Some(ByteOrder::Little),
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, b'<', ..] => Some(ByteOrder::Big),
        _ => None,
    }
}

/// Decodes bytes with U+FFFD for invalid code points.
pub fn decode(bytes: &[u8], order: ByteOrder) -> String {
    let numbers = bytes.as_chunks::<4>().0.iter().map(|four| match order {
        ByteOrder::Little => u32::from_le_bytes(*four),
        ByteOrder::Big => u32::from_be_bytes(*four),
    });
    let numbers = numbers.skip(usize::from(matches!(bytes, [0xff, 0xfe, ..] | [0, 0, 0xfe, 0xff, ..])));
    numbers.map(|number| char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
