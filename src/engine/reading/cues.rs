//! Timed text of transcripts in WebVTT, SubRip, and the JSON of the Podcasting 2.0 namespace. Cues of a few
//! words are joined to paragraphs.

use feed::normal_play_time;
use serde_json::Value;

use crate::domain::reading::SaidLine;

/// Bytes after which a paragraph ends with its sentence, and bytes after which it ends in any case.
const PARAGRAPH: usize = 200;
const MAX_PARAGRAPH: usize = 500;
/// Seconds of silence that start a new paragraph.
const PAUSE: f64 = 4.0;
const MAX_LINES: usize = 20_000;

/// `{"segments": [{"startTime": …, "endTime": …, "speaker": …, "body": …}]}`
pub fn of_json(text: &str) -> Vec<SaidLine> {
    let parsed: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
    let segments = parsed.get("segments").and_then(Value::as_array).into_iter().flatten();
    let seconds =
        |segment: &Value, name: &str| normal_play_time(&format!("{:.3}", segment.get(name)?.as_f64()?));
    joined(segments.filter_map(|segment| {
        let speaker = segment.get("speaker").and_then(Value::as_str);
        Some(Cue {
            start: seconds(segment, "startTime"),
            end: seconds(segment, "endTime"),
            speaker: speaker.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned),
            text: segment.get("body")?.as_str()?.to_owned(),
        })
    }))
}

/// Parses WebVTT and SubRip. Text outside of cues, and cue numbers, are left out.
pub fn of_blocks(text: &str) -> Vec<SaidLine> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    joined(text.split("\n\n").flat_map(cue))
}

fn cue(block: &str) -> Option<Cue> {
    let mut lines = block.lines().skip_while(|line| !line.contains("-->"));
    let (start, end) = lines.next()?.split_once("-->")?;
    let end = end.split_whitespace().next().unwrap_or_default();
    let (mut speaker, mut words) = (None, Vec::new());
    for line in lines {
        speaker = speaker.or_else(|| voice(line));
        words.push(text::plain(line));
    }
    Some(Cue { start: normal_play_time(start), end: normal_play_time(end), speaker, text: words.join(" ") })
}

/// Returns the name in `<v Ann>` or `<v.loud Ann>` (WebVTT, 4.2.2).
fn voice(line: &str) -> Option<String> {
    let (class, rest) = line.split_once("<v")?.1.split_once(' ')?;
    let name = rest.split_once('>')?.0.trim();
    let is_voice = class.is_empty() || class.starts_with('.');
    (is_voice && !name.is_empty()).then(|| name.to_owned())
}

struct Cue {
    start: Option<f64>,
    end: Option<f64>,
    speaker: Option<String>,
    text: String,
}

fn joined(cues: impl Iterator<Item = Cue>) -> Vec<SaidLine> {
    let mut lines = Vec::<SaidLine>::new();
    let (mut speaking, mut until, mut last) = (None, None, String::new());
    for cue in cues {
        let text = cue.text.split_whitespace().collect::<Vec<_>>().join(" ");
        // Roll-up captions repeat a line while the next one appears below it.
        if text.is_empty() || (text == last && text.contains(' ')) {
            continue;
        }
        let is_other = cue.speaker.is_some() && cue.speaker != speaking;
        let is_late = matches!((until, cue.start), (Some(until), Some(start)) if start - until > PAUSE);
        let is_enough = lines.len() == MAX_LINES;
        match lines.last_mut().filter(|line| !is_other && !is_late && !is_full(&line.text)) {
            Some(line) => line.text = format!("{} {text}", line.text),
            None if is_enough => break,
            None => {
                let speaker = cue.speaker.clone().filter(|_| is_other);
                lines.push(SaidLine { start_seconds: cue.start, speaker, text: text.clone() });
            }
        }
        speaking = cue.speaker.or(speaking);
        (until, last) = (cue.end.or(cue.start), text);
    }
    lines
}

fn is_full(text: &str) -> bool {
    let is_over = text.ends_with(['.', '!', '?', '…', '。', '！', '？', '"', '”']);
    text.len() >= MAX_PARAGRAPH || (is_over && text.len() >= PARAGRAPH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(start: f64, speaker: Option<&str>, text: &str) -> SaidLine {
        SaidLine { start_seconds: Some(start), speaker: speaker.map(str::to_owned), text: text.into() }
    }

    #[test]
    fn cues_become_paragraphs_with_the_times_and_names_of_who_speaks() {
        let vtt = "WEBVTT - Talk\nKind: captions\n\nNOTE made by hand\n\nSTYLE\n::cue { color: red }\n\n1\n00:00.500 --> 00:02.000 align:start\n\
            <v Ann>The train\n\n00:02.000 --> 00:04.000\n<v Ann>left at <b>5</b>.\n\n00:04.000 --> 00:05.000\n<v.loud Bob>Did it?\n\n\
            01:00:09.000 --> 01:00:10.000\nLater.";
        assert_eq!(
            of_blocks(vtt),
            [
                line(0.5, Some("Ann"), "The train left at 5."),
                line(4.0, Some("Bob"), "Did it?"),
                line(3_609.0, None, "Later.")
            ]
        );
    }

    #[test]
    fn numbers_and_commas_of_subrip_are_read_as_well() {
        let srt = "1\r\n00:00:01,250 --> 00:00:02,000\r\n<i>Good</i> night.\r\n\r\n2\r\n00:00:09,000 --> 00:00:10,000\r\n1984\r\n";
        assert_eq!(of_blocks(srt), [line(1.25, None, "Good night."), line(9.0, None, "1984")]);
    }

    #[test]
    fn segments_of_single_words_are_put_together() {
        let json = r#"{"version":"1.0.0","segments":[{"speaker":"Ann","startTime":0.5,"endTime":1,"body":"The"},
            {"speaker":"Ann","startTime":1,"endTime":1.5,"body":"train."},{"speaker":"Bob","startTime":2,"body":"<b>"},
            {"body":"banana"},{"body":"a"},{"body":"a"},{"body":7},{}]}"#;
        assert_eq!(
            of_json(json),
            [line(0.5, Some("Ann"), "The train."), line(2.0, Some("Bob"), "<b> banana a a")]
        );
    }

    #[test]
    fn what_captions_repeat_is_said_once() {
        let vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\nThe train\n\n00:02.000 --> 00:03.000\nThe train\n\n00:03.000 --> 00:04.000\nleft.";
        assert_eq!(of_blocks(vtt), [line(1.0, None, "The train left.")]);
    }

    #[test]
    fn long_speeches_are_parted_at_the_ends_of_sentences() {
        let cue = |n: usize| format!("00:{n:02}.000 --> 00:{n:02}.900\nSo many ({n}) were said here.\n\n");
        let vtt: String = (0..40).map(cue).collect();
        let lines = of_blocks(&vtt);
        assert!(lines.len() > 3 && lines.iter().all(|line| line.text.ends_with('.')), "{lines:?}");
        assert!(lines.iter().all(|line| line.text.len() < MAX_PARAGRAPH));
    }

    #[test]
    fn what_is_no_transcript_has_no_lines() {
        for text in ["", "no json", "WEBVTT", "-->", "1\n-->\n", "{\"segments\":{}}", "<html><p>Hi"] {
            assert_eq!((of_blocks(text), of_json(text)), (Vec::new(), Vec::new()), "{text}");
        }
    }
}
