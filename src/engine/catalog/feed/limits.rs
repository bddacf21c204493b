//! How much of a feed is read: what is beyond these bounds is an attack or a mistake.

/// Bytes of decoded text.
pub const TEXT_BYTES_MOST: usize = 64 << 20;
/// Items taken from one feed.
pub const ITEMS_MOST: usize = 20_000;
/// Bytes of all items together: a short document may tell a long base address that every link then repeats.
pub const ITEM_BYTES_MOST: usize = 96 << 20;
/// How deep elements may stand in each other.
pub const DEPTH_MOST: usize = 200;
/// Elements and texts within one item.
pub const NODES_MOST: usize = 50_000;
pub const ATTRIBUTES_MOST: usize = 100;
/// Namespace declarations in force at one place.
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
/// Enclosures, authors, persons and the like, each.
pub const LIST_MOST: usize = 20;
/// Chapters told within an item.
pub const CHAPTERS_MOST: usize = 1_000;
/// Elements looked at in search of a feed's first one.
pub const SEARCH_MOST: usize = 50;
/// Entities a document may declare, their length, and what all their uses may add up to.
pub const ENTITIES_MOST: usize = 100;
pub const ENTITY_BYTES_MOST: usize = 1_000;
pub const EXPANSION_BYTES_MOST: usize = 1 << 20;
