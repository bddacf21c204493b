//! Cookies as they are on the wire. Over HTTPS their names have a prefix by which browsers take
//! them from this host alone (RFC 6265bis, 4.1.3.2); the rest of the program does not see it.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderName, HeaderValue, SET_COOKIE};
use axum::middleware::Next;
use axum::response::Response;
use smartcache_app::language;
use smartcache_app::server_side::{CEREMONY_COOKIE, DEVICE_COOKIE, FLOW_COOKIE, SESSION_COOKIE};

use crate::Web;

const PREFIX: &str = "__Host-";
const NAMES: [&str; 5] = [SESSION_COOKIE, DEVICE_COOKIE, CEREMONY_COOKIE, FLOW_COOKIE, language::COOKIE];
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Translates the names of both directions. At the end of a session, browsers are told to forget what they
/// have cached; copies on the device belong to their users, and the page deletes those of this one.
pub async fn translate(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let is_https = web.engine().config.is_https();
    if is_https {
        take_prefixed(request.headers_mut());
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if ends_session(headers) {
        headers.insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    }
    if is_https {
        add_prefix(headers);
    }
    response
}

/// Removes the prefix from the names, and cookies that have none: another host of the domain may have set
/// them.
fn take_prefixed(headers: &mut HeaderMap) {
    let taken = |pair: &str| -> Option<String> {
        let (name, value) = pair.trim().split_once('=')?;
        match name.strip_prefix(PREFIX) {
            Some(name) if NAMES.contains(&name) => Some(format!("{name}={value}")),
            _ if NAMES.contains(&name) => None,
            _ => Some(pair.trim().to_owned()),
        }
    };
    let lines: Vec<_> = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).collect();
    let pairs: Vec<_> = lines.into_iter().flat_map(|line| line.split(';')).filter_map(taken).collect();
    headers.remove(COOKIE);
    if let Ok(value) = HeaderValue::from_str(&pairs.join("; "))
        && !pairs.is_empty()
    {
        headers.insert(COOKIE, value);
    }
}

fn add_prefix(headers: &mut HeaderMap) {
    let cookies: Vec<_> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    for cookie in cookies {
        let prefixed =
            cookie.to_str().ok().filter(|text| is_ours(text)).map(|text| format!("{PREFIX}{text}"));
        let prefixed = prefixed.and_then(|text| HeaderValue::from_str(&text).ok());
        headers.append(SET_COOKIE, prefixed.unwrap_or(cookie));
    }
}

fn is_ours(cookie: &str) -> bool {
    cookie.split_once('=').is_some_and(|(name, _)| NAMES.contains(&name))
}

/// Whether the answer deletes the cookie of a session without setting another.
fn ends_session(headers: &HeaderMap) -> bool {
    let mut of_session = headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.strip_prefix(SESSION_COOKIE)?.strip_prefix('='));
    of_session.next_back().is_some_and(|rest| rest.starts_with(';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        let value = |text: &&str| HeaderValue::from_str(text).expect("a header");
        values.iter().map(|text| (name.clone(), value(text))).collect()
    }

    #[test]
    fn cookies_that_another_host_may_have_set_are_dropped() {
        let mut sent = headers(
            COOKIE,
            &["a=1; smartcache_session=evil; __Host-smartcache_session=good", "__Host-smartcache_device=d"],
        );
        take_prefixed(&mut sent);
        assert_eq!(sent[COOKIE], "a=1; smartcache_session=good; smartcache_device=d");
        let mut alone = headers(COOKIE, &["smartcache_session=evil"]);
        take_prefixed(&mut alone);
        assert!(alone.is_empty());
    }

    #[test]
    fn cookies_of_a_session_get_the_prefix_and_others_do_not() {
        let mut set = headers(SET_COOKIE, &["smartcache_session=abc; Path=/; Secure", "lang=de"]);
        add_prefix(&mut set);
        let set: Vec<_> = set.get_all(SET_COOKIE).iter().collect();
        assert_eq!(set, ["__Host-smartcache_session=abc; Path=/; Secure", "lang=de"]);
    }

    #[test]
    fn a_session_has_ended_where_its_cookie_is_deleted_last() {
        let ends = |values: &[&str]| ends_session(&headers(SET_COOKIE, values));
        assert!(ends(&["a=1", "smartcache_session=; Max-Age=0"]));
        assert!(!ends(&["smartcache_session=; Max-Age=0", "smartcache_session=new; Path=/"]));
        assert!(!ends(&["a=; Max-Age=0"]) && !ends(&[]));
    }
}
