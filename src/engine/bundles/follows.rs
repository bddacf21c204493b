//! Feeds that a site follows, as its gateway stores them.

use std::collections::HashMap;

use super::asked::{is_person, shadow, shadow_name};
use super::peers::known_peer;
use crate::db::bundles::{self as rows, OrphanedSource};
use crate::db::sources::{self, NewSource};
use crate::domain::SourceId;
use crate::domain::bundle::{BundlePosition, Followed, PrivateFollow, Record};
use crate::domain::feed_login::{FeedLogin, mark_in, unmarked};
use crate::domain::source::{Kind, Origin, Policy};
use crate::engine::catalog::{self, private, search};
use crate::engine::{Engine, Error, Result};

/// Maximum number of feeds of one site, and of private ones among them.
const MAX_FOLLOWS: i64 = 5_000;
const MAX_PRIVATE: i64 = 1_000;
/// Maximum bytes of an address.
const MAX_ADDRESS: usize = 2_000;

/// Stores the feeds that a site follows, if this is its latest bundle.
pub(super) async fn apply_follows(
    engine: &Engine,
    name: &str,
    position: BundlePosition,
    batch: Vec<Record>,
) -> Result<()> {
    if known_peer(&engine.db, name).await?.position() != position {
        return Ok(());
    }
    let addresses = addresses(&batch);
    let privately = private_sources(engine, name, &batch, &addresses).await?;
    let work = engine.begin().await?;
    if known_peer(&*work, name).await?.position() != position {
        return Ok(());
    }
    let (mut named, mut is_ended) = (rows::follows(&*work, name, position.seq).await?, false);
    for (record, address) in batch.into_iter().zip(addresses) {
        let is_full = named >= MAX_FOLLOWS;
        let (followed_as, id) = match record {
            Record::Follow(_) | Record::FollowPrivate(_) if is_full => {
                tracing::warn!(peer = name, "a site follows more feeds than are accepted");
                continue;
            }
            Record::Follow(Followed { feed_url }) => {
                let Some(url) = address else { continue };
                let new = followed(&url);
                let (id, is_new) = sources::insert(&*work, &new, work.now()).await?;
                if is_new {
                    search::index_source(&*work, id, &url, "", &url).await?;
                }
                (feed_url, id)
            }
            Record::FollowPrivate(PrivateFollow { followed_as, .. }) => {
                let Some(id) = privately.get(&followed_as) else { continue };
                (followed_as, *id)
            }
            Record::FollowEnd { number }
                if rows::follows(&*work, name, position.seq).await? == number as i64 =>
            {
                rows::end_follows(&*work, name, position.seq).await?;
                is_ended = true;
                continue;
            }
            _ => continue,
        };
        rows::follow(&*work, name, &followed_as, id, position.seq).await?;
        named += 1;
    }
    work.commit().await?;
    if is_ended { delete_orphaned(engine, name).await } else { Ok(()) }
}

/// Source that no account of this node has added.
fn followed(url: &str) -> NewSource<'_> {
    NewSource {
        feed_url: url,
        name: url,
        kind: Kind::Article,
        policy: Policy::CacheAllowed,
        origin: Origin::Person,
        added_by: None,
    }
}

/// Sanitised addresses of the followed feeds, before anything is awaited: the sanitizer stays on its thread.
fn addresses(batch: &[Record]) -> Vec<Option<String>> {
    let sanitizer = feed::Sanitizer::default();
    let address = |record: &Record| match record {
        Record::Follow(Followed { feed_url }) if is_name(feed_url) => {
            private::public_address(&sanitizer, feed_url)
        }
        Record::FollowPrivate(PrivateFollow { followed_as, .. }) if is_name(followed_as) => {
            mark_in(followed_as).and_then(|_| private::public_address(&sanitizer, unmarked(followed_as)))
        }
        _ => None,
    };
    batch.iter().map(address).collect()
}

/// Whether an address may name a feed: an index has it.
fn is_name(address: &str) -> bool {
    address.len() <= MAX_ADDRESS && !address.contains(char::is_control)
}

/// Sources of the private feeds, by the addresses under which the site follows them. Each belongs to the
/// account that stands for its user.
async fn private_sources(
    engine: &Engine,
    name: &str,
    batch: &[Record],
    addresses: &[Option<String>],
) -> Result<HashMap<String, SourceId>> {
    let mut found = HashMap::new();
    let mut most = MAX_PRIVATE - rows::private_sources(&engine.db, name).await?;
    for (record, address) in batch.iter().zip(addresses) {
        let (Record::FollowPrivate(follow), Some(url)) = (record, address) else { continue };
        let PrivateFollow { followed_as, person, username, password } = follow;
        if person.is_empty() || !is_person(person) || found.contains_key(followed_as) {
            continue;
        }
        let login = FeedLogin { username: username.clone(), password: password.0.clone() };
        let owner = rows::shadow(&engine.db, &shadow_name(name, person)).await?;
        let known = match owner {
            Some(owner) => rows::followed_private(&engine.db, name, followed_as, owner).await?,
            None => None,
        };
        let kept = match owner.zip(known) {
            // Its address may have moved since.
            Some((owner, id)) => private::set_login(engine, owner, id, &login).await.map(|()| id),
            // Without a name and a password it has nothing that is private.
            None if login.is_empty() => continue,
            None if most <= 0 => {
                tracing::warn!(peer = name, "a site follows more private feeds than are accepted");
                continue;
            }
            None => {
                most -= 1;
                let work = engine.begin().await?;
                let owner = shadow(&work, name, person).await?;
                work.commit().await?;
                private::find_or_add(engine, owner, &NewSource::by(owner, url, ""), &login).await
            }
        };
        match kept {
            Ok(id) => drop(found.insert(followed_as.clone(), id)),
            Err(Error::Refused(why)) => {
                tracing::warn!(peer = name, %why, "a private feed of a site cannot be followed");
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(found)
}

/// Deletes the private sources that the site follows no more, with their passwords.
pub(super) async fn delete_orphaned(engine: &Engine, name: &str) -> Result<()> {
    for OrphanedSource { owner, id } in rows::orphaned_private(&engine.db, name).await? {
        match catalog::remove_source(engine, owner, id).await {
            Ok(()) => {}
            Err(Error::Refused(why)) => {
                tracing::warn!(peer = name, source = %id, %why, "a private feed stays")
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}
