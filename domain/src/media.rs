//! The choice of the one file or page of an item that is fetched, made from its feed alone.

use super::source::Kind;
use super::words::words;
pub use feed::{Enclosure, Form};

words! {
    /// Content that a download must have. Derived from the feed alone, not from the origin's answer.
    Wanted {
        /// Audio or video.
        Media = "media",
        /// File of a type that the feed does not give: audio, video or a PDF.
        Attachment = "attachment",
        Document = "document",
        Picture = "picture",
        /// Web page or plain text.
        Page = "page",
        /// No file that can be fetched.
        Nothing = "nothing",
        /// The address holds a newer publication by now.
        Replaced = "replaced",
    }
}

impl Wanted {
    pub fn accepts(self, mime_type: &str) -> bool {
        let main = mime_type.split('/').next().unwrap_or_default();
        match self {
            Self::Media => matches!(main, "audio" | "video"),
            Self::Attachment => matches!(main, "audio" | "video") || mime_type == "application/pdf",
            Self::Document => mime_type == "application/pdf",
            Self::Picture => main == "image",
            Self::Page => main == "text",
            Self::Nothing | Self::Replaced => false,
        }
    }
}

/// File or page of an item to fetch, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub media: Option<Enclosure>,
    pub wanted: Wanted,
    /// Set if `media` is none: a sentence for the user.
    pub reason: Option<&'static str>,
}

impl Default for Choice {
    fn default() -> Self {
        Self::none(NOTHING)
    }
}

const NOTHING: &str = "This item has nothing to download: neither a file nor a page.";
const WATCH_PAGE: &str =
    "This site offers a page to watch and no file, so nothing can be fetched. Open it at its publisher.";
const PLAYLIST: &str = "The feed names a playlist, which points to a stream or to other files, and no file that could be fetched.";
const TORRENT: &str = "The feed names a torrent and no file that could be fetched.";
const OTHER: &str = "The feed attaches a file of a type that is not kept here, and neither sound nor film.";
const REPLACED: &str =
    "Its publisher has put a newer item in the place of this file, so it can be had no more.";
const NO_PICTURE: &str = "This item has no picture to fetch.";

/// Plausible sizes. Feeds write 0, 1 or 33 for an unknown size, and sizes that no server would store.
const MIN_SIZE: i64 = 1_000;
const MAX_SIZE: i64 = 500_000_000;

/// Files and pages to choose from, as given by a feed.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    pub enclosures: &'a [Enclosure],
    pub page: Option<&'a str>,
    /// First picture of the text, else the item's own.
    pub picture: Option<&'a str>,
}

impl Choice {
    /// Chooses by the source's kind first, then by size within the limit, type and name, the publisher's
    /// default, and order. Another attachment is chosen only if there is neither audio nor video.
    pub fn of(kind: Kind, offer: Offer<'_>, bytes_most: i64) -> Self {
        let (by_kind, rest) = best(kind, offer.enclosures, bytes_most);
        if let Some((enclosure, wanted)) = by_kind {
            return Self::file(enclosure.clone(), wanted, bytes_most);
        }
        let attaches = |form: Form| offer.enclosures.iter().any(|it| !it.is_alternate && it.form() == form);
        match kind {
            Kind::Picture => match offer.picture {
                Some(url) => Self::file(
                    Enclosure { url: url.into(), ..Enclosure::default() },
                    Wanted::Picture,
                    bytes_most,
                ),
                None => Self::none(NO_PICTURE),
            },
            _ if attaches(Form::Torrent) => Self::none(TORRENT),
            _ if attaches(Form::Playlist) => Self::none(PLAYLIST),
            Kind::Podcast if attaches(Form::Other) => Self::none(OTHER),
            Kind::Podcast if attaches(Form::Player) => Self::none(WATCH_PAGE),
            Kind::Video if offer.enclosures.is_empty() && offer.page.is_none() => Self::none(NOTHING),
            Kind::Video => Self::none(WATCH_PAGE),
            Kind::Podcast | Kind::Article | Kind::News => match (offer.page, rest) {
                (Some(url), _) => Self::page(url),
                (None, Some((enclosure, wanted))) => Self::file(enclosure.clone(), wanted, bytes_most),
                (None, None) => Self::none(NOTHING),
            },
        }
    }

