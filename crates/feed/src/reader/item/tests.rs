use super::super::fixtures::{atom, atom_entry, rss, rss_item, seconds, some};
use crate::{Person, Soundbite};

#[test]
fn the_words_of_the_format_beat_extensions_in_any_order() {
    let item = rss_item(
        "<media:title>M</media:title><itunes:title>I</itunes:title><title/><title>Core</title><title>Late</title>
         <dc:date>2003-01-01</dc:date><pubDate>Thu, 01 Jan 2004 00:00:00 GMT</pubDate>
         <itunes:summary>no</itunes:summary><description>yes</description>
         <dc:creator>Dee</dc:creator><author>a@b.example (Ann)</author>",
    );
    assert_eq!((item.title.as_str(), item.summary_html.as_str()), ("Core", "yes"));
    assert_eq!(
        (seconds(item.published_at), item.authors.clone()),
        (Some(1_072_915_200), vec!["Ann".to_owned()])
    );
}

#[test]
fn a_title_that_is_a_picture_takes_its_name_and_words_count_more() {
    let title = |xml: &str| rss_item(xml).content.title;
    assert_eq!(title("<title>&lt;img src='/a/sea.jpg' alt='The sea'&gt;</title>"), "The sea");
    assert_eq!(title("<title><![CDATA[<img src='/a/sea.jpg?w=3'>]]></title>"), "sea.jpg");
    assert_eq!(title("<title><![CDATA[<img src='a.png' alt='A'> Words]]></title>"), "Words");
    assert_eq!(title("<title><![CDATA[<img alt='A'>]]></title><itunes:title>Words</itunes:title>"), "Words");
    let entry = atom_entry(
        "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><img alt='A' src='b.png'/></div></title>",
    );
    assert_eq!(entry.title, "A");
}

#[test]
fn description_is_the_summary_and_the_richest_other_text_the_content() {
    let item = rss_item(
        "<description>Short &lt;b&gt;x&lt;/b&gt;</description><content:encoded><![CDATA[<p>Long</p>]]></content:encoded>
         <atom:content type='html'>&lt;p&gt;Longer text&lt;/p&gt;</atom:content>",
    );
    assert_eq!(
        (item.summary_html.as_str(), item.content_html.as_str()),
        ("Short <b>x</b>", "<p>Longer text</p>")
    );
    let body = "<body xmlns='http://www.w3.org/1999/xhtml'><p>Hi <i>you</i></p></body>";
    assert_eq!(rss_item(body).content_html, "<p>Hi <i>you</i></p>");
    let text = "<body xmlns='http://www.w3.org/1999/xhtml'>a &lt;b&gt; c</body>";
    assert_eq!(rss_item(text).content_html, "a &lt;b&gt; c");
    let section = "<xhtml:body><![CDATA[<p>Hi</p>]]></xhtml:body>";
    assert_eq!(rss_item(section).content_html, "<p>Hi</p>");
    let items = |value: &str| {
        format!(
            "<content:items><rdf:Bag><rdf:li><content:item><content:format/><rdf:value>{value}</rdf:value></content:item></rdf:li></rdf:Bag></content:items>"
        )
    };
    assert_eq!(
        rss_item(&items("<em xmlns='http://www.w3.org/1999/xhtml'>x</em>")).content_html,
        "<em>x</em>"
    );
    assert_eq!(rss_item(&items("<![CDATA[<em>x</em>]]>")).content_html, "<em>x</em>");
    assert_eq!(rss_item("<fullitem>&lt;p&gt;All&lt;/p&gt;</fullitem>").content_html, "<p>All</p>");
}

