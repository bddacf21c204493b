//! Credentials of private feeds: split off pasted addresses, sealed, and given to no other origin. A site
//! hands them to its gateway.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use url::{Origin, Url};

use super::resolve;
use crate::db::items::NewItem;
use crate::db::sources::{FeedRow, private};
use crate::domain::feed_login::{FeedLogin, MARK, mark_in};
use crate::domain::{SourceId, UserId};
use crate::engine::{Engine, Result};

/// Splits credentials off a pasted address. The password may contain any character, literally or
/// percent-encoded (RFC 3986 §3.2.1).
pub fn split(typed: &str) -> (String, Option<FeedLogin>) {
    let typed = typed.trim();
    let (scheme, rest) = match typed.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), typed),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((userinfo, _)) = authority.rsplit_once('@') {
        let rest = &rest[userinfo.len() + 1..];
        return (scheme + rest, Some(login(userinfo, true)));
    }
    // For a password with `/`, `?` or `#`: the part before the first of these is not a host.
    if authority.contains(':') && !scheme.is_empty() && !is_host(authority) {
        for (at, _) in rest.rmatch_indices('@') {
            let after = &rest[at + 1..];
            let host = after.split(['/', '?', '#']).next().unwrap_or_default();
            if is_host(host) {
                return (scheme + after, Some(login(&rest[..at], false)));
            }
        }
    }
    (typed.to_owned(), None)
}

/// Whether credentials for `typed` may be sent to `found`: a page may declare feeds of other origins.
pub fn is_for(typed: &str, found: &str) -> bool {
    resolve::read(typed).is_ok_and(|typed| typed.url.origin() == origin_of(found))
}

fn login(userinfo: &str, is_encoded: bool) -> FeedLogin {
    let (username, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let [username, password] = [username, password].map(|part| match is_encoded {
        true => percent_decode_str(part).decode_utf8_lossy().into_owned(),
        false => part.to_owned(),
    });
    FeedLogin { username, password }
}

/// Whether text can be a host with an optional port: with a dot, `localhost`, or an address in brackets.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (text, "1"),
    };
    let is_name = host.contains('.') || host == "localhost" || host.starts_with('[');
    is_name && port.parse::<u16>().is_ok() && !host.contains(char::is_whitespace)
}

/// The Basic authentication header (RFC 7617), marked as sensitive: redirects drop it at other origins.
pub fn header(login: &FeedLogin) -> HeaderMap {
    use base64::Engine as _;
    let pair = format!("{}:{}", login.username, login.password);
    let told = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    let mut headers = HeaderMap::new();
    if let Ok(mut value) = HeaderValue::from_str(&told) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

/// Message for the user about the HTTP status of a feed or its file.
pub fn status_in_words(status: StatusCode, has_login: bool) -> String {
    let words = match (status, has_login) {
        (StatusCode::UNAUTHORIZED, false) => {
            "The server wants a name and a password (HTTP 401). Give them under “Private feed”, on the page of the \
             source or with its address."
        }
        (StatusCode::UNAUTHORIZED, true) => {
            "The server does not take the name and the password (HTTP 401). Give them again under “Private feed”, on \
             the page of the source."
        }
        _ => return egress::status_in_words(status),
    };
    words.to_owned()
}

/// Encrypts credentials, bound to one user and one origin.
pub fn seal(engine: &Engine, owner: UserId, url: &str, login: &FeedLogin) -> Result<String> {
    engine.secrets.seal(&serde_json::to_vec(login)?, &context(owner, &origin_of(url)))
}

/// Decrypts credentials; none if they were sealed with another key.
pub fn unseal(engine: &Engine, owner: UserId, url: &str, sealed: &str) -> Option<FeedLogin> {
    let opened = engine.secrets.unseal(sealed, &context(owner, &origin_of(url)));
    if opened.is_none() {
        tracing::warn!(%owner, "a stored feed password cannot be opened with this server's key");
    }
    serde_json::from_slice(&opened?).ok()
}

/// Request headers for a feed.
pub fn headers_of(engine: &Engine, feed: &FeedRow) -> HeaderMap {
    let sealed = feed.private_to.zip(feed.credential.as_deref());
    let login = sealed.and_then(|(owner, sealed)| unseal(engine, owner, &feed.feed_url, sealed));
    login.as_ref().map(header).unwrap_or_default()
}

/// Request headers for a file: empty unless its address has the mark and the origin of a private source.
pub async fn headers_for(engine: &Engine, url: &str) -> Result<HeaderMap> {
    let Some(mark) = mark_in(url) else { return Ok(HeaderMap::new()) };
    let Some(private) = private::of_mark(&engine.db, mark).await? else { return Ok(HeaderMap::new()) };
    if origin_of(url) != origin_of(&private.private_url) {
        return Ok(HeaderMap::new());
    }
    let login = unseal(engine, private.private_to, &private.private_url, &private.credential);
    Ok(login.as_ref().map(header).unwrap_or_default())
}

pub fn new_mark() -> String {
    format!("{MARK}{}", uuid::Uuid::new_v4().simple())
}

/// The storage key of a private source's file: the address with the mark if it is of the feed's origin, so
/// that users without the password do not find it.
pub fn marked(feed_url: &str, mark: &str, url: &str) -> String {
    match origin_of(url) == origin_of(feed_url) {
        true => format!("{url}{mark}"),
        false => url.to_owned(),
    }
}

/// An item as stored, with its file address marked if it is of the private source's origin.
pub fn stored<'a>(item: &'a NewItem, of: &FeedRow) -> Cow<'a, NewItem> {
    let Some(mark) = of.mark.as_ref().filter(|_| item.choice.media.is_some()) else {
        return Cow::Borrowed(item);
    };
    let mut stored = item.clone();
    mark_media(&mut stored, &of.feed_url, mark);
    Cow::Owned(stored)
}

