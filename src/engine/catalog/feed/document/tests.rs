use super::super::Unreadable;
use super::super::fixtures::{attempt, feed, rss, some};
use crate::domain::source::Format;

fn titles(text: &str) -> Vec<String> {
    feed(text).items.into_iter().map(|item| item.title).collect()
}

#[test]
fn every_format_is_known() {
    for (text, format) in [
        ("<rss version='0.91'/>", Format::Rss091),
        ("<rss version='0.92'><channel/></rss>", Format::Rss092),
        ("<rss version='2.0.1'/>", Format::Rss20),
        ("<rss><channel/></rss>", Format::Rss),
        ("<RSS VERSION='2.0'><CHANNEL/></RSS>", Format::Rss20),
        ("<rss:rss version='2.0' xmlns:rss='http://backend.userland.com/rss2'/>", Format::Rss20),
        ("<rdf:RDF xmlns='http://my.netscape.com/rdf/simple/0.9/'/>", Format::Rss090),
        ("<rdf:RDF xmlns='http://purl.org/rss/1.0/'/>", Format::Rss10),
        ("<feed xmlns='http://www.w3.org/2005/Atom'/>", Format::Atom10),
        ("<atom:feed xmlns:atom='HTTP://WWW.W3.ORG/2005/ATOM'/>", Format::Atom10),
        ("<feed version='0.3' xmlns='http://purl.org/atom/ns#'/>", Format::Atom03),
        ("<feed/>", Format::Atom),
        ("<entry xmlns='http://www.w3.org/2005/Atom'/>", Format::Atom10),
        ("<CHANNEL HREF='x'/>", Format::Cdf),
        ("<xml><rss version='2.0'/></xml>", Format::Rss20),
    ] {
        assert_eq!(feed(text).details.format, Some(format), "{text}");
    }
}

#[test]
fn names_and_prefixes_may_be_unusual() {
    assert_eq!(titles("<RSS><CHANNEL><ITEM><TITLE>a</TITLE></ITEM></CHANNEL></RSS>"), ["a"]);
    assert_eq!(
        titles(
            "<r:rss xmlns:r='http://purl.org/rss/1.0/'><r:channel><r:item><r:title>a</r:title></r:item></r:channel></r:rss>"
        ),
        ["a"]
    );
    assert_eq!(
        titles(
            "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>a</a:title></a:entry></a:feed>"
        ),
        ["a"]
    );
    assert_eq!(
        titles(
            "<rss xmlns='http://www.w3.org/2005/Atom'><channel><item><title>a</title></item></channel></rss>"
        ),
        ["a"]
    );
    assert_eq!(
        titles("<rss><channel xmlns='http://unheard.example/'><item><title>a</title></item></channel></rss>"),
        ["a"]
    );
    assert_eq!(
        titles(
            "<rss><channel><item><q:title xmlns:q='http://purl.org/dc/elements/1.1/'>a</q:title></item></channel></rss>"
        ),
        ["a"]
    );
}

#[test]
fn items_may_stand_beside_the_channel() {
    let text = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><channel><title>C</title>
        <items><rdf:Seq><rdf:li resource='1'/></rdf:Seq></items></channel><image><url>/i.png</url></image>
        <item rdf:about='https://example.org/1'><title>a</title></item><textinput><title>no</title></textinput></rdf:RDF>";
    let feed = feed(text);
    assert_eq!((feed.title.as_str(), feed.items[0].guid.as_str()), ("C", "https://example.org/1"));
    assert_eq!(
        (feed.items[0].url.clone(), feed.image_url),
        (some("https://example.org/1"), some("https://example.org/i.png"))
    );
}

#[test]
fn channels_of_cdf_are_read() {
    let feed = feed(
        "<CHANNEL HREF='/c'><TITLE>C</TITLE><ABSTRACT>A</ABSTRACT><ITEM HREF='/i' LASTMOD='2004-01-01T00:00'><TITLE>I</TITLE><ABSTRACT>B</ABSTRACT></ITEM></CHANNEL>",
    );
    let item = &feed.items[0];
    assert_eq!(
        (feed.site_url, feed.description.as_str(), feed.title.as_str()),
        (some("https://example.org/c"), "A", "C")
    );
    assert_eq!(
        (item.url.clone(), item.summary_html.as_str(), item.updated_at.is_some()),
        (some("https://example.org/i"), "B", true)
    );
}

