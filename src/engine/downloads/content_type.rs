//! Content type detection by the first bytes, independent of the name and of the origin's headers.

use encoding_rs::{UTF_16BE, UTF_16LE};

/// Bytes examined at the beginning of a file.
pub const HEAD: usize = 64 * 1024;

/// Consecutive frames required to recognize MPEG audio without a header.
const FRAMES: usize = 3;

/// Detects the MIME type; None if it is unknown.
pub fn of(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"%PDF-") {
        return Some("application/pdf");
    }
    if is_torrent(head) {
        return Some("application/x-bittorrent");
    }
    // Before any signature: a text may begin with `BM` or `II`, and no media file looks like text for that
    // long.
    if let Some(text) = text(head) {
        return text_type(&text);
    }
    if let Some(sound) = tagged_sound(head) {
        return sound;
    }
    container(head)
        .or_else(|| infer::get(head).map(|kind| kind.mime_type()))
        .or_else(|| is_mpeg_audio(head).then_some("audio/mpeg"))
        .or_else(|| is_transport_stream(head).then_some("video/mp2t"))
}

/// Decodes the bytes if they are text: UTF-16 with a byte order mark, else bytes without control characters.
fn text(head: &[u8]) -> Option<String> {
    let utf16 = match head {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        _ => None,
    };
    if let Some(encoding) = utf16 {
        let (text, had_errors) = encoding.decode_with_bom_removal(&head[..head.len() & !1]);
        return (!had_errors && !has_controls(text.as_bytes())).then(|| text.into_owned());
    }
    (!head.is_empty() && !has_controls(head))
        .then(|| String::from_utf8_lossy(head).trim_start_matches('\u{feff}').to_owned())
}

fn has_controls(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .any(|b| (*b < 0x20 && !matches!(b, b'\n' | b'\r' | b'\t' | 0x0b | 0x0c | 0x1b)) || *b == 0x7f)
}

fn text_type(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let begins = |with: &str| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    match text.chars().next()? {
        '<' => Some(markup(text)),
        '{' | '[' if serde_like(text) => Some("application/json"),
        _ if begins("#EXTM3U") || begins("[playlist]") || begins("[Reference]") => Some("audio/x-mpegurl"),
        _ => Some("text/plain"),
    }
}

/// Whether a brace or bracket begins JSON rather than a sentence.
fn serde_like(text: &str) -> bool {
    text[1..].trim_start().starts_with([
        '"', '{', '[', ']', '}', '-', 't', 'f', 'n', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
    ]) && !text.to_ascii_lowercase().starts_with("[playlist]")
        && !text.to_ascii_lowercase().starts_with("[reference]")
}

/// Type of markup: a page, a playlist or other XML. Comments, declarations and the prolog are skipped.
fn markup(text: &str) -> &'static str {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let end = match rest {
            it if it.starts_with("<!--") => it.find("-->").map(|at| at + 3),
            it if it.starts_with("<?") || it.to_ascii_lowercase().starts_with("<!doctype") => {
                if it.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype html")) {
                    return "text/html";
                }
                it.find('>').map(|at| at + 1)
            }
            _ => break,
        };
        match end {
            Some(end) => rest = &rest[end..],
            None => return "text/html",
        }
    }
    let name: String = rest
        .trim_start_matches('<')
        .chars()
        .take_while(|c| !c.is_whitespace() && !"/>".contains(*c))
        .collect();
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "rss" | "feed" | "rdf:rdf" | "opml" | "error" | "sitemapindex" | "urlset" => "text/xml",
        "playlist" | "asx" | "smil" | "mpd" | "wpl" => "audio/x-mpegurl",
        "svg" => "image/svg+xml",
        // Pages may begin with any element, in upper or lower case.
        _ if text.trim_start().starts_with("<?xml") && name != "html" => "text/xml",
        _ => "text/html",
    }
}

/// Whether the bytes are a bencoded dictionary of a torrent (BEP 3).
fn is_torrent(head: &[u8]) -> bool {
    [&b"d8:announce"[..], b"d13:announce-list", b"d4:info", b"d7:comment", b"d10:created by"]
        .iter()
        .any(|start| head.starts_with(start))
}

/// Audio after an ID3 tag. `Some(None)` if text follows the tag; None if there is no tag.
fn tagged_sound(head: &[u8]) -> Option<Option<&'static str>> {
    let tag = head.get(..10).filter(|tag| tag.starts_with(b"ID3"))?;
    // Synchsafe integer: seven bits of each byte (ID3v2.4, 3.1).
    let length = tag[6..10].iter().fold(0usize, |length, byte| length << 7 | usize::from(byte & 0x7f));
    let behind = head.get(10 + length..).unwrap_or_default();
    if behind.len() >= 16 && text(behind).is_some() {
        return Some(None);
    }
    Some(Some(match behind {
        it if it.starts_with(b"fLaC") => "audio/x-flac",
        it if is_adts(it) => "audio/aac",
        _ => "audio/mpeg",
    }))
}

