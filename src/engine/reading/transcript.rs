//! Transcripts as feeds offer them (Podcasting 2.0, `podcast:transcript`): WebVTT, SubRip, JSON, HTML or plain text.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::page::clean;
use crate::domain::item::Transcript;
use crate::domain::reading::Reading;
use crate::engine::Engine;
use crate::engine::agents::prose;

const BYTES_MOST: usize = 2_000_000;
/// What is easiest to read first.
const KINDS: [&str; 6] =
    ["text/plain", "text/html", "text/vtt", "application/x-subrip", "application/srt", "application/json"];

/// The offer that is easiest to read, if any is.
pub fn best(offered: &[Transcript]) -> Option<&Transcript> {
    let rank = |transcript: &&Transcript| KINDS.iter().position(|kind| Some(*kind) == kind_of(transcript));
    offered.iter().filter(|transcript| rank(transcript).is_some()).min_by_key(rank)
}

fn kind_of(transcript: &Transcript) -> Option<&str> {
    Some(transcript.mime_type.as_deref()?.split(';').next()?.trim())
}

/// # Errors
/// In words for the log: the text is a gain, and its absence no failure.
pub async fn fetch(engine: &Engine, offered: &Transcript) -> Result<Reading, String> {
    let answered =
        engine.egress.read(&offered.url, HeaderMap::new()).await.map_err(|error| error.to_string())?;
    let (url, status) = (answered.url.clone(), answered.response.status());
    if !status.is_success() {
        return Err(format!("the server answered {}", status.as_u16()));
    }
    let bytes = answered.whole(BYTES_MOST).await.map_err(|error| error.to_string())?;
    let bytes = bytes.ok_or_else(|| format!("it has more than {} MB", BYTES_MOST / 1_000_000))?;
    Ok(read(&String::from_utf8_lossy(&bytes), kind_of(offered).unwrap_or_default(), url.as_str()))
}

fn read(text: &str, kind: &str, url: &str) -> Reading {
    let html = match kind {
        "text/html" => clean(text, url),
        "application/json" => paragraphs(&of_json(text)),
        "text/plain" => paragraphs(text),
        _ => paragraphs(&of_cues(text)),
    };
    let words = prose::words(&prose::plain(&html)).len() as i64;
    Reading { title: None, byline: None, html, words }
}

/// `{"segments": [{"speaker": …, "body": …}]}`
fn of_json(text: &str) -> String {
    let parsed: Value = serde_json::from_str(text).unwrap_or_default();
    let segments = parsed.get("segments").and_then(Value::as_array);
    let bodies = segments.into_iter().flatten().filter_map(|segment| segment.get("body")?.as_str());
    bodies.collect::<Vec<_>>().join(" ")
}

/// WebVTT and SubRip: the words without numbers, times and marks.
fn of_cues(text: &str) -> String {
    let is_word = |line: &&str| {
        let number = line.chars().all(|c| c.is_ascii_digit());
        !number && !line.contains("-->") && !line.starts_with("WEBVTT") && !line.starts_with("NOTE")
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).filter(is_word);
    let words = lines.map(prose::plain).collect::<Vec<_>>().join(" ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn paragraphs(text: &str) -> String {
    let escaped = |line: &str| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| format!("<p>{}</p>", escaped(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, kind: &str) -> String {
        prose::plain(&read(text, kind, "https://example.org/t").html)
    }

    #[test]
    fn cues_lose_their_times_and_numbers() {
        let vtt = "WEBVTT\n\nNOTE made by hand\n\n1\n00:00.000 --> 00:02.000\n<v Ann>The train\n\n00:02.000 --> 00:04.000\nleft at 5.\n";
        assert_eq!(words(vtt, "text/vtt"), "The train left at 5.");
        let srt = "1\r\n00:00:00,000 --> 00:00:02,000\r\n<i>Good</i> night.\r\n";
        assert_eq!(words(srt, "application/x-subrip"), "Good night.");
    }

    #[test]
    fn segments_and_pages_are_read_as_well() {
        let json = r#"{"segments":[{"speaker":"Ann","body":"The train"},{"body":"left <b>."}]}"#;
        assert_eq!(words(json, "application/json"), "The train left <b>.");
        assert_eq!(words("<p>Hi<script>x()</script> there</p>", "text/html"), "Hi there");
        assert_eq!(words("no json", "application/json"), "");
    }

    #[test]
    fn the_easiest_to_read_is_asked_for() {
        let offer =
            |kind: &str| Transcript { url: kind.into(), mime_type: Some(kind.into()), ..Default::default() };
        let offered = [offer("application/json"), offer("text/html; charset=utf-8"), offer("image/png")];
        assert_eq!(best(&offered).map(|t| t.url.as_str()), Some("text/html; charset=utf-8"));
        assert_eq!(best(&[offer("image/png")]), None);
    }
}
