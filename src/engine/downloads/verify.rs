//! Judges bytes by what they are, not by what they are called.

use crate::domain::source::Kind;

/// Bytes that decide what a file is.
pub const HEAD: usize = 8 * 1024;

const MB: u64 = 1_000_000;

/// The most a file of this type may have; audio and video have a setting.
pub fn size_limit(mime_type: &str, max_file_mb: u64) -> u64 {
    match mime_type.split('/').next() {
        Some("image") => 10 * MB,
        Some("text") => 5 * MB,
        _ if mime_type == "application/pdf" => 50 * MB,
        _ => max_file_mb * MB,
    }
}

/// What the bytes are, provided that they are what was asked for.
///
/// # Errors
/// In words for the person who wants the item.
pub fn judge(head: &[u8], declared: Option<&str>, kind: Kind, is_page: bool) -> Result<String, String> {
    let found = sniff(head);
    let wants_text = is_page || declared.is_some_and(|d| d.starts_with("text/"));
    match found {
        None if head.is_empty() => Err("The file is empty.".into()),
        Some("text/html" | "text/plain") if wants_text => Ok(found.unwrap_or_default().into()),
        Some("text/html") => Err("The server sent a web page instead of the file.".into()),
        Some("text/plain" | "application/json") => Err("The server sent a text instead of the file.".into()),
        Some("application/pdf") if declared != Some("application/pdf") => {
            Err("The server sent a PDF instead of the file.".into())
        }
        Some(mime) if ["audio/", "video/", "image/"].iter().any(|p| mime.starts_with(p)) => {
            Ok(named(mime, declared, kind))
        }
        Some("application/pdf") => Ok("application/pdf".into()),
        Some(other) => Err(format!("The server sent a file of the type {other}, which is not allowed.")),
        None => Err("The file is damaged, or of a type that is not known.".into()),
    }
}

/// One container, several names: MP4 holds sound or pictures, Ogg holds Vorbis or Opus.
fn named(found: &str, declared: Option<&str>, kind: Kind) -> String {
    let declared = declared.map(|d| d.split(';').next().unwrap_or(d).trim()).unwrap_or_default();
    let same_container = match found {
        "video/mp4" | "audio/m4a" | "audio/mp4" | "video/quicktime" | "video/x-m4v" => [
            "audio/mp4",
            "audio/x-m4a",
            "audio/m4a",
            "audio/aac",
            "video/mp4",
            "video/x-m4v",
            "video/quicktime",
        ]
        .contains(&declared),
        "audio/ogg" | "video/ogg" | "application/ogg" | "audio/opus" => {
            ["audio/ogg", "audio/opus", "video/ogg", "audio/vorbis"].contains(&declared)
        }
        "video/webm" => ["audio/webm", "video/webm"].contains(&declared),
        _ => false,
    };
    match found {
        _ if same_container => declared.replace("audio/x-m4a", "audio/mp4").replace("audio/m4a", "audio/mp4"),
        "audio/m4a" => "audio/mp4".into(),
        "video/mp4" if kind == Kind::Podcast => "audio/mp4".into(),
        other => other.into(),
    }
}

fn sniff(head: &[u8]) -> Option<&'static str> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let starts =
        |prefix: &str| text.get(..prefix.len()).is_some_and(|t| t.eq_ignore_ascii_case(prefix.as_bytes()));
    let markup = [
        "<!doctype",
        "<html",
        "<head",
        "<body",
        "<script",
        "<!--",
        "<?xml",
        "<p",
        "<div",
        "<h1",
        "<a ",
        "<svg",
    ];
    if markup.iter().any(|m| starts(m)) {
        return Some("text/html");
    }
    if let Some(kind) = infer::get(head) {
        return Some(kind.mime_type());
    }
    if is_mpeg_audio(head) {
        return Some("audio/mpeg");
    }
    let is_text =
        std::str::from_utf8(head).map_or_else(|e| e.error_len().is_none() && e.valid_up_to() > 0, |_| true);
    let has_controls = head.iter().any(|b| *b < 0x20 && !matches!(b, b'\n' | b'\r' | b'\t' | 0x0c));
    match text.first() {
        Some(b'{' | b'[') if is_text && !has_controls => Some("application/json"),
        Some(_) if is_text && !has_controls => Some("text/plain"),
        _ => None,
    }
}

