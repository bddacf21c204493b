use super::super::Unreadable;
use super::super::fixtures::{attempt, feed, seconds, some};
use crate::Format;

#[test]
fn a_feed_of_version_1_1_is_read() {
    let feed = feed(
        r#"{"version": "https://jsonfeed.org/version/1.1", "title": "T", "home_page_url": "/", "feed_url": "f.json", "description": "a < b",
        "icon": "i.png", "language": "en", "next_url": "?p=2", "authors": [{"name": "Ann"}], "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
        "items": [{"id": 7, "url": "/1", "title": "One \u00e9", "content_html": "<p onclick='x'>Hi</p>", "summary": "S & T", "image": "p.png",
        "date_published": "2004-01-01T00:00:00Z", "date_modified": "2004-01-02T00:00:00Z", "tags": ["a", "b", 3], "language": "de",
        "attachments": [{"url": "1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 5, "duration_in_seconds": 61.5}, {"url": "x.png", "mime_type": "image/png"}]}]}"#,
    );
    assert_eq!(
        (feed.details.format, feed.title.as_str(), feed.description.as_str()),
        (Some(Format::Json11), "T", "a < b")
    );
    assert_eq!(
        (feed.site_url, feed.self_url, feed.details.next_url),
        (
            some("https://example.org/"),
            some("https://example.org/a/f.json"),
            some("https://example.org/a/feed.xml?p=2")
        )
    );
    assert_eq!((feed.details.hub_urls.len(), feed.description_html.as_str()), (1, "a &lt; b"));
    let item = &feed.items[0];
    assert_eq!(
        (item.guid.as_str(), item.title.as_str(), item.content_html.as_str()),
        ("7", "One é", "<p>Hi</p>")
    );
    assert_eq!(
        (item.summary_html.as_str(), item.authors.join("|"), item.categories.join("|")),
        ("S &amp; T", "Ann".into(), "a|b".into())
    );
    assert_eq!(
        (seconds(item.published_at), seconds(item.updated_at)),
        (Some(1_072_915_200), Some(1_073_001_600))
    );
    assert_eq!(
        (item.enclosures.len(), item.enclosures[0].bytes, item.duration_seconds),
        (2, Some(5), Some(61))
    );
}

#[test]
fn a_feed_of_version_1_0_has_one_author_and_may_have_plain_text() {
    let feed = feed(
        r#"{"version": "https://jsonfeed.org/version/1", "author": {"name": "Ann"}, "items": [{"id": "1", "content_text": "a < b", "external_url": "/x"}]}"#,
    );
    assert_eq!(
        (feed.details.format, feed.items[0].content_html.as_str()),
        (Some(Format::Json10), "a &lt; b")
    );
    assert_eq!(
        (feed.items[0].authors.join("|"), feed.items[0].url.clone()),
        ("Ann".into(), some("https://example.org/x"))
    );
}

#[test]
fn a_member_of_the_wrong_kind_costs_only_itself() {
    let feed = feed(
        "{\"items\": [{\"id\": null, \"title\": 5, \"tags\": \"x\", \"url\": {}, \"url\": 1}, 3, {\"title\": \"two\nlines\"}], \"title\": [], \"version\": 1}",
    );
    assert_eq!(
        (feed.items.len(), feed.items[1].title.as_str(), feed.items[0].guid.as_str()),
        (2, "two lines", "")
    );
}

#[test]
fn what_is_nearly_json_is_read() {
    for told in [
        "\u{feff}{\"title\": \"T\", \"items\": [{\"id\": \"1\", \"title\": \"One\",},],}",
        "// made by hand\n{\"title\": \"T\", /* all */ \"items\": [{\"id\": \"1\", \"title\": \"One\"}]} // end",
        "{\"title\": \"T\", \"items\": [{\"id\": \"1\", \"title\": \"One\"}]}; and more",
        "{title: 'T', items: [{id: 1, title: 'One'}]}",
        "{\"title\": \"T\", \"items\": [{\"id\": \"1\", \"title\": \"One\"}, {\"id\": \"2\", \"tit",
        "{\"title\": \"T\", \"items\": {\"id\": \"1\", \"title\": \"One\"}}",
        "[{\"title\": \"T\", \"items\": [{\"id\": \"1\", \"title\": \"One\"}]}]",
        "{\"title\": \"T\", \"items\": [{\"id\": \"1\" \"title\": \"One\"} {\"id\": \"2\"}]}",
    ] {
        let feed = feed(told);
        let item = &feed.items[0];
        assert_eq!(
            (feed.title.as_str(), item.guid.as_str(), item.title.as_str()),
            ("T", "1", "One"),
            "{told}"
        );
    }
}

#[test]
fn one_may_stand_for_a_list_and_a_text_for_an_object() {
    let item = &feed(
        "{\"items\": [{\"authors\": {\"name\": \"Ann\"}, \"tags\": \"a, b\", \"attachments\": {\"url\": \"1.mp3\", \"size_in_bytes\": \"5\"}, \"title\": 7}]}",
    )
    .items[0];
    assert_eq!((item.authors.join("|"), item.categories.join("|")), ("Ann".into(), "a|b".into()));
    assert_eq!((item.enclosures[0].bytes, item.title.as_str()), (Some(5), "7"));
    let item =
        &feed("{\"items\": [{\"author\": \"Ann\", \"attachments\": [\"1.mp3\"], \"title\": \"\\ud83d x\"}]}")
            .items[0];
    assert_eq!(
        (item.authors.join("|"), item.enclosures.len(), item.title.as_str()),
        ("Ann".into(), 1, "\u{fffd} x")
    );
}

#[test]
fn authors_replace_the_author_who_may_be_several() {
    let authors =
        |told: &str| feed(&format!("{{\"items\": [{{\"id\": \"1\", {told}}}]}}")).items[0].authors.join("|");
    assert_eq!(authors(r#""author": {"name": "Ann"}, "authors": [{"name": "Bob"}]"#), "Bob");
    assert_eq!(authors(r#""author": {"name": "Ann"}, "authors": []"#), "Ann");
    assert_eq!(authors(r#""author": [{"name": "Ann"}, {"name": "Bob"}]"#), "Ann|Bob");
}

#[test]
fn pictures_are_attached_after_what_they_show() {
    let item = &feed(
        r#"{"items": [{"id": "1", "attachments": [{"url": "/a.jpg", "mime_type": "image/jpeg"}, {"url": "/1.mp3", "mime_type": "audio/mpeg"}]}]}"#,
    )
    .items[0];
    let urls: Vec<&str> = item.enclosures.iter().map(|told| told.url.as_str()).collect();
    assert_eq!(urls, ["https://example.org/1.mp3", "https://example.org/a.jpg"]);
}

#[test]
fn control_characters_are_dropped_however_they_are_written() {
    let feed = feed(r#"{"title": "a\u0000b\u0007", "items": [{"content_html": "<pre>a\u0007\nb</pre>"}]}"#);
    assert_eq!((feed.title.as_str(), feed.items[0].content_html.as_str()), ("ab", "<pre>a\nb</pre>"));
}

#[test]
fn a_call_or_a_guard_may_stand_around_it() {
    let json = r#"{"version": "https://jsonfeed.org/version/1.0", "title": "T", "items": []}"#;
    for told in [format!("cb({json});"), format!("/**/ a.b_1( {json})"), format!(")]}}',\n{json}")] {
        let feed = feed(&told);
        assert_eq!((feed.title.as_str(), feed.details.format), ("T", Some(Format::Json10)), "{told}");
    }
}

#[test]
fn other_json_is_no_feed() {
    assert_eq!(attempt("[1, 2]").expect_err("no feed"), Unreadable::BrokenJson);
    assert_eq!(attempt("// only a comment").expect_err("no feed"), Unreadable::BrokenJson);
    assert_eq!(attempt(&"[".repeat(1_000_000)).expect_err("no feed"), Unreadable::BrokenJson);

    assert_eq!(attempt("{\"a\": 1}").expect_err("no feed"), Unreadable::NotAFeed);
    assert_eq!(attempt("{\"items\": [").expect_err("no feed"), Unreadable::BrokenJson);
    assert_eq!(attempt(&"{\"items\":".repeat(100_000)).expect_err("no feed"), Unreadable::BrokenJson);
}
