use proptest::prelude::*;

use super::*;

fn base() -> Url {
    Url::parse("https://a.example/blog/post#top").expect("a url")
}

fn found(page: &str) -> Vec<FeedCandidate> {
    links(page.as_bytes(), Some("text/html; charset=utf-8"), &base())
}

fn urls(page: &str) -> Vec<String> {
    found(page).into_iter().map(|found| found.url).collect()
}

#[test]
fn a_declared_feed_comes_with_its_title_and_kind() {
    let page = "<!DOCTYPE html><head><link rel=alternate type=application/rss+xml title='News &amp; more' href=/feed?a=1&amp;b=2#x>";
    let news = FeedCandidate {
        url: "https://a.example/feed?a=1&b=2".into(),
        title: "News & more".into(),
        kind: FeedKind::Rss,
        declared: true,
    };
    assert_eq!(found(page), [news]);
}

#[test]
fn the_type_tells_the_kind() {
    for (mime_type, kind) in [
        ("application/rss+xml", FeedKind::Rss),
        ("Application/RSS+XML; charset=utf-8", FeedKind::Rss),
        ("application/rdf+xml", FeedKind::Rss),
        ("application/atom+xml", FeedKind::Atom),
        ("application/x.atom+xml", FeedKind::Unknown),
        ("application/feed+json", FeedKind::Json),
        ("application/json", FeedKind::Json),
        ("text/xml", FeedKind::Unknown),
    ] {
        let page = format!("<LINK REL='Home ALTERNATE' TYPE='{mime_type}' HREF='f'/>");
        let expected = if mime_type.contains("x.") { None } else { Some(kind) };
        assert_eq!(found(&page).first().map(|found| found.kind), expected, "{mime_type}");
    }
}

#[test]
fn a_relation_called_feed_needs_no_type() {
    assert_eq!(urls("<link rel=feed href=/f>"), ["https://a.example/f"]);
    assert_eq!(urls("<link rel=alternate href=/rss.xml>"), ["https://a.example/rss.xml"]);
    assert_eq!(urls("<link rel=alternate hreflang=de href=/de/>"), [""; 0]);
}

#[test]
fn what_is_no_feed_is_left_out() {
    for attributes in [
        "rel='alternate stylesheet' type='text/xml' href='/x'",
        "rel='stylesheet' type='text/css' href='/x.css'",
        "rel='alternate' type='application/json+oembed' href='/oembed?url=x'",
        "rel='alternate' type='text/xml' href='/wp/oembed/1.0/embed?format=xml'",
        "rel='alternate' type='text/xml+oembed' href='/x'",
        "rel='alternate' type='application/json' href='/wp-json/wp/v2/pages/2'",
        "rel='alternate' type='application/json' href='/?rest_route=/wp/v2/pages/2'",
        "rel='alternate' type='application/ld+json' href='/x'",
        "rel='alternate' type='application/activity+json' href='/@ann'",
        "rel='alternate' type='text/html' href='/print'",
        "rel='alternate' type='application/rss+xml' href='javascript:x'",
        "rel='alternate' type='application/rss+xml'",
    ] {
        assert_eq!(urls(&format!("<link {attributes}>")), [""; 0], "{attributes}");
    }
}

#[test]
fn addresses_are_relative_to_the_base_the_page_tells() {
    let link = "<link rel=alternate type=application/rss+xml href=f>";
    assert_eq!(urls(link), ["https://a.example/blog/f"]);
    assert_eq!(
        urls(&format!("{link}<base href='https://b.example/x/'><base href='/no'>")),
        ["https://b.example/x/f"]
    );
    assert_eq!(urls(&format!("<base href='/x/'>{link}")), ["https://a.example/x/f"]);
    assert_eq!(urls(&format!("<base href='mailto:a'>{link}")), ["https://a.example/blog/f"]);
    assert_eq!(
        urls("<link rel=feed href='feed://b.example/f'><link rel=feed href='feed:http://c.example/f'>"),
        ["https://b.example/f", "http://c.example/f"]
    );
}

#[test]
fn a_slash_at_the_end_of_an_address_is_kept() {
    for end in ["href=/feed/>", "href='/feed/'/>", "href=/feed/ />", "href=\"/feed/\" / >"] {
        assert_eq!(urls(&format!("<link rel=feed {end}")), ["https://a.example/feed/"], "{end}");
    }
}

#[test]
fn feeds_of_comments_come_last() {
    let page = "<link rel=alternate type=application/rss+xml title='A » Comments Feed' href=/1><link rel=alternate type=application/rss+xml href=/comments/feed/>
        <link rel=alternate type=application/rss+xml title='A » Feed' href=/2><a href=/rss>x</a>";
    let order = [
        "https://a.example/2",
        "https://a.example/rss",
        "https://a.example/1",
        "https://a.example/comments/feed/",
    ];
    assert_eq!(urls(page), order);
}