/// Container type: MP4 and its relatives by brand (ISO/IEC 14496-12, 4.3), QuickTime by its first box.
fn container(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        // The document type is part of the EBML header (RFC 8794, 11.2.3).
        let says = |word: &[u8]| head[..head.len().min(64)].windows(word.len()).any(|part| part == word);
        return Some(if says(b"matroska") { "video/x-matroska" } else { "video/webm" });
    }
    Some(match (head.get(4..8)?, head.get(8..12).unwrap_or_default()) {
        (b"ftyp", b"M4A " | b"M4B " | b"M4P " | b"F4A " | b"F4B ") => "audio/mp4",
        (b"ftyp", b"qt  ") => "video/quicktime",
        (b"ftyp", b"avif" | b"avis") => "image/avif",
        (b"ftyp", b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1") => "image/heic",
        (b"ftyp", _) => "video/mp4",
        (b"moov" | b"mdat" | b"wide" | b"pnot", _) => "video/quicktime",
        _ => return None,
    })
}

fn is_adts(head: &[u8]) -> bool {
    matches!(head, [0xff, second, ..] if second & 0xf6 == 0xf0)
}

/// Whether the bytes are an MPEG transport stream: packets of 188 bytes, or 192 with a time stamp before each
/// (ISO/IEC 13818-1, 2.4.3.2).
fn is_transport_stream(head: &[u8]) -> bool {
    [(0, 188), (4, 192)]
        .iter()
        .any(|(first, size)| (0..4).all(|packet| head.get(first + packet * size) == Some(&0x47)))
}

/// Whether the bytes contain MPEG audio frames, layers I to III, at any offset: some files have padding
/// before the first.
fn is_mpeg_audio(head: &[u8]) -> bool {
    (0..head.len()).any(|at| {
        let (mut next, mut frames) = (at, 0);
        while frames < FRAMES {
            match frame(head, next) {
                Some(length) => (next, frames) = (next + length, frames + 1),
                // The data may end here: two frames suffice if they reach its end or begin at its start.
                None => return frames >= 2 && (next >= head.len() || at == 0),
            }
        }
        true
    })
}

/// Bit rate in bits per second from the first MPEG audio frames.
pub fn bits_per_second(head: &[u8]) -> Option<u64> {
    let at = (0..head.len())
        .find(|at| frame(head, *at).is_some_and(|length| frame(head, at + length).is_some()))?;
    header(head, at).map(|header| header.kbps as u64 * 1_000)
}

fn frame(head: &[u8], at: usize) -> Option<usize> {
    header(head, at).map(|header| header.length)
}

struct Header {
    kbps: usize,
    /// Bytes to the next frame.
    length: usize,
}

/// Parses an MPEG audio frame header (ISO/IEC 11172-3, 2.4.2.3; 13818-3 for the low sampling rates).
fn header(head: &[u8], at: usize) -> Option<Header> {
    let h = head.get(at..at + 4)?;
    let is_sync = h[0] == 0xff && h[1] & 0xe0 == 0xe0;
    let (version, layer) = ((h[1] >> 3) & 3, (h[1] >> 1) & 3);
    let (rate, frequency, padding) =
        ((h[2] >> 4) as usize, ((h[2] >> 2) & 3) as usize, usize::from(h[2] >> 1 & 1));
    if !is_sync || version == 1 || layer == 0 || rate == 0 || rate == 15 || frequency == 3 {
        return None;
    }
    const V1_L1: [usize; 15] = [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448];
    const V1_L2: [usize; 15] = [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];
    const V1_L3: [usize; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const V2_L1: [usize; 15] = [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256];
    const V2_L23: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let is_first = version == 3;
    let kbps = match (is_first, layer) {
        (true, 3) => V1_L1[rate],
        (true, 2) => V1_L2[rate],
        (true, _) => V1_L3[rate],
        (false, 3) => V2_L1[rate],
        (false, _) => V2_L23[rate],
    };
    let scale = if is_first {
        1
    } else if version == 2 {
        2
    } else {
        4
    };
    let hertz = [44_100, 48_000, 32_000][frequency] / scale;
    let length = match (layer, is_first) {
        (3, _) => (12 * kbps * 1_000 / hertz + padding) * 4,
        (1, false) => 72 * kbps * 1_000 / hertz + padding,
        _ => 144 * kbps * 1_000 / hertz + padding,
    };
    Some(Header { kbps, length })
}

#[cfg(test)]
mod tests;
