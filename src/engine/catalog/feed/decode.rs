//! Bytes to text, whatever they are said to be. No byte costs more than itself.

use std::borrow::Cow;

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

mod declared;
mod pages;
mod seven_bits;
mod utf32;
mod utf7;

use declared::{Charset, charset, is_ascii, label, prolog};
use pages::Page;

const UNICODE: Charset = Charset::Web(UTF_8);

/// Decodes by byte order mark, the answer's charset, the document's own words, and the look of the bytes, in that
/// order; a charset that does not fit gives way to the next that does. Control characters are dropped.
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    let text = match utf32::order(bytes) {
        Some(order) => Cow::Owned(utf32::decode(bytes, order)),
        None => match Encoding::for_bom(bytes) {
            // A mark that an editor set before what is something else.
            Some((mark, length)) if mark == UTF_8 && !is_nearly_utf8(&bytes[length..]) => {
                without_bom(&bytes[length..], content_type)
            }
            Some((encoding, length)) => encoding.decode_without_bom_handling(&bytes[length..]).0,
            None => without_bom(bytes, content_type),
        },
    };
    with_lines(without_controls(text))
}

fn without_bom<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some(encoding) = wide(bytes) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    let header = content_type.and_then(charset);
    if let Some(text) = Page::read_ebcdic(bytes, header.as_deref(), prolog) {
        return Cow::Owned(text);
    }
    if utf7::is_marked(bytes) {
        return Cow::Owned(utf7::decode(bytes));
    }
    let is_utf8 = Encoding::utf8_valid_up_to(bytes) == bytes.len();
    // Single bytes are no UTF-16, and letters beyond ASCII are not ASCII, whoever says so.
    let fitting = |name: String| match label(&name)? {
        Charset::Web(wide) if [UTF_16LE, UTF_16BE, REPLACEMENT].contains(&wide) => None,
        _ if is_utf8 && is_ascii(&name) => Some(UNICODE),
        charset => Some(charset),
    };
    let told = header.clone().and_then(fitting);
    let own = prolog(bytes).and_then(fitting);
    // Any bytes are windows-1252, and servers say so of everything; but nothing is UTF-8 by chance.
    let is_doubtful = is_utf8 && own.is_none_or(|own| own == UNICODE);
    let told = told.filter(|told| !(is_doubtful && *told == Charset::Web(WINDOWS_1252)));
    // Servers say ASCII of all XML, as its first standard told them.
    let is_default = !is_utf8 && header.as_deref().is_some_and(is_ascii);
    let (first, second) = if is_default { (own, told) } else { (told, own) };
    let candidates = first.into_iter().chain(second).chain(own.is_none().then_some(UNICODE));
    if let Some(text) = candidates.into_iter().find_map(|charset| charset.decode_all(bytes)) {
        return text;
    }
    // Nothing fits. What is nearly UTF-8 is UTF-8 with a bad byte; else what the document says, else a guess.
    match own.or(told) {
        _ if is_nearly_utf8(bytes) => UNICODE.decode(bytes),
        Some(charset) if charset != UNICODE => charset.decode(bytes),
        _ => guess(bytes).decode_without_bom_handling(bytes).0,
    }
}

/// UTF-16 without a mark: every other byte of the first tag is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.iter().position(|b| !matches!(b, 0 | b' ' | b'\n' | b'\r' | b'\t'))?;
    match (start % 2, bytes.get(start..start + 4)?) {
        (0, [_, 0, next, 0]) if *next != 0 => Some(UTF_16LE),
        (1, [_, 0, next, ..]) if *next != 0 && bytes[start - 1] == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether most of what is not ASCII is good UTF-8.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|b| *b >= 0xc0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= bad
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    // More than enough to know a language by.
    const SAMPLE: usize = 1 << 20;
    let mut detector = chardetng::EncodingDetector::new();
    detector.feed(&bytes[..bytes.len().min(SAMPLE)], true);
    detector.guess(None, true)
}

/// Drops control characters, but for those that part lines and words.
pub fn without_controls(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_control = |b: u8| b < 0x20 && !matches!(b, b'\n' | b'\r' | b'\t') || b == 0x7f;
    if !text.bytes().any(is_control) {
        return text;
    }
    Cow::Owned(text.chars().filter(|c| u8::try_from(*c).map_or(true, |b| !is_control(b))).collect())
}

/// Lines end as XML has it (XML 1.0, 2.11): with a line feed alone.
fn with_lines(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return text;
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

#[cfg(test)]
mod tests;