#[test]
fn anchors_that_look_like_feeds_come_after_declared_ones() {
    let page = "<a href='/about'>About</a><a href='/x.rss'><b>Our</b> news</a><a href='/subscribe'><img alt='RSS'></a><a href=/y title='Atom feed'></a>
        <a href='#rss'>RSS</a><a href='/sitemap.xml'>RSS</a><a href=''>Feed</a><link rel=feed href=/f>";
    let all = found(page);
    let told: Vec<_> =
        all.iter().map(|found| (found.url.as_str(), found.title.as_str(), found.declared)).collect();
    let expected = [
        ("https://a.example/f", "", true),
        ("https://a.example/x.rss", "Our news", false),
        ("https://a.example/subscribe", "RSS", false),
        ("https://a.example/y", "Atom feed", false),
    ];
    assert_eq!(told, expected);
}

#[test]
fn scripts_styles_and_comments_are_no_page() {
    let link = "<link rel=feed href=/no>";
    let page = format!(
        "<script>'{link}'</SCRIPT ><style>{link}</style><!-- {link} --><textarea>{link}</textarea><link rel=feed href=/yes>"
    );
    assert_eq!(urls(&page), ["https://a.example/yes"]);
    assert_eq!(urls(&format!("<script>{link}")), [""; 0]);
}

#[test]
fn each_address_is_told_once_and_at_most_fifty() {
    let page: String =
        (0..200).map(|n| format!("<link rel=feed href=/{}><a href=/0>RSS</a>", n / 2)).collect();
    let all = urls(&page);
    assert_eq!(
        (all.len(), all[0].as_str(), all[49].as_str()),
        (50, "https://a.example/0", "https://a.example/49")
    );
}

#[test]
fn the_feed_of_a_known_site_is_among_them() {
    let url = Url::parse("https://social.example/@ann").expect("a url");
    let page = b"<link rel=alternate type=application/activity+json href=/users/ann><p>Hi";
    let all = links(page, None, &url);
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].url.as_str(), all[0].declared), ("https://social.example/@ann.rss", false));
}

#[test]
fn the_charset_may_stand_in_the_page() {
    let page = b"<meta http-equiv=Content-Type content='text/html; charset=windows-1251'><link rel=feed title='\xcf\xf0\xe8\xe2\xe5\xf2' href=/f>";
    assert_eq!(links(page, Some("text/html"), &base())[0].title, "Привет");
}

#[test]
fn only_the_start_of_a_page_is_looked_at() {
    let page =
        format!("<link rel=feed title=é href=/f>{}<link rel=feed href=/no>", "<p>日本".repeat(300_000));
    let found = links(page.as_bytes(), Some("text/html; charset=iso-8859-1"), &base());
    assert_eq!((found.len(), found[0].title.as_str()), (1, "é"));
}

#[test]
fn hostile_pages_are_read_to_their_end() {
    for piece in [
        "<",
        "<a ",
        "<a b=\"",
        "<a href=feed>",
        "<script>",
        "<!--",
        "<![CDATA[",
        "</script",
        "<link rel=feed href=",
        "&",
        "<a b='>",
        "\"channelId\":\"",
    ] {
        let page = piece.repeat((2 << 20) / piece.len());
        assert!(found(&page).len() <= MAX_FOUND, "{piece}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_page(bytes in proptest::collection::vec(any::<u8>(), 0..500), header in any::<Option<String>>()) {
        prop_assert_eq!(links(&bytes, header.as_deref(), &base()), links(&bytes, header.as_deref(), &base()));
    }

    #[test]
    fn anything_in_a_link_is_read(inside in "[<>&;!\\[\\]/=\"' a-zé:#0-9.@?]{0,60}", more in any::<String>()) {
        let page = format!("<base href='{inside}'><link rel='feed' href='{inside}'><link rel=feed href='{more}' {inside}><a href=\"{more}\">RSS {inside}</a><meta itemprop=identifier {inside}");
        for found in found(&page) {
            let url = Url::parse(&found.url).expect("an address");
            prop_assert!(matches!(url.scheme(), "http" | "https") && url.fragment().is_none());
        }
    }

    #[test]
    fn guesses_are_addresses(path in any::<String>()) {
        let url = base().join(&path).unwrap_or_else(|_| base());
        for guess in guesses(&url) {
            prop_assert!(Url::parse(&guess).is_ok());
        }
        prop_assert!(guesses(&url).len() <= 12);
    }
}
