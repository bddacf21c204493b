//! Verification of bytes by their content and by the feed's promise. The origin's headers do not decide.

use super::content_type;
use crate::domain::media::Wanted;
use crate::domain::source::Kind;

pub use super::content_type::HEAD;

const MB: u64 = 1_000_000;

/// Maximum size in bytes of a file of this type; audio and video are limited by `max_file_mb`.
pub fn size_limit(mime_type: &str, max_file_mb: u64) -> u64 {
    match mime_type.split('/').next() {
        Some("image") => 10 * MB,
        Some("text") => 5 * MB,
        _ if mime_type == "application/pdf" => 50 * MB,
        _ => max_file_mb * MB,
    }
}

/// Maximum bytes to fetch for the wanted content.
pub fn wanted_limit(wanted: Wanted, max_file_mb: u64) -> u64 {
    let mime_type = match wanted {
        Wanted::Page => "text/html",
        Wanted::Picture => "image/*",
        Wanted::Document => "application/pdf",
        Wanted::Media | Wanted::Attachment | Wanted::Nothing | Wanted::Replaced => "",
    };
    size_limit(mime_type, max_file_mb)
}

/// MIME type of the bytes, if they are the promised content. `told` is the type stated by the feed or the
/// origin: it refines the container's name and decides nothing.
///
/// # Errors
/// A sentence for the user who wants the item.
pub fn judge(head: &[u8], told: Option<&str>, kind: Kind, wanted: Wanted) -> Result<String, String> {
    let thing = match (wanted, kind) {
        (Wanted::Page, _) => "the page",
        (Wanted::Picture, _) => "the picture",
        (Wanted::Document, _) => "the PDF",
        (Wanted::Media, Kind::Podcast) => "the episode",
        (Wanted::Media, Kind::Video) => "the film",
        _ => "the file",
    };
    if head.iter().all(u8::is_ascii_whitespace) {
        return Err("The file is empty.".into());
    }
    let found = content_type::of(head);
    if let Some(found) = found.filter(|found| wanted.accepts(found) && is_kept(found)) {
        return Ok(named(found, told, kind));
    }
    let sent = match found {
        Some("text/html") => "a web page, perhaps a sign-in page,",
        Some("audio/x-mpegurl") => "a playlist, which points to a stream or to other files,",
        Some("application/x-bittorrent") => "a torrent",
        Some("application/pdf") => "a PDF",
        Some("application/json" | "text/xml") => "a message of its own",
        Some("text/plain") => "a text",
        Some(found) => match found.split('/').next() {
            Some("image") => "a picture",
            Some("audio") => "sound",
            Some("video") => "a film",
            _ => return Err(format!("The site sent a file of the type {found} instead of {thing}.")),
        },
        None => {
            return Err(format!(
                "The site sent something that is damaged or of no known type, instead of {thing}."
            ));
        }
    };
    Err(format!("The site sent {sent} instead of {thing}."))
}

/// Whether the type can be stored as a file: playlists count as audio and SVG as an image, but neither can.
fn is_kept(mime_type: &str) -> bool {
    !matches!(mime_type, "audio/x-mpegurl" | "image/svg+xml" | "text/xml" | "audio/midi")
}

/// Exact name of a container that has several: MP4 holds audio or video, Ogg holds Vorbis or Opus.
fn named(found: &str, told: Option<&str>, kind: Kind) -> String {
    let told = told.map(|told| told.split(';').next().unwrap_or(told).trim()).unwrap_or_default();
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
        .contains(&told),
        "audio/ogg" | "video/ogg" | "application/ogg" | "audio/opus" => {
            ["audio/ogg", "audio/opus", "video/ogg", "audio/vorbis"].contains(&told)
        }
        "video/webm" => ["audio/webm", "video/webm"].contains(&told),
        _ => false,
    };
    match found {
        _ if same_container => told.replace("audio/x-m4a", "audio/mp4").replace("audio/m4a", "audio/mp4"),
        "audio/m4a" => "audio/mp4".into(),
        "video/mp4" if kind == Kind::Podcast => "audio/mp4".into(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(head: &[u8], told: &str) -> Result<String, String> {
        judge(head, Some(told), Kind::Podcast, Wanted::Media)
    }

    #[test]
    fn another_thing_than_the_episode_is_refused_in_words_whatever_it_is_called() {
        for (sent, words) in [
            (
                "<!DOCTYPE html><p>Sign in",
                "The site sent a web page, perhaps a sign-in page, instead of the episode.",
            ),
            (r#"{"error":"gone"}"#, "a message of its own"),
            ("Expired URL", "a text"),
            ("%PDF-1.7 ...", "a PDF"),
            ("#EXTM3U\n", "a playlist"),
            ("GIF89a\u{1}\0\u{1}\0", "a picture"),
            ("PK\u{3}\u{4}zipzipzip", "application/zip"),
            ("\u{0}\u{1}\u{2}", "no known type"),
            ("", "empty"),
            (" \r\n", "empty"),
        ] {
            for told in ["audio/mpeg", "text/html", "application/octet-stream"] {
                let why = judged(sent.as_bytes(), told).expect_err(sent);
                assert!(why.contains(words), "{sent}: {why}");
            }
        }
    }

    #[test]
    fn media_are_recognised_whatever_they_are_called() {
        assert_eq!(judged(b"ID3\x04\0\0\0\0\0\0", "text/html"), Ok("audio/mpeg".into()));
        assert_eq!(judged(b"OggS\0\x02\0\0\0\0\0\0", "audio/opus"), Ok("audio/opus".into()));
        assert_eq!(judged(b"\0\0\0\x20ftypM4A \0\0\0\0", "audio/x-m4a"), Ok("audio/mp4".into()));
        assert_eq!(judged(b"\0\0\0\x20ftypM4A \0\0\0\0", "text/html"), Ok("audio/mp4".into()));
    }

    #[test]
    fn each_promise_is_kept_by_its_own_content_alone() {
        let page = b"<!doctype html><p>Text</p>";
        let of = |head: &[u8], wanted| judge(head, None, Kind::Article, wanted);
        assert_eq!(of(page, Wanted::Page), Ok("text/html".into()));
        assert_eq!(of(b"plain words", Wanted::Page), Ok("text/plain".into()));
        assert_eq!(of(b"%PDF-1.7", Wanted::Document), Ok("application/pdf".into()));
        assert_eq!(of(b"GIF89a\x01\0\x01\0", Wanted::Picture), Ok("image/gif".into()));
        assert!(of(b"\x7fELF\x02\x01\x01", Wanted::Page).is_err() && of(b"<rss>", Wanted::Page).is_err());
        assert!(of(page, Wanted::Picture).is_err() && of(b"<svg>", Wanted::Picture).is_err());
        assert!(of(page, Wanted::Attachment).is_err() && of(page, Wanted::Nothing).is_err());
    }

    #[test]
    fn texts_are_small_and_media_as_large_as_the_setting() {
        assert_eq!(size_limit("text/html", 500), 5 * MB);
        assert_eq!(size_limit("audio/mpeg", 500), 500 * MB);
        assert_eq!(wanted_limit(Wanted::Picture, 500), 10 * MB);
        assert_eq!(wanted_limit(Wanted::Media, 500), 500 * MB);
    }
}
