//! Sources that users add by an address.

use super::{logins, private, resolve, search};
use crate::db::{ConnectionTrait, sources};
use crate::domain::bundle::NodeRole;
use crate::domain::feed_login;
use crate::domain::source::NewSource;
use crate::domain::{DateTime, Refusal, SourceId, UserId, Utc};
use crate::engine::{Engine, Result};

/// Finds or adds the source for an address. Returns its id and the address that requests go to.
pub(super) async fn find_or_add(
    engine: &Engine,
    owner: UserId,
    new: &NewSource,
) -> Result<(SourceId, String)> {
    let (typed, in_address) = logins::split(&new.feed_url);
    let address = resolve::read(&typed)?;
    let in_fields = feed_login::login(new.username.clone(), new.password.clone());
    let login = in_fields.filter(|login| !login.is_empty()).or(in_address);
    let name = new.name.as_deref().map(str::trim).unwrap_or_default();
    if name.len() > 300 {
        return Err(Refusal::field("name", "Use at most 300 characters.").into());
    }
    let own = sources::private::find(&engine.db, owner, address.url.as_str()).await?;
    let is_site = engine.config.role == NodeRole::Site;
    let url = match (own, &login) {
        // The gateway reads it.
        (_, Some(_)) | (None, None) if is_site => address.url.into(),
        // Not resolved any further: a password is sent only to the address it was typed with.
        (_, Some(_)) => String::from(engine.egress.check(address.url.as_str()).map_err(resolve::refused)?),
        (Some(own), None) => return Ok((own, address.url.into())),
        (None, None) => resolve::feed_url(engine, owner, &typed).await?,
    };
    let by_person = sources::NewSource::by(owner, &url, name);
    let row = sources::NewSource {
        kind: new.kind.unwrap_or(by_person.kind),
        policy: new.policy.unwrap_or(by_person.policy),
        ..by_person
    };
    if let Some(login) = &login {
        return Ok((private::find_or_add(engine, owner, &row, login).await?, url));
    }
    let work = engine.begin().await?;
    let id = insert(&*work, &row, engine.now()).await?;
    work.commit().await?;
    Ok((id, url))
}

/// Adds a source and its search index entry, or returns the source with the same address.
pub(super) async fn insert(
    db: &impl ConnectionTrait,
    new: &sources::NewSource<'_>,
    now: DateTime<Utc>,
) -> Result<SourceId> {
    let (id, is_new) = sources::insert(db, new, now).await?;
    if is_new {
        insert_index(db, id, new).await?;
    }
    Ok(id)
}

pub(super) async fn insert_index(
    db: &impl ConnectionTrait,
    id: SourceId,
    new: &sources::NewSource<'_>,
) -> Result<()> {
    Ok(search::index_source(db, id, new.name, "", new.feed_url).await?)
}