    fn file(mut enclosure: Enclosure, wanted: Wanted, bytes_most: i64) -> Self {
        // The feed's size is a hint; an implausible one is dropped.
        enclosure.bytes =
            enclosure.bytes.filter(|bytes| (MIN_SIZE..=bytes_most.max(MAX_SIZE)).contains(bytes));
        Self { media: Some(enclosure), wanted, reason: None }
    }

    fn page(url: &str) -> Self {
        let page = Enclosure { url: url.into(), mime_type: Some("text/html".into()), ..Enclosure::default() };
        Self { media: Some(page), wanted: Wanted::Page, reason: None }
    }

    /// Choice for an item whose file was replaced by a newer one of its publisher.
    pub fn replaced() -> Self {
        Self { wanted: Wanted::Replaced, ..Self::none(REPLACED) }
    }

    fn none(reason: &'static str) -> Self {
        Self { media: None, wanted: Wanted::Nothing, reason: Some(reason) }
    }
}

/// Rank from which the item's own page is preferred.
const AFTER_PAGE: u8 = 5;

type Best<'a> = Option<(&'a Enclosure, Wanted)>;

/// Best file for the kind, and best of the other attachments.
fn best(kind: Kind, enclosures: &[Enclosure], bytes_most: i64) -> (Best<'_>, Best<'_>) {
    let ranked = enclosures.iter().enumerate().filter_map(|(place, it)| {
        let (form, is_doubtful) = Form::with_doubt(it.mime_type.as_deref(), it.medium.as_deref(), &it.url);
        let (rank, wanted) = rank(kind, form, it.is_alternate)?;
        let is_too_large = it.bytes.is_some_and(|bytes| bytes > bytes_most);
        let group = if form.is_playable() && rank < AFTER_PAGE { 0 } else { rank };
        Some(((group, is_too_large, rank, is_doubtful, !it.is_default, it.is_alternate, place), it, wanted))
    });
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_by_key(|(key, ..)| *key);
    let of = |is_after: bool| {
        let found = ranked.iter().find(|((group, ..), ..)| (*group >= AFTER_PAGE) == is_after)?;
        Some((found.1, found.2))
    };
    (of(false), of(true))
}

/// Rank of a form for a kind, the best lowest. None if it is never fetched.
fn rank(kind: Kind, form: Form, is_alternate: bool) -> Option<(u8, Wanted)> {
    use Wanted::*;
    let unknown = if is_alternate { 4 } else { 2 };
    Some(match (kind, form) {
        (Kind::Podcast, Form::Sound) | (Kind::Video, Form::Film) => (0, Media),
        (Kind::Podcast, Form::Film) | (Kind::Video, Form::Sound) => (1, Media),
        (Kind::Podcast | Kind::Video, Form::Unknown) => (unknown, Media),
        (Kind::Podcast | Kind::Video, Form::Document) => (3, Document),
        // A video that is only embedded in an article is not the article.
        (Kind::Article | Kind::News, Form::Sound | Form::Film) if is_alternate => (AFTER_PAGE, Media),
        (Kind::Article | Kind::News, Form::Sound) => (0, Media),
        (Kind::Article | Kind::News, Form::Film) => (1, Media),
        (Kind::Article | Kind::News, Form::Document) => (2, Document),
        (Kind::Article | Kind::News, Form::Unknown) if !is_alternate => (3, Attachment),
        (Kind::Picture, Form::Picture) => (u8::from(is_alternate), Picture),
        (Kind::Picture, Form::Unknown) => (unknown, Picture),
        (Kind::Picture, _) => return None,
        (_, Form::Page | Form::Text) if !is_alternate => (6, Page),
        (_, Form::Picture) if !is_alternate => (7, Picture),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
