//! Kind of a file by the type, medium and name that a feed gives.

/// Kind of file that a feed describes by type, medium and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Audio.
    Sound,
    /// Video.
    Film,
    /// Image.
    Picture,
    /// PDF.
    Document,
    /// HTML.
    Page,
    /// Text other than HTML, such as a transcript.
    Text,
    /// Playlist, such as m3u8, or description of a stream.
    Playlist,
    /// BitTorrent description.
    Torrent,
    /// Program or page that plays media, such as a Flash player.
    Player,
    /// File of an unsupported type.
    Other,
    /// Not described by the feed.
    Unknown,
}

impl Form {
    /// Whether a player can play it.
    pub fn is_playable(self) -> bool {
        matches!(self, Self::Sound | Self::Film)
    }

    /// Form by type, medium of Media RSS, and name.
    pub fn of(mime_type: Option<&str>, medium: Option<&str>, url: &str) -> Self {
        Self::with_doubt(mime_type, medium, url).0
    }

    /// Returns the form, and whether type and name contradict each other.
    pub fn with_doubt(mime_type: Option<&str>, medium: Option<&str>, url: &str) -> (Self, bool) {
        use Form::*;
        let named = by_name(url);
        match (mime_type.and_then(by_type), named) {
            (_, Some(named @ (Playlist | Torrent))) => (named, false),
            (Some(typed @ (Playlist | Torrent | Player)), _) => (typed, false),
            // Publishing tools label many files as text or page; the name is more reliable.
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

/// Form by MIME type. None if the type is generic, such as `application/octet-stream`.
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
        // `document` is also used for pages.
        _ => return None,
    })
}

/// Form by the extension of the path, else of a name in the query (`download.php?file=show.mp3`).
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