#[test]
fn a_permalink_is_the_link_if_there_is_none() {
    let item = rss_item("<guid> https://example.org/1 </guid>");
    assert_eq!(
        (item.guid.as_str(), item.guid_is_link, item.url.clone()),
        ("https://example.org/1", true, some("https://example.org/1"))
    );
    let item = rss_item("<guid isPermaLink='true'>https://example.org/1</guid><link>/2</link>");
    assert_eq!(item.url, some("https://example.org/2"));
    let item = rss_item("<guid isPermaLink='false'>https://example.org/1</guid>");
    assert_eq!((item.url.clone(), item.guid_is_link), (None, false));
    assert!(!rss_item("<guid>tag:1</guid>").guid_is_link);
}

#[test]
fn links_of_atom_say_what_they_lead_to() {
    let item = atom_entry(
        "<link rel='self' href='/self'/><link rel='alternate' type='text/plain' href='/plain'/><link type='text/html' href='page'/>
         <link rel='http://www.iana.org/assignments/relation/enclosure' href='/1.mp3' length='1,024' type='Audio/MPEG'/>
         <link rel='replies' href='/talk'/><link rel='via' href='/via'/>",
    );
    assert_eq!(
        (item.url.clone(), item.details.comments_url.clone()),
        (some("https://example.org/a/page"), some("https://example.org/talk"))
    );
    assert_eq!(
        (item.enclosures[0].bytes, item.enclosures[0].mime_type.as_deref()),
        (Some(1_024), Some("audio/mpeg"))
    );
}

#[test]
fn atom_within_rss_is_understood() {
    let item = rss_item(
        "<atom:link href='/1'/><atom:id>urn:1</atom:id><atom:updated>2004-01-01T00:00:00Z</atom:updated><atom:summary>S</atom:summary>",
    );
    assert_eq!(
        (item.url.clone(), item.guid.as_str(), item.summary_html.as_str()),
        (some("https://example.org/1"), "urn:1", "S")
    );
    assert_eq!(seconds(item.updated_at), Some(1_072_915_200));
}

#[test]
fn an_entry_without_authors_has_those_of_its_source_or_feed() {
    let feed = atom(
        "<author><name>Fay</name></author><entry><source><title>no</title><id>no</id><author><name>Sue</name></author></source></entry>
         <entry><title>x</title></entry><entry><author><email>e@x.example</email></author><contributor><name>Con</name></contributor></entry>",
    );
    let authors: Vec<_> = feed.items.iter().map(|item| item.authors.join("|")).collect();
    assert_eq!(authors, ["Sue", "Fay", "e@x.example"].map(str::to_owned));
    assert_eq!((feed.items[0].title.as_str(), feed.items[0].guid.as_str()), ("", ""));
}

#[test]
fn dates_of_all_vocabularies_have_their_place() {
    let item = rss_item(
        "<dcterms:modified>2004-01-03</dcterms:modified><dcterms:created>2004-01-01</dcterms:created><dcterms:issued>2004-01-02</dcterms:issued>",
    );
    assert_eq!(
        (seconds(item.published_at), seconds(item.updated_at)),
        (Some(1_073_001_600), Some(1_073_088_000))
    );
    let item = rss_item("<pubDate>no date</pubDate><dc:date>2004-01-01</dc:date>");
    assert_eq!(seconds(item.published_at), Some(1_072_915_200));
    for name in ["dcterms:available", "dcterms:dateSubmitted", "prism:publicationDate"] {
        let item = rss_item(&format!("<{name}>2004-01-01</{name}>"));
        assert_eq!(seconds(item.published_at), Some(1_072_915_200), "{name}");
    }
}

