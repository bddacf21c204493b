//! Pictures within sanitised HTML: their addresses, and their replacement by copies that are kept here.

use crate::db::pictures::KeptPicture;
use crate::domain::picture;

/// Maximum pictures of one article. The others are left out.
pub const MAX_PICTURES: usize = 20;

/// Addresses of the first pictures in the order of the text, each once.
///
/// `html` comes from the sanitiser: names in lower case, values in double quotes, no comments.
pub fn addresses(html: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    replace(html, |tag| {
        let address = address(tag).filter(|address| !found.contains(address));
        if let Some(address) = address.filter(|_| found.len() < MAX_PICTURES) {
            found.push(address);
        }
        String::new()
    });
    found
}

/// Replaces each picture by the copy that `kept` knows for its address, or else by its alternative text. No
/// address of another server is left in a picture.
pub fn with_copies<'a>(html: &str, kept: impl Fn(&str) -> Option<&'a KeptPicture>) -> String {
    replace(html, |tag| {
        let alt = attribute(tag, "alt").unwrap_or_default();
        match address(tag).as_deref().and_then(&kept) {
            Some(copy) => copy_of(copy, tag, alt),
            // Within a value, only quotes and ampersands are escaped.
            None => alt.replace('<', "&lt;").replace('>', "&gt;"),
        }
    })
}

fn copy_of(copy: &KeptPicture, tag: &str, alt: &str) -> String {
    let (width, height) = displayed(copy, attribute(tag, "width"));
    let path = picture::path(&copy.hash, picture::LARGEST);
    format!(
        "<img src=\"{path}\" alt=\"{alt}\" width=\"{width}\" height=\"{height}\" loading=\"lazy\" decoding=\"async\">"
    )
}

/// Pixels on the page: those of the file, or fewer if the article says so, as for an icon within a line.
fn displayed(copy: &KeptPicture, width: Option<&str>) -> (i64, i64) {
    match width.and_then(|width| width.trim().parse::<i64>().ok()) {
        Some(width) if width > 0 && width < copy.width => (width, (copy.height * width / copy.width).max(1)),
        _ => (copy.width, copy.height),
    }
}

/// Address of the picture of a tag. None for a tracking pixel.
fn address(tag: &str) -> Option<String> {
    let is_dot = ["width", "height"].iter().any(|side| {
        attribute(tag, side).and_then(|pixels| pixels.trim().parse::<u32>().ok()).is_some_and(|n| n <= 2)
    });
    let url = attribute(tag, "src").filter(|_| !is_dot)?;
    let url = url.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    (url.starts_with("https://") || url.starts_with("http://")).then_some(url)
}

/// Value of an attribute, with its character references.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    loop {
        let (before, after) = rest.split_once("=\"")?;
        let (value, next) = after.split_once('"')?;
        if before.trim() == name {
            return Some(value);
        }
        rest = next;
    }
}

/// Replaces every `img` tag. The others are skipped as a whole, because a value may look like a tag.
fn replace(html: &str, mut with: impl FnMut(&str) -> String) -> String {
    let (mut made, mut rest) = (String::with_capacity(html.len()), html);
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        let (tag, after) = from.split_at(tag_length(from));
        made.push_str(before);
        match tag.strip_prefix("<img").filter(|inner| inner.starts_with([' ', '>', '/'])) {
            Some(inner) => made.push_str(&with(inner)),
            None => made.push_str(tag),
        }
        rest = after;
    }
    made.push_str(rest);
    made
}

fn tag_length(from: &str) -> usize {
    let mut is_quoted = false;
    for (at, byte) in from.bytes().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'>' if !is_quoted => return at + 1,
            _ => {}
        }
    }
    from.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(address: &str) -> KeptPicture {
        KeptPicture { address: address.into(), hash: "ab12".into(), width: 512, height: 256 }
    }

    #[test]
    fn a_picture_that_is_kept_is_shown_from_here_and_another_by_its_words() {
        let html = "<p>See <img src=\"https://x.example/a.png?a=1&amp;b=2\" alt=\"A &quot;map&quot;\"> and \
            <img alt=\"2 > 1 & <b>\" src=\"https://x.example/b.png\">.</p>";
        assert_eq!(addresses(html), ["https://x.example/a.png?a=1&b=2", "https://x.example/b.png"]);
        let a = kept("https://x.example/a.png?a=1&b=2");
        let shown = with_copies(html, |address| Some(&a).filter(|a| a.address == address));
        assert_eq!(
            shown,
            "<p>See <img src=\"/covers/ab12?size=512\" alt=\"A &quot;map&quot;\" width=\"512\" height=\"256\" \
             loading=\"lazy\" decoding=\"async\"> and 2 &gt; 1 & &lt;b&gt;.</p>"
        );
    }

    #[test]
    fn a_tracking_pixel_and_a_picture_without_an_address_are_gone() {
        let html = "<img src=\"https://spy.example/1.gif\" width=\"1\" height=\"1\">a<img alt=\"\">b\
            <img src=\"data:image/png;base64,AA\">c<img>";
        assert_eq!((addresses(html).len(), with_copies(html, |_| None)), (0, "abc".to_owned()));
    }

    #[test]
    fn a_value_that_looks_like_a_picture_stays_a_value() {
        let html =
            "<a title=\"<img src=&quot;https://spy.example/&quot;>\" href=\"https://x.example/\">x</a><imgx>";
        assert_eq!((addresses(html).len(), with_copies(html, |_| None)), (0, html.to_owned()));
    }

    #[test]
    fn an_icon_keeps_its_size_on_the_page() {
        let a = kept("https://x.example/a.png");
        let shown = with_copies("<img src=\"https://x.example/a.png\" width=\"16\">", |_| Some(&a));
        assert!(shown.contains("width=\"16\" height=\"8\""), "{shown}");
    }

    #[test]
    fn only_the_first_pictures_of_an_article_are_asked_for() {
        let one = |n: usize| format!("<img src=\"https://x.example/{}.png\">", n / 2);
        let html: String = (0..100).map(one).collect();
        assert_eq!(addresses(&html).len(), MAX_PICTURES);
    }
}
