//! Chapters within an item: Podlove Simple Chapters 1.2.

use text::one_line;

use super::limits::{MAX_CHAPTERS, MAX_NAME};
use super::numbers::{flag, normal_play_time};
use super::xml::Element;
use crate::Chapter;

/// The chapters sorted by start. A chapter without a start is dropped.
pub fn within(element: &Element<'_, '_>) -> Vec<Chapter> {
    let told = element.children().filter(|child| child.head.is("chapter"));
    let mut chapters: Vec<Chapter> = told.filter_map(|child| chapter(&child)).take(MAX_CHAPTERS).collect();
    chapters.sort_by(|one, other| one.start_seconds.total_cmp(&other.start_seconds));
    chapters
}

fn chapter(element: &Element<'_, '_>) -> Option<Chapter> {
    let seconds = |name: &str| element.attribute(name).and_then(|told| normal_play_time(&told));
    let start_seconds = seconds("start")?;
    let title = element.attribute("title").unwrap_or_else(|| element.text());
    Some(Chapter {
        start_seconds,
        end_seconds: seconds("end").filter(|end| *end > start_seconds),
        title: one_line(&title, MAX_NAME),
        url: element.address("href"),
        image_url: element.address("image"),
        hidden: element.attribute("toc").and_then(|told| flag(&told)) == Some(false),
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rss_item, some};
    use super::*;

    #[test]
    fn chapters_within_an_item_are_read_in_the_order_of_their_starts() {
        let item = rss_item(
            "<psc:chapters version='1.2' xmlns:psc='http://podlove.org/simple-chapters'>
             <psc:chapter start='0' title='Hello'/><psc:chapter start='1:02:03.250' title='The &amp; end' href='/end' image='end.jpg'/>
             <psc:chapter start='03:07.5' title='News' href='javascript:x()'/><psc:chapter title='never'/><psc:chapter start='soon'/>
             </psc:chapters>",
        );
        let starts: Vec<f64> = item.details.chapters.iter().map(|chapter| chapter.start_seconds).collect();
        assert_eq!(starts, [0.0, 187.5, 3_723.25]);
        let end = Chapter {
            start_seconds: 3_723.25,
            title: "The & end".into(),
            url: some("https://example.org/end"),
            image_url: some("https://example.org/a/end.jpg"),
            ..Chapter::default()
        };
        assert_eq!((&item.details.chapters[1].url, &item.details.chapters[2]), (&None, &end));
    }

    #[test]
    fn chapters_need_no_declared_prefix_and_have_a_bound() {
        let many: String = (0..2_000).map(|n| format!("<psc:chapter start='{n}' title='{n}'/>")).collect();
        let item = rss_item(&format!("<psc:chapters>{many}</psc:chapters><title>T</title>"));
        assert_eq!((item.details.chapters.len(), item.title.as_str()), (MAX_CHAPTERS, "T"));
    }
}
