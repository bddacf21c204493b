//! Common feed paths, for sites that declare no feeds.

use url::Url;

/// Paths at the root of a site, likeliest first.
const AT_ROOT: [&str; 8] =
    ["/feed", "/rss", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml", "/feed.json", "/?feed=rss2"];
/// Paths below the path of a page.
const BENEATH: [&str; 4] = ["/feed", "/rss", "/feed.xml", "/index.xml"];

/// Candidate addresses in order, at most 12. A page directly below the root, such as `/blog`, is tried before
/// the site; a longer path is more likely an article and is tried after it.
pub fn guesses(base: &Url) -> Vec<String> {
    if !matches!(base.scheme(), "http" | "https") {
        return Vec::new();
    }
    let root = base.origin().ascii_serialization();
    let path = folder(base.path());
    let at_root = AT_ROOT.iter().map(|end| format!("{root}{end}"));
    let beneath: Vec<_> = BENEATH.iter().map(|end| format!("{root}{path}{end}")).collect();
    match path.matches('/').count() {
        0 => at_root.collect(),
        1 => beneath.into_iter().chain(at_root).collect(),
        _ => at_root.chain(beneath).collect(),
    }
}

/// The path without a file name and without the trailing slash.
fn folder(path: &str) -> &str {
    let (above, last) = path.rsplit_once('/').unwrap_or_default();
    let path = if last.contains('.') { above } else { path };
    if path.len() > 1_000 { "" } else { path.trim_end_matches('/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(base: &str) -> Vec<String> {
        guesses(&Url::parse(base).expect("a url"))
    }

    #[test]
    fn a_site_is_tried_at_its_root() {
        for base in ["https://a.example", "https://a.example/index.html?x#y", "https://ann:secret@a.example/"]
        {
            let all = guessed(base);
            assert_eq!((all.len(), all[0].as_str()), (8, "https://a.example/feed"), "{base}");
        }
        assert_eq!(guessed("http://a.example:8080/")[7], "http://a.example:8080/?feed=rss2");
    }

    #[test]
    fn a_part_of_a_site_is_tried_first_and_an_article_last() {
        let blog = guessed("https://a.example/blog/");
        assert_eq!((blog.len(), blog[0].as_str()), (12, "https://a.example/blog/feed"));
        let article = guessed("https://a.example/2024/05/post");
        assert_eq!(article[0], "https://a.example/feed");
        assert_eq!(article[8], "https://a.example/2024/05/post/feed");
    }

    #[test]
    fn nothing_is_guessed_outside_of_the_web() {
        assert_eq!(guessed("file:///etc/passwd"), [""; 0]);
    }
}
