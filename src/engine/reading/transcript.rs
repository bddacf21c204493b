//! Transcripts offered by feeds (Podcasting 2.0, `podcast:transcript`): WebVTT,
//! SubRip, JSON, HTML or plain text.

use super::cues;
use crate::domain::item::Transcript;
use crate::domain::reading::{Reading, SaidLine, Transcription};
use crate::engine::articles::{clean, is_hostile};
use crate::engine::{Engine, attachments};

const MAX_BYTES: usize = 2_000_000;
/// Orders of preference: easiest to read first, and timed formats first.
const PLAIN_FIRST: [TranscriptKind; 4] =
    [TranscriptKind::Plain, TranscriptKind::Html, TranscriptKind::Cues, TranscriptKind::Json];
const TIMED_FIRST: [TranscriptKind; 4] =
    [TranscriptKind::Cues, TranscriptKind::Json, TranscriptKind::Html, TranscriptKind::Plain];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TranscriptKind {
    Plain,
    Html,
    Cues,
    Json,
}

/// Returns the offer that is easiest to read, if there is one in a known format.
pub fn best(offered: &[Transcript]) -> Option<&Transcript> {
    first_of(PLAIN_FIRST, offered)
}

/// Returns an offer with times if there is one, else any in a known format.
pub fn best_timed(offered: &[Transcript]) -> Option<&Transcript> {
    first_of(TIMED_FIRST, offered)
}

fn first_of(order: [TranscriptKind; 4], offered: &[Transcript]) -> Option<&Transcript> {
    let rank = |transcript: &&Transcript| order.iter().position(|kind| Some(*kind) == kind_of(transcript));
    offered.iter().filter(|transcript| rank(transcript).is_some()).min_by_key(rank)
}

/// Format by MIME type, or by file name extension where no type is given.
fn kind_of(transcript: &Transcript) -> Option<TranscriptKind> {
    let told = transcript.mime_type.as_deref().and_then(|told| told.split(';').next());
    let path = transcript.url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit_once('.').map_or("", |(_, name)| name);
    match told.map(str::trim).filter(|told| !told.is_empty()).unwrap_or(name).to_ascii_lowercase().as_str() {
        "text/plain" | "txt" => Some(TranscriptKind::Plain),
        "text/html" | "html" | "htm" => Some(TranscriptKind::Html),
        "text/vtt" | "application/x-subrip" | "application/srt" | "vtt" | "srt" => Some(TranscriptKind::Cues),
        "application/json" | "json" => Some(TranscriptKind::Json),
        _ => None,
    }
}

/// Fetches a transcript as text without times.
///
/// # Errors
/// A reason as text, because a missing transcript is not a failure.
pub async fn fetch(engine: &Engine, offered: &Transcript) -> Result<Reading, String> {
    let Transcription { lines, html, .. } = said(engine, offered).await?;
    Ok(reading(&lines, html))
}

/// Fetches a transcript as text with times, where it has them.
///
/// # Errors
/// The reason as a sentence for the user.
pub async fn said(engine: &Engine, offered: &Transcript) -> Result<Transcription, String> {
    let kind = kind_of(offered).ok_or("It is in no form that is known here.")?;
    let bytes = attachments::fetch(engine, &offered.url, MAX_BYTES).await?;
    let (url, language) = (offered.url.clone(), offered.language.clone());
    let made = tokio::task::spawn_blocking(move || read(&String::from_utf8_lossy(&bytes), kind, &url)).await;
    let (lines, html) = made.map_err(|error| error.to_string())?;
    if lines.is_empty() && html.is_empty() {
        return Err("There are no words in it.".into());
    }
    Ok(Transcription { lines, html, language })
}

fn read(text: &str, kind: TranscriptKind, url: &str) -> (Vec<SaidLine>, String) {
    match kind {
        TranscriptKind::Html if is_hostile(text) => Default::default(),
        TranscriptKind::Html => (Vec::new(), clean(text, url)),
        TranscriptKind::Json => (cues::of_json(text), String::new()),
        TranscriptKind::Cues => (cues::of_blocks(text), String::new()),
        TranscriptKind::Plain => {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            (
                lines.map(|line| SaidLine { text: line.to_owned(), ..SaidLine::default() }).collect(),
                String::new(),
            )
        }
    }
}

fn reading(lines: &[SaidLine], html: String) -> Reading {
    let escaped = |line: &str| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let paragraphs = lines.iter().map(|line| format!("<p>{}</p>", escaped(&line.text)));
    let html = if lines.is_empty() { html } else { paragraphs.collect() };
    let words = text::words(&text::plain(&html)).len() as i64;
    Reading { title: None, byline: None, html, words }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, kind: &str) -> String {
        let offered = Transcript { mime_type: Some(kind.into()), ..Transcript::default() };
        let (lines, html) = read(text, kind_of(&offered).expect("a kind"), "https://example.org/t");
        text::plain(&reading(&lines, html).html)
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
        assert_eq!(best_timed(&offered).map(|t| t.url.as_str()), Some("application/json"));
        assert_eq!(best(&[offer("image/png")]), None);
        let named = Transcript { url: "https://x.example/talk.SRT?v=2".into(), ..Transcript::default() };
        assert_eq!((kind_of(&named), kind_of(&Transcript::default())), (Some(TranscriptKind::Cues), None));
    }
}
