//! The catalogue: feeds, their followers and their items.

mod adding;
mod arrivals;
pub mod covers;
pub mod demo;
mod departures;
pub mod directories;
mod entry;
mod fetch;
mod following;
mod highlight;
mod identity;
pub mod lists;
pub mod logins;
mod media;
mod newer;
mod notes;
pub mod older;
mod order;
pub mod peer_records;
mod pictures;
pub mod private;
pub mod refresh;
mod resolve;
pub mod rules;
mod schedule;
pub mod search;
pub mod sites;
mod source_health;
pub mod suggestions;
#[cfg(all(test, feature = "testing"))]
mod tests;
mod topics;

use std::collections::HashMap;

use serde_json::json;

use super::job_names::PREFETCH;
use super::{Engine, Result, Work};
use crate::db::search::SearchZone;
use crate::db::{downloads, items, prefetch, sources, subscriptions};
use crate::domain::item::{Availability, Item, ItemFilter};
use crate::domain::page::PageQuery;
use crate::domain::refusal::Complaints;
use crate::domain::source::*;
use crate::domain::{ItemId, Page, Refusal, SourceId, UserId};

use adding::{find_or_add, insert, insert_index};
#[cfg(all(test, feature = "testing"))]
pub(crate) use departures::refresh as refresh_before_departures;
pub use following::{
    UNDO_GRACE, change_subscription, recently_unsubscribed, resubscribe, subscribe, subscribe_all,
    subscription_of, subscriptions, unsubscribe,
};
pub use identity::text_hash;
pub use notes::{main_text, notes};
pub use older::load_older;
pub use refresh::{refresh_now, request_refresh};
pub(crate) use schedule::usual_gap;
pub use source_health::{source_health, try_feed};

const DIRECTORY: &str = include_str!("../../directory/sources.tsv");

/// Loads a directory of feeds, by default the built-in one. Returns the number of new sources.
pub async fn seed(engine: &Engine, directory: Option<&str>) -> Result<u64> {
    let listings =
        read_directory(directory.unwrap_or(DIRECTORY)).map_err(|why| Refusal::field("directory", why))?;
    let work = engine.begin().await?;
    let mut added = 0;
    for listing in &listings {
        if let Some(id) = sources::seed(&*work, listing, engine.now()).await? {
            search::index_source(&*work, id, &listing.name, "", &listing.feed_url).await?;
            added += 1;
        }
    }
    work.commit().await?;
    Ok(added)
}

pub async fn sources(
    engine: &Engine,
    owner: UserId,
    filter: &SourceFilter,
    page: &PageQuery,
) -> Result<Page<Source>> {
    let Some(q) = asked_for(&filter.q) else {
        let found = sources::list(&engine.db, owner, filter, page, engine.now()).await?;
        return shown(engine, owner, found).await;
    };
    let Some(terms) = search::terms(q) else { return Ok(Page::empty()) };
    let mut found = sources::search(&engine.db, owner, &terms, filter, page, engine.now()).await?;
    for source in &mut found.data {
        source.found = Some(highlight::found(&source.name, &source.description, &terms));
    }
    shown(engine, owner, found).await
}

/// Requests the pictures of sources on their way to a user, and counts what is ready of them.
async fn shown(engine: &Engine, owner: UserId, mut found: Page<Source>) -> Result<Page<Source>> {
    let ids: Vec<_> = found.data.iter().map(|source| source.id).collect();
    covers::show_sources(engine, &ids).await;
    count_unplayed(engine, owner, &mut found.data).await?;
    Ok(found)
}

/// The search text, trimmed; none if it is blank.
fn asked_for(typed: &Option<String>) -> Option<&str> {
    typed.as_deref().map(str::trim).filter(|typed| !typed.is_empty())
}

async fn count_unplayed(engine: &Engine, owner: UserId, found: &mut [Source]) -> Result<()> {
    let ids: Vec<_> = found.iter().map(|source| source.id).collect();
    for counted in downloads::unplayed_of(&engine.db, owner, &ids).await? {
        for source in found.iter_mut().filter(|source| source.id == counted.source_id) {
            source.unplayed = counted.number;
        }
    }
    Ok(())
}

pub async fn source(engine: &Engine, owner: UserId, id: SourceId) -> Result<Source> {
    let found = sources::get(&engine.db, owner, id, engine.now()).await?;
    let mut found = found.ok_or_else(|| Refusal::missing("source"))?;
    count_unplayed(engine, owner, std::slice::from_mut(&mut found)).await?;
    Ok(found)
}