/// An MPEG audio frame header (ISO/IEC 11172-3, 2.4.2.3) and a second one where the first says that it ends.
fn is_mpeg_audio(head: &[u8]) -> bool {
    let frame = |at: usize| -> Option<usize> {
        let h = head.get(at..at + 4)?;
        let sync = h[0] == 0xff && h[1] & 0xe0 == 0xe0;
        let (version, layer) = ((h[1] >> 3) & 3, (h[1] >> 1) & 3);
        let (rate, frequency) = ((h[2] >> 4) as usize, ((h[2] >> 2) & 3) as usize);
        if !sync || version == 1 || layer != 1 || rate == 0 || rate == 15 || frequency == 3 {
            return None;
        }
        const V1: [usize; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
        const V2: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
        let (kbps, scale, samples) =
            if version == 3 { (V1[rate], 1, 144) } else { (V2[rate], if version == 2 { 2 } else { 4 }, 72) };
        let hertz = [44_100, 48_000, 32_000][frequency] / scale;
        Some(samples * kbps * 1_000 / hertz + usize::from(h[2] >> 1 & 1))
    };
    (0..head.len().min(4_096)).any(|at| frame(at).is_some_and(|length| frame(at + length).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(head: &[u8], declared: &str) -> Result<String, String> {
        judge(head, Some(declared), Kind::Podcast, false)
    }

    #[test]
    fn a_page_called_mp3_is_refused_in_words() {
        for page in ["<!DOCTYPE html><p>Sign in", "\n <HTML>", "\u{feff}<html>", "<script>x</script>"] {
            assert!(
                judged(page.as_bytes(), "audio/mpeg").expect_err("a page").contains("web page"),
                "{page}"
            );
        }
        assert!(judged(br#"{"error":"gone"}"#, "audio/mpeg").expect_err("json").contains("text"));
        assert!(judged(b"%PDF-1.7 ...", "audio/mpeg").expect_err("pdf").contains("PDF"));
        assert!(judged(b"", "audio/mpeg").expect_err("nothing").contains("empty"));
        assert!(judged(b"PK\x03\x04zipzipzip", "audio/mpeg").is_err());
    }

    #[test]
    fn media_are_recognised_whatever_they_are_called() {
        assert_eq!(judged(b"ID3\x04\0\0\0\0\0\0", "application/octet-stream"), Ok("audio/mpeg".into()));
        assert_eq!(judged(b"OggS\0\x02\0\0\0\0\0\0", "audio/opus"), Ok("audio/opus".into()));
        assert_eq!(judged(b"\0\0\0\x20ftypM4A \0\0\0\0", "audio/x-m4a"), Ok("audio/mp4".into()));
    }

    #[test]
    fn bare_mpeg_frames_need_a_second_frame_behind_the_first() {
        let mut frames = vec![0u8; 417 * 2 + 4];
        for at in [0, 417, 834] {
            frames[at..at + 4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
        }
        assert!(is_mpeg_audio(&frames));
        frames[417] = 0;
        assert!(!is_mpeg_audio(&frames[..800]));
    }

    #[test]
    fn a_page_that_was_asked_for_is_a_page() {
        assert_eq!(judge(b"<!doctype html><p>", None, Kind::Article, true), Ok("text/html".into()));
        assert!(judge(b"\x7fELF\x02\x01\x01", None, Kind::Article, true).is_err());
    }

    #[test]
    fn texts_are_small_and_media_as_large_as_the_setting() {
        assert_eq!(size_limit("text/html", 500), 5 * MB);
        assert_eq!(size_limit("audio/mpeg", 500), 500 * MB);
    }
}
