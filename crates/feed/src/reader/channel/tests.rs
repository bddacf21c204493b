use super::super::fixtures::{atom, feed, rss, seconds, some};

#[test]
fn rss_tells_all_about_its_channel() {
    let feed = rss(
        "<title>A &amp;amp; &lt;i&gt;B&lt;/i&gt;</title><link>/home</link><description>All &lt;b&gt;bold&lt;/b&gt;</description>
         <language>en-us</language><copyright>(c) Ann</copyright><generator>Gen 1</generator><managingEditor>a@b.example (Ann)</managingEditor>
         <webMaster>w@b.example (Web)</webMaster><category>News</category><image><url>/i.png</url><title>no</title><link>/no</link></image>
         <pubDate>Thu, 01 Jan 2004 00:00:00 GMT</pubDate><lastBuildDate>Fri, 02 Jan 2004 00:00:00 GMT</lastBuildDate>
         <textInput><title>no</title></textInput><cloud domain='x'/>",
    );
    assert_eq!(
        (feed.title.as_str(), feed.description.as_str(), feed.description_html.as_str()),
        ("A & B", "All bold", "All <b>bold</b>")
    );
    assert_eq!(
        (feed.site_url, feed.image_url),
        (some("https://example.org/home"), some("https://example.org/i.png"))
    );
    assert_eq!(
        (feed.details.language, feed.details.copyright.as_str(), feed.details.generator.as_str()),
        (some("en-us"), "(c) Ann", "Gen 1")
    );
    assert_eq!(
        (feed.details.authors.join("|"), feed.details.categories.join("|")),
        ("Ann".into(), "News".into())
    );
    assert_eq!(
        (seconds(feed.published_at), seconds(feed.updated_at)),
        (Some(1_072_915_200), Some(1_073_001_600))
    );
}

#[test]
fn atom_tells_all_about_itself() {
    let feed = atom(
        "<id>urn:f</id><title type='html'>A &lt;i&gt;B&lt;/i&gt;</title><subtitle>Sub</subtitle><link href='/'/><link rel='self' href='/f'/>
         <link rel='hub' href='https://hub.example/'/><link rel='next' href='?p=2'/><link rel='current' href='/f'/><icon>/icon.png</icon><logo>/logo.png</logo>
         <rights>R</rights><generator uri='x' version='1'>Gen</generator><updated>2004-01-01T00:00:00Z</updated><author><name>Ann</name></author>",
    );
    assert_eq!(
        (feed.details.guid.as_str(), feed.title.as_str(), feed.description.as_str()),
        ("urn:f", "A B", "Sub")
    );
    assert_eq!((feed.site_url, feed.self_url), (some("https://example.org/"), some("https://example.org/f")));
    assert_eq!(
        (feed.details.hub_urls.join("|"), feed.details.next_url),
        ("https://hub.example/".into(), some("https://example.org/a/feed.xml?p=2"))
    );
    assert_eq!(
        (feed.image_url, feed.details.copyright.as_str(), feed.details.generator.as_str()),
        (some("https://example.org/logo.png"), "R", "Gen")
    );
    assert_eq!(
        (feed.current_url, seconds(feed.updated_at)),
        (some("https://example.org/f"), Some(1_072_915_200))
    );
}

#[test]
fn itunes_tells_a_podcast() {
    let feed = rss(
        "<itunes:author>Ann</itunes:author><itunes:owner><itunes:name>Own</itunes:name><itunes:email>o@x.example</itunes:email></itunes:owner>
         <itunes:explicit>true</itunes:explicit><itunes:image href='/i.jpg'/><itunes:new-feed-url>https://new.example/f</itunes:new-feed-url>
         <itunes:category text='Society &amp; Culture'><itunes:category text='History'/></itunes:category><itunes:summary>Sum</itunes:summary><itunes:type>serial</itunes:type>",
    );
    assert_eq!(
        (feed.details.authors.join("|"), feed.details.explicit, feed.description.as_str()),
        ("Ann".into(), Some(true), "Sum")
    );
    assert_eq!(
        (feed.image_url, feed.new_feed_url),
        (some("https://example.org/i.jpg"), some("https://new.example/f"))
    );
    assert_eq!(feed.details.categories, ["Society & Culture", "History"]);
}

