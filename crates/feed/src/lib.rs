#![doc = include_str!("../README.md")]

mod details;
mod form;
mod format;
mod model;

#[cfg(feature = "reader")]
pub mod address;
#[cfg(feature = "reader")]
pub mod discover;
#[cfg(feature = "reader")]
#[doc(hidden)]
pub mod fuzzed;
#[cfg(feature = "reader")]
pub mod opml;
#[cfg(feature = "reader")]
mod reader;
#[cfg(feature = "reader")]
pub mod rss;
#[cfg(feature = "reader")]
mod sanitize;
#[cfg(feature = "reader")]
mod xml_writer;

pub use details::{
    AlternateEnclosure, Chapter, Funding, Hints, ItemDetails, Person, ShowType, Soundbite, SourceDetails,
    Transcript,
};
pub use form::Form;
pub use format::Format;
pub use model::{Enclosure, Feed, Item, ItemContent};
#[cfg(feature = "reader")]
pub use reader::{
    Unreadable,
    decode::decode_html,
    limits::{MAX_ADDRESS, MAX_NAME},
    numbers::normal_play_time,
    read,
    urls::resolve,
};
#[cfg(feature = "reader")]
pub use sanitize::Sanitizer;
