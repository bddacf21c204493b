//! Well-known sites whose feed addresses follow from their page addresses.

use memchr::memmem;
use url::Url;

use super::page::HtmlPage;
use super::{FeedCandidate, FeedKind};

/// Sites with pages like `/@name` that are not Mastodon.
const OTHERS: [&str; 6] =
    ["tiktok.com", "threads.net", "threads.com", "youtube.com", "medium.com", "substack.com"];

/// The feed of a page on a well-known site.
pub fn known(url: &Url, page: &HtmlPage<'_>) -> Option<FeedCandidate> {
    let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https"))?;
    let parts: Vec<_> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let here = url.origin().ascii_serialization();
    let (address, kind) = match (site(host), parts.as_slice()) {
        ("youtube.com", parts) => (youtube(url, parts, page)?, FeedKind::Atom),
        ("reddit.com", [place @ ("r" | "user"), name, ..]) => {
            (format!("{here}/{place}/{name}/.rss"), FeedKind::Atom)
        }
        ("github.com", [owner, project, what @ ("releases" | "tags"), ..]) => {
            (format!("{here}/{owner}/{project}/{what}.atom"), FeedKind::Atom)
        }
        ("medium.com", [name, ..]) if name.starts_with('@') => (format!("{here}/feed/{name}"), FeedKind::Rss),
        (site, _) if site.ends_with(".substack.com") => (format!("{here}/feed"), FeedKind::Rss),
        (site, [name]) if is_profile(name) && !OTHERS.contains(&site) => {
            (format!("{here}/{name}.rss"), FeedKind::Rss)
        }
        _ => return None,
    };
    Some(FeedCandidate { url: address, title: String::new(), kind, declared: false })
}

/// The host without subdomains that lead to the same site.
fn site(host: &str) -> &str {
    let fronts = ["www.", "m.", "old.", "new.", "music."];
    fronts.iter().find_map(|front| host.strip_prefix(front)).unwrap_or(host)
}

/// Whether a path segment is a local profile, `@name`.
fn is_profile(name: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    name.strip_prefix('@').is_some_and(|name| !name.is_empty() && name.bytes().all(is_letter))
}

fn youtube(url: &Url, parts: &[&str], page: &HtmlPage<'_>) -> Option<String> {
    let of = |what: &str, id: &str| format!("https://www.youtube.com/feeds/videos.xml?{what}={id}");
    let list =
        || url.query_pairs().find(|(name, id)| name == "list" && is_id(id)).map(|(_, id)| id.into_owned());
    match parts {
        ["channel", id, ..] if is_channel(id) => Some(of("channel_id", id)),
        ["playlist"] => Some(of("playlist_id", &list()?)),
        _ => match (channel_told(page), parts) {
            (Some(id), _) => Some(of("channel_id", id)),
            (None, ["user", name, ..]) if is_id(name) => Some(of("user", name)),
            _ => None,
        },
    }
}

/// The channel id of a page: from an item property, else from its scripts.
fn channel_told<'p>(page: &'p HtmlPage<'_>) -> Option<&'p str> {
    let property = page.identifiers.iter().map(String::as_str).find(|id| is_channel(id));
    property
        .or_else(|| in_script(page.text, "\"externalId\":\""))
        .or_else(|| in_script(page.text, "\"channelId\":\""))
}

fn in_script<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    let ends = memmem::find_iter(text.as_bytes(), before).map(|at| at + before.len());
    ends.filter_map(|at| text[at..].get(..CHANNEL_LENGTH)).find(|id| is_channel(id))
}

const CHANNEL_LENGTH: usize = 24;

fn is_channel(id: &str) -> bool {
    id.len() == CHANNEL_LENGTH && id.starts_with("UC") && is_id(id)
}

fn is_id(id: &str) -> bool {
    (1..=100).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: &str = "UCabcdefghij_klmnop-0123";

    fn feed(address: &str, page: &str) -> Option<String> {
        let url = Url::parse(address).expect("a url");
        known(&url, &HtmlPage::read(page)).map(|found| found.url)
    }

    #[test]
    fn channels_and_playlists_are_known_by_their_addresses() {
        let feeds = "https://www.youtube.com/feeds/videos.xml";
        let channel = feed(&format!("https://m.youtube.com/channel/{CHANNEL}/videos"), "");
        assert_eq!(channel, Some(format!("{feeds}?channel_id={CHANNEL}")));
        let list = feed("https://youtube.com/playlist?list=PLabc_1", "");
        assert_eq!(list, Some(format!("{feeds}?playlist_id=PLabc_1")));
        assert_eq!(feed("https://www.youtube.com/user/ann", ""), Some(format!("{feeds}?user=ann")));
        assert_eq!(feed("https://www.youtube.com/channel/UCshort", ""), None);
    }

    #[test]
    fn a_channel_by_its_name_is_told_in_the_page() {
        for page in [
            format!("<meta itemprop='identifier' content='{CHANNEL}'>"),
            format!("<meta itemprop=channelId content={CHANNEL}>"),
            format!("<script>var x = {{\"channelId\":\"UCno\",\"channelId\":\"{CHANNEL}\"}}"),
        ] {
            let found = feed("https://www.youtube.com/@ann", &page).expect("a feed");
            assert!(found.ends_with(&format!("?channel_id={CHANNEL}")), "{page}");
        }
        assert_eq!(feed("https://www.youtube.com/@ann", "<p>no"), None);
    }

    #[test]
    fn other_sites_are_known_too() {
        for (page, address) in [
            ("https://social.example/@ann", "https://social.example/@ann.rss"),
            ("https://www.reddit.com/r/rust/top/", "https://www.reddit.com/r/rust/.rss"),
            ("https://github.com/a/b/releases/tag/v1", "https://github.com/a/b/releases.atom"),
            ("https://ann.substack.com/p/post", "https://ann.substack.com/feed"),
            ("https://medium.com/@ann", "https://medium.com/feed/@ann"),
        ] {
            assert_eq!(feed(page, "").as_deref(), Some(address));
        }
    }

    #[test]
    fn other_pages_are_not() {
        for page in [
            "https://a.example/",
            "https://a.example/@ann/1",
            "https://tiktok.com/@ann",
            "https://github.com/a/b",
        ] {
            assert_eq!(feed(page, ""), None, "{page}");
        }
    }
}
