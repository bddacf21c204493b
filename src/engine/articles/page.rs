//! Reader view of a page: the article alone, without scripts and frames. Its pictures still have their
//! addresses at the publisher (`pictures`).

use std::collections::HashSet;

use dom_smoothie::{Config, Readability};
use text::mended;
use url::Url;

use crate::domain::reading::Reading;

/// Maximum number of elements of a page, and maximum nesting depth. Parsing and scoring take time in
/// proportion to their product; real pages stay far below.
const MAX_ELEMENTS: usize = 50_000;
const MAX_DEPTH: usize = 400;
/// Void elements, and elements that end where the next of their kind begins.
const SHALLOW: &str = "area base body br col dd dt embed head hr html img input li link meta option p source td th tr track wbr";
/// Minimum number of words of an article. Fewer are a cookie notice.
const MIN_WORDS: usize = 20;

/// Extracts the article. The result has no words if there is none.
pub fn read(bytes: &[u8], url: &str) -> Reading {
    let html = feed::decode_html(bytes, None);
    let html = mended(&html);
    if is_hostile(&html) {
        return nothing();
    }
    let config = Config { max_elements_to_parse: MAX_ELEMENTS, ..Config::default() };
    let article = Readability::new(&*html, Some(url), Some(config)).and_then(|mut page| page.parse());
    let Ok(article) = article else { return nothing() };
    let html = clean_with_pictures(&article.content, url);
    let words = text::words(&text::plain(&html)).len();
    if words < MIN_WORDS {
        return nothing();
    }
    let line = |text: String| Some(text::brief(text.trim(), 300)).filter(|text| !text.is_empty());
    Reading { title: line(article.title), byline: article.byline.and_then(line), html, words: words as i64 }
}

fn nothing() -> Reading {
    Reading { title: None, byline: None, html: String::new(), words: 0 }
}

/// Whether the page has more elements or a deeper nesting than real pages, by a scan of its tags.
pub fn is_hostile(html: &str) -> bool {
    let (mut depth, mut elements) = (0usize, 0usize);
    for tag in html.split('<').skip(1) {
        let (name, ends) = tag.strip_prefix('/').map_or((tag, false), |name| (name, true));
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let name = name[..end].to_ascii_lowercase();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || SHALLOW.split(' ').any(|one| one == name) {
            continue;
        }
        elements += 1;
        depth = if ends { depth.saturating_sub(1) } else { depth + 1 };
        if depth > MAX_DEPTH || elements > 2 * MAX_ELEMENTS {
            return true;
        }
    }
    false
}

/// Sanitizes HTML. Images are removed, because they would be requested from their
/// publisher and are missing offline.
pub fn clean(html: &str, base: &str) -> String {
    clean_without(&["img", "map", "area"], html, base)
}

/// Like `clean`, but keeps the images. They must be replaced by copies before a browser gets the text.
pub fn clean_with_pictures(html: &str, base: &str) -> String {
    clean_without(&["map", "area"], html, base)
}

fn clean_without(tags: &[&'static str], html: &str, base: &str) -> String {
    let mut builder = ammonia::Builder::default();
    builder.rm_tags(tags).url_schemes(HashSet::from(["http", "https", "mailto"]));
    if let Ok(base) = Url::parse(base) {
        builder.url_relative(ammonia::UrlRelative::RewriteWithBase(base));
    }
    builder.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = "The night train left on time, and nobody on it was in a hurry at all. It carried letters, bread \
        and a few people who could not fly. At dawn it stopped by the sea. ";

    fn page(head: &str, body: &str) -> Vec<u8> {
        format!(
            "<!doctype html><html><head>{head}<title>Night trains</title></head><body>{body}</body></html>"
        )
        .into()
    }

    fn story(extra: &str) -> String {
        let text = format!("<p>{}</p>", STORY.repeat(3));
        format!(
            "<nav><a href='/'>Home</a><a href='/shop'>Buy socks</a></nav><article><h1>Night trains</h1>{}{extra}</article><footer>Cookies!</footer>",
            text.repeat(4)
        )
    }

    #[test]
    fn the_article_is_left_and_what_stands_around_it_is_gone() {
        let reading =
            read(&page("", &story("<p>See <a href='/map'>the map</a>.</p>")), "https://example.org/a/b");
        assert!(reading.html.contains("night train left on time") && reading.words > 300, "{reading:?}");
        assert!(!reading.html.contains("socks") && !reading.html.contains("Cookies"), "{}", reading.html);
        assert!(reading.html.contains("https://example.org/map"));
        assert_eq!(reading.title.as_deref(), Some("Night trains"));
    }

    #[test]
    fn nothing_in_it_runs_frames_or_fetches() {
        let bad = "<p onclick='steal()'>Text <script>steal()</script><img src='https://spy.example/1.gif' alt='A map'>\
            <iframe src='https://spy.example'></iframe><a href='javascript:steal()'>here</a><style>p{}</style></p>";
        let html = read(&page("", &story(bad)), "https://example.org/").html;
        let html = super::super::pictures::with_copies(&html, |_| None);
        assert!(html.contains("A map"), "{html}");
        for word in ["script", "onclick", "spy.example", "javascript", "iframe", "<img", "style"] {
            assert!(!html.contains(word), "{word}: {html}");
        }
    }

    #[test]
    fn a_page_without_an_article_has_no_words() {
        for bytes in [page("", "<p>Accept cookies?</p>"), Vec::new(), vec![0xff; 4_000], b"<".repeat(9_000)] {
            assert_eq!(read(&bytes, "https://example.org/").words, 0);
        }
    }

    #[test]
    fn a_page_is_read_in_its_own_charset() {
        let text = story(
            "<p>Caf\u{e9} M\u{fc}ller serves the night train, every day and every night of the year.</p>",
        );
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(&text);
        let bytes = [page("<meta charset=\"windows-1252\">", ""), bytes.into_owned()].concat();
        assert!(read(&bytes, "https://example.org/").html.contains("Café Müller"));
    }

    #[test]
    fn a_page_that_declares_no_charset_is_read_in_the_one_that_it_has() {
        let text = story("<p>Café Müller serves the night train, every day and every night of the year.</p>");
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(&text);
        assert!(read(&bytes, "https://example.org/").html.contains("Café Müller"));
    }

    #[test]
    fn a_page_that_nobody_would_write_is_not_parsed() {
        for hostile in [
            "<div>".repeat(100_000),
            "<b>x".repeat(5_000),
            "<i></i>".repeat(60_000),
            "<ul><li>".repeat(9_000),
        ] {
            assert!(is_hostile(&hostile));
            assert_eq!(read(&page("", &hostile), "https://example.org/").words, 0);
        }
        let old = format!("{}{}", story(""), "<p>Unclosed<br><li>as it was".repeat(2_000));
        assert!(!is_hostile(&old));
    }
}
