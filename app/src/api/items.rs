//! Items: search, detail page and requests for download.

#[cfg(feature = "ssr")]
mod rows;

use domain::download::Download;
use domain::item::{Availability, Chapter, Item};
use domain::reading::Transcription;
use domain::search_hit::Pieces;
use domain::share::Share;
use domain::source::Kind;
use domain::{DateTime, ItemId, Page, Refusal, SourceId, Utc};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::message;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{text, word};
    pub(super) use super::rows::{filter, rows};
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::item::ItemContent;
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::refusal::Complaints;
    pub(super) use domain::share::ShareTarget;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{attachments, catalog, downloads, reading, shares};
}

/// Query of the item list, as in a URL. Empty and unknown values filter nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemQuery {
    pub q: String,
    pub kind: String,
    pub availability: String,
    pub source_id: String,
    pub length: String,
    pub date: String,
    pub size: String,
    pub topic: String,
    /// Followed sources only, unless it is [`ALL_SOURCES`] or a source is selected.
    pub sources: String,
    pub order: String,
    pub cursor: String,
}

pub const ALL_SOURCES: &str = "all";

impl ItemQuery {
    pub fn of(params: &ParamsMap) -> Self {
        let word = |name: &str| params.get(name).unwrap_or_default();
        Self {
            q: word("q"),
            kind: word("kind"),
            availability: word("availability"),
            source_id: word("source_id"),
            length: word("length"),
            date: word("date"),
            size: word("size"),
            topic: word("topic"),
            sources: word("sources"),
            order: word("order"),
            cursor: word("cursor"),
        }
    }

    /// Whether any filter is set, apart from the restriction to followed sources.
    pub fn is_narrowed(&self) -> bool {
        let (sources, order) = (self.sources.clone(), self.order.clone());
        *self != Self { sources, order, ..Self::default() }
    }

    /// Whether only items of followed sources match.
    pub fn is_of_followed(&self) -> bool {
        self.sources != ALL_SOURCES && self.source_id.is_empty()
    }
}

/// Length filters, in seconds: minimum and maximum.
pub const LENGTHS: [(&str, &str, [Option<i64>; 2]); 4] = [
    ("short", message!("Up to 15 min"), [None, Some(15 * 60)]),
    ("medium", message!("15 to 45 min"), [Some(15 * 60), Some(45 * 60)]),
    ("long", message!("45 to 90 min"), [Some(45 * 60), Some(90 * 60)]),
    ("longer", message!("Above 90 min"), [Some(90 * 60), None]),
];

/// Size filters, in bytes: minimum and maximum.
pub const SIZES: [(&str, &str, [Option<i64>; 2]); 4] = [
    ("small", message!("Up to 10 MB"), [None, Some(10_000_000)]),
    ("medium", message!("10 to 50 MB"), [Some(10_000_000), Some(50_000_000)]),
    ("large", message!("50 to 200 MB"), [Some(50_000_000), Some(200_000_000)]),
    ("huge", message!("Above 200 MB"), [Some(200_000_000), None]),
];

/// Age filters, in days.
pub const DATES: [(&str, &str, i64); 4] = [
    ("today", message!("Last 24 hours"), 1),
    ("week", message!("Last 7 days"), 7),
    ("month", message!("Last 30 days"), 30),
    ("year", message!("Last 365 days"), 365),
];

/// Sort orders of the list.
pub const ORDERS: [(&str, &str); 5] = [
    ("newest", message!("Newest first")),
    ("oldest", message!("Oldest first")),
    ("added", message!("Recently added")),
    ("longest", message!("Longest first")),
    ("shortest", message!("Shortest first")),
];

/// An item in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemRow {
    pub id: ItemId,
    pub source_id: SourceId,
    pub source_name: String,
    pub kind: Kind,
    pub title: Pieces,
    /// Hash of its picture, or its source's.
    pub cover: Option<String>,
    /// Excerpt of the feed's description around the search terms, else its beginning; without markup.
    pub excerpt: Pieces,
    /// Time of publication, or else of discovery.
    pub at: DateTime<Utc>,
    pub duration_seconds: Option<i64>,
    pub bytes: Option<i64>,
    pub availability: Availability,
    pub reason: Option<String>,
    pub next_retry_at: Option<DateTime<Utc>>,
    /// Whether there is a file or a page to download.
    pub has_media: bool,
    pub download: Option<Download>,
}

/// A page of items, and the name of the source they are filtered by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundItems {
    pub items: Page<ItemRow>,
    pub source_name: Option<String>,
}

