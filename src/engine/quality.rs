//! Quality score of an item from its metadata, each part with its reason.

use crate::domain::item::Item;
use crate::domain::source::Kind;

#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// Earned share of the parts that apply to this kind of item, 0 to 1.
    pub score: f64,
    pub reasons: Vec<String>,
}

/// Number of words above which more text adds nothing.
const WORDS_ENOUGH: usize = 150;

struct QualityPart {
    weight: f64,
    /// 0 to 1.
    earned: f64,
    reason: String,
}

/// Scores an item. `text` is the longest text of it; `verified` is whether its file
/// is stored and was checked.
pub fn assess(item: &Item, text: &str, verified: bool) -> Quality {
    let plays = matches!(item.kind, Kind::Podcast | Kind::Video);
    let words = text::words(text).len();
    let mut parts = vec![
        QualityPart {
            // A picture needs no text.
            weight: if item.kind == Kind::Picture { 0.0 } else { 0.3 },
            earned: words.min(WORDS_ENOUGH) as f64 / WORDS_ENOUGH as f64,
            reason: match words {
                0 => "no text at all".into(),
                words => format!("{words} words of text"),
            },
        },
        part(0.1, !item.summary_html.trim().is_empty(), "has a description", "no description"),
        part(0.15, item.published_at.is_some(), "the date is known", "no date"),
        // A failed download says nothing about the item.
        QualityPart {
            weight: if verified { 0.2 } else { 0.0 },
            ..part(0.2, verified, "its file is here and verified", "its file is not here yet")
        },
    ];
    if plays {
        parts.push(part(0.15, item.duration_seconds.is_some(), "the length is known", "no length given"));
        let sized = item.media_bytes.is_some();
        parts.push(part(0.1, sized, "the feed states its size", "the feed states no size"));
    }
    let all: f64 = parts.iter().map(|p| p.weight).sum();
    let earned: f64 = parts.iter().map(|p| p.weight * p.earned).sum();
    let score = (earned / all * 100.0).round() / 100.0;
    Quality { score, reasons: parts.into_iter().map(|p| p.reason).collect() }
}

/// Returns the longer of the item's two texts as plain text.
pub fn text_of(item: &Item) -> String {
    let (content, summary) = (text::plain(&item.content_html), text::plain(&item.summary_html));
    if content.len() >= summary.len() { content } else { summary }
}

fn part(weight: f64, holds: bool, yes: &str, no: &str) -> QualityPart {
    let (earned, reason) = if holds { (1.0, yes) } else { (0.0, no) };
    QualityPart { weight, earned, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DateTime;
    use crate::engine::agents::ranking::tests::item;

    #[test]
    fn the_score_follows_what_is_known() {
        let bare = item(1, "Bare");
        let mut rich = item(2, "Rich");
        rich.content_html = "word ".repeat(200);
        rich.summary_html = "What it is about".into();
        rich.published_at = Some(DateTime::UNIX_EPOCH);
        rich.duration_seconds = Some(60);
        rich.media_bytes = Some(1_000);
        assert_eq!(assess(&bare, "", false).score, 0.0);
        assert_eq!(assess(&rich, &text_of(&rich), true).score, 1.0);
        assert_eq!(
            assess(&rich, &text_of(&rich), false).score,
            1.0,
            "a file that failed to come costs nothing"
        );
    }

    #[test]
    fn every_part_gives_its_reason() {
        let quality = assess(&item(1, "Bare"), "", true);
        assert!(quality.reasons.contains(&"no date".to_owned()), "{:?}", quality.reasons);
        assert!(quality.reasons.contains(&"its file is here and verified".to_owned()));
        assert_eq!(quality.reasons.len(), 6);
    }

    #[test]
    fn an_article_is_not_blamed_for_having_no_length() {
        let mut article = item(1, "Text");
        article.kind = Kind::Article;
        assert_eq!(assess(&article, &text_of(&article), false).reasons.len(), 4);
    }
}
