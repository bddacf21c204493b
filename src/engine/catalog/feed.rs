//! Reads a feed's bytes into items. What a publisher sends is hostile until it has passed here.

use std::panic::AssertUnwindSafe;

use chrono::Utc;
use encoding_rs::{Encoding, UTF_8};
use feed_rs::model;
use url::Url;

use super::identity::{identity, text_hash};
use super::lengths::lengths;
use crate::db::items::NewItem;
use crate::domain::DateTime;
use crate::domain::item::{Enclosure, Transcript};
use crate::domain::source::Kind;

/// Items taken from one feed at most.
const ITEMS_MOST: usize = 20_000;
/// Characters kept of one text.
const TEXT_MOST: usize = 200_000;
/// PostgreSQL takes 2,700 bytes into an index, and addresses are in several.
const ADDRESS_MOST: usize = 2_500;

/// A feed as told by its publisher, in our words.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    pub title: String,
    pub description: String,
    pub site_url: Option<String>,
    pub image_url: Option<String>,
    /// What its items mostly are, where they tell.
    pub kind: Option<Kind>,
    pub items: Vec<NewItem>,
}

/// Reads a feed of any common format.
///
/// # Errors
/// In words for the person who subscribed.
pub fn read(bytes: &[u8], charset: Option<&str>, base: &Url) -> Result<Feed, String> {
    let text = decode(bytes, charset);
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.is_empty() {
        return Err("The address answered with nothing.".into());
    }
    let head: String = start.chars().take(400).collect::<String>().to_lowercase();
    if head.starts_with("<!doctype html") || head.contains("<html") {
        return Err("This is a web page, not a feed. Look on it for a link called RSS, Atom or feed.".into());
    }
    let parser = feed_rs::parser::Builder::new()
        .base_uri(Some(base.as_str()))
        // An empty id marks an item without one; ours is made from what stays the same over readings.
        .id_generator(|_, _, _| String::new())
        .sanitize_content(false)
        .build();
    let mended = tolerable(start);
    let parsed = std::panic::catch_unwind(AssertUnwindSafe(|| parser.parse(mended.as_bytes())));
    match parsed {
        Ok(Ok(feed)) => {
            let mut feed = translate(feed, base);
            for (item, seconds) in feed.items.iter_mut().zip(lengths(&mended)) {
                item.duration_seconds = seconds.or(item.duration_seconds);
            }
            Ok(feed)
        }
        _ => Err("This is not a feed that can be read: neither RSS, Atom nor JSON Feed.".into()),
    }
}

/// Bytes to text: by byte order mark, then the answer's charset, then the XML prolog, else UTF-8.
/// What cannot be decoded becomes U+FFFD; one bad byte never costs the feed.
fn decode(bytes: &[u8], charset: Option<&str>) -> String {
    let named = || charset.and_then(|name| Encoding::for_label(name.trim().as_bytes()));
    let encoding = named().or_else(|| prolog_encoding(bytes)).unwrap_or(UTF_8);
    let (text, used, _) = encoding.decode(bytes);
    if used == UTF_8 { text.into_owned() } else { without_prolog(&text) }
}

fn prolog_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    let after = head.strip_prefix("<?xml")?.split_once("?>")?.0.split_once("encoding")?.1;
    let name = after.trim_start_matches([' ', '=']).trim_matches(|c| "\"' ".contains(c));
    Encoding::for_label(name.split(['"', '\'']).next()?.as_bytes())
}

/// The text is UTF-8 now, whatever its prolog still says.
fn without_prolog(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match (text.starts_with("<?xml"), text.split_once("?>")) {
        (true, Some((_, rest))) => rest.trim_start().to_owned(),
        _ => text.to_owned(),
    }
}

/// Mends what the parser would refuse a whole feed for: `<rss>` without a version, control characters.
fn tolerable(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')).collect();
    let (Some(start), false) = (text.find("<rss"), text.contains("<rss version")) else { return text };
    let end = text[start..].find('>').map_or(text.len(), |e| start + e);
    if text[start..end].contains("version") {
        return text;
    }
    format!("{}<rss version=\"2.0\"{}", &text[..start], &text[start + 4..])
}

fn translate(feed: model::Feed, base: &Url) -> Feed {
    let language = feed.language.clone();
    let explicit = feed.rating.as_ref().is_some_and(|r| r.value.eq_ignore_ascii_case("true"));
    let items: Vec<NewItem> = feed
        .entries
        .into_iter()
        .take(ITEMS_MOST)
        .map(|e| item(e, base, language.as_deref(), explicit))
        .collect();
    let site = feed.links.iter().find(|l| l.rel.as_deref().is_none_or(|r| r == "alternate"));
    Feed {
        title: feed.title.map(|t| plain(&t.content, 300)).unwrap_or_default(),
        description: feed.description.map(|t| plain(&t.content, 2_000)).unwrap_or_default(),
        site_url: site.and_then(|l| web_address(&l.href, base)),
        image_url: feed.logo.or(feed.icon).and_then(|i| web_address(&i.uri, base)),
        kind: kind_of(&items),
        items,
    }
}