#[test]
fn itunes_tells_an_episode() {
    let item = rss_item(
        "<itunes:author>Ann</itunes:author><itunes:subtitle>Sub</itunes:subtitle><itunes:duration>1:02:03</itunes:duration>
         <itunes:explicit>Clean</itunes:explicit><itunes:season>2</itunes:season><itunes:episode>7</itunes:episode>
         <itunes:episodeType>Bonus</itunes:episodeType><itunes:image href='/i.jpg'/><itunes:keywords>one, two,one</itunes:keywords>
         <itunes:summary>Sum</itunes:summary>",
    );
    assert_eq!(
        (item.duration_seconds, item.explicit, item.season, item.episode),
        (Some(3_723), Some(false), Some(2), Some(7))
    );
    assert_eq!(
        (item.details.episode_type.as_deref(), item.details.subtitle.as_str()),
        (Some("bonus"), "Sub")
    );
    assert_eq!(
        (item.image_url.clone(), item.summary_html.as_str()),
        (some("https://example.org/i.jpg"), "Sum")
    );
    let old = rss_item("<itunes:link rel='image' type='video/jpeg' href='/i.jpg'>x</itunes:link>");
    assert_eq!((old.image_url.clone(), old.url.clone()), (some("https://example.org/i.jpg"), None));
    assert_eq!((item.categories.join("|"), item.authors.join("|")), ("one|two".into(), "Ann".into()));
}

#[test]
fn several_enclosures_are_kept_each_once() {
    let item = rss_item(
        "<enclosure url='1.mp3' length='wrong' type='audio/mpeg'/><enclosure url='1.mp4' length='5' type='video/mp4'/>
         <media:content url='1.mp3' fileSize='9' duration='60' medium='audio' isDefault='true'/><enclosure url='p.jpg' type='image/jpeg'/>
         <enclosure url='javascript:x' type='audio/mpeg'/>",
    );
    let urls: Vec<&str> = item.enclosures.iter().map(|told| told.url.as_str()).collect();
    assert_eq!(urls, ["1.mp3", "1.mp4", "p.jpg"].map(|name| format!("https://example.org/a/{name}")));
    let first = &item.enclosures[0];
    assert_eq!(
        (first.bytes, first.duration_seconds, first.is_default, item.duration_seconds),
        (Some(9), Some(60), true, Some(60))
    );
    assert_eq!(item.image_url, some("https://example.org/a/p.jpg"));
}

#[test]
fn pictures_and_pages_are_listed_after_what_an_item_is_about() {
    let item = rss_item(
        "<media:content url='/player' type='text/html'/><media:content url='/unknown'/><enclosure url='p.jpg' type='image/jpeg' length='5'/>
         <enclosure url='1.zip' type='application/zip'/>",
    );
    let main: Vec<bool> = item.enclosures.iter().map(|told| told.is_main()).collect();
    assert_eq!(main, [true, false, false, false]);
    assert_eq!(item.enclosures[0].url, "https://example.org/a/1.zip");
    let item = atom_entry("<link rel='enclosure' type='image/png' href='/p'/>");
    assert_eq!((item.enclosures.len(), item.image_url.clone()), (1, some("https://example.org/p")));
}

#[test]
fn subtitles_of_media_rss_are_transcripts() {
    let item = rss_item("<media:subTitle type='text/vtt' lang='en-us' href='/s.vtt'/>");
    assert_eq!(item.transcripts[0].url, "https://example.org/s.vtt");
    assert_eq!(item.transcripts[0].language.as_deref(), Some("en-us"));
}

#[test]
fn media_rss_may_be_nested_in_any_order() {
    let item = rss_item(
        "<media:thumbnail url='outer.jpg'/><media:group><media:title>G</media:title><media:content url='v.mp4' type='video/mp4'>
         <media:thumbnail url='own.jpg'/><media:description type='html'>&lt;b&gt;D&lt;/b&gt;</media:description><media:keywords>k</media:keywords>
         <media:category label='L'>c</media:category><media:credit role='author'>Cred</media:credit><media:credit role='actor'>No</media:credit>
         <media:rating scheme='urn:simple'>adult</media:rating></media:content><media:content url='p.png' medium='image'/></media:group>",
    );
    assert_eq!(
        (item.title.as_str(), item.summary_html.as_str(), item.authors.join("|")),
        ("G", "<b>D</b>", "Cred".into())
    );
    assert_eq!((item.image_url.clone(), item.explicit), (some("https://example.org/a/own.jpg"), Some(true)));
    assert_eq!((item.enclosures.len(), item.categories.join("|")), (2, "k|L".into()));
}

