//! Limits of the feed parser; anything beyond them is an attack or a mistake.

/// Bytes of decoded text.
pub const MAX_TEXT_BYTES: usize = 64 << 20;
/// Items read from one feed.
pub const MAX_ITEMS: usize = 20_000;
/// Bytes of all items together: every link of a short document may repeat a long base address.
pub const MAX_ITEM_BYTES: usize = 96 << 20;
/// Nesting depth of elements.
pub const MAX_DEPTH: usize = 200;
/// Elements and texts within one item.
pub const MAX_NODES: usize = 50_000;
pub use text::MAX_ATTRIBUTES;
/// Namespace declarations in scope at once.
pub const MAX_NAMESPACES: usize = 100;
/// Characters of one text.
pub const MAX_TEXT: usize = 200_000;
/// Characters of a title.
pub const MAX_TITLE: usize = 2_000;
/// Characters of a name, a label, a language.
pub const MAX_NAME: usize = 300;
/// Bytes of an address.
pub const MAX_ADDRESS: usize = 2_500;
/// Bytes of an `xml:base`, which every link of a text repeats.
pub const MAX_BASE: usize = 500;
pub const MAX_CATEGORIES: usize = 50;
/// Enclosures, authors, credits and similar, each.
pub const MAX_LIST: usize = 20;
/// Chapters within an item.
pub const MAX_CHAPTERS: usize = 1_000;
/// Elements searched for the root of a feed.
pub const MAX_SEARCH: usize = 50;
/// Declared entities of a document.
pub const MAX_ENTITIES: usize = 100;
/// Bytes of one entity's value.
pub const MAX_ENTITY_BYTES: usize = 1_000;
/// Bytes of all expansions together.
pub const MAX_EXPANSION_BYTES: usize = 1 << 20;
