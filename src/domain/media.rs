//! The choice of the one file or page of an item that is fetched, made from its feed alone.

use super::item::Enclosure;
use super::source::Kind;
use super::words::words;

words! {
    /// The content that a download of an item must hold. It follows from the feed and from nothing that the origin says.
    Wanted {
        /// Sound or film.
        Media = "media",
        /// A file that its feed says nothing about: sound, film or a PDF.
        Attachment = "attachment",
        Document = "document",
        Picture = "picture",
        /// A web page or a plain text.
        Page = "page",
        /// There is no file that could be had.
        Nothing = "nothing",
        /// Its address holds a newer publication by now.
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

/// The sort of file that a feed describes by type, medium and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Sound,
    Film,
    Picture,
    Document,
    Page,
    Text,
    /// A list of addresses, such as m3u8, or a stream's description.
    Playlist,
    Torrent,
    /// A program or page that plays something, such as a Flash player.
    Player,
    /// A file of a type that is not kept.
    Other,
    /// The feed says nothing about it.
    Unknown,
}

impl Form {
    fn is_playable(self) -> bool {
        matches!(self, Self::Sound | Self::Film)
    }

    pub fn of(mime_type: Option<&str>, medium: Option<&str>, url: &str) -> Self {
        Self::with_doubt(mime_type, medium, url).0
    }

    /// The form, and whether type and name contradict each other.
    fn with_doubt(mime_type: Option<&str>, medium: Option<&str>, url: &str) -> (Self, bool) {
        use Form::*;
        let named = by_name(url);
        match (mime_type.and_then(by_type), named) {
            (_, Some(named @ (Playlist | Torrent))) => (named, false),
            (Some(typed @ (Playlist | Torrent | Player)), _) => (typed, false),
            // Publishing tools call every file a text or a page; its name is more telling.
            (Some(Page | Text | Other), Some(named @ (Sound | Film | Picture | Document))) => (named, true),
            (Some(typed), Some(named)) => {
                (typed, typed != named && !(typed.is_playable() && named.is_playable()))
            }
            (Some(typed), None) => (typed, false),
            (None, Some(named @ (Page | Text | Other | Player))) => (named, false),
            (None, named) => (medium.and_then(by_medium).or(named).unwrap_or(Unknown), false),
        }
    }
}

/// None where the type says nothing, such as `application/octet-stream`.
fn by_type(mime_type: &str) -> Option<Form> {
    let mime_type = mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (main, sub) = mime_type.split_once('/').unwrap_or((mime_type.as_str(), ""));
    const PLAYLISTS: [&str; 10] = [
        "mpegurl",
        "x-mpegurl",
        "scpls",
        "x-scpls",
        "pls+xml",
        "xspf+xml",
        "x-ms-asx",
        "dash+xml",
        "smil+xml",
        "x-pn-realaudio",
    ];
    Some(match (main, sub) {
        (_, sub) if PLAYLISTS.contains(&sub) || sub.ends_with(".mpegurl") => Form::Playlist,
        (_, "x-bittorrent") => Form::Torrent,
        (_, "x-shockwave-flash") => Form::Player,
        (_, "ogg" | "x-ogg") if main == "application" => Form::Sound,
        ("audio", _) => Form::Sound,
        ("video", _) | ("application", "x-matroska" | "mp4") => Form::Film,
        ("image", _) => Form::Picture,
        ("application", "pdf" | "x-pdf") => Form::Document,
        ("text", "html") | ("application", "xhtml+xml") => Form::Page,
        ("text", _) | ("application", "json" | "xml" | "rss+xml" | "atom+xml") => Form::Text,
        (_, "octet-stream" | "x-octet-stream" | "x-download" | "download" | "force-download" | "") => {
            return None;
        }
        ("application", _) => Form::Other,
        _ => return None,
    })
}

fn by_medium(medium: &str) -> Option<Form> {
    Some(match medium {
        "audio" => Form::Sound,
        "video" => Form::Film,
        "image" => Form::Picture,
        "executable" => Form::Other,
        // `document` is said of pages as well.
        _ => return None,
    })
}

/// By the extension of the path, else of a name in the query (`download.php?file=show.mp3`).
fn by_name(url: &str) -> Option<Form> {
    let without_fragment = url.split('#').next().unwrap_or_default();
    let (path, query) = without_fragment.split_once('?').unwrap_or((without_fragment, ""));
    let path =
        path.split_once("://").map_or(path, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    by_extension(path).or_else(|| query.split(['&', ';', '=']).find_map(by_extension))
}

fn by_extension(name: &str) -> Option<Form> {
    let (_, extension) = name.rsplit('/').next()?.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "mp3" | "m4a" | "m4b" | "aac" | "ogg" | "oga" | "opus" | "flac" | "wav" | "mka" | "mp2" | "aif"
        | "aiff" | "amr" | "wma" | "weba" | "spx" => Form::Sound,
        "mp4" | "m4v" | "mov" | "webm" | "mkv" | "avi" | "ogv" | "mpg" | "mpeg" | "3gp" | "3g2" | "ts"
        | "m2ts" | "flv" | "wmv" | "asf" => Form::Film,
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif" | "svg" | "bmp" | "tif" | "tiff" | "heic" => {
            Form::Picture
        }
        "pdf" => Form::Document,
        "html" | "htm" | "xhtml" => Form::Page,
        "txt" | "srt" | "vtt" | "json" | "xml" | "md" => Form::Text,
        "m3u" | "m3u8" | "pls" | "xspf" | "asx" | "wax" | "wvx" | "ram" | "mpd" | "smil" => Form::Playlist,
        "torrent" => Form::Torrent,
        "swf" => Form::Player,
        "zip" | "exe" | "epub" | "rar" | "7z" | "gz" | "tar" | "doc" | "docx" | "mobi" => Form::Other,
        _ => return None,
    })
}