#[test]
fn podcasting_tells_what_stands_beside_an_episode() {
    let item = rss_item(
        "<podcast:chapters url='c.json' type='application/json+chapters'/><podcast:season name='The Second'>2</podcast:season>
         <podcast:episode display='Ch.3'>204</podcast:episode><podcast:transcript url='t.vtt' type='text/vtt' language='es' rel='captions'/>
         <podcast:person role='Guest' group='Cast' href='/jane' img='/jane.jpg'>Jane Doe</podcast:person><podcast:person>Joe</podcast:person>
         <podcast:soundbite startTime='73.0' duration='60.5'>Why</podcast:soundbite><podcast:location geo='geo:1,2'>Austin, TX</podcast:location>
         <podcast:license>cc-by-4.0</podcast:license>",
    );
    assert_eq!(
        (item.chapters_url.clone(), item.details.chapters_mime_type.as_deref()),
        (some("https://example.org/a/c.json"), Some("application/json+chapters"))
    );
    assert_eq!((item.season, item.details.season_name.as_deref()), (Some(2), Some("The Second")));
    assert_eq!((item.episode, item.details.episode_display.as_deref()), (Some(204), Some("Ch.3")));
    assert_eq!(
        (item.transcripts[0].rel.as_deref(), item.transcripts[0].language.as_deref()),
        (Some("captions"), Some("es"))
    );
    let joe = Person { name: "Joe".into(), role: "host".into(), group: "cast".into(), href: None, img: None };
    assert_eq!((item.details.persons[0].role.as_str(), &item.details.persons[1]), ("guest", &joe));
    assert_eq!(
        item.details.soundbites,
        [Soundbite { start_seconds: 73.0, duration_seconds: 60.5, title: "Why".into() }]
    );
    assert_eq!(
        (item.details.location.as_deref(), item.details.license.as_deref()),
        (Some("Austin, TX"), Some("cc-by-4.0"))
    );
}

#[test]
fn a_number_of_comments_is_no_address() {
    assert_eq!(rss_item("<comments>5</comments>").details.comments_url, None);
}

#[test]
fn alternate_enclosures_and_value_are_kept_as_told() {
    let item = rss_item(
        "<podcast:alternateEnclosure type='audio/opus' length='32' bitrate='100.5' default='true' title='Opus'>
         <podcast:source uri='https://x.example/a.opus'/><podcast:source uri='ipfs://no'/><podcast:integrity type='sri' value='sha384-x'/>
         </podcast:alternateEnclosure><podcast:value type='lightning' method='keysend'><podcast:valueRecipient name='Ann' split='99'/></podcast:value>",
    );
    let told = &item.details.alternate_enclosures[0];
    assert_eq!(
        (told.sources.join("|"), told.bitrate, told.is_default),
        ("https://x.example/a.opus".into(), Some(100.5), true)
    );
    assert_eq!(told.integrity, Some(("sri".into(), "sha384-x".into())));
    let value = item.content.details.value.expect("a value");
    assert_eq!((&value["method"], &value["recipients"][0]["split"]), (&"keysend".into(), &"99".into()));
}

#[test]
fn an_episode_may_stand_between_two() {
    let item = rss_item("<podcast:episode>315.5</podcast:episode>");
    assert_eq!((item.episode, item.details.episode_display.as_deref()), (Some(315), Some("315.5")));
}

#[test]
fn a_live_item_is_no_item() {
    assert!(rss("<podcast:liveItem><title>Live</title></podcast:liveItem>").items.is_empty());
}

