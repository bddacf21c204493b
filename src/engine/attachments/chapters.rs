//! The chapters of an item: from the file that its feed names ("JSON Chapters 1.2" of the Podcasting 2.0
//! namespace), else from the feed itself.

use feed::{MAX_ADDRESS, MAX_NAME, normal_play_time};
use serde::Deserialize;
use serde_json::Value;
use text::one_line;
use url::Url;

use crate::domain::item::Chapter;
use crate::domain::{ItemId, Refusal, UserId};
use crate::engine::catalog::{self, logins};
use crate::engine::{Engine, Result};

const MAX_BYTES: usize = 1_000_000;
const MAX_CHAPTERS: usize = 5_000;

/// Returns the chapters by start time; empty if there are none.
///
/// # Errors
/// A conflict with the reason if the file cannot be read and the feed itself has no chapters.
pub async fn chapters(engine: &Engine, owner: UserId, item: ItemId) -> Result<Vec<Chapter>> {
    let item = catalog::item(engine, owner, item).await?;
    let told = item.content.details.chapters;
    let Some(url) = item.content.chapters_url else { return Ok(told) };
    let url = logins::marked_for(engine, item.source_id, &url).await?;
    let fetched = super::fetch(engine, &url, MAX_BYTES).await;
    match fetched.and_then(|bytes| read(&bytes).ok_or_else(|| GARBLED.to_owned())) {
        Ok(read) => Ok(read),
        Err(_) if !told.is_empty() => Ok(told),
        Err(why) => Err(Refusal::conflict(format!("The chapters could not be read. {why}")).into()),
    }
}

const GARBLED: &str = "Its file of chapters is in no form that is known here.";

/// Parses a chapters file; none if it is not one. Invalid chapters are dropped.
fn read(bytes: &[u8]) -> Option<Vec<Chapter>> {
    #[derive(Deserialize)]
    struct File {
        chapters: Vec<Value>,
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let file: File = serde_json::from_slice(bytes).ok()?;
    let mut chapters: Vec<_> = file.chapters.iter().filter_map(chapter).take(MAX_CHAPTERS).collect();
    chapters.sort_by(|one, other| one.start_seconds.total_cmp(&other.start_seconds));
    Some(chapters)
}

fn chapter(told: &Value) -> Option<Chapter> {
    let start_seconds = seconds(told.get("startTime")?)?;
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default();
    Some(Chapter {
        start_seconds,
        end_seconds: told.get("endTime").and_then(seconds).filter(|end| *end > start_seconds),
        title: one_line(&text("title").replace(char::is_control, " "), MAX_NAME),
        url: address(text("url")),
        image_url: address(text("img")),
        hidden: told.get("toc") == Some(&Value::Bool(false)),
    })
}

/// A number, as specified, or a number in quotes.
fn seconds(told: &Value) -> Option<f64> {
    match told {
        Value::Number(number) => normal_play_time(&format!("{:.3}", number.as_f64()?)),
        Value::String(text) => normal_play_time(text),
        _ => None,
    }
}

fn address(told: &str) -> Option<String> {
    let url = Url::parse(told).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(String::from(url)).filter(|url| url.len() <= MAX_ADDRESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_are_read_in_the_order_of_their_starts() {
        let file = br#"{"version":"1.2.0","chapters":[
            {"startTime":90.5,"title":"Second","endTime":120,"url":"https://example.org/2","img":"https://example.org/2.jpg"},
            {"startTime":0,"title":"First &amp; <b>best</b>","toc":true},
            {"startTime":"100","title":"Only a picture","toc":false,"location":{"name":"x"}}]}"#;
        let chapters = read(file).expect("chapters");
        let starts: Vec<_> = chapters.iter().map(|it| (it.start_seconds, it.hidden)).collect();
        assert_eq!(starts, [(0.0, false), (90.5, false), (100.0, true)]);
        let second = Chapter {
            start_seconds: 90.5,
            end_seconds: Some(120.0),
            title: "Second".into(),
            url: Some("https://example.org/2".into()),
            image_url: Some("https://example.org/2.jpg".into()),
            hidden: false,
        };
        assert_eq!(chapters[1], second);
    }

    #[test]
    fn what_is_no_chapter_is_left_out_and_the_others_stay() {
        let file = br#"{"chapters":[7,null,{"title":"No start"},{"startTime":-1},{"startTime":1e300},{"startTime":[1]},
            {"startTime":5,"title":["a"],"url":"javascript:x()","img":7,"endTime":2}]}"#;
        let only = Chapter { start_seconds: 5.0, ..Chapter::default() };
        assert_eq!(read(file), Some(vec![only]));
    }

    #[test]
    fn other_files_are_none() {
        for file in
            [&b"<html>"[..], b"", b"[]", b"{}", br#"{"chapters":{}}"#, b"\xff\xfe\x00", &b"[".repeat(100_000)]
        {
            assert_eq!(read(file), None);
        }
        assert_eq!(read(b"\xef\xbb\xbf{\"chapters\":[]}"), Some(Vec::new()));
    }

    #[test]
    fn there_is_an_end_to_them() {
        let many: Vec<_> = (0..9_000).map(|n| format!("{{\"startTime\":{n}}}")).collect();
        let file = format!("{{\"chapters\":[{}]}}", many.join(","));
        assert_eq!(read(file.as_bytes()).map(|all| all.len()), Some(MAX_CHAPTERS));
    }
}