fn item(entry: model::Entry, base: &Url, language: Option<&str>, explicit: bool) -> NewItem {
    let url = entry
        .links
        .iter()
        .find(|l| l.rel.as_deref().is_none_or(|r| r == "alternate"))
        .and_then(|l| web_address(&l.href, base));
    let enclosures = enclosures(&entry, base);
    let title = entry.title.as_ref().map(|t| plain(&t.content, 500)).filter(|t| !t.is_empty());
    let summary_html = entry.summary.as_ref().map(|t| clean_html(&t.content, base)).unwrap_or_default();
    let content = entry.content.as_ref().and_then(|c| c.body.as_deref());
    let media = entry.media.first();
    let contents = || entry.media.iter().flat_map(|m| &m.content);
    let guid = entry.id.trim().to_owned();
    let published_at = entry.published.or(entry.updated).filter(plausible);
    let identity = identity(
        &guid,
        url.as_deref(),
        enclosures.first().map(|e| e.url.as_str()),
        &[title.as_deref().unwrap_or_default(), &summary_html],
    );
    NewItem {
        guid: if guid.is_empty() { identity.clone() } else { clip(&guid, 2_000) },
        identity,
        title: title.unwrap_or_else(|| "Untitled".into()),
        url,
        authors: entry.authors.iter().filter_map(|a| a.name.as_deref()).map(|n| plain(n, 200)).collect(),
        published_at,
        updated_at: entry.updated.filter(plausible),
        summary_html,
        content_html: content.map(|c| clean_html(c, base)).unwrap_or_default(),
        language: entry.language.clone().or_else(|| language.map(str::to_owned)).map(|l| clip(&l, 40)),
        image_url: media.and_then(|m| m.thumbnails.first()).and_then(|t| web_address(&t.image.uri, base)),
        duration_seconds: entry.media.iter().find_map(duration),
        explicit: explicit || contents().any(|c| c.rating.as_ref().is_some_and(|r| r.value == "true")),
        season: entry.media.iter().find_map(|m| m.season.as_ref()).map(|s| i64::from(s.number)),
        episode: entry.media.iter().find_map(|m| m.episode.as_ref()).map(|e| e.number as i64),
        categories: entry
            .categories
            .iter()
            .map(|c| plain(c.label.as_ref().unwrap_or(&c.term), 100))
            .take(50)
            .collect(),
        enclosures,
        chapters_url: None,
        transcripts: entry
            .media
            .iter()
            .flat_map(|m| &m.transcripts)
            .filter_map(|t| transcript(t, base))
            .collect(),
    }
}

fn transcript(told: &model::Transcript, base: &Url) -> Option<Transcript> {
    let mime_type = Some(told.content_type.to_string());
    Some(Transcript { url: web_address(told.url.as_str(), base)?, mime_type })
}

fn duration(media: &model::MediaObject) -> Option<i64> {
    let of_content = || media.content.iter().find_map(|c| c.duration);
    let seconds = media.duration.or_else(of_content)?.as_secs();
    i64::try_from(seconds).ok().filter(|s| (1..=30 * 24 * 3600).contains(s))
}

fn enclosures(entry: &model::Entry, base: &Url) -> Vec<Enclosure> {
    let attached = entry.media.iter().flat_map(|m| &m.content).filter_map(|c| {
        let url = web_address(c.url.as_ref()?.as_str(), base)?;
        let mime_type = c.content_type.as_ref().map(|t| t.to_string().to_lowercase());
        Some(Enclosure {
            url,
            mime_type,
            bytes: c.size.and_then(|s| i64::try_from(s).ok()).filter(|s| *s > 0),
        })
    });
    let linked = entry.links.iter().filter(|l| l.rel.as_deref() == Some("enclosure")).filter_map(|l| {
        let url = web_address(&l.href, base)?;
        let bytes = l.length.and_then(|s| i64::try_from(s).ok()).filter(|s| *s > 0);
        Some(Enclosure { url, mime_type: l.media_type.as_deref().map(str::to_lowercase), bytes })
    });
    let mut all: Vec<Enclosure> = Vec::new();
    for enclosure in attached.chain(linked) {
        if !all.iter().any(|e| e.url == enclosure.url) && all.len() < 20 {
            all.push(enclosure);
        }
    }
    // Pictures beside an article are no media of their own.
    all.retain(|e| !e.mime_type.as_deref().is_some_and(|m| m.starts_with("image/")));
    all
}

fn kind_of(items: &[NewItem]) -> Option<Kind> {
    let types = || items.iter().filter_map(|i| i.enclosures.first()?.mime_type.as_deref());
    let count = |prefix: &str| types().filter(|t| t.starts_with(prefix)).count();
    let (audio, video) = (count("audio/"), count("video/"));
    match (audio, video) {
        (0, 0) => None,
        _ if video > audio => Some(Kind::Video),
        _ => Some(Kind::Podcast),
    }
}

