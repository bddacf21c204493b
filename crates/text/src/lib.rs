#![doc = include_str!("../README.md")]

mod attributes;
mod cut;
pub mod entities;
pub mod html;
mod sentences;
pub mod tags;
mod unclosed;
mod words;

pub use attributes::{MAX_ATTRIBUTES, attribute, attributes};
pub use cut::{brief, clip, cut, one_line, tail};
pub use html::plain;
pub use sentences::sentences;
pub use unclosed::mended;
pub use words::{Token, mentions, search_terms, tells, tokens, words};
