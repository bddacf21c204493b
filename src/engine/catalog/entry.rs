//! Conversion of a parsed feed to the rows that are stored.

use feed::Feed;

use super::pictures;
use crate::db::items::NewItem;
use crate::domain::item::{AlternateEnclosure, Enclosure};
use crate::domain::media::{Choice, Form, Offer};
use crate::domain::source::Kind;

/// Maximum characters of a stored guid.
const MAX_GUID: usize = 2_000;

/// Converts an item to its row, without its identity. Values that it lacks come from its feed.
pub fn item(item: feed::Item, feed: &FeedDefaults, kind: Kind, bytes_most: i64) -> NewItem {
    let mut content = item.content;
    content.enclosures = enclosures(content.enclosures, &content.details.alternate_enclosures);
    if content.guid.chars().count() > MAX_GUID {
        content.guid = content.guid.chars().take(MAX_GUID).collect();
    }
    if content.title.is_empty() {
        content.title = "Untitled".into();
    }
    content.published_at = content.published_at.or(content.updated_at);
    content.language = content.language.or_else(|| feed.language.clone());
    content.explicit = Some(content.explicit.or(feed.explicit).unwrap_or_default());
    let picture = pictures::of(&content.content_html, &content.summary_html, content.image_url.as_deref());
    let offer =
        Offer { enclosures: &content.enclosures, page: content.url.as_deref(), picture: picture.as_deref() };
    NewItem { choice: Choice::of(kind, offer, bytes_most), content, ..NewItem::default() }
}

/// Values of a feed that apply to all its items.
#[derive(Default)]
pub struct FeedDefaults {
    language: Option<String>,
    explicit: Option<bool>,
}

impl FeedDefaults {
    pub fn by(feed: &Feed) -> Self {
        Self { language: feed.details.language.clone(), explicit: feed.details.explicit }
    }
}

/// Attached enclosures first, then described and alternate ones, each address once.
fn enclosures(told: Vec<Enclosure>, alternates: &[AlternateEnclosure]) -> Vec<Enclosure> {
    let mut all: Vec<Enclosure> = told.into_iter().filter(is_kept).collect();
    for alternate in alternates {
        let url = alternate.sources.iter().find(|url| {
            !matches!(Form::of(alternate.mime_type.as_deref(), None, url), Form::Torrent | Form::Playlist)
        });
        let Some(url) = url.or(alternate.sources.first()) else { continue };
        match all.iter_mut().find(|known| known.url == *url) {
            Some(known) => known.is_default |= alternate.is_default,
            None => all.push(Enclosure {
                url: url.clone(),
                mime_type: alternate.mime_type.clone(),
                bytes: alternate.bytes,
                is_default: alternate.is_default,
                is_alternate: true,
                ..Enclosure::default()
            }),
        }
    }
    all
}

/// Whether an enclosure is kept; pages and players that Media RSS describes are dropped.
fn is_kept(told: &Enclosure) -> bool {
    told.is_main() || !told.is_alternate || told.form() == Form::Picture
}

/// Detects the kind of a feed by its items: by any attached audio or video, else by most of the described
/// media. A player counts as the video that it plays.
pub fn kind(items: &[feed::Item]) -> Option<Kind> {
    let (mut attached, mut described) = ([0, 0], [0, 0]);
    for item in items {
        let has = |is_alternate: bool, wanted: fn(Form) -> bool| {
            item.enclosures.iter().any(|it| it.is_alternate == is_alternate && wanted(it.form()))
        };
        for (counts, is_alternate) in [(&mut attached, false), (&mut described, true)] {
            let sounds = has(is_alternate, |form| matches!(form, Form::Sound | Form::Playlist));
            let films = has(is_alternate, |form| matches!(form, Form::Film | Form::Player));
            counts[0] += usize::from(sounds);
            counts[1] += usize::from(films && !sounds);
        }
        let alternates = &item.details.alternate_enclosures;
        let of =
            |wanted: Form| alternates.iter().any(|it| Form::of(it.mime_type.as_deref(), None, "") == wanted);
        described[0] += usize::from(of(Form::Sound));
        described[1] += usize::from(of(Form::Film) && !of(Form::Sound));
    }
    let [sounds, films] = match attached {
        [0, 0] if 2 * (described[0] + described[1]) >= items.len() => described,
        attached => attached,
    };
    match (sounds, films) {
        (0, 0) => None,
        _ if films > sounds => Some(Kind::Video),
        _ => Some(Kind::Podcast),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::item::ItemContent;

    fn item(told: &[(&str, &str, bool)]) -> feed::Item {
        let one = |(url, mime_type, is_attached): &(&str, &str, bool)| Enclosure {
            url: format!("https://x.example/{url}"),
            mime_type: Some((*mime_type).to_owned()).filter(|told| !told.is_empty()),
            is_alternate: !is_attached,
            ..Enclosure::default()
        };
        let content = ItemContent { enclosures: told.iter().map(one).collect(), ..ItemContent::default() };
        feed::Item { content, ..feed::Item::default() }
    }

    #[test]
    fn a_feed_is_of_the_kind_that_its_files_tell() {
        let flash = ("v/1", "application/x-shockwave-flash", false);
        assert_eq!(kind(&[item(&[flash]), item(&[flash])]), Some(Kind::Video));
        assert_eq!(
            kind(&[item(&[("n.pdf", "application/pdf", true), ("a.mp3", "", true)])]),
            Some(Kind::Podcast)
        );
        assert_eq!(kind(&[item(&[("a.mp4", "", true)]), item(&[])]), Some(Kind::Video));
        let clip = ("clip.mp4", "video/mp4", false);
        assert_eq!(kind(&[item(&[clip]), item(&[]), item(&[])]), None, "an article that shows a film");
        assert_eq!(kind(&[item(&[("p.jpg", "image/jpeg", true)])]), None);
    }

    #[test]
    fn alternates_are_listed_beside_the_file_each_once() {
        let alternate = |url: &str| AlternateEnclosure {
            mime_type: Some("audio/opus".into()),
            sources: vec![format!("{url}.torrent"), url.to_owned()],
            is_default: true,
            ..AlternateEnclosure::default()
        };
        let told = item(&[("a.mp3", "audio/mpeg", true)]).content.enclosures;
        let all =
            enclosures(told, &[alternate("https://x.example/a.mp3"), alternate("https://x.example/a.opus")]);
        let shown: Vec<_> = all.iter().map(|it| (it.url.as_str(), it.is_default, it.is_alternate)).collect();
        assert_eq!(
            shown,
            [("https://x.example/a.mp3", true, false), ("https://x.example/a.opus", true, true)]
        );
    }
}