#[test]
fn podcasting_tells_whose_a_feed_is() {
    let feed = rss(
        "<podcast:guid>917393e3</podcast:guid><podcast:locked owner='x'>yes</podcast:locked><podcast:funding url='https://x.example/give'>Help us</podcast:funding>
         <podcast:medium>Music</podcast:medium><podcast:podping usesPodping='true'/><podcast:person>Joe</podcast:person>
         <podcast:value type='lightning'/><podcast:license>cc0</podcast:license><podcast:location>Here</podcast:location>",
    );
    assert_eq!(
        (feed.details.guid.as_str(), feed.locked, feed.details.medium.as_deref(), feed.uses_podping),
        ("917393e3", Some(true), Some("music"), true)
    );
    assert_eq!(
        (feed.details.funding[0].text.as_str(), feed.details.persons[0].name.as_str()),
        ("Help us", "Joe")
    );
    assert_eq!(
        (feed.license.as_deref(), feed.location.as_deref(), feed.details.value.is_some()),
        (Some("cc0"), Some("Here"), true)
    );
}

#[test]
fn media_rss_may_tell_of_a_channel() {
    let feed = rss(
        "<media:rating scheme='urn:simple'>adult</media:rating><media:credit role='producer'>Pat</media:credit>
         <x:keywords xmlns:x='http://www.rssboard.org/media-rss'>a,b</x:keywords>",
    );
    assert_eq!((feed.details.explicit, feed.details.authors.len()), (Some(true), 0));
    assert_eq!(feed.details.categories, ["a", "b"]);
}

#[test]
fn a_channel_of_cdf_may_tell_its_page_and_date_in_either_way() {
    let feed =
        feed("<CHANNEL LASTMOD='2004-01-01T00:00'><A HREF='/c'>C</A><ITEM><A HREF='/i'/></ITEM></CHANNEL>");
    assert_eq!(
        (feed.site_url, seconds(feed.updated_at)),
        (some("https://example.org/c"), Some(1_072_915_200))
    );
    assert_eq!(feed.items[0].url, some("https://example.org/i"));
}

#[test]
fn hints_say_when_to_ask_again() {
    let feed = rss(
        "<ttl>60</ttl><skipHours><hour>0</hour><hour>24</hour><hour>23</hour><hour>99</hour></skipHours>
         <skipDays><day>Monday</day><day>sunday</day><day>Noday</day></skipDays><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
    );
    assert_eq!((feed.hints.ttl_minutes, feed.hints.update_period_seconds), (Some(60), Some(21_600)));
    assert_eq!((feed.hints.skip_hours, feed.hints.skip_days), (vec![0, 23], vec![1, 7]));
}

#[test]
fn links_of_atom_in_rss_do_not_hide_the_site() {
    let feed = rss(
        "<atom:link rel='self' href='/f'/><atom:link rel='hub' href='https://hub.example/'/><link>/home</link><atom:link rel='prev-archive' href='/old'/>",
    );
    assert_eq!(
        (feed.site_url, feed.self_url),
        (some("https://example.org/home"), some("https://example.org/f"))
    );
    assert_eq!((feed.details.hub_urls.len(), feed.details.next_url), (1, some("https://example.org/old")));
}

#[test]
fn dublin_core_and_others_fill_what_is_missing() {
    let feed = feed(
        "<rdf:RDF xmlns='http://purl.org/rss/1.0/' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><channel rdf:about='/site'>
         <dc:title>T</dc:title><dc:creator>Ann</dc:creator><dc:language>de</dc:language><dc:rights>R</dc:rights><dc:subject>S</dc:subject>
         <admin:generatorAgent rdf:resource='https://gen.example/'/><dc:date>2004-01-01</dc:date></channel></rdf:RDF>",
    );
    assert_eq!(
        (feed.title.as_str(), feed.details.authors.join("|"), feed.details.language),
        ("T", "Ann".into(), some("de"))
    );
    assert_eq!(
        (feed.details.copyright.as_str(), feed.details.generator.as_str(), feed.details.categories.join("|")),
        ("R", "https://gen.example/", "S".into())
    );
    assert_eq!(
        (seconds(feed.published_at), feed.site_url),
        (Some(1_072_915_200), some("https://example.org/site"))
    );
}

#[test]
fn a_link_may_say_where_to_give() {
    let feed =
        rss("<atom:link rel='payment' href='/give' title='Thank us'/><atom:link rel='license' href='/l'/>");
    assert_eq!(
        (feed.details.funding[0].url.as_str(), feed.details.funding[0].text.as_str()),
        ("https://example.org/give", "Thank us")
    );
    assert_eq!((feed.license, feed.site_url), (some("https://example.org/l"), None));
}
