//! The picture of an item of a `picture` source.

/// Bytes of a text in which the first picture is searched.
const MAX_TEXT: usize = 200_000;

/// The first picture in the texts that is not a tracking pixel, else the item's image.
pub fn of(content_html: &str, summary_html: &str, image_url: Option<&str>) -> Option<String> {
    first_in(content_html).or_else(|| first_in(summary_html)).or_else(|| image_url.map(str::to_owned))
}

/// The first picture in sanitised HTML: tags are in lower case and attributes in double quotes.
fn first_in(html: &str) -> Option<String> {
    let end = (0..=html.len().min(MAX_TEXT)).rev().find(|at| html.is_char_boundary(*at))?;
    html[..end].split("<img ").skip(1).find_map(|rest| {
        let tag = rest.split('<').next()?;
        let attribute = |name: &str| {
            let (_, rest) = tag.split_once(&format!("{name}=\""))?;
            rest.split('"').next()
        };
        let is_dot = ["width", "height"].iter().any(|side| {
            attribute(side).and_then(|told| told.trim().parse::<u32>().ok()).is_some_and(|pixels| pixels <= 2)
        });
        let url = attribute("src")?.replace("&amp;", "&");
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        (is_web && !is_dot).then_some(url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_picture_that_is_no_counting_dot_counts() {
        let html = "<p>x</p><img alt=\"\" src=\"https://x.example/count\" width=\"1\"><img src=\"https://x.example/a.png?a=1&amp;b=2\">";
        assert_eq!(first_in(html).as_deref(), Some("https://x.example/a.png?a=1&b=2"));
        assert_eq!(
            of("", "<p>none</p>", Some("https://x.example/t.jpg")).as_deref(),
            Some("https://x.example/t.jpg")
        );
        assert_eq!(
            (of("", "", None), first_in("<img src=\"data:x\">"), first_in("<img ")),
            (None, None, None)
        );
    }
}
