//! Content type detection for files and responses of many kinds.

use super::*;

/// MPEG audio frames of 128 kbit/s at 44.1 kHz, 417 bytes each.
fn frames(count: usize) -> Vec<u8> {
    let frame: Vec<u8> = [0xff, 0xfb, 0x90, 0x00].into_iter().chain((0..413).map(|n| n as u8)).collect();
    frame.repeat(count)
}

/// Noise that begins with these bytes.
fn noise(start: &[u8]) -> Vec<u8> {
    let rest = (0u32..4_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8);
    start.iter().copied().chain(rest).collect()
}

#[test]
fn sound_and_film_are_known_by_their_bytes() {
    let padded = [vec![0; 9_000], frames(5)].concat();
    let tagged = |behind: &[u8]| [&b"ID3\x04\0\0\0\0\0\x04tags"[..], behind].concat();
    let packets = noise(&[]).chunks(187).flat_map(|rest| [&[0x47], rest].concat()).collect();
    for (head, mime_type) in [
        (frames(3), "audio/mpeg"),
        (frames(2), "audio/mpeg"),
        (padded, "audio/mpeg"),
        (tagged(&frames(3)), "audio/mpeg"),
        (noise(b"ID3\x04\0\0\0\0\0\0"), "audio/mpeg"),
        (tagged(b"fLaC\0\0\0\x22and so on"), "audio/x-flac"),
        (noise(b"OggS\0\x02\0\0\0\0\0\0"), "audio/ogg"),
        (noise(b"fLaC\0\0\0\x22"), "audio/x-flac"),
        (noise(b"RIFF\x24\x08\0\0WAVEfmt "), "audio/x-wav"),
        (noise(&[0xff, 0xf1, 0x50, 0x80]), "audio/aac"),
        (noise(b"\0\0\0\x20ftypM4A \0\0\0\0"), "audio/mp4"),
        (noise(b"\0\0\0\x20ftypM4B \0\0\0\0"), "audio/mp4"),
        (noise(b"\0\0\0\x20ftypisom\0\0\x02\0"), "video/mp4"),
        (noise(b"\0\0\0\x20ftypdash\0\0\x02\0"), "video/mp4"),
        (noise(b"\0\0\0\x14ftypqt  \0\0\0\0"), "video/quicktime"),
        (noise(b"\0\0\0\x08wide\0\0\0\0mdat"), "video/quicktime"),
        (noise(b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x84webm"), "video/webm"),
        (noise(b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska"), "video/x-matroska"),
        (packets, "video/mp2t"),
    ] {
        assert_eq!(of(&head), Some(mime_type), "{:?}", &head[..12]);
    }
}

#[test]
fn pages_and_texts_are_known_whatever_they_are_called() {
    for page in [
        "<!DOCTYPE html><p>Sign in",
        "\u{feff}\r\n\t <HTML><HEAD>",
        "<!-- wifi --><!-- more -->\n<html>",
        "<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html xmlns='x'>",
        "<?xml version='1.0'?>\n<html>",
        "<center>Please pay</center>",
        "<META http-equiv=refresh>",
        "<script>location='/login'</script>",
        "<!-- never closed",
    ] {
        assert_eq!(of(page.as_bytes()), Some("text/html"), "{page}");
        let utf16: Vec<u8> =
            [0xfeff].into_iter().chain(page.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(of(&utf16), Some("text/html"), "{page} in UTF-16");
    }
    let latin: Vec<u8> = "<p>Geb\u{fc}hr".chars().map(|c| c as u8).collect();
    assert_eq!(of(&latin), Some("text/html"));
    for (text, mime_type) in [
        (r#"{"error":"expired"}"#, "application/json"),
        (r#"[{"error":1}]"#, "application/json"),
        ("Unauthorized", "text/plain"),
        ("BM: the address has expired", "text/plain"),
        ("#EXTM3U\nhttp://x/live", "audio/x-mpegurl"),
        ("[playlist]\nFile1=http://x", "audio/x-mpegurl"),
        ("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "text/xml"),
        ("<rss version='2.0'>", "text/xml"),
        ("<svg xmlns='x'>", "image/svg+xml"),
        ("d8:announce30:http://x", "application/x-bittorrent"),
        ("%PDF-1.7 of nothing but letters", "application/pdf"),
    ] {
        assert_eq!(of(text.as_bytes()), Some(mime_type), "{text}");
    }
}

#[test]
fn a_tag_does_not_make_a_page_sound() {
    let page = [&b"ID3\x04\0\0\0\0\0\0"[..], b"<!doctype html><p>Please sign in"].concat();
    assert_eq!(of(&page), None);
}

#[test]
fn packed_bytes_and_noise_are_neither_sound_nor_film() {
    for head in [
        noise(&[0x1f, 0x8b, 0x08, 0]),
        noise(b"PK\x03\x04"),
        noise(&[0]),
        noise(b"\x7fELF\x02\x01\x01"),
        vec![],
    ] {
        let found = of(&head).unwrap_or_default();
        assert!(!found.starts_with("audio/") && !found.starts_with("video/"), "{found}");
    }
}

#[test]
fn frames_tell_the_pace_of_playing() {
    assert_eq!(bits_per_second(&frames(2)), Some(128_000));
    assert_eq!(bits_per_second(b"no frames"), None);
    let mut broken = frames(3);
    broken[417] = 0;
    assert!(!is_mpeg_audio(&broken[..800]));
}
