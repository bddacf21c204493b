//! Private feeds: following with credentials creates a source that belongs to one user.

use feed::Sanitizer;

use super::{insert_index, logins, refresh, source};
use crate::db::sources::{self, private as rows};
use crate::db::{ConnectionTrait, accounts, subscriptions};
use crate::domain::feed_login::{FeedLogin, Secret, mark_in};
use crate::domain::source::Source;
use crate::domain::{Refusal, SourceId, SubscriptionId, UserId};
use crate::engine::job_names::RETRY_FAILED;
use crate::engine::{Engine, Result, Work};

/// Finds the user's own source for an address, or creates it: from a source that the user added without
/// credentials, if no other user follows that.
pub async fn find_or_add(
    engine: &Engine,
    owner: UserId,
    new: &sources::NewSource<'_>,
    login: &FeedLogin,
) -> Result<SourceId> {
    login.check()?;
    let credential = logins::seal(engine, owner, new.feed_url, login)?;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let id = own(&mut work, engine, owner, new, &credential).await?;
    work.commit().await?;
    Ok(id)
}

/// An address that a peer has told, valid as those of feeds are. None for one with the mark of a private
/// source.
pub fn public_address(sanitizer: &Sanitizer, told: &str) -> Option<String> {
    sanitizer.address(told).filter(|address| mark_in(address).is_none())
}

/// Changes the credentials of a user's private source; empty ones remove them. The same ones start no
/// refresh.
///
/// # Errors
/// A refusal of credentials that cannot be any.
pub async fn set_login(engine: &Engine, owner: UserId, id: SourceId, login: &FeedLogin) -> Result<()> {
    let Some(rows::Mark { private_url, .. }) = rows::mark_of(&engine.db, id).await? else { return Ok(()) };
    let sealed = rows::credential(&engine.db, owner, id).await?;
    let known = sealed.and_then(|sealed| logins::unseal(engine, owner, &private_url, &sealed));
    if known.unwrap_or_default() == *login {
        return Ok(());
    }
    let credential = sealed_login(engine, owner, &private_url, login)?;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    rows::set_credential(&*work, owner, id, credential.as_deref()).await?;
    start_over(&mut work, engine, id, &private_url).await?;
    work.commit().await
}

/// Credentials as stored. None if they are empty.
fn sealed_login(engine: &Engine, owner: UserId, url: &str, login: &FeedLogin) -> Result<Option<String>> {
    login.check()?;
    (!login.is_empty()).then(|| logins::seal(engine, owner, url, login)).transpose()
}

async fn own(
    work: &mut Work<'_>,
    engine: &Engine,
    owner: UserId,
    new: &sources::NewSource<'_>,
    credential: &str,
) -> Result<SourceId> {
    if let Some(id) = rows::find(&**work, owner, new.feed_url).await? {
        rows::set_credential(&**work, owner, id, Some(credential)).await?;
        start_over(work, engine, id, new.feed_url).await?;
        return Ok(id);
    }
    if let Some(id) = sources::at(&**work, new.feed_url).await?
        && take(work, owner, id, credential).await?
    {
        start_over(work, engine, id, new.feed_url).await?;
        return Ok(id);
    }
    let id = rows::insert(&**work, owner, new, &logins::new_mark(), credential, engine.now()).await?;
    insert_index(&**work, id, new).await?;
    Ok(id)
}

/// Makes a source private and marks its files, so that users without the password cannot get them.
async fn take(work: &mut Work<'_>, owner: UserId, id: SourceId, credential: &str) -> Result<bool> {
    let mark = logins::new_mark();
    if !rows::take(&**work, owner, id, &mark, credential).await? {
        return Ok(false);
    }
    let Some(rows::Mark { private_url, .. }) = rows::mark_of(&**work, id).await? else { return Ok(false) };
    rows::leave_peer(&**work, id).await?;
    for file in rows::files(&**work, id).await? {
        let marked = logins::marked(&private_url, &mark, &file.media_url);
        if marked != file.media_url {
            rows::set_file(&**work, file.id, &marked).await?;
            crate::db::items::readdressed(&**work, file.id).await?;
        }
    }
    Ok(true)
}

async fn start_over(work: &mut Work<'_>, engine: &Engine, id: SourceId, feed_url: &str) -> Result<()> {
    rows::forgive(&**work, id, engine.now()).await?;
    work.push(&refresh::RefreshSource::of(id, feed_url)).await?;
    work.push_named(RETRY_FAILED).await?;
    Ok(())
}

/// Changes the credentials of a source that only this user has; empty ones remove them.
pub(super) async fn change_login(
    engine: &Engine,
    owner: UserId,
    source: &Source,
    typed: &LoginChange,
) -> Result<()> {
    if give(engine, owner, source, typed).await? {
        return Ok(());
    }
    let why = "Others read this source as well, so it cannot have a name and a password. Follow its address with \
        yours: then you get a source of your own.";
    Err(Refusal::conflict(why).into())
}

/// Like `change_login`, for a subscription: a shared source is replaced by a private one of the user's own.
pub(super) async fn change_login_of_subscription(
    engine: &Engine,
    owner: UserId,
    subscription: SubscriptionId,
    id: SourceId,
    typed: &LoginChange,
) -> Result<()> {
    let source = source(engine, owner, id).await?;
    if give(engine, owner, &source, typed).await? {
        return Ok(());
    }
    let login = typed.over(FeedLogin::default());
    if login.is_empty() {
        return Ok(());
    }
    let new = sources::NewSource {
        kind: source.kind,
        policy: source.policy,
        ..sources::NewSource::by(owner, &source.feed_url, &source.name)
    };
    let own = find_or_add(engine, owner, &new, &login).await?;
    let mut work = engine.begin().await?;
    subscriptions::move_to(&*work, owner, subscription, own).await?;
    work.push(&refresh::RefreshSource::of(own, &source.feed_url)).await?;
    work.commit().await
}

/// Credentials of a request; missing fields stay unchanged.
#[derive(Debug, Clone, Default)]
pub(super) struct LoginChange {
    pub username: Option<String>,
    pub password: Option<Secret>,
}

impl LoginChange {
    pub fn is_nothing(&self) -> bool {
        self.username.is_none() && self.password.is_none()
    }

    fn over(&self, before: FeedLogin) -> FeedLogin {
        FeedLogin {
            username: self.username.clone().unwrap_or(before.username),
            password: self.password.clone().map_or(before.password, |given| given.0),
        }
    }
}

/// Sets or removes the credentials. Returns false if the source is not this user's alone.
async fn give(engine: &Engine, owner: UserId, source: &Source, typed: &LoginChange) -> Result<bool> {
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let sealed = rows::credential(&*work, owner, source.id).await?;
    let before = sealed.and_then(|sealed| logins::unseal(engine, owner, &source.feed_url, &sealed));
    let login = typed.over(before.unwrap_or_default());
    let credential = sealed_login(engine, owner, &source.feed_url, &login)?;
    let is_done = rows::set_credential(&*work, owner, source.id, credential.as_deref()).await?
        || match &credential {
            Some(credential) => take(&mut work, owner, source.id, credential).await?,
            None => is_alone(&*work, owner, source.id).await?,
        };
    if is_done {
        start_over(&mut work, engine, source.id, &source.feed_url).await?;
        work.commit().await?;
    }
    Ok(is_done)
}

/// Whether this user added the source: even without credentials to remove, the ownership is checked.
async fn is_alone(db: &impl ConnectionTrait, owner: UserId, id: SourceId) -> Result<bool> {
    Ok(sources::change(db, owner, id, None, None, None).await?)
}
