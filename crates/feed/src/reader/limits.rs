//! Limits of the feed parser; anything beyond them is an attack or a mistake.

/// Bytes of decoded text.
pub const TEXT_BYTES_MOST: usize = 64 << 20;
/// Items read from one feed.
pub const ITEMS_MOST: usize = 20_000;
/// Bytes of all items together: every link of a short document may repeat a long base address.
pub const ITEM_BYTES_MOST: usize = 96 << 20;
/// Nesting depth of elements.
pub const DEPTH_MOST: usize = 200;
/// Elements and texts within one item.
pub const NODES_MOST: usize = 50_000;
pub use text::ATTRIBUTES_MOST;
/// Namespace declarations in scope at once.
pub const NAMESPACES_MOST: usize = 100;
/// Characters of one text.
pub const TEXT_MOST: usize = 200_000;
/// Characters of a title.
pub const TITLE_MOST: usize = 2_000;
/// Characters of a name, a label, a language.
pub const NAME_MOST: usize = 300;
/// Bytes of an address.
pub const ADDRESS_MOST: usize = 2_500;
/// Bytes of an `xml:base`, which every link of a text repeats.
pub const BASE_MOST: usize = 500;
pub const CATEGORIES_MOST: usize = 50;
/// Enclosures, authors, credits and similar, each.
pub const LIST_MOST: usize = 20;
/// Chapters within an item.
pub const CHAPTERS_MOST: usize = 1_000;
/// Elements searched for the root of a feed.
pub const SEARCH_MOST: usize = 50;
/// Declared entities of a document.
pub const ENTITIES_MOST: usize = 100;
/// Bytes of one entity's value.
pub const ENTITY_BYTES_MOST: usize = 1_000;
/// Bytes of all expansions together.
pub const EXPANSION_BYTES_MOST: usize = 1 << 20;