fn web_address(address: &str, base: &Url) -> Option<String> {
    let url = base.join(address.trim()).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.as_str().len() <= ADDRESS_MOST).then(|| url.into())
}

/// Dates before the Web and after tomorrow are mistakes.
fn plausible(date: &DateTime<Utc>) -> bool {
    (0..=(Utc::now() + chrono::TimeDelta::days(1)).timestamp()).contains(&date.timestamp())
}

fn clean_html(html: &str, base: &Url) -> String {
    let html = clip(html, TEXT_MOST);
    ammonia::Builder::default()
        .url_relative(ammonia::UrlRelative::RewriteWithBase(base.clone()))
        .url_schemes(["http", "https", "mailto"].into())
        .clean(&html)
        .to_string()
}

/// Text without markup, in one line.
pub(crate) fn plain(html: &str, most: usize) -> String {
    let bare = ammonia::Builder::empty().clean(html).to_string();
    let text = bare.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&");
    clip(&text.split_whitespace().collect::<Vec<_>>().join(" "), most)
}

fn clip(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Changes exactly when something in the item does.
pub fn content_hash(item: &NewItem) -> String {
    text_hash(&format!("{item:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Feed, String> {
        read(text.as_bytes(), None, &Url::parse("https://example.org/feed.xml").expect("a url"))
    }

    fn rss(items: &str) -> String {
        format!(r#"<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{items}</channel></rss>"#)
    }

    #[test]
    fn an_item_without_guid_and_link_is_the_same_at_every_reading() {
        let feed = rss("<item><title>One</title><description>Text</description></item>");
        let (first, second) = (read_text(&feed).expect("reads"), read_text(&feed).expect("reads"));
        assert_eq!(first.items[0].identity, second.items[0].identity);
        assert!(!first.items[0].identity.is_empty());
    }

    #[test]
    fn one_bad_byte_never_costs_the_feed() {
        let mut bytes = rss("<item><title>Good</title><guid>1</guid></item>").into_bytes();
        let at = bytes.windows(4).position(|w| w == b"Good").expect("there");
        bytes[at] = 0xff;
        let feed = read(&bytes, None, &Url::parse("https://example.org/").expect("a url")).expect("reads");
        assert!(feed.items[0].title.ends_with("ood"));
    }

    #[test]
    fn utf_16_and_a_missing_version_are_read() {
        let text = rss("<item><title>Übersee</title><guid>1</guid></item>").replace(" version=\"2.0\"", "");
        let mut bytes = vec![0xfe, 0xff];
        bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        let feed = read(&bytes, None, &Url::parse("https://example.org/").expect("a url")).expect("reads");
        assert_eq!(feed.items[0].title, "Übersee");
    }

    #[test]
    fn web_pages_and_noise_are_refused_in_words() {
        assert!(read_text("<!DOCTYPE html><html></html>").expect_err("a page").contains("web page"));
        assert!(read_text("just text").expect_err("noise").contains("not a feed"));
        assert!(read_text("").expect_err("nothing").contains("nothing"));
    }

    #[test]
    fn scripts_never_come_through() {
        let body = "&lt;p onclick='x()'&gt;Hi&lt;script&gt;alert(1)&lt;/script&gt;&lt;/p&gt;";
        let feed = read_text(&rss(&format!("<item><title>a &lt;b&gt;bold&lt;/b&gt;</title><guid>1</guid><description>{body}</description></item>"))).expect("reads");
        assert_eq!(
            (feed.items[0].title.as_str(), feed.items[0].summary_html.as_str()),
            ("a bold", "<p>Hi</p>")
        );
    }

    #[test]
    fn lengths_are_read_in_every_common_form() {
        for (told, seconds) in [("9", 9), ("1:05", 65), ("01:02:03", 3_723)] {
            let item = format!(
                r#"<item><guid>1</guid><itunes:duration>{told}</itunes:duration><enclosure url="a.mp3" length="1" type="audio/mpeg"/></item>"#
            );
            let feed = rss(&item)
                .replace("<rss", r#"<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd""#);
            assert_eq!(read_text(&feed).expect("reads").items[0].duration_seconds, Some(seconds), "{told}");
        }
    }

    #[test]
    fn enclosures_and_relative_addresses_are_read() {
        let item = r#"<item><guid>1</guid><link>/a</link><enclosure url="m/1.mp3" length="12" type="audio/mpeg"/></item>"#;
        let feed = read_text(&rss(item)).expect("reads");
        assert_eq!(feed.items[0].enclosures[0].url, "https://example.org/m/1.mp3");
        assert_eq!((feed.items[0].enclosures[0].bytes, feed.kind), (Some(12), Some(Kind::Podcast)));
        assert_eq!(feed.items[0].url.as_deref(), Some("https://example.org/a"));
    }
}