/// The file or page of an item that is fetched, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub media: Option<Enclosure>,
    pub wanted: Wanted,
    /// Set where `media` is none: a sentence for the user.
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

/// Sizes that a file can have: feeds write 0, 1 or 33 where they do not know it, and what no server would keep.
const SIZE_LEAST: i64 = 1_000;
const SIZE_MOST: i64 = 500_000_000;

/// What there is to choose from, as a feed tells it.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    pub enclosures: &'a [Enclosure],
    pub page: Option<&'a str>,
    /// The first picture of the text, else the item's own.
    pub picture: Option<&'a str>,
}

impl Choice {
    /// By the need of the source's kind first, then by size within the limit, by type and name, by the publisher's own
    /// default, and by order. Another attachment is the item only where there is neither sound nor film.
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
        // A feed's figure is a hint: one that cannot be true is none.
        enclosure.bytes =
            enclosure.bytes.filter(|bytes| (SIZE_LEAST..=bytes_most.max(SIZE_MOST)).contains(bytes));
        Self { media: Some(enclosure), wanted, reason: None }
    }

    fn page(url: &str) -> Self {
        let page = Enclosure { url: url.into(), mime_type: Some("text/html".into()), ..Enclosure::default() };
        Self { media: Some(page), wanted: Wanted::Page, reason: None }
    }

    /// For an item whose publisher has put something newer in the place of its file.
    pub fn replaced() -> Self {
        Self { wanted: Wanted::Replaced, ..Self::none(REPLACED) }
    }

    fn none(reason: &'static str) -> Self {
        Self { media: None, wanted: Wanted::Nothing, reason: Some(reason) }
    }
}

/// From this rank on the item's own page comes first.
const AFTER_PAGE: u8 = 5;

type Best<'a> = Option<(&'a Enclosure, Wanted)>;

/// The best that a kind is about, and the best of what else is attached.
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

/// How well a form fits a kind, the best first; none where it is never fetched.
fn rank(kind: Kind, form: Form, is_alternate: bool) -> Option<(u8, Wanted)> {
    use Wanted::*;
    let unknown = if is_alternate { 4 } else { 2 };
    Some(match (kind, form) {
        (Kind::Podcast, Form::Sound) | (Kind::Video, Form::Film) => (0, Media),
        (Kind::Podcast, Form::Film) | (Kind::Video, Form::Sound) => (1, Media),
        (Kind::Podcast | Kind::Video, Form::Unknown) => (unknown, Media),
        (Kind::Podcast | Kind::Video, Form::Document) => (3, Document),
        // A film that an article only shows is not the article.
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