/// Marks the file address of an item if it is of the private source's origin.
pub fn mark_media(item: &mut NewItem, feed_url: &str, mark: &str) {
    if let Some(media) = &mut item.choice.media {
        media.url = marked(feed_url, mark, &media.url);
    }
}

/// Like `marked`, for a file that belongs to an item of `source`.
pub async fn marked_for(engine: &Engine, source: SourceId, url: &str) -> Result<String> {
    let private = private::mark_of(&engine.db, source).await?;
    Ok(private.map_or_else(|| url.to_owned(), |it| marked(&it.private_url, &it.mark, url)))
}

/// Carries the mark of `from` over to the address that it led to, if that is of the same origin.
pub fn carry_mark(from: &str, mut to: Url) -> Url {
    if let Some(mark) = mark_in(from)
        && origin_of(from) == to.origin()
    {
        to.set_fragment(Some(&mark[1..]));
    }
    to
}

fn context(owner: UserId, origin: &Origin) -> String {
    format!("{owner} {}", origin.ascii_serialization())
}

pub fn origin_of(url: &str) -> Origin {
    Url::parse(url).map_or_else(|_| Origin::new_opaque(), |url| url.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(typed: &str) -> (String, Option<(String, String)>) {
        let (address, login) = split(typed);
        (address, login.map(|it| (it.username, it.password)))
    }

    fn pair(username: &str, password: &str) -> Option<(String, String)> {
        Some((username.into(), password.into()))
    }

    #[test]
    fn a_name_and_a_password_are_taken_out_of_an_address() {
        let feed = "https://example.org/f?x=1".to_owned();
        for typed in [
            "https://mara:p!n#1 ä?@example.org/f?x=1",
            "https://mara:p%21n%231%20%C3%A4%3F@example.org/f?x=1",
            " https://mara:p!n%231%20ä%3F@example.org/f?x=1 ",
        ] {
            assert_eq!(told(typed), (feed.clone(), pair("mara", "p!n#1 ä?")), "{typed}");
        }
        assert_eq!(told("mara:x@example.org/f"), ("example.org/f".into(), pair("mara", "x")));
        assert_eq!(told("https://token@example.org/f"), ("https://example.org/f".into(), pair("token", "")));
        assert_eq!(
            told("https://m%40x.org:a:b@example.org/f"),
            ("https://example.org/f".into(), pair("m@x.org", "a:b"))
        );
        assert_eq!(told("http://m:a@b@127.0.0.1:81/f"), ("http://127.0.0.1:81/f".into(), pair("m", "a@b")));
        assert_eq!(told("http://m:a/b@c?@[::1]:81/f"), ("http://[::1]:81/f".into(), pair("m", "a/b@c?")));
        assert_eq!(
            told("https://m:12#3@example.org/@me/f"),
            ("https://example.org/@me/f".into(), pair("m", "12#3"))
        );
    }

    #[test]
    fn other_addresses_stay_as_they_are() {
        for typed in [
            "https://example.org/@me/f",
            "https://example.org:8080/a@b",
            "example.org/f?m=a@b.org",
            "localhost:81/a@b",
        ] {
            assert_eq!(told(typed), (typed.to_owned(), None));
        }
    }

    #[test]
    fn the_header_is_that_of_the_rfc_and_is_never_printed() {
        // RFC 7617, 2.1: UTF-8.
        let login = FeedLogin { username: "test".into(), password: "123£".into() };
        let headers = header(&login);
        assert_eq!(headers[AUTHORIZATION], "Basic dGVzdDoxMjPCow==");
        assert!(!format!("{headers:?}").contains("dGVz"));
    }
}