/// Adds a feed by its address, or returns the existing source. The first refresh runs in the background.
pub async fn add_source(engine: &Engine, owner: UserId, new: NewSource) -> Result<Source> {
    let (id, _) = find_or_add(engine, owner, &new).await?;
    let seen = sources::get(&engine.db, owner, id, engine.now()).await?;
    if let Some(source) = seen {
        return Ok(source);
    }
    // Another user's source with this address: knowing the whole address is enough to follow it.
    let work = engine.begin().await?;
    subscriptions::upsert(&*work, owner, id, PRIORITY_DEFAULT, engine.now()).await?;
    work.commit().await?;
    source(engine, owner, id).await
}

/// Changes a source that the user added.
pub async fn change_source(
    engine: &Engine,
    owner: UserId,
    id: SourceId,
    change: SourceChange,
) -> Result<Source> {
    let known = source(engine, owner, id).await?;
    let name = change.name.as_deref().map(str::trim);
    let mut complaints = Complaints::default();
    complaints.check(
        name.is_none_or(|n| !n.is_empty() && n.len() <= 300),
        "name",
        "Use 1 to 300 characters.",
    );
    complaints.finish()?;
    let typed = private::LoginChange { username: change.username, password: change.password };
    if !typed.is_nothing() {
        private::change_login(engine, owner, &known, &typed).await?;
    }
    let work = engine.begin().await?;
    if !sources::change(&*work, owner, id, name, change.kind, change.policy).await? {
        return Err(only_yours().into());
    }
    if let Some(name) = name {
        search::index_source(&*work, id, name, &known.description, &known.feed_url).await?;
    }
    let policy = change.policy.unwrap_or(known.policy);
    if let Some(kind) = change.kind {
        media::choose_anew(&*work, engine, id, kind, policy).await?;
    }
    if change.policy.is_some() {
        items::set_policy_of_source(&*work, id, availability_under(policy)).await?;
    }
    work.commit().await?;
    source(engine, owner, id).await
}

pub async fn remove_source(engine: &Engine, owner: UserId, id: SourceId) -> Result<()> {
    source(engine, owner, id).await?;
    let work = engine.begin().await?;
    if !sources::delete(&*work, owner, id, work.now()).await? {
        return Err(only_yours().into());
    }
    work.commit().await
}

fn only_yours() -> Refusal {
    Refusal::conflict(
        "Only a source that you added yourself, and that nobody else follows, can be changed or removed.",
    )
}

pub async fn items(
    engine: &Engine,
    owner: UserId,
    filter: &ItemFilter,
    page: &PageQuery,
) -> Result<Page<Item>> {
    let (q, topic) = (asked_for(&filter.q), asked_for(&filter.topic));
    let terms = match (q, topic) {
        (None, None) => None,
        _ => match search::terms_of(q, topic) {
            Some(terms) => Some(terms),
            None => return Ok(Page::empty()),
        },
    };
    let best_first = terms.as_ref().filter(|_| q.is_some() && filter.order.is_none());
    let mut found = match best_first {
        Some(terms) => items::search(&engine.db, owner, terms, SearchZone::RANKING, filter, page).await?,
        None => {
            let after = filter.position(page);
            items::list(&engine.db, owner, filter, terms.as_ref(), page, after.as_ref()).await?
        }
    };
    let ids: Vec<_> = found.data.iter().map(|item| item.id).collect();
    covers::show_items(engine, &ids).await;
    let Some(terms) = terms else { return Ok(found) };
    for item in &mut found.data {
        let html = if item.summary_html.is_empty() { &item.content_html } else { &item.summary_html };
        item.found = Some(highlight::found(&item.title, html, &terms));
    }
    Ok(found)
}

/// Maximum number of a subscription's wanted items that are considered.
const LOOKED_AT: usize = 500;
/// Limit on the next parts of a serial, if higher than the limit per source.
const MAX_IN_ORDER: i64 = 20;

/// Candidates for recommendation: per source the newest items, or those that the subscription's rules let
/// through, or the next parts of a serial in their order.
pub(crate) async fn candidates(
    engine: &Engine,
    owner: UserId,
    per_source: i64,
    limit: i64,
) -> Result<Vec<items::Candidate>> {
    for subscription in subscriptions::ruled(&engine.db, owner).await? {
        older::reach_beginning(engine, owner, &subscription).await?;
    }
    Ok(known_supply(engine, owner, per_source, limit).await?.candidates)
}

