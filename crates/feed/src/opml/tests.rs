use chrono::DateTime;
use proptest::prelude::*;

use super::*;

fn outline(xml: &str) -> OpmlOutline {
    read(xml.as_bytes(), None).expect("a list")
}

/// The only row of a list with this content.
fn row(inside: &str) -> OpmlRow {
    let mut rows = outline(&format!("<opml version='1.1'><body>{inside}</body></opml>")).rows;
    assert_eq!(rows.len(), 1, "{inside}");
    rows.remove(0)
}

fn found(outline: &OpmlOutline) -> Vec<&str> {
    outline.rows.iter().map(|row| row.found.as_deref().unwrap_or("")).collect()
}

#[test]
fn a_list_has_a_title_and_rows_in_folders() {
    let list = outline(
        "<?xml version='1.0'?><opml version='2.0'><head><title>Ann &amp; Bob</title></head><body>
        <outline text='News'><outline text='World'><outline type='rss' text='A' xmlUrl='https://a.example/f'/></outline>
        <outline text='B' xmlUrl='https://b.example/f'></outline></outline><outline text='C' xmlUrl='https://c.example/f'/>",
    );
    let rows: Vec<_> =
        list.rows.iter().map(|row| (row.line, row.title.as_str(), row.folders.join("/"))).collect();
    assert_eq!(list.title, "Ann & Bob");
    assert_eq!(rows, [(3, "A", "News/World".into()), (4, "B", "News".into()), (5, "C", String::new())]);
}

#[test]
fn attributes_are_known_in_any_case() {
    for name in ["xmlUrl", "xmlurl", "XMLURL", "XmlUrl"] {
        let row = row(&format!("<OUTLINE TEXT='A' {name}='https://a.example/f?a=1&amp;b=2'/>"));
        assert_eq!((row.title.as_str(), row.found.as_deref()), ("A", Ok("https://a.example/f?a=1&b=2")));
    }
}

#[test]
fn an_address_called_url_counts_in_feeds_only() {
    for kind in ["rss", "ATOM", "link"] {
        assert!(row(&format!("<outline type='{kind}' url='https://a.example/f'/>")).found.is_ok(), "{kind}");
    }
    let both = row("<outline type='rss' url='https://a.example/' xmlUrl='https://a.example/f'/>");
    assert_eq!(both.found.as_deref(), Ok("https://a.example/f"));
    assert!(row("<outline type='include' url='https://a.example/list.opml'/>").found.is_err());
}

#[test]
fn the_text_is_the_name_and_else_the_title() {
    assert_eq!(row("<outline title='T' text='X &lt;b>' xmlUrl='a.example'/>").title, "X <b>");
    assert_eq!(row("<outline title='T\n  U' text=' ' xmlUrl='a.example'/>").title, "T U");
    assert_eq!(row("<outline xmlUrl='a.example'/>").title, "");
}

#[test]
fn an_outline_with_neither_address_nor_children_is_a_bad_row() {
    for inside in [
        "<outline text='A'/>",
        "<outline text='A'></outline>",
        "<outline text='A'>",
        "<outline text='A' xmlUrl=''/>",
    ] {
        assert_eq!(row(inside).found, Err("It has no address.".to_owned()), "{inside}");
    }
}

#[test]
fn what_programs_write_is_read() {
    for (program, body) in [
        ("gPodder", "<outline xmlUrl='https://a.example/f' type='rss' text='A' title='A'/>"),
        (
            "Apple Podcasts",
            "<outline text='feeds'><outline type='rss' text='A' title='A' xmlUrl='https://a.example/f'/></outline>",
        ),
        (
            "Feedly",
            "<outline text='X' title='X'><outline type='rss' text='A' title='A' xmlUrl='https://a.example/f' htmlUrl='https://a.example'/></outline>",
        ),
        (
            "NewsBlur",
            "<outline text='X' title='X'><outline htmlUrl='https://a.example' text='A' title='A' type='rss' version='RSS' xmlUrl='https://a.example/f'></outline></outline>",
        ),
        (
            "FreshRSS",
            "<outline text='X'><outline text='A' type='rss' xmlUrl='https://a.example/f' htmlUrl='' description='' frss:priority='main'/></outline>",
        ),
        (
            "NetNewsWire",
            "<outline text='A' title='A' description='' type='rss' version='RSS' htmlUrl='' xmlUrl='https://a.example/f'/>",
        ),
        (
            "Thunderbird",
            "<outline title='A'><outline type='rss' title='A' text='A' version='RSS' fz:quickMode='false' xmlUrl='https://a.example/f'/></outline>",
        ),
        (
            "Audiobookshelf",
            "<outline text='feeds'><outline text='A' title='A' xmlUrl='https://a.example/f' description='' htmlUrl='' language='en'/></outline>",
        ),
        (
            "Podcast Addict",
            "<outline text='A' type='rss' xmlUrl='https://a.example/f' imageUrl='https://a.example/i?a&amp;b' htmlUrl='' description='&quot;&#8220;'/>",
        ),
    ] {
        let row = row(body);
        assert_eq!((row.title.as_str(), row.found.as_deref()), ("A", Ok("https://a.example/f")), "{program}");
    }
}

