use url::Url;

use super::*;
use crate::reader::xml::{Document, Tree};

/// The plain text and the HTML of one element.
fn told(xml: &str, custom: Custom) -> (String, String) {
    let base = Url::parse("https://example.org/").expect("a url");
    let mut document = Document::new(xml, &base);
    let mut tree = Tree::default();
    let head = document.enter().expect("an element");
    document.take(head, &mut tree);
    let root = tree.root().expect("a root");
    let told = RawText::of(&root, custom).unwrap_or(RawText::Plain("".into()));
    (told.plain(1_000), told.html(&mut Cleaner::new(&base), root.base()))
}

fn both(plain: &str, html: &str) -> (String, String) {
    (plain.to_owned(), html.to_owned())
}

#[test]
fn in_rss_everything_may_be_html() {
    assert_eq!(told("<t>&lt;b&gt;x&lt;/b&gt;</t>", Custom::Rss), both("x", "<b>x</b>"));
    assert_eq!(told("<t>AT&amp;amp;T</t>", Custom::Rss), both("AT&T", "AT&amp;T"));
    assert_eq!(told("<t>5 &lt; 6</t>", Custom::Rss), both("5 < 6", "5 &lt; 6"));
    assert_eq!(told("<t><![CDATA[<p>Hi]]> there</t>", Custom::Rss), both("Hi there", "<p>Hi there</p>"));
    assert_eq!(told("<t>&lt;![CDATA[Hi]]&gt;</t>", Custom::Rss), both("Hi", "Hi"));
}

#[test]
fn html_that_nobody_escaped_is_html() {
    assert_eq!(told("<t><p>Hi<br>you</p></t>", Custom::Rss), both("Hi you", "<p>Hi<br>you</p>"));
    assert_eq!(told("<t>One <b>two</t>", Custom::Rss).1, "One <b>two</b>");
}

#[test]
fn atom_says_what_its_texts_are() {
    assert_eq!(told("<t>a &lt; b &lt;i&gt;</t>", Custom::Atom), both("a < b <i>", "a &lt; b &lt;i&gt;"));
    assert_eq!(told("<t type='html'>&lt;i&gt;x&lt;/i&gt;</t>", Custom::Atom), both("x", "<i>x</i>"));
    assert_eq!(told("<t type='TEXT/HTML' mode='escaped'>&lt;i&gt;x&lt;/i&gt;</t>", Custom::Atom).0, "x");
    let inline =
        "<t type='xhtml'> <x:div xmlns:x='http://www.w3.org/1999/xhtml'><x:i>x</x:i> &lt; y</x:div> </t>";
    assert_eq!(told(inline, Custom::Atom), both("x < y", "<i>x</i> &lt; y"));
    assert_eq!(told("<t type='text/html' mode='base64'>PHA+SGk8L3A+</t>", Custom::Atom).1, "<p>Hi</p>");
    assert_eq!(told("<content type='image/png'>iVBORw0K</content>", Custom::Atom), both("", ""));
    assert_eq!(told("<t type='text/x-poem'>a &lt;b&gt;</t>", Custom::Atom).0, "a <b>");
}

#[test]
fn content_in_base64_is_what_its_bytes_are() {
    let octets = "<content type='application/octet-stream'>RXhhbXBsZSA8Yj5BdG9tPC9iPg==</content>";
    assert_eq!(told(octets, Custom::Atom), both("Example Atom", "Example <b>Atom</b>"));
    let json = "<content type='application/json'>eyJhIjogMX0=</content>";
    assert_eq!(told(json, Custom::Atom).0, "{\"a\": 1}");
    for kind in ["text/plain", "application/octet-stream", "foo", "image/png"] {
        let text = format!("<summary type='{kind}' mode='base64'>\n SGkg\n dGhlcmU=\n</summary>");
        assert_eq!(told(&text, Custom::Atom).0, "Hi there", "{kind}");
    }
    assert_eq!(
        told("<t mode='BASE64' type='text/html'>PGI+SGk8L2I+</t>", Custom::Atom),
        both("Hi", "<b>Hi</b>")
    );
    let latin = "<t mode='base64' type='text/plain; charset=iso-8859-1'>Q2Fm6Q==</t>";
    assert_eq!(told(latin, Custom::Atom).0, "Café");
    let picture = "<content type='image/png' mode='base64'>iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB</content>";
    assert_eq!(told(picture, Custom::Atom), both("", ""));
    assert_eq!(
        told("<content type='application/json'>{\"a\": 1}</content>", Custom::Atom).0,
        "{\"a\": 1}",
        "as it is"
    );
    assert_eq!(
        told("<content type='text/x-log'>SGkgdGhlcmU=</content>", Custom::Atom).0,
        "SGkgdGhlcmU=",
        "in line"
    );
}

