//! Meaning and rank of the elements of all vocabularies.

use super::text::Custom;
use super::xml::{Head, Ns};
use crate::Format;

/// Meaning of an element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Field {
    AlternateEnclosure,
    Author,
    Category,
    Chapters,
    ChaptersWithin,
    Comments,
    Content,
    /// A list of texts, as in the first version of the content module.
    ContentItems,
    /// Used only if there is no author.
    Contributor,
    Copyright,
    Description,
    Duration,
    Enclosure,
    Episode,
    EpisodeType,
    Explicit,
    Funding,
    Generator,
    Guid,
    Icon,
    Image,
    Keywords,
    Language,
    License,
    Link,
    Location,
    Locked,
    MediaContent,
    /// A Media RSS container.
    MediaGroup,
    Medium,
    NewAddress,
    /// The address that a redirector hides.
    OriginalLink,
    Owner,
    Person,
    Podping,
    Published,
    Rating,
    Season,
    ShowType,
    SkipDays,
    SkipHours,
    Soundbite,
    Source,
    Subtitle,
    Thumbnail,
    Title,
    Transcript,
    Ttl,
    UpdateFrequency,
    UpdatePeriod,
    Updated,
    Value,
}

/// Base rank of the format's own elements; extensions rank lower.
pub const OWN: u8 = 20;
/// Base rank of Atom within RSS, and of RSS within Atom.
pub const FOREIGN: u8 = 10;
/// Rank of a title derived from the name of a picture, below any text.
pub const PICTURE: u8 = 0;

/// Meaning, rank and text convention of an element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meaning {
    pub field: Field,
    /// The highest rank wins; among equals, the first with a value.
    pub rank: u8,
    pub custom: Custom,
}

/// The meaning of an element of a feed or an item; none if it is not used.
pub fn meaning(format: Format, head: &Head<'_>) -> Option<Meaning> {
    let mut buffer = [0; 24];
    let name = lowercase(head.local(), &mut buffer)?;
    let (told, custom) = match head.ns {
        Ns::Core if format.is_atom() => match atom(name) {
            Some((field, rank)) => (Some((field, OWN + rank)), Custom::Atom),
            None => (rss(name).map(|(field, rank)| (field, FOREIGN + rank)), Custom::Rss),
        },
        Ns::Core if format == Format::Cdf && name == "a" => (Some((Field::Link, OWN)), Custom::Rss),
        Ns::Core => match rss(name) {
            Some((field, rank)) => (Some((field, OWN + rank)), Custom::Rss),
            None => (atom(name).map(|(field, rank)| (field, FOREIGN + rank)), Custom::Rss),
        },
        Ns::Atom => (atom(name).map(|(field, rank)| (field, FOREIGN + rank)), Custom::Atom),
        Ns::Itunes if name == "link" => (linked_picture(head), Custom::Rss),
        Ns::Itunes => (itunes(name), Custom::Rss),
        Ns::Media => (media(name), Custom::Media),
        Ns::Dc | Ns::DcTerms => (dublin_core(name), Custom::Rss),
        Ns::Podcast => (podcast(name), Custom::Media),
        Ns::Commons if name == "license" => (Some((Field::License, 4)), Custom::Rss),
        Ns::Geo => (geo(name), Custom::Media),
        Ns::Chapters if name == "chapters" => (Some((Field::ChaptersWithin, 5)), Custom::Media),
        Ns::Content if name == "encoded" => (Some((Field::Content, 1)), Custom::Rss),
        Ns::Content if name == "items" => (Some((Field::ContentItems, 1)), Custom::Rss),
        Ns::Xhtml if matches!(name, "body" | "div") => (Some((Field::Content, 1)), Custom::Rss),
        Ns::Syndication => (syndication(name), Custom::Rss),
        Ns::Admin if name == "generatoragent" => (Some((Field::Generator, 1)), Custom::Rss),
        Ns::Foaf if name == "maker" => (Some((Field::Author, 4)), Custom::Rss),
        Ns::Prism => (prism(name), Custom::Rss),
        Ns::Redirector if name == "origlink" => (Some((Field::OriginalLink, 1)), Custom::Rss),
        _ => (None, Custom::Rss),
    };
    told.map(|(field, rank)| Meaning { field, rank, custom })
}

type FieldRank = Option<(Field, u8)>;

/// RSS of all versions, and CDF.
fn rss(name: &str) -> FieldRank {
    Some(match name {
        "title" => (Field::Title, 5),
        "link" => (Field::Link, 5),
        "description" => (Field::Description, 5),
        "abstract" => (Field::Description, 4),
        "guid" => (Field::Guid, 5),
        "pubdate" => (Field::Published, 5),
        "lastbuilddate" => (Field::Updated, 5),
        "author" | "managingeditor" => (Field::Author, 5),
        "webmaster" => (Field::Contributor, 5),
        "category" => (Field::Category, 5),
        "keywords" => (Field::Keywords, 5),
        "comments" => (Field::Comments, 5),
        "enclosure" => (Field::Enclosure, 5),
        "fullitem" | "body" => (Field::Content, 5),
        "source" => (Field::Source, 5),
        "image" => (Field::Image, 5),
        "language" => (Field::Language, 5),
        "copyright" => (Field::Copyright, 5),
        "generator" => (Field::Generator, 5),
        "ttl" => (Field::Ttl, 5),
        "skiphours" => (Field::SkipHours, 5),
        "skipdays" => (Field::SkipDays, 5),
        "date" => (Field::Published, 1),
        _ => return None,
    })
}

