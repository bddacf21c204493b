//! Tests of a batch's size: results of a full batch are stored whole.

use super::super::{MAX_OUTPUT, capped};
use super::*;

/// Row of maximum size, with a summary by a model or by the program.
fn row(letter: &str, by_model: bool) -> Value {
    let reasons = vec![letter.repeat(160); 6];
    let mut row = json!({ "item_id": i64::MAX, "title": letter.repeat(160), "score": 0.85, "reasons": reasons,
        "summary": letter.repeat(2_000), "why": null });
    row[if by_model { "model" } else { "without_model" }] = letter.repeat(400).into();
    row
}

#[test]
fn a_full_batch_is_stored_whole_whatever_its_texts_are() {
    for letter in ["a", "ж", "語", "🚂", "\"", "\\", "\u{1}"] {
        for by_model in [true, false] {
            let result = json!({ "items": shortened(vec![row(letter, by_model); BATCH]) });
            assert!(result.to_string().len() <= MAX_OUTPUT, "{letter}: {}", result.to_string().len());
            assert_eq!(capped(result.clone()), result);
            let row = &result["items"][0];
            assert!(row["summary"].as_str().is_some_and(|it| it.starts_with(letter) && it.ends_with('…')));
            assert_eq!((row["reasons"].as_array().map(Vec::len), &row["why"]), (Some(2), &Value::Null));
        }
    }
}

#[test]
fn a_small_batch_has_more_space_for_each_row() {
    let five = json!({ "items": shortened(vec![row("ж", true); 5]) });
    assert_eq!(capped(five.clone()), five);
    assert!(five["items"][0]["summary"].as_str().is_some_and(|it| it.len() > 1_400));
    let one = row("a", true);
    assert_eq!(shortened(vec![one.clone()]), [one]);
    assert!(shortened(Vec::new()).is_empty());
}

#[test]
fn a_text_is_shortened_between_letters_and_counted_as_json() {
    let short = ["abcd", "жжж", "a\"b", "a\"bc"].map(|text| within(text, 4));
    assert_eq!(short, ["abcd", "…", "a\"b", "a…"]);
    assert_eq!(within("one two three", 7), "one…");
}