/// Candidates among the stored items.
pub(crate) struct KnownSupply {
    pub candidates: Vec<items::Candidate>,
    /// The next parts of each serial in their order, also those that the user has.
    pub parts: Vec<Vec<ItemId>>,
}

/// Candidates as in `candidates`, without a request to any feed.
pub(crate) async fn known_supply(
    engine: &Engine,
    owner: UserId,
    per_source: i64,
    limit: i64,
) -> Result<KnownSupply> {
    let mut found = items::candidates(&engine.db, owner, per_source, limit).await?;
    let mut parts = Vec::new();
    for subscription in subscriptions::ruled(&engine.db, owner).await? {
        let wanted: Vec<_> = rules::wanted(&engine.db, owner, &subscription)
            .await?
            .into_iter()
            .map(|facts| facts.id)
            .collect();
        let in_order = rules::is_in_order(&subscription);
        // More than are returned, because the user has some of them already.
        let first = &wanted[..wanted.len().min(LOOKED_AT)];
        let mut among = items::candidates_among(&engine.db, owner, first, in_order).await?;
        among.sort_by_key(|candidate| wanted.iter().position(|id| *id == candidate.item.id));
        let most = if in_order { per_source.max(MAX_IN_ORDER) } else { per_source };
        for (position, mut candidate) in among.into_iter().take(most as usize).enumerate() {
            candidate.sequence = in_order.then_some(position);
            found.push(candidate);
        }
        if in_order {
            parts.push(wanted);
        }
    }
    Ok(KnownSupply { candidates: found, parts })
}

/// The next parts, in order, of each source that the user follows as a serial.
pub(crate) async fn next_parts(engine: &Engine, owner: UserId) -> Result<HashMap<SourceId, Vec<ItemId>>> {
    let mut next = HashMap::new();
    for subscription in subscriptions::ruled(&engine.db, owner).await? {
        if rules::is_in_order(&subscription) {
            let wanted = rules::wanted(&engine.db, owner, &subscription).await?;
            next.insert(subscription.source_id, wanted.into_iter().map(|facts| facts.id).collect());
        }
    }
    Ok(next)
}

pub async fn item(engine: &Engine, owner: UserId, id: ItemId) -> Result<Item> {
    let item = items::get(&engine.db, owner, id).await?.ok_or_else(|| Refusal::missing("item"))?;
    covers::show_items(engine, &[id]).await;
    Ok(item)
}

/// Availability of a source's items before anything is fetched.
pub(crate) fn availability_under(policy: Policy) -> Availability {
    match policy {
        Policy::CacheAllowed => Availability::Cacheable,
        Policy::MetadataOnly => Availability::MetadataOnly,
    }
}

/// Normalises the address that the user typed; https if it has no scheme.
pub fn typed_address(typed: &str) -> Result<String> {
    Ok(resolve::read(typed)?.url.into())
}

/// Stores a feed as if it had been fetched.
#[cfg(all(test, feature = "testing"))]
pub(crate) async fn store_feed_for_tests(
    engine: &Engine,
    id: SourceId,
    feed: &[u8],
) -> Result<RefreshReport> {
    let url = url::Url::parse("https://example.org/feed").map_err(super::Error::fault)?;
    let body =
        fetch::FeedBody { url, bytes: feed.to_vec(), content_type: None, etag: None, last_modified: None };
    let row = sources::feed(&engine.db, id).await?.ok_or_else(|| Refusal::missing("source"))?;
    refresh::take(engine, &row, fetch::Fetched { body: Some(body), moved: None, max_age: None }, None).await
}

/// Plans the prefetching of a source again.
async fn push_prefetch(work: &mut Work<'_>, source: SourceId) -> Result<()> {
    work.push_with(PREFETCH, &source.to_string(), &json!({ "source_id": source })).await
}

/// Queues a new plan for the source of a changed item, if any follower prefetches it.
pub async fn replan(work: &mut Work<'_>, item: ItemId) -> Result<()> {
    match items::source_of(&**work, item).await? {
        Some(source) => replan_source(work, source).await,
        None => Ok(()),
    }
}

/// Queues a new plan for a source, if any follower prefetches it.
async fn replan_source(work: &mut Work<'_>, source: SourceId) -> Result<()> {
    if !prefetch::followers(&**work, source).await?.is_empty() {
        push_prefetch(work, source).await?;
    }
    Ok(())
}
