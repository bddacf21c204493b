//! Shares: links that open an item or a collection to visitors without an account, until they are revoked.

use serde::{Deserialize, Serialize};

use super::refusal::{Complaints, Refusal};
use super::source::Kind;
use super::words::words;
use super::{CollectionId, DateTime, ItemId, Utc};

/// Maximum number of shares per user.
pub const MAX_SHARES: i64 = 500;
/// Maximum number of items that the page of a shared collection lists.
pub const MAX_SHARED_ITEMS: i64 = 100;

words! {
    ShareKind { Item = "item", Collection = "collection" }
}

/// Item or collection that a link opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareTarget {
    Item(ItemId),
    Collection(CollectionId),
}

impl ShareTarget {
    /// Target of a row with exactly one of the two ids.
    pub fn of(item_id: Option<ItemId>, collection_id: Option<CollectionId>) -> Option<Self> {
        item_id.map(Self::Item).or(collection_id.map(Self::Collection))
    }

    pub fn item_id(self) -> Option<ItemId> {
        match self {
            Self::Item(id) => Some(id),
            Self::Collection(_) => None,
        }
    }

    pub fn collection_id(self) -> Option<CollectionId> {
        match self {
            Self::Item(_) => None,
            Self::Collection(id) => Some(id),
        }
    }

    pub fn kind(self) -> ShareKind {
        match self {
            Self::Item(_) => ShareKind::Item,
            Self::Collection(_) => ShareKind::Collection,
        }
    }

    /// Field of a request that names it.
    pub fn field(self) -> &'static str {
        match self {
            Self::Item(_) => "item_id",
            Self::Collection(_) => "collection_id",
        }
    }
}

/// Request to share an item or a collection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct NewShare {
    pub item_id: Option<ItemId>,
    pub collection_id: Option<CollectionId>,
}

impl NewShare {
    /// # Errors
    /// Invalid if it names neither an item nor a collection, or both.
    pub fn target(self) -> Result<ShareTarget, Refusal> {
        let Self { item_id, collection_id } = self;
        let mut complaints = Complaints::default();
        let both = "A link opens one thing. Leave out either item_id or collection_id.";
        complaints.check(item_id.is_none() || collection_id.is_none(), "collection_id", both);
        complaints.finish()?;
        let neither = "Name the item to share, or a collection as collection_id.";
        ShareTarget::of(item_id, collection_id).ok_or_else(|| Refusal::field("item_id", neither))
    }
}

/// A share as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Share {
    /// Secret of the link.
    pub token: String,
    /// The link.
    pub url: String,
    pub kind: ShareKind,
    pub item_id: Option<ItemId>,
    pub collection_id: Option<CollectionId>,
    /// Title of the item, or name of the collection. Null if the owner cannot see it any more: then the link
    /// opens nothing.
    pub title: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Last visit of another visitor than the owner, recorded at most once per minute.
    pub last_read_at: Option<DateTime<Utc>>,
}

/// Content that a link opens: nothing but what a stranger may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SharedContent {
    Item(SharedItem),
    Collection(SharedCollection),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedItem {
    pub title: String,
    pub kind: Kind,
    /// Whether it comes from a private feed. Only its title is shown then.
    pub is_private: bool,
    pub source_name: Option<String>,
    /// Web site of a public source.
    pub site_url: Option<String>,
    /// Web page of the item.
    pub url: Option<String>,
    /// Description from the feed. Sanitised, without pictures; empty in the list of a collection.
    pub notes: String,
    /// Hash of the picture that is kept here for it.
    pub cover: Option<String>,
    pub duration_seconds: Option<i64>,
    pub published_at: Option<DateTime<Utc>>,
    /// Set for a signed-in visitor who sees the item.
    pub item_id: Option<ItemId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedCollection {
    pub name: String,
    pub notes: String,
    /// Items that its runs have queued, newest first.
    pub items: Vec<SharedItem>,
    /// Whether there are more items than the page lists.
    pub has_more: bool,
    /// Set for its owner.
    pub collection_id: Option<CollectionId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_one_thing() {
        let (item_id, collection_id) = (Some(ItemId(1)), Some(CollectionId(2)));
        let target = |item_id, collection_id| {
            let target = NewShare { item_id, collection_id }.target();
            target.map_err(|refusal| refusal.fields()[0].field.clone())
        };
        assert_eq!(target(item_id, None), Ok(ShareTarget::Item(ItemId(1))));
        assert_eq!(target(None, collection_id), Ok(ShareTarget::Collection(CollectionId(2))));
        assert_eq!(target(None, None), Err("item_id".to_owned()));
        assert_eq!(target(item_id, collection_id), Err("collection_id".to_owned()));
    }

    #[test]
    fn a_target_is_named_by_the_field_that_has_its_id() {
        for target in [ShareTarget::Item(ItemId(7)), ShareTarget::Collection(CollectionId(7))] {
            assert_eq!(ShareTarget::of(target.item_id(), target.collection_id()), Some(target));
            assert_eq!(target.field(), format!("{}_id", target.kind()));
        }
    }
}
