//! Links of a shared page: none holds a secret of the feed, and none leads to a file, because media are for
//! signed-in users alone.

use percent_encoding::percent_decode_str;
use url::Url;

use super::feed_secrets::FeedSecrets;
use crate::domain::item::Enclosure;
use crate::domain::media::Form;

/// Judges the links of an item.
#[derive(Clone)]
pub(super) struct Links {
    secrets: FeedSecrets,
    /// Files of the item, as `place` has them.
    files: Vec<String>,
}

impl Links {
    pub(super) fn of(secrets: FeedSecrets, enclosures: &[Enclosure]) -> Self {
        // Some feeds attach the page of the item itself.
        let files = enclosures.iter().filter(|it| it.form() != Form::Page);
        Self { secrets, files: files.filter_map(|it| place(&it.url)).collect() }
    }

    pub(super) fn may_show(&self, address: &str) -> bool {
        let is_of_item = place(address).is_some_and(|place| self.files.contains(&place));
        !is_of_item && !is_media(address) && self.secrets.may_show(address)
    }
}

/// Address without what may differ between two links to one file: the scheme, the fragment, the last slash.
fn place(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    url.set_fragment(None);
    url.as_str().split_once("://").map(|(_, place)| place.trim_end_matches('/').to_owned())
}

/// Whether an address is that of a media file, or of a file that leads to one, by its name.
fn is_media(address: &str) -> bool {
    let decoded = percent_decode_str(address).decode_utf8_lossy();
    [address, decoded.as_ref()].into_iter().any(|address| {
        let form = Form::of(None, None, address.trim_end_matches('/'));
        matches!(form, Form::Sound | Form::Film | Form::Playlist | Form::Torrent)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enclosure(url: &str, mime_type: &str) -> Enclosure {
        Enclosure { url: url.into(), mime_type: Some(mime_type.into()), ..Enclosure::default() }
    }

    #[test]
    fn no_link_leads_to_a_file_of_the_item() {
        let files = [
            enclosure("https://example.org/play/7", "audio/mpeg"),
            enclosure("https://example.org/get?id=7#private-0123456789abcdef0123456789abcdef", "video/mp4"),
            enclosure("https://example.org/notes/7", "text/html"),
        ];
        let links = Links::of(FeedSecrets::default(), &files);
        for hidden in [
            "https://example.org/play/7",
            "http://example.org/play/7/#t=30",
            "https://example.org:443/play/7",
            "https://example.org/get?id=7",
        ] {
            assert!(!links.may_show(hidden), "{hidden}");
        }
        for shown in [
            "https://example.org/play",
            "https://example.org/play/71",
            "https://example.org/get?id=8",
            "https://example.org/notes/7",
        ] {
            assert!(links.may_show(shown), "{shown}");
        }
    }

    #[test]
    fn no_link_leads_to_a_file_that_is_media_by_its_name() {
        let links = Links::of(FeedSecrets::default(), &[]);
        for hidden in [
            "https://example.org/7.mp3",
            "https://example.org/7.M4A?source=feed",
            "https://example.org/7%2Emp3",
            "https://example.org/7.mp4/",
            "https://example.org/get.php?file=7.ogg",
            "https://example.org/to?url=https%3A%2F%2Fexample.org%2F7.mp3",
            "https://example.org/live.m3u8",
            "https://example.org/7.torrent",
        ] {
            assert!(!links.may_show(hidden), "{hidden}");
        }
        for shown in ["https://example.mov/", "https://example.org/7.html", "https://example.org/mp3/7"] {
            assert!(links.may_show(shown), "{shown}");
        }
    }
}
