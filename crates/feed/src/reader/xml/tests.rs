use super::*;

fn base() -> Url {
    Url::parse("https://example.org/feed.xml").expect("a url")
}

/// The markup in the first element, and the name of the element after it.
fn first(text: &str) -> (String, Option<String>) {
    let base = base();
    let mut document = Document::new(text, &base);
    let mut tree = Tree::default();
    let head = document.enter().expect("an element");
    document.take(head, &mut tree);
    let root = tree.root().expect("a root");
    let markup = root.markup_within(root.base(), false);
    (markup, document.enter().map(|head| head.name.to_owned()))
}

#[test]
fn wrong_ends_are_left_out_and_missing_ones_stay_missing() {
    assert_eq!(first("<d><p>one<p>two</b><br>x</d><e>"), ("<p>one<p>two<br>x".into(), Some("e".into())));
    assert_eq!(first("<D><i>x</I></d><e>").0, "<i>x</i>");
}

#[test]
fn an_item_ends_where_the_next_begins() {
    assert_eq!(first("<item><a>1</a><item>").1.as_deref(), Some("item"));
    assert_eq!(first("<title>One<link>").1.as_deref(), Some("link"));
}

#[test]
fn bases_and_languages_are_inherited_and_joined() {
    let base = base();
    let text = "<a xml:base='/b/' xml:lang='de'><c xml:base='d/'><e xml:base='javascript:x'/></c></a>";
    let mut document = Document::new(text, &base);
    let heads: Vec<_> = std::iter::from_fn(|| document.enter()).collect();
    assert_eq!(heads[2].base.as_str(), "https://example.org/b/d/");
    assert_eq!(heads[2].lang, Some("de"));
}

#[test]
fn markup_loses_prefixes_and_gets_absolute_addresses() {
    let text = "<d xmlns:h='http://www.w3.org/1999/xhtml'><h:p xml:base='/x/' title='a\"&lt;'><h:a href='y'>1 &lt; 2</h:a></h:p></d>";
    assert_eq!(
        first(text).0,
        "<p title=\"a&quot;&lt;\"><a href=\"https://example.org/x/y\">1 &lt; 2</a></p>"
    );
}

#[test]
fn what_stands_too_deep_is_skipped() {
    let deep = format!("<r>{}text{}</r><e>", "<a>".repeat(200_000), "</a>".repeat(200_000));
    let (markup, next) = first(&deep);
    assert_eq!(markup.matches("<a>").count(), MAX_DEPTH - 1);
    assert_eq!(next.as_deref(), Some("e"));
    let open = format!("<r>{}</r><e>", "<a>".repeat(300));
    assert_eq!(first(&open).1.as_deref(), Some("e"));
}

#[test]
fn an_item_of_a_million_elements_is_bounded() {
    let (markup, next) = first(&format!("<item>{}</item><e>", "<a/>".repeat(1_000_000)));
    assert!(markup.len() < 1_000_000);
    assert_eq!(next.as_deref(), Some("e"));
}
