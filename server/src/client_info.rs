//! Client address and scheme of a request, as reported by trusted proxies.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use smartcache::engine::Config;
use smartcache::engine::accounts::ClientAddress;

use crate::Web;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientInfo {
    pub address: ClientAddress,
    /// Whether a trusted proxy received the request over https.
    pub is_https: bool,
}

impl<S: Sync> FromRequestParts<S> for ClientInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl ClientInfo {
    /// Address and scheme recorded by `note`, or the default.
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get().copied().unwrap_or_default()
    }

    fn from_peer(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let is_trusted = |ip: IpAddr| trusted.iter().any(|network| network.contains(&ip.to_canonical()));
        if !is_trusted(peer) {
            return Self { address: ClientAddress::new(peer), is_https: false };
        }
        // From the right: each entry was added by the proxy after it, and counts while that proxy is trusted.
        let mut address = peer;
        for entry in values(headers, "x-forwarded-for").iter().rev() {
            let Some(ip) = ip_of(entry) else { break };
            address = ip;
            if !is_trusted(ip) {
                break;
            }
        }
        let scheme = values(headers, "x-forwarded-proto").pop();
        let is_https = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        Self { address: ClientAddress::new(address), is_https }
    }

    /// Whether the browser reports a page of this site as the initiator. True for clients without such
    /// headers.
    pub fn is_same_origin(self, headers: &HeaderMap, uri: &Uri, config: &Config) -> bool {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let origin = text(header::ORIGIN.as_str()).unwrap_or_default();
        match text("sec-fetch-site").unwrap_or_default() {
            "same-origin" | "none" => return true,
            "" if origin.is_empty() => return true,
            "" => {}
            // Cross-site, unless the page is of the public origin and the request used another host name.
            _ => return origin == config.public_url,
        }
        let host = uri.authority().map(|a| a.as_str()).or_else(|| text(header::HOST.as_str()));
        origin == config.public_url || host.is_some_and(|host| origin == self.own_origin(host, config))
    }

    /// Origin of pages served under this host. The scheme is part of an origin (RFC 6454, section 4).
    fn own_origin(self, host: &str, config: &Config) -> String {
        let host = host.to_ascii_lowercase();
        let is_public = config.public_url.split_once("://").is_some_and(|(_, public)| public == host);
        if is_public {
            return config.public_url.clone();
        }
        format!("{}://{host}", if self.is_https { "https" } else { "http" })
    }
}

/// Records the client's address and scheme in the request's extensions.
pub async fn note(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        let trusted = &web.engine().config.trusted_proxies;
        let client = ClientInfo::from_peer(peer.ip(), request.headers(), trusted);
        request.extensions_mut().insert(client);
    }
    next.run(request).await
}

/// Comma-separated values of all headers with a name.
fn values<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h str> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|value| !value.is_empty()).collect()
}

/// Parses an address with or without a port; IPv6 may be in brackets.
fn ip_of(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    fn address(peer: &str, forwarded: &[(&'static str, &'static str)]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        ClientInfo::from_peer(peer.parse().unwrap(), &headers(forwarded), &trusted).address.ip().to_string()
    }

    #[test]
    fn the_address_is_the_rightmost_that_no_trusted_proxy_has() {
        let chain = [("x-forwarded-for", "198.51.100.1, 203.0.113.5"), ("x-forwarded-for", "10.1.1.1")];
        assert_eq!(address("10.0.0.1", &chain), "203.0.113.5");
        assert_eq!(address("192.0.2.9", &chain), "192.0.2.9", "a stranger says what it likes");
        assert_eq!(address("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(address("10.0.0.1", &[("x-forwarded-for", "203.0.113.5, unknown")]), "10.0.0.1");
        assert_eq!(address("fd00::1", &[("x-forwarded-for", "[2001:db8::7]:4711")]), "2001:db8::7");
        assert_eq!(address("::ffff:10.0.0.1", &[("x-forwarded-for", "203.0.113.5:80")]), "203.0.113.5");
    }

    #[test]
    fn the_scheme_counts_as_a_trusted_proxy_tells_it() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let https = headers(&[("x-forwarded-proto", "https")]);
        assert!(ClientInfo::from_peer("10.0.0.1".parse().unwrap(), &https, &trusted).is_https);
        assert!(!ClientInfo::from_peer("192.0.2.9".parse().unwrap(), &https, &trusted).is_https);
    }
}