#[test]
fn a_type_that_nobody_knows_is_one_of_text() {
    for kind in ["plain", "escaped", "markdown", "plain/text", "application/xml", "foo"] {
        assert_eq!(
            told(&format!("<content type='{kind}'>a &lt; b</content>"), Custom::Atom).0,
            "a < b",
            "{kind}"
        );
    }
    assert_eq!(told("<title type='image/png'>x</title>", Custom::Atom).0, "x", "a title is no picture");
    assert_eq!(
        told("<t type='application/html'>&lt;i&gt;x&lt;/i&gt;</t>", Custom::Atom),
        both("x", "<i>x</i>")
    );
    assert_eq!(told("<content type='foo'><p>x</p></content>", Custom::Atom).1, "<p>x</p>");
    assert_eq!(told("<t type='text/html' mode='xml'>a &lt;b&gt; c</t>", Custom::Atom).0, "a <b> c");
}

#[test]
fn escaped_html_may_stand_beside_elements() {
    assert_eq!(told("<t><![CDATA[<p>a</p>]]><br/></t>", Custom::Rss), both("a", "<p>a</p><br>"));
    assert_eq!(told("<t>&lt;b&gt;x&lt;/b&gt; <i>y</i></t>", Custom::Rss), both("x y", "<b>x</b> <i>y</i>"));
    assert_eq!(told("<t type='html'>&lt;b&gt;x&lt;/b&gt; <i>y</i></t>", Custom::Atom).0, "x y");
    assert_eq!(told("<t>5 &lt; 6 <i>y</i></t>", Custom::Rss), both("5 < 6 y", "5 &lt; 6 <i>y</i>"));
    let inline = "<t type='xhtml'><div>&lt;b&gt;x&lt;/b&gt; <i>y</i></div></t>";
    assert_eq!(told(inline, Custom::Atom).0, "<b>x</b> y");
}

#[test]
fn what_is_told_to_be_html_is_no_plain_text() {
    assert_eq!(told("<t type='html'>a&lt;b&gt; Vec&lt;T&gt;</t>", Custom::Atom).0, "a Vec");
    assert_eq!(told("<t>Vec&lt;T&gt;</t>", Custom::Rss).0, "Vec<T>");
    assert_eq!(told("<t>Vec<String></t>", Custom::Rss).0, "Vec<String>");
    assert_eq!(told("<t>safe<crazy>x</crazy></t>", Custom::Rss).0, "safex");
    assert_eq!(told("<t>a<o:p>b</o:p></t>", Custom::Rss), both("ab", "ab"));
    assert_eq!(told("<t type='xhtml'><div><svg><path/></svg>x</div></t>", Custom::Atom).0, "x");
}

#[test]
fn media_rss_is_plain_unless_it_says_html() {
    assert_eq!(told("<t>a &lt;b&gt;</t>", Custom::Media).0, "a <b>");
    assert_eq!(told("<t type='html'>a &lt;b&gt;c</t>", Custom::Media).0, "a c");
}

#[test]
fn a_base_within_markup_holds_there() {
    let xml = "<t type='xhtml'><div><p xml:base='/x/'><a href='y'>z</a></p><a href='y'>z</a></div></t>";
    let html = told(xml, Custom::Atom).1;
    assert!(
        html.contains("\"https://example.org/x/y\"") && html.contains("\"https://example.org/y\""),
        "{html}"
    );
}