#[test]
fn an_entry_may_stand_alone() {
    let text = "<?xml version='1.0'?><a:entry xmlns:a='http://www.w3.org/2005/Atom' xml:lang='de'><a:title>One</a:title><a:id>urn:1</a:id>
        <a:link href='/1'/><a:source><a:title>Whole</a:title><a:author><a:name>Ann</a:name></a:author></a:source></a:entry>";
    let whole = feed(text);
    assert_eq!((whole.title.as_str(), whole.items.len(), whole.details.language), ("Whole", 1, some("de")));
    let item = &whole.items[0];
    assert_eq!(
        (item.title.as_str(), item.guid.as_str(), item.authors.join("|")),
        ("One", "urn:1", "Ann".into())
    );
    assert_eq!(item.url, some("https://example.org/1"));
    let alone = feed("<entry><title>One</title><id>urn:1</id></entry>");
    assert_eq!((alone.title.as_str(), alone.items[0].title.as_str()), ("One", "One"));
}

#[test]
fn ill_formed_feeds_are_read_as_far_as_they_make_sense() {
    for text in [
        "\n\n garbage <?xml version='1.0'?><rss><channel><item><title>a</title></item></channel></rss>",
        "<rss><channel><item><title>a</item></channel></rss>",
        "<rss><channel><item><title>a</title><link>x</item></channel>",
        "<rss><channel><item><title>a</titel></title></wrong></item></rss>",
        "<rss><channel><item><title>a</title><description>cut of",
        "<rss><channel><item><title>a</title><description><![CDATA[never closed</description></item></channel></rss>",
        "<rss><channel><item><title>a</title></item></channel></rss> and <more>garbage</more>",
        "<rss><channel><item><title>a</title><enclosure url=x.mp3 length></item></channel></rss>",
        "<rss><channel><item><title>a<link>http://x.example/</link></item></channel></rss>",
        "<!-- <rss> --><rss><!-- x --><channel><item><title><!-- y -->a</title></item></channel></rss>",
    ] {
        assert_eq!(titles(text), ["a"], "{text}");
    }
    assert_eq!(titles("<rss><channel><item><title>a</title><item><title>b</title>"), ["a", "b"]);
    assert_eq!(
        titles("<rss><channel><item><title>AT&T &nbsp;&foo; 5 < 6 &amp</title></item></channel></rss>"),
        ["AT&T \u{a0}&foo; 5 < 6 &"]
    );
}

#[test]
fn entities_of_the_document_are_known_and_bounded() {
    let laughs =
        "<!DOCTYPE rss [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY x SYSTEM 'file:///etc/passwd'>]>
        <rss><channel><item><title>&a; &x;</title></item></channel></rss>";
    assert_eq!(titles(laughs), ["ha &x;"]);
}

#[test]
fn what_is_no_feed_is_refused_in_words() {
    for (text, why) in [
        ("", Unreadable::Empty),
        (" \n\u{feff} ", Unreadable::Empty),
        ("<!DOCTYPE html><html><body><rss/></body></html>", Unreadable::WebPage),
        ("<head><title>x</title></head>", Unreadable::WebPage),
        ("just text", Unreadable::NotAFeed),
        ("<opml><body/></opml>", Unreadable::NotAFeed),
        ("<urlset><url/></urlset>", Unreadable::NotAFeed),
    ] {
        assert_eq!(attempt(text).expect_err("no feed"), why, "{text}");
        assert!(why.to_string().ends_with('.'));
    }
}

#[test]
fn twenty_thousand_items_are_enough() {
    assert_eq!(rss(&"<item><title>a</title></item>".repeat(20_010)).items.len(), 20_000);
}

#[test]
fn lists_of_an_item_are_bounded() {
    let many: String = (0..100).map(|n| format!("<category>{n}</category><enclosure url='{n}.mp3'/><dc:creator>{n}</dc:creator><podcast:person>{n}</podcast:person>")).collect();
    let item = &rss(&format!("<item>{many}</item>")).items[0];
    assert_eq!(
        (item.categories.len(), item.enclosures.len(), item.authors.len(), item.details.persons.len()),
        (50, 20, 20, 20)
    );
}