#[test]
fn hostile_lists_are_read_to_their_end() {
    for piece in [
        "<",
        "<outline ",
        "<outline text='",
        "<outline>",
        "<outline a='>",
        "</outline>",
        "<![CDATA[",
        "<title>x",
        "&#x;",
        "a.b\n",
    ] {
        let xml = format!("<opml>{}", piece.repeat((1 << 20) / piece.len()));
        assert!(outline(&xml).rows.len() <= 10_001, "{piece}");
    }
}

#[test]
fn the_same_address_counts_once() {
    let list = outline(
        "<opml><outline text='F'><outline xmlUrl='feed://a.example/f'/></outline><outline xmlUrl='https://A.example/f#x'/>",
    );
    assert_eq!(list.rows[1].found, Err("The same address is in the file before, as number 2.".to_owned()));
}

#[test]
fn episodes_beneath_a_feed_are_no_rows() {
    let list = outline(
        "<opml version='1.0'><body><outline text='playlists'><outline type='podcast-playlist' title='All'/></outline><outline text='feeds'>
        <outline type='rss' title='A' xmlUrl='https://a.example/f'><outline type='podcast-episode' title='1' url='https://a.example/1'/><outline title='2'/></outline>
        <outline type='rss' title='B' xmlUrl='https://b.example/f'/></outline>",
    );
    assert_eq!(found(&list), ["https://a.example/f", "https://b.example/f"]);
    assert_eq!(list.rows[1].folders, ["feeds"]);
}

#[test]
fn a_feed_that_was_never_closed_is_no_folder() {
    let list = outline(
        "<opml><body><outline text='A' xmlUrl='a.example'><outline text='B' xmlUrl='b.example'></body>",
    );
    assert_eq!(found(&list), ["https://a.example/", "https://b.example/"]);
    assert_eq!(list.rows[1].folders, [""; 0]);
}

#[test]
fn broken_documents_are_read_as_far_as_they_go() {
    let list = outline(
        "junk <opml><body></outline><outline text=A & B xmlUrl=https://a.example/f?x&y /><outline text='B' xmlUrl='https://b.example/f'/><outline text='C' xmlU",
    );
    assert_eq!(found(&list), ["https://a.example/f?x&y", "https://b.example/f"]);
    assert_eq!(found(&outline("<outline xmlUrl='a.example'/>")), ["https://a.example/"]);
    assert_eq!(
        found(&outline("<x:opml xmlns:x='y'><x:outline xmlUrl='a.example'/>")),
        ["https://a.example/"]
    );
}

