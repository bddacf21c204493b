//! Stores the sources and items that a gateway's bundle tells. Records are trusted as little as a feed: their
//! texts are sanitised, and a key names rows of that peer's sources only.

use chrono::Datelike;
use feed::Sanitizer;

use super::arrivals::{StoredItems, words};
use super::{availability_under, entry, logins, media, search};
use crate::db::bundles::{self, PeerSource};
use crate::db::items;
use crate::db::search as rows;
use crate::db::sources::private::{self, Mark};
use crate::db::sources::{self, Revision};
use crate::domain::bundle::{Epoch, ItemRecord, Record, SourceRecord, is_key};
use crate::domain::feed_login::mark_in;
use crate::domain::item::Availability;
use crate::domain::media::Choice;
use crate::domain::{DateTime, Utc};
use crate::engine::{Engine, Error, Result, Work};

/// Maximum characters of names and identities.
const MAX_NAME: usize = 300;
const MAX_IDENTITY: usize = 200;
/// Maximum characters of texts.
const MAX_DESCRIPTION: usize = 20_000;
const MAX_SUMMARY: usize = 5_000;

/// Peer and epoch of a bundle.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    pub peer: &'a str,
    pub epoch: Epoch,
}

/// Applies records in their order, in one transaction. Rows that are known, older, or of an unknown source
/// change nothing.
pub async fn store(engine: &Engine, sender: Sender<'_>, records: Vec<Record>) -> Result<()> {
    let sanitize = move || {
        let mut sanitizer = Sanitizer::default();
        records.into_iter().filter_map(|record| sanitized(record, &mut sanitizer)).collect()
    };
    let records: Vec<Record> = tokio::task::spawn_blocking(sanitize).await.map_err(Error::from)?;
    let mut work = engine.begin().await?;
    let mut open: Option<OpenSource> = None;
    for record in records {
        let is_of = |open: &OpenSource| matches!(&record, Record::Item(item) if item.source == open.key);
        if !open.as_ref().is_some_and(is_of) {
            finish(&mut work, open.take()).await?;
        }
        match record {
            Record::Source(told) => store_source(&work, sender, &told).await?,
            Record::Item(item) => {
                if open.is_none() {
                    open = OpenSource::open(&work, sender, &item.source).await?;
                }
                if let Some(open) = &mut open {
                    store_item(&work, open, *item, media::bytes_most(engine)).await?;
                }
            }
            Record::SectionEnd(end) => {
                if let Some(source) = enter(&work, sender, &end.source).await? {
                    bundles::set_mark(&*work, source.id, source.mark.after(end.since, end.to)).await?;
                }
            }
            Record::Gone { source } => {
                let why = "The gateway no longer has this source. What is here stays.";
                bundles::set_gone(&*work, sender.peer, &source, why).await?;
            }
            _ => {}
        }
    }
    finish(&mut work, open).await?;
    work.commit().await
}

/// The record with sanitised texts. None if its key, its revision or its address is none, or if a gateway
/// does not tell such records.
fn sanitized(mut record: Record, sanitizer: &mut Sanitizer) -> Option<Record> {
    match &mut record {
        Record::Source(told) => {
            told.feed_url =
                sanitizer.address(&told.feed_url).filter(|_| is_key(&told.key) && told.rev > 0)?;
            told.site_url = told.site_url.take().and_then(|url| sanitizer.address(&url));
            told.image_url = told.image_url.take().and_then(|url| sanitizer.address(&url));
            told.name = text::one_line(&told.name, MAX_NAME);
            told.description = text::clip(&told.description, MAX_DESCRIPTION).to_owned();
            told.details = sanitizer.source(std::mem::take(&mut told.details));
        }
        Record::Item(told) => {
            if !is_key(&told.key) || told.rev <= 0 {
                return None;
            }
            told.content = sanitizer.item(std::mem::take(&mut told.content));
            told.first_seen_at = told.first_seen_at.max(DateTime::UNIX_EPOCH);
            told.content.published_at = told.content.published_at.filter(is_date);
            told.content.updated_at = told.content.updated_at.filter(is_date);
            told.identity = text::cut(&told.identity, MAX_IDENTITY).to_owned();
            told.content_hash = text::cut(&told.content_hash, MAX_IDENTITY).to_owned();
            told.summary = told.summary.take().map(|summary| text::clip(&summary, MAX_SUMMARY).to_owned());
        }
        Record::SectionEnd(_) | Record::Gone { .. } => {}
        _ => return None,
    }
    Some(record)
}

/// Whether a date is within those of both databases and of RFC 3339.
fn is_date(at: &DateTime<Utc>) -> bool {
    (1..=9_999).contains(&at.year())
}

