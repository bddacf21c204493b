//! Pages of directories and players that users paste in place of a feed.

use url::Url;

use crate::reader::text::base64;

/// A well-known service whose page is not a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service {
    /// A podcast in Apple's directory, by its id; the iTunes lookup returns its feed.
    Apple(String),
    /// Another page of Apple's directory, such as an artist's.
    AppleOther,
    /// A player that publishes no feeds, by its name.
    Closed(&'static str),
}

/// Hosts of Apple's directory.
const APPLE: [&str; 5] = [
    "podcasts.apple.com",
    "itunes.apple.com",
    "geo.itunes.apple.com",
    "embed.podcasts.apple.com",
    "pcr.apple.com",
];
/// Players whose addresses contain Apple's id after `itunes`.
const BY_APPLE: [&str; 3] = ["overcast.fm", "pca.st", "castro.fm"];
const CLOSED: [(&str, &str); 6] = [
    ("open.spotify.com", "Spotify"),
    ("spotify.link", "Spotify"),
    ("music.amazon.com", "Amazon Music"),
    ("music.amazon.de", "Amazon Music"),
    ("music.amazon.co.uk", "Amazon Music"),
    ("audible.com", "Audible"),
];

impl Service {
    /// The service whose page this is, if any.
    pub fn of(url: &Url) -> Option<Self> {
        let host = host(url)?;
        if APPLE.contains(&host) {
            return Some(apple_id(url).map_or(Self::AppleOther, Self::Apple));
        }
        if BY_APPLE.contains(&host) {
            let path = url.path().trim_start_matches('/').strip_prefix("itunes")?;
            return digits(path.trim_start_matches('/').split('/').next()?).map(Self::Apple);
        }
        CLOSED.iter().find(|(closed, _)| *closed == host).map(|(_, name)| Self::Closed(name))
    }

    /// Message that this is not a feed, and how to find the feed.
    pub fn advice(&self) -> String {
        let what = match self {
            Self::Apple(_) => "This is Apple's page of a podcast, not its feed.".to_owned(),
            Self::AppleOther => "This page of Apple's directory is not that of one podcast.".to_owned(),
            Self::Closed(name) => format!("This is a page of {name}, which publishes no feeds."),
        };
        format!(
            "{what} Search for the podcast by its name under Subscriptions, or look on its own site for a link called RSS."
        )
    }
}

/// The id in `/us/podcast/name/id123456?i=1`, or in `?id=123456`.
fn apple_id(url: &Url) -> Option<String> {
    let named = url.path_segments()?.rev().find_map(|part| digits(part.strip_prefix("id")?));
    named.or_else(|| url.query_pairs().find(|(name, _)| name == "id").and_then(|(_, id)| digits(&id)))
}

fn digits(text: &str) -> Option<String> {
    ((1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.to_owned())
}

/// The feed's own address, if a service's address contains it.
pub fn linked_feed(url: &Url) -> Option<String> {
    let query = |wanted: &str| {
        url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    let path = url.path().trim_start_matches('/');
    let linked = match host(url)? {
        "podcasts.google.com" => base64::text(path.strip_prefix("feed/")?.split('/').next()?)?,
        "antennapod.org" if path.starts_with("deeplink") => query("url")?,
        "subscribeonandroid.com" => match url.query() {
            Some(more) => format!("{path}?{more}"),
            None => path.to_owned(),
        },
        _ => return None,
    };
    (!linked.is_empty()).then_some(linked)
}

fn host(url: &Url) -> Option<&str> {
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host))
}
