use super::super::Unreadable;
use super::super::fixtures::{atom_entry, attempt, feed, rss, rss_item, some};
use crate::Format;

fn titles(text: &str) -> Vec<String> {
    feed(text).items.into_iter().map(|item| item.content.title).collect()
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
        "<rss><channel><item><title>a</></item></channel></rss>",
        "<?xml version='1.0'><rss><channel><item><title>a<?p x > <y> ?></title></item></channel></rss>",
        "<rss><channel><item><enclosure url=http://x.example/a.mp3/><title>a</title></item></channel></rss>",
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
fn an_item_begins_whatever_the_channel_left_open() {
    for open in [
        "<description>x",
        "<language>en",
        "<image><url>/i.png</url><title>I</title>",
        "<atom:link href='/'>",
        "<itunes:image href='/i.png'>",
        "<skipHours><hour>1",
        "<unheard>",
        "<x:unheard>x",
        "<items>",
        "<description><div xmlns='http://www.w3.org/1999/xhtml'><p>x",
    ] {
        let text = "<item><title>a</title></item><item><title>b</title></item>";
        let feed = rss(&format!("<title>T</title>{open}{text}"));
        assert_eq!((feed.title.as_str(), feed.items.len()), ("T", 2), "{open}");
    }
    assert_eq!(titles("<rss><foo><channel><item><title>a</title></item></channel></rss>"), ["a"]);
}

#[test]
fn an_item_begins_whatever_the_last_left_open() {
    for open in ["<description>x", "<dc:creator>x", "<enclosure url='1.mp3'>", "<media:group>"] {
        let feed = rss(&format!("<item><title>a</title>{open}<item><title>b</title></item>"));
        assert_eq!(
            feed.items.iter().map(|item| item.title.as_str()).collect::<Vec<_>>(),
            ["a", "b"],
            "{open}"
        );
    }
    assert_eq!(
        titles("<feed><entry><title>a</title><summary>x<entry><title>b</title></entry></feed>"),
        ["a", "b"]
    );
}

#[test]
fn items_within_an_item_are_its_own() {
    for within in [
        "<pictures><item>x</item><item>y</item></pictures>",
        "<content type='application/xml'><entry><title>c</title></entry></content>",
        "<link href='/'><x:inline><feed><entry/><entry/></feed></x:inline></link>",
    ] {
        let item = if within.contains("entry") { "entry" } else { "item" };
        let text = format!(
            "<feed><{item}><title>a</title>{within}</{item}><{item}><title>b</title></{item}></feed>"
        );
        assert_eq!(titles(&text), ["a", "b"], "{within}");
    }
}

#[test]
fn what_was_never_closed_ends_where_the_next_part_begins() {
    for open in [
        "<description>d",
        "<content:encoded>d",
        "<dc:creator>d",
        "<category>d",
        "<source url='/'>d",
        "<enclosure url='1.mp3'>",
        "<media:thumbnail url='1.png'>",
        "<description><p>d",
        "<unheard>d",
    ] {
        let text = format!(
            "<item>{open}<pubDate>2004-01-01</pubDate><itunes:duration>7</itunes:duration><guid>g</guid><title>a</title></item>"
        );
        let item = &rss(&text).items[0];
        assert_eq!((item.title.as_str(), item.guid.as_str()), ("a", "g"), "{open}");
        assert_eq!((item.duration_seconds, item.published_at.is_some()), (Some(7), true), "{open}");
    }
    let item = rss_item("<title>a<dc:creator>b<itunes:duration>7<description>d<category>e<category>f");
    assert_eq!(
        (item.title.as_str(), item.authors.join("|"), item.duration_seconds),
        ("a", "b".into(), Some(7))
    );
    assert_eq!((item.summary_html.as_str(), item.categories.join("|")), ("d", "e|f".into()));
    let channel = rss("<copyright>c<description>d</description><item/>");
    assert_eq!((channel.description.as_str(), channel.details.copyright.as_str()), ("d", "c"));
}

#[test]
fn parts_within_a_part_that_was_closed_are_its_own() {
    let entry = atom_entry(
        "<author><id>1</id><name>Ann</name><link rel='avatar' href='/a.png'/></author><title>a</title><id>2</id>",
    );
    assert_eq!((entry.guid.as_str(), entry.authors.join("|")), ("2", "Ann".into()));
    let item = rss_item(
        "<description>x <link>/no</link> <title>no</title></description><link>/yes</link><title>yes</title>",
    );
    assert_eq!((item.title.as_str(), item.url.clone()), ("yes", some("https://example.org/yes")));
}

#[test]
fn a_feed_closed_too_early_or_wrapped_twice_keeps_its_items() {
    let item = "<item><title>a</title></item>";
    assert_eq!(
        titles(&format!("<rss><channel>{item}</channel></rss>{item}<rss><channel>{item}")),
        ["a", "a"]
    );
    assert_eq!(titles(&format!("<rdf:RDF><rss><channel>{item}</channel></rss></rdf:RDF>")), ["a"]);
    assert_eq!(
        titles(&format!(
            "<Channel xmlns='http://purl.org/net/rss1.1#'><items>{item}{item}</items></Channel>"
        )),
        ["a", "a"]
    );
}

#[test]
fn a_feed_may_stand_behind_a_page_or_in_it() {
    let feed = "<rss version='2.0'><channel><item><title>a</title></item></channel></rss>";
    for before in [
        "<html><head><title>E</title></head><body>x</body></html>\n<?xml version='1.0'?>",
        "<html><body>",
        &"<b>w</b>".repeat(100),
    ] {
        assert_eq!(titles(&format!("{before}{feed}")), ["a"], "{before}");
    }
}

#[test]
fn entities_of_the_document_are_known_and_bounded() {
    let laughs =
        "<!DOCTYPE rss [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY x SYSTEM 'file:///etc/passwd'>]>
        <rss><channel><item><title>&a; &x;</title></item></channel></rss>";
    assert_eq!(titles(laughs), ["ha &x;"]);
    let odd = "<!DOCTYPE rss [<!-- it's ]> --><!ENTITY a 'x]>y'>]><rss><channel><item><title>&a;</title></item></channel></rss>";
    assert_eq!(titles(odd), ["x]>y"]);
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
