//! Fallback title for a text that consists of a picture only.

use url::Url;

use text::entities::decode;
use text::tags::tag_length;
use text::{attributes, one_line};

/// Description of the first picture that has one, else the first file name of a picture.
pub fn name(html: &str, most: usize) -> Option<String> {
    let pictures = || memchr::memchr_iter(b'<', html.as_bytes()).filter_map(|at| picture(&html[at..]));
    let said = |wanted: [&str; 3]| {
        pictures().find_map(|tag| {
            wanted
                .iter()
                .find_map(|name| value(tag, name))
                .map(|told| one_line(&told, most))
                .filter(|told| !told.is_empty())
        })
    };
    said(["alt", "title", "aria-label"])
        .or_else(|| pictures().find_map(|tag| file_name(&value(tag, "src")?, most)))
}

/// Attributes of the `img` tag at the start.
fn picture(text: &str) -> Option<&str> {
    let name = text.get(1..4).filter(|name| name.eq_ignore_ascii_case("img"))?;
    let tag = &text[..tag_length(text)?];
    let attributes = tag[1 + name.len()..tag.len() - 1].trim_end_matches('/');
    attributes.starts_with(|c: char| c.is_ascii_whitespace() || c == '/').then_some(attributes)
}

fn value(tag: &str, name: &str) -> Option<String> {
    let told = attributes(tag).find(|(found, _)| found.eq_ignore_ascii_case(name))?.1;
    Some(decode(told).trim().to_owned()).filter(|told| !told.is_empty())
}

/// The file name in an address: `sunset.jpg` in `https://example.org/2026/sunset.jpg?w=300`.
fn file_name(address: &str, most: usize) -> Option<String> {
    let base = Url::parse("https://example.org/").ok()?;
    let url = base.join(address).ok().filter(|url| url.scheme() != "data")?;
    let last = url.path_segments()?.next_back()?.to_owned();
    // In a path a `+` is literal.
    let escaped = last.replace('+', "%2B");
    let (name, _) = url::form_urlencoded::parse(escaped.as_bytes()).next()?;
    Some(one_line(&name, most)).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_picture_is_called_as_it_says_or_as_its_file() {
        for (html, called) in [
            ("<img src=a.png alt='The &quot;sea&quot;'>", Some("The \"sea\"")),
            ("<p><IMG alt=\"\" src='/2026/sun%20set.jpg?w=300'/></p>", Some("sun set.jpg")),
            ("<img src=a.png><img src=b.png alt=B>", Some("B")),
            ("<img title=T src=a.png>", Some("T")),
            ("<img src='data:image/png;base64,AA'>", None),
            ("<image src=a.png>", None),
            ("<p></p>", None),
        ] {
            assert_eq!(name(html, 100).as_deref(), called, "{html}");
        }
    }
}