/// Returns the items of followed sources, or of all sources the user sees: sorted by relevance if there are
/// search terms, else newest first, unless an order is selected.
#[server(prefix = "/api/ui", endpoint = "list_items")]
pub async fn list_items(#[server(default)] asked: ItemQuery) -> Result<FoundItems, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let source_name = match word::<SourceId>(&asked.source_id) {
        Some(id) => Some(catalog::source(&engine, owner.id, id).await?.name),
        None => None,
    };
    let page = PageQuery { limit: Some(50), cursor: text(&asked.cursor) };
    let filter = filter(&asked, owner.role, engine.now());
    let found = catalog::items(&engine, owner.id, &filter, &page).await?;
    Ok(FoundItems { items: rows(&engine, owner.id, found).await?, source_name })
}

/// An item with all its details.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemSheet {
    /// Without its description and content.
    pub item: Item,
    /// Description from the feed. Sanitised; its pictures are those that are kept here.
    pub notes: String,
    pub download: Option<Download>,
    pub share: Option<Share>,
}

#[server(prefix = "/api/ui", endpoint = "show_item")]
pub async fn show_item(item_id: ItemId) -> Result<ItemSheet, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let item = catalog::item(&engine, owner.id, item_id).await?;
    let notes = reading::notes(&engine, &item).await?;
    let download = downloads::of_items(&engine, owner.id, &[item_id]).await?.pop();
    let content = ItemContent { summary_html: String::new(), content_html: String::new(), ..item.content };
    let item = Item { content, ..item };
    let share = shares::of_target(&engine, owner.id, ShareTarget::Item(item_id)).await?;
    Ok(ItemSheet { item, notes, download, share })
}

/// Undoes the dismissal of an item: agents may pick it again.
#[server(prefix = "/api/ui", endpoint = "take_back_item")]
pub async fn take_back_item(item_id: ItemId) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    Ok(downloads::take_back(&engine, owner.id, item_id).await?)
}

/// Data requested from the publisher, or the refusal; `None` until it is requested.
pub type Beside<T> = Option<Result<T, Refusal>>;

/// Returns the chapters of an item. They are requested from the publisher only if `ask` is set.
#[server(prefix = "/api/ui", endpoint = "show_chapters")]
pub async fn show_chapters(item_id: ItemId, ask: bool) -> Result<Beside<Vec<Chapter>>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let item = catalog::item(&engine, owner.id, item_id).await?;
    match item.chapters_url {
        None => Ok(Some(Ok(item.content.details.chapters))),
        Some(_) if !ask => Ok(None),
        Some(_) => told(attachments::chapters(&engine, owner.id, item_id).await),
    }
}

/// Returns the transcript of an item. It is requested from the publisher only if `ask` is set.
#[server(prefix = "/api/ui", endpoint = "show_transcript")]
pub async fn show_transcript(item_id: ItemId, ask: bool) -> Result<Beside<Transcription>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    if ask { told(reading::transcript(&engine, owner.id, item_id).await) } else { Ok(None) }
}

/// Turns a refusal into a value that the page shows.
#[cfg(feature = "ssr")]
fn told<T>(asked: smartcache::engine::Result<T>) -> Result<Beside<T>, ApiError> {
    match asked {
        Ok(told) => Ok(Some(Ok(told))),
        Err(smartcache::engine::Error::Refused(refusal)) => Ok(Some(Err(refusal))),
        Err(fault) => Err(fault.into()),
    }
}

/// Maximum number of items in one request.
pub const ITEMS_AT_ONCE: usize = 1_000;

/// Returns the current downloads of some items; items without one are left out.
#[server(prefix = "/api/ui", endpoint = "downloads_of_items")]
pub async fn downloads_of_items(
    #[server(default)] item_ids: Vec<ItemId>,
) -> Result<Page<Download>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let mut complaints = Complaints::default();
    let item_ids = complaints.bounded(item_ids, ITEMS_AT_ONCE, "item_ids", "items");
    complaints.finish()?;
    Ok(Page { data: downloads::of_items(&engine, owner.id, &item_ids).await?, next_cursor: None })
}

/// Queues the download of an item. An item that is already cached is ready at once.
#[server(prefix = "/api/ui", endpoint = "prepare_item")]
pub async fn prepare_item(item_id: ItemId) -> Result<Download, ApiError> {
    let (engine, owner) = signed_in(Right::Queue).await?;
    let queued = downloads::queue(&engine, owner.id, item_id, None).await;
    queued.map_err(|error| ApiError::from(error).keeping([("item_id", &item_id.to_string())]))
}
