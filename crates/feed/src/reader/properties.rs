//! Any bytes are a feed or an error, and the result is deterministic.

use chrono::DateTime;
use proptest::prelude::*;
use url::Url;

use super::{Feed, Unreadable, read};

const RSS: &str = "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE rss [<!ENTITY a 'b'>]><rss version='2.0' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' \
    xmlns:media='http://search.yahoo.com/mrss/'><channel><title>&a; &#x1F600; é</title><link>/</link><item><title>One &lt;b&gt;x&lt;/b&gt;</title><guid>1</guid>\
    <description><![CDATA[<p>Hi <img src='i.png'></p>]]></description><pubDate>Thu, 01 Jan 2004 00:00:00 GMT</pubDate><itunes:duration>1:02:03</itunes:duration>\
    <media:group><media:content url='a.mp4' type='video/mp4'><media:thumbnail url='t.jpg'/></media:content></media:group><enclosure url='1.mp3' length='1' type='audio/mpeg'/>\
    </item><item><description><p>unescaped<br></p></description></item></channel></rss>";
const ATOM: &str = "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='/x/' xml:lang='en'><title type='html'>&amp;lt;</title><entry><id>1</id><title>a &lt; b</title>\
    <content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p xml:base='y'>Hi <a href='z'>z</a></p></div></content><updated>2004-01-01T00:00:00Z</updated>\
    <link rel='enclosure' href='1.mp3'/><author><name>Ann</name></author></entry></feed>";
const JSON: &str = r#"{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"1","content_html":"<p>é\u00e9</p>","date_published":"2004-01-01","tags":["a"],"attachments":[{"url":"1.mp3","duration_in_seconds":5}]}]}"#;

fn attempt(bytes: &[u8], content_type: Option<&str>) -> Result<Feed, Unreadable> {
    let base = Url::parse("https://example.org/feed").expect("a url");
    read(bytes, content_type, &base, DateTime::from_timestamp(1_798_761_600, 0).expect("a date"))
}

proptest! {
    #[test]
    fn any_bytes_are_a_feed_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), header in any::<Option<String>>()) {
        prop_assert_eq!(attempt(&bytes, header.as_deref()), attempt(&bytes, header.as_deref()));
    }

    #[test]
    fn any_text_in_any_place_of_a_feed_is_read(text in any::<String>(), markup in "[<>&;!\\[\\]/=\"' a-z\\-?#0-9é]{0,80}") {
        for inside in [&text, &markup] {
            let rss = format!("<rss><channel><title>{inside}</title><item {inside}><pubDate>{inside}</pubDate>{inside}<description>{inside}</description></item></channel></rss>");
            let atom = format!("<feed xmlns='http://www.w3.org/2005/Atom'><entry xml:base='{inside}'><link href='{inside}'/><content type='xhtml'>{inside}</content>");
            prop_assert!(attempt(rss.as_bytes(), None).is_ok());
            prop_assert!(attempt(atom.as_bytes(), None).is_ok());
        }
    }

    #[test]
    fn dates_lengths_and_names_are_never_too_strange(text in "[0-9:+\\-. TZa-zéя年월,/()@<>]{0,40}") {
        let rss = format!("<rss><channel><item><pubDate>{text}</pubDate><itunes:duration>{text}</itunes:duration><author>{text}</author><itunes:episode>{text}</itunes:episode></item></channel></rss>");
        prop_assert!(attempt(rss.as_bytes(), None).is_ok());
    }

    #[test]
    fn a_good_feed_survives_cuts_and_flips(which in 0..3_usize, cut in any::<prop::sample::Index>(), flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20)) {
        let mut bytes = [RSS, ATOM, JSON][which].as_bytes().to_vec();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        prop_assert_eq!(attempt(&bytes, None), attempt(&bytes, None));
    }

    #[test]
    fn a_feed_cut_off_keeps_its_whole_items(cut in any::<prop::sample::Index>()) {
        let whole = RSS.find("</item>").expect("an item") + 7;
        let cut = whole + cut.index(RSS.len() - whole);
        let cut = (cut..).find(|at| RSS.is_char_boundary(*at)).expect("a boundary");
        let feed = attempt(&RSS.as_bytes()[..cut], None).expect("a feed");
        prop_assert_eq!(&feed.items[0], &attempt(RSS.as_bytes(), None).expect("a feed").items[0]);
    }
}

#[test]
fn the_examples_are_good_feeds() {
    for text in [RSS, ATOM, JSON] {
        assert!(!attempt(text.as_bytes(), None).expect("a feed").items.is_empty());
    }
}