/// Atom 1.0 and 0.3.
fn atom(name: &str) -> FieldRank {
    Some(match name {
        "title" => (Field::Title, 5),
        "link" => (Field::Link, 5),
        "subtitle" | "tagline" => (Field::Description, 5),
        "summary" => (Field::Description, 5),
        "content" => (Field::Content, 5),
        "id" => (Field::Guid, 5),
        "published" | "issued" => (Field::Published, 5),
        "created" => (Field::Published, 4),
        "updated" | "modified" => (Field::Updated, 5),
        "author" => (Field::Author, 5),
        "contributor" => (Field::Contributor, 5),
        "category" => (Field::Category, 5),
        "rights" | "copyright" => (Field::Copyright, 5),
        "generator" => (Field::Generator, 5),
        "logo" => (Field::Image, 5),
        "icon" => (Field::Icon, 5),
        "source" => (Field::Source, 5),
        _ => return None,
    })
}

fn itunes(name: &str) -> FieldRank {
    Some(match name {
        "title" => (Field::Title, 4),
        "author" => (Field::Author, 5),
        "owner" => (Field::Owner, 4),
        "summary" => (Field::Description, 4),
        "description" => (Field::Description, 3),
        "subtitle" => (Field::Subtitle, 5),
        "image" => (Field::Image, 9),
        "duration" => (Field::Duration, 5),
        "explicit" => (Field::Explicit, 5),
        "season" => (Field::Season, 5),
        "episode" => (Field::Episode, 5),
        "episodetype" => (Field::EpisodeType, 5),
        "type" => (Field::ShowType, 5),
        "category" => (Field::Category, 5),
        "keywords" => (Field::Keywords, 5),
        "new-feed-url" => (Field::NewAddress, 5),
        _ => return None,
    })
}

/// The early iTunes form of a picture: `<itunes:link rel="image">`.
fn linked_picture(head: &Head<'_>) -> FieldRank {
    let relation = head.attribute("rel")?;
    relation.trim().eq_ignore_ascii_case("image").then_some((Field::Image, 8))
}

fn media(name: &str) -> FieldRank {
    Some(match name {
        "content" => (Field::MediaContent, 5),
        "group" => (Field::MediaGroup, 5),
        "thumbnail" => (Field::Thumbnail, 5),
        "title" => (Field::Title, 3),
        "description" => (Field::Description, 2),
        "category" => (Field::Category, 5),
        "keywords" => (Field::Keywords, 5),
        "rating" => (Field::Rating, 4),
        "adult" => (Field::Explicit, 4),
        "credit" => (Field::Author, 3),
        "copyright" => (Field::Copyright, 2),
        "license" => (Field::License, 2),
        "location" => (Field::Location, 2),
        "subtitle" => (Field::Transcript, 4),
        _ => return None,
    })
}

/// Dublin Core: elements and terms.
fn dublin_core(name: &str) -> FieldRank {
    Some(match name {
        "title" => (Field::Title, 5),
        "description" | "abstract" => (Field::Description, 5),
        "creator" => (Field::Author, 6),
        "author" => (Field::Author, 5),
        "publisher" => (Field::Author, 2),
        "contributor" => (Field::Contributor, 5),
        "date" | "issued" => (Field::Published, 6),
        "created" => (Field::Published, 5),
        "available" => (Field::Published, 4),
        "datesubmitted" => (Field::Published, 3),
        "modified" => (Field::Updated, 5),
        "subject" => (Field::Category, 5),
        "language" => (Field::Language, 5),
        "rights" => (Field::Copyright, 5),
        "license" => (Field::License, 3),
        "identifier" => (Field::Guid, 3),
        _ => return None,
    })
}

/// PRISM, a vocabulary of magazine publishers.
fn prism(name: &str) -> FieldRank {
    match name {
        "publicationdate" => Some((Field::Published, 4)),
        "coverdate" => Some((Field::Published, 2)),
        "modificationdate" => Some((Field::Updated, 4)),
        _ => None,
    }
}

fn podcast(name: &str) -> FieldRank {
    Some(match name {
        "guid" => (Field::Guid, OWN + 6),
        "chapters" => (Field::Chapters, 5),
        "transcript" => (Field::Transcript, 5),
        "person" => (Field::Person, 5),
        "season" => (Field::Season, 6),
        "episode" => (Field::Episode, 6),
        "soundbite" => (Field::Soundbite, 5),
        "location" => (Field::Location, 5),
        "funding" => (Field::Funding, 5),
        "medium" => (Field::Medium, 5),
        "alternateenclosure" => (Field::AlternateEnclosure, 5),
        "value" => (Field::Value, 5),
        "license" => (Field::License, 5),
        "locked" => (Field::Locked, 5),
        "image" => (Field::Image, 4),
        "images" => (Field::Image, 3),
        "socialinteract" => (Field::Comments, 2),
        "podping" => (Field::Podping, 5),
        _ => return None,
    })
}

/// GeoRSS, the GML it uses, W3C basic geo, and ICBM addresses.
fn geo(name: &str) -> FieldRank {
    match name {
        "featurename" => Some((Field::Location, 3)),
        "point" | "where" | "line" | "polygon" | "box" | "circle" | "lat_long" => Some((Field::Location, 2)),
        "pos" | "poslist" | "linestring" | "envelope" => Some((Field::Location, 2)),
        "lat" | "latitude" | "long" | "lon" | "longitude" => Some((Field::Location, 1)),
        _ => None,
    }
}

fn syndication(name: &str) -> FieldRank {
    match name {
        "updateperiod" => Some((Field::UpdatePeriod, 5)),
        "updatefrequency" => Some((Field::UpdateFrequency, 5)),
        _ => None,
    }
}

/// None if the name is longer than all known ones.
fn lowercase<'b>(name: &str, buffer: &'b mut [u8; 24]) -> Option<&'b str> {
    let lower = buffer.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    std::str::from_utf8(lower).ok()
}