#[test]
fn other_encodings_are_read() {
    let xml = "<?xml version='1.0' encoding='iso-8859-1'?><opml><outline text='Caf\u{e9}' xmlUrl='a.example'/></opml>";
    let latin: Vec<u8> = xml.chars().map(|c| c as u8).collect();
    assert_eq!(read(&latin, None).expect("a list").rows[0].title, "Café");
    let wide: Vec<u8> = format!("\u{feff}{xml}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&wide, Some("text/x-opml; charset=utf-8")).expect("a list").rows[0].title, "Café");
}

#[test]
fn what_comes_after_ten_thousand_is_counted() {
    let xml: String = (0..10_003).map(|n| format!("<outline xmlUrl='https://a.example/{n}'/>")).collect();
    let list = outline(&format!("<opml><body>{xml}</body></opml>"));
    assert_eq!(list.rows.len(), 10_001);
    assert_eq!(list.rows[10_000].line, 10_001);
    assert!(list.rows[10_000].found.as_ref().is_err_and(|why| why.starts_with("3 more were left out")));
}

#[test]
fn folders_may_be_as_deep_as_they_like() {
    let deep = "<outline text='x'>".repeat(200_000);
    let list = outline(&format!(
        "<opml>{deep}<outline xmlUrl='a.example'/>{}",
        "</outline></other>".repeat(200_000)
    ));
    assert_eq!((list.rows.len(), list.rows[0].folders.len(), list.rows[0].line), (1, 20, 200_001));
}

#[test]
fn other_things_are_unreadable() {
    for (text, why) in [
        ("", UnreadableList::Empty),
        (" \n", UnreadableList::Empty),
        ("<!DOCTYPE html><html><body><outline xmlUrl='a.example'/>", UnreadableList::WebPage),
        ("<!doctype HTML><title>T</title><p>Hi", UnreadableList::WebPage),
        ("<rss><channel><title>T</title></channel></rss>", UnreadableList::Feed),
        ("<feed xmlns='http://www.w3.org/2005/Atom'/>", UnreadableList::Feed),
        ("<rdf:RDF/>", UnreadableList::Feed),
        ("<note/>", UnreadableList::NotAList),
        ("Dear Ann, how are you?", UnreadableList::NotAList),
    ] {
        assert_eq!(read(text.as_bytes(), None), Err(why), "{text}");
    }
}

#[test]
fn a_list_without_feeds_is_empty() {
    let list = outline("<opml version='2.0'><head><title/></head><body/></opml>");
    assert_eq!(list, OpmlOutline::default());
}

#[test]
fn a_plain_list_of_addresses_is_read() {
    let list = read(b"\xef\xbb\xbfhttps://a.example/f\nb.example/f\n", Some("text/plain")).expect("a list");
    assert_eq!(found(&list), ["https://a.example/f", "https://b.example/f"]);
}

#[test]
fn subscriptions_are_written_with_their_folders() {
    let entry = |title: &str, folder: Option<&str>| OpmlEntry {
        title: title.into(),
        feed_url: format!("https://a.example/{title}"),
        site_url: Some("https://a.example/?a&b".into()),
        folder: folder.map(Into::into),
    };
    let created = DateTime::from_timestamp(1_700_000_000, 0).expect("a date");
    let xml = write(
        "My \"list\"",
        &[entry("1", Some("X & <Y>")), entry("2", None), entry("3", Some("X & <Y>"))],
        created,
    );
    assert!(xml.contains("<dateCreated>Tue, 14 Nov 2023 22:13:20 GMT</dateCreated>"));
    assert!(xml.contains("<outline text=\"X &amp; &lt;Y&gt;\" title=\"X &amp; &lt;Y&gt;\">"));
    assert!(xml.contains("htmlUrl=\"https://a.example/?a&amp;b\""));
    let rows = outline(&xml).rows;
    assert_eq!(rows.iter().map(|row| row.title.as_str()).collect::<Vec<_>>(), ["2", "1", "3"]);
    assert_eq!(rows[2].folders, ["X & <Y>"]);
}

proptest! {
    #[test]
    fn any_bytes_are_a_list_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        prop_assert_eq!(read(&bytes, None), read(&bytes, None));
    }

    #[test]
    fn anything_in_an_outline_is_read(inside in "[<>&;!\\[\\]/=\"' a-zé:#0-9.@]{0,60}", more in any::<String>()) {
        let xml = format!("<opml><outline text='{more}' {inside}><outline xmlUrl='{inside}{more}'/></outline>");
        prop_assert!(read(xml.as_bytes(), None).is_ok());
    }

    #[test]
    fn what_is_written_is_read_again(title in any::<String>(), told in proptest::collection::vec((any::<String>(), "[a-z&'\"<>?=é ]{0,20}", proptest::option::of("[a-c&<\"]{0,3}")), 0..20)) {
        let entries: Vec<_> = told.into_iter().enumerate().map(|(at, (title, path, folder))| OpmlEntry {
            title,
            feed_url: url::Url::parse(&format!("https://a.example/{at}/{path}")).expect("a url").into(),
            site_url: None,
            folder,
        }).collect();
        let list = outline(&write(&title, &entries, DateTime::UNIX_EPOCH));
        prop_assert_eq!(list.rows.len(), entries.len());
        for entry in &entries {
            let row = list.rows.iter().find(|row| row.found.as_ref() == Ok(&entry.feed_url)).expect("the row");
            prop_assert_eq!(&row.title, &writer::line(&entry.title));
            prop_assert_eq!(row.folders.concat(), entry.folder.clone().unwrap_or_default());
        }
    }
}
