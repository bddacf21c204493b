//! Charset detection and decoding, in linear time.

use std::borrow::Cow;

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

mod code_pages;
mod declared;
mod seven_bits;
mod utf32;
mod utf7;

use code_pages::CodePage;
use declared::{Charset, charset, is_ascii, label, prolog};

const UNICODE: Charset = Charset::Web(UTF_8);

/// Decodes by byte order mark, else as `without_bom` does. Drops control characters.
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    let text = match utf32::order(bytes) {
        Some(order) => Cow::Owned(utf32::decode(bytes, order)),
        None => match Encoding::for_bom(bytes) {
            // An editor put a UTF-8 byte order mark before bytes of another encoding.
            Some((mark, length)) if mark == UTF_8 && !is_nearly_utf8(&bytes[length..]) => {
                without_bom(&bytes[length..], content_type)
            }
            Some((encoding, length)) => encoding.decode_without_bom_handling(&bytes[length..]).0,
            None => without_bom(bytes, content_type),
        },
    };
    with_lines(without_controls(text))
}

/// Decodes a web page like `decode`. Its declaration is the charset of a `meta` element near the start (HTML
/// standard, 13.2.3.2).
pub fn decode_html<'a>(page: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    let of_response = content_type.filter(|told| told.to_ascii_lowercase().contains("charset"));
    let of_page = || declared::meta(page).map(|charset| format!("text/html; charset={charset}"));
    match of_response {
        Some(told) => decode(page, Some(told)),
        None => decode(page, of_page().as_deref()),
    }
}

/// Decodes a document without a byte order mark by what its bytes show (UTF-16, EBCDIC, UTF-7), the charset
/// of the response, the declaration of the document, UTF-8, and detection, in that order. A charset that
/// does not fit is skipped; windows-1252 of the response does not count for valid UTF-8.
fn without_bom<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some(encoding) = utf16_without_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    let header = content_type.and_then(charset);
    if let Some(text) = CodePage::read_ebcdic(bytes, header.as_deref(), prolog) {
        return Cow::Owned(text);
    }
    if utf7::is_marked(bytes) {
        return Cow::Owned(utf7::decode(bytes));
    }
    let is_utf8 = Encoding::utf8_valid_up_to(bytes) == bytes.len();
    // Single-byte text is not UTF-16, and non-ASCII text is not ASCII, whatever is declared.
    let fitting = |name: String| match label(&name)? {
        Charset::Web(wide) if [UTF_16LE, UTF_16BE, REPLACEMENT].contains(&wide) => None,
        _ if is_utf8 && is_ascii(&name) => Some(UNICODE),
        charset => Some(charset),
    };
    let told = header.clone().and_then(fitting);
    let own = prolog(bytes).and_then(fitting);
    // Servers declare windows-1252 for everything, and it fits any bytes; UTF-8 never fits by chance.
    let is_doubtful = is_utf8 && own.is_none_or(|own| own == UNICODE);
    let told = told.filter(|told| !(is_doubtful && *told == Charset::Web(WINDOWS_1252)));
    // Some servers declare ASCII for all XML, the original default of `text/xml`.
    let is_default = !is_utf8 && header.as_deref().is_some_and(is_ascii);
    let (first, second) = if is_default { (own, told) } else { (told, own) };
    let candidates = first.into_iter().chain(second).chain(own.is_none().then_some(UNICODE));
    if let Some(text) = candidates.into_iter().find_map(|charset| charset.decode_all(bytes)) {
        return text;
    }
    // No charset fits: mostly valid UTF-8 is UTF-8 with errors, else the declared charset, else detection.
    match own.or(told) {
        _ if is_nearly_utf8(bytes) => UNICODE.decode(bytes),
        Some(charset) if charset != UNICODE => charset.decode(bytes),
        _ => detect_charset(bytes).decode_without_bom_handling(bytes).0,
    }
}

/// UTF-16 without a byte order mark: every other byte of the first tag is zero.
fn utf16_without_bom(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.iter().position(|b| !matches!(b, 0 | b' ' | b'\n' | b'\r' | b'\t'))?;
    match (start % 2, bytes.get(start..start + 4)?) {
        (0, [_, 0, next, 0]) if *next != 0 => Some(UTF_16LE),
        (1, [_, 0, next, ..]) if *next != 0 && bytes[start - 1] == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether most non-ASCII sequences are valid UTF-8.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|b| *b >= 0xc0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= bad
}

fn detect_charset(bytes: &[u8]) -> &'static Encoding {
    // More than enough for charset detection.
    const SAMPLE: usize = 1 << 20;
    let mut detector = chardetng::EncodingDetector::new();
    detector.feed(&bytes[..bytes.len().min(SAMPLE)], true);
    detector.guess(None, true)
}

/// Drops control characters other than line breaks and tabs.
pub fn without_controls(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_control = |b: u8| b < 0x20 && !matches!(b, b'\n' | b'\r' | b'\t') || b == 0x7f;
    if !text.bytes().any(is_control) {
        return text;
    }
    Cow::Owned(text.chars().filter(|c| u8::try_from(*c).map_or(true, |b| !is_control(b))).collect())
}

/// Normalises line ends to a line feed (XML 1.0, 2.11).
fn with_lines(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return text;
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

#[cfg(test)]
mod tests;