#[test]
fn categories_come_as_text_label_or_term() {
    let item = atom_entry(
        "<category term='t' label='Label'/><category term='term'/><dc:subject>Subject</dc:subject>",
    );
    assert_eq!(item.categories, ["Label", "term", "Subject"]);
    assert_eq!(rss_item("<category domain='x'>A/B</category><category>A/B</category>").categories, ["A/B"]);
    assert_eq!(rss_item("<category>a <b>b</b></category>").categories, ["a b"]);
    let bag = "<dc:subject><rdf:Bag><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Bag></dc:subject>";
    assert_eq!(rss_item(bag).categories, ["a", "b"]);
    assert_eq!(atom_entry("<category term='&lt;b&gt; tags'/>").categories, ["<b> tags"]);
}

#[test]
fn content_out_of_line_is_a_page_or_a_medium() {
    assert_eq!(atom_entry("<content src='/p' type='text/html'/>").url, some("https://example.org/p"));
    let item = atom_entry("<content src='/v.mp4' type='video/mp4'/>");
    assert_eq!((item.enclosures.len(), item.content_html.as_str()), (1, ""));
}

#[test]
fn addresses_are_resolved_against_the_nearest_base() {
    let feed = atom(
        "<entry xml:base='/e/'><link href='p'/><content xml:base='c/' type='html'>&lt;img src='i.png'&gt;</content></entry>",
    );
    assert_eq!(feed.items[0].url, some("https://example.org/e/p"));
    assert_eq!(feed.items[0].content_html, "<img src=\"https://example.org/e/c/i.png\">");
}

#[test]
fn a_language_is_told_by_the_item_or_what_is_around_it() {
    assert_eq!(rss_item("<dc:language>fr</dc:language>").language, some("fr"));
    assert_eq!(atom("<entry xml:lang='de'/>").items[0].language, some("de"));
}

#[test]
fn names_of_all_forms_are_told_from_addresses() {
    let item = rss_item("<author>Ann Bee &lt;a@b.example&gt;</author>");
    assert_eq!(item.authors, ["Ann Bee"]);
    assert_eq!(rss_item("<author>a@b.example</author><dc:creator>Ann</dc:creator>").authors, ["Ann"]);
    assert_eq!(rss_item("<dc:creator>A &amp;amp; B</dc:creator>").authors, ["A & B"]);
}

#[test]
fn licenses_come_in_many_vocabularies() {
    let license = |told: &str| rss_item(told).content.details.license;
    let address = some("https://cc.example/by");
    let old = "http://backend.userland.com/creativeCommonsRssModule";
    assert_eq!(license(&format!("<c:license xmlns:c='{old}'>https://cc.example/by</c:license>")), address);
    assert_eq!(license("<cc:license rdf:resource='https://cc.example/by'/>"), address);
    assert_eq!(license("<atom:link rel='license' href='https://cc.example/by'/>"), address);
    assert_eq!(
        license("<dcterms:license>L</dcterms:license><atom:link rel='license' href='/l'/>"),
        some("L")
    );
    assert_eq!(
        license("<cc:license>CC</cc:license><podcast:license url='/l'>cc0</podcast:license>"),
        some("cc0")
    );
}

#[test]
fn discussion_and_chapters_may_be_linked() {
    let item = atom_entry(
        "<link rel='replies' href='/talk.xml' type='application/atom+xml'/><link rel='replies' href='/talk' type='text/html'/>
         <link rel='http://podlove.org/simple-chapters' href='/c.psc' type='application/xml'/>",
    );
    assert_eq!(
        (item.details.comments_url.clone(), item.chapters_url.clone()),
        (some("https://example.org/talk"), some("https://example.org/c.psc"))
    );
    let item = rss_item("<podcast:socialInteract uri='https://x.example/1' protocol='activitypub'/><media:adult>true</media:adult>
        <podcast:images srcset='b.jpg 1500w, s.jpg 600w'/>");
    assert_eq!((item.details.comments_url.clone(), item.explicit), (some("https://x.example/1"), Some(true)));
    assert_eq!(item.image_url, some("https://example.org/a/b.jpg"));
}