/// A source whose items are written.
struct OpenSource {
    key: String,
    name: String,
    categories: Vec<String>,
    source: PeerSource,
    revision: Revision,
    /// Mark of its own addresses, if it is private.
    mark: Option<Mark>,
    stored: StoredItems,
}

impl OpenSource {
    async fn open(work: &Work<'_>, sender: Sender<'_>, key: &str) -> Result<Option<Self>> {
        let Some(source) = enter(work, sender, key).await? else { return Ok(None) };
        let revision = sources::lock(&**work, source.id).await?;
        let (name, categories) = sources::words(&**work, source.id).await?;
        let mark = private::mark_of(&**work, source.id).await?;
        let (key, stored) = (key.to_owned(), StoredItems::default());
        Ok(Some(Self { key, name, categories, source, revision, mark, stored }))
    }
}

/// Locks a source for the rows of the sender's epoch. None if it is unknown, or in a later epoch.
async fn enter(work: &Work<'_>, sender: Sender<'_>, key: &str) -> Result<Option<PeerSource>> {
    let Some(mut source) = bundles::lock_peer_source(&**work, sender.peer, key).await? else {
        return Ok(None);
    };
    let Some(mark) = source.mark.entering(sender.epoch) else { return Ok(None) };
    if mark != source.mark {
        bundles::enter_epoch(&**work, source.id, mark.epoch).await?;
        source.mark = mark;
    }
    Ok(Some(source))
}

async fn store_source(work: &Work<'_>, sender: Sender<'_>, told: &SourceRecord) -> Result<()> {
    let is_known = bundles::lock_peer_source(&**work, sender.peer, &told.key).await?.is_some();
    // A private source is its user's own row, or none.
    if !is_known && mark_in(&told.followed_as).is_some() {
        bundles::adopt_private(&**work, sender.peer, told).await?;
    } else if !is_known && !bundles::adopt_source(&**work, sender.peer, told).await? {
        bundles::insert_source(&**work, sender.peer, told, work.now()).await?;
    }
    let Some(source) = enter(work, sender, &told.key).await? else { return Ok(()) };
    if told.rev > source.rev || source.mark.rev == 0 {
        bundles::save_source(&**work, source.id, told, work.now()).await?;
        search::index_source(&**work, source.id, &told.name, &told.description, &told.feed_url).await?;
    }
    Ok(())
}

async fn store_item(work: &Work<'_>, open: &mut OpenSource, told: ItemRecord, bytes_most: i64) -> Result<()> {
    let PeerSource { id: source, kind, policy, .. } = open.source;
    let known = bundles::peer_item(&**work, source, &told.key, &told.identity).await?;
    let names = (told.key.as_str(), told.identity.as_str());
    if known.as_ref().is_some_and(|known| known.peer_rev >= told.rev)
        || bundles::is_taken(&**work, source, known.as_ref().map(|known| known.id), names).await?
    {
        return Ok(());
    }
    let mut item = entry::item(told.content.into(), &entry::FeedDefaults::default(), kind, bytes_most);
    item.identity = told.identity;
    if told.is_replaced {
        item.choice = Choice::replaced();
    }
    // A mark is this node's own.
    if item.media_url().is_some_and(|url| mark_in(url).is_some()) {
        return Ok(());
    }
    if let Some(Mark { private_url, mark }) = &open.mark {
        logins::mark_media(&mut item, private_url, mark);
    }
    let words = words(&mut item, &open.name, &open.categories);
    let availability = if told.is_replaced { Availability::MetadataOnly } else { availability_under(policy) };
    let (revision, hash) = (open.revision, told.content_hash.as_str());
    let id = match known {
        None => {
            let seen = told.first_seen_at.min(work.now());
            let id = items::insert(&**work, revision, &item, hash, availability, seen).await?;
            open.stored.added.push(id);
            id
        }
        Some(known) => {
            items::change(&**work, known.id, revision, &item, hash, availability).await?;
            let is_readdressed = known.media_url.as_deref() != item.media_url();
            open.stored.changed(work, known.id, is_readdressed).await?;
            known.id
        }
    };
    bundles::mark_item(&**work, id, &told.key, told.rev, told.summary.as_deref()).await?;
    rows::index(&**work, source, id, &words).await?;
    Ok(())
}

async fn finish(work: &mut Work<'_>, open: Option<OpenSource>) -> Result<()> {
    match open {
        Some(OpenSource { source, name, stored, .. }) => stored.follow_up(work, source.id, &name).await,
        None => Ok(()),
    }
}
