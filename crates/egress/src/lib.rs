#![doc = include_str!("../README.md")]

mod address;
mod authorities;
mod document;
mod explain;
mod post;
mod reach;
mod resolver;
mod retry_after;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Client, Response, StatusCode, redirect};
use url::{Host, Url};

pub use address::Allowed;
use address::is_public;
pub use authorities::Authorities;
pub use document::{FetchedDocument, status_in_words};
pub use explain::explain;
pub use post::PostAnswer;
use resolver::GuardedResolver;
pub use retry_after::retry_after;

/// Maximum number of redirects.
const MAX_REDIRECTS: usize = 10;

/// Timeouts for other servers.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// From the request to the end of the response headers.
    pub head: Duration,
    /// Without a single byte.
    pub idle: Duration,
    /// Period over which a transfer must average at least one kilobyte per second.
    pub slow: Duration,
    /// Time after which a body of unknown length that arrives at playback speed is a live stream.
    pub live: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let [connect, head, idle, slow, live] = [10, 30, 30, 60, 20].map(Duration::from_secs);
        Self { connect, head, idle, slow, live }
    }
}

/// Reason for which a request has no response, as a sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// Permanent: refused by the SSRF guard by the text of the address, or the server does not speak HTTP.
    #[error("{0}")]
    Refused(String),
    /// Invalid certificate; its owner may fix it soon.
    #[error("{0}")]
    Untrusted(String),
    /// A time-out passed.
    #[error("The server did not answer in time.")]
    TimedOut,
    /// No connection, or it broke; or a name that the SSRF guard's resolver refuses, in the same words.
    #[error("{0}")]
    Unreachable(String),
    /// More redirects than are followed.
    #[error("The address redirects more than {MAX_REDIRECTS} times.")]
    TooManyRedirects,
}

/// Response from another server.
#[derive(Debug)]
pub struct Answered {
    /// Address after all redirects.
    pub url: Url,
    /// Permanent new address of the requested one, as far as every redirect up to it was permanent (RFC 9110,
    /// 15.4.2 and 15.4.9).
    pub moved: Option<Url>,
    /// Response; its body has not been read.
    pub response: Response,
}

impl Answered {
    /// Reads the whole body; None if it exceeds `most` bytes.
    pub async fn whole(self, most: usize) -> Result<Option<Vec<u8>>, EgressError> {
        let (mut bytes, mut body) = (Vec::new(), self.response.bytes_stream());
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| explain(&error))?;
            if bytes.len() + chunk.len() > most {
                return Ok(None);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes))
    }
}

/// HTTP client behind the SSRF guard. The clients of model providers and object storage, whose addresses are
/// the administrator's settings, are separate.
#[derive(Debug, Clone)]
pub struct Egress {
    /// Decodes content encodings, for feeds.
    reading: Client,
    /// Leaves bytes encoded, for media: their length and hash must be the origin's.
    fetching: Client,
    rules: Arc<SsrfGuard>,
    head: Duration,
}

/// SSRF guard: the schemes, ports and addresses that may be requested.
#[derive(Debug)]
pub(crate) struct SsrfGuard {
    reach: NetworkReach,
    allowed: Vec<Allowed>,
    demo: Option<Url>,
}

/// Networks that are reached without a setting of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkReach {
    /// Public addresses on the ports 80 and 443.
    Internet,
    /// None: the server has no network beside the allowed ones.
    Allowed,
}

impl Egress {
    /// Builds the clients. `demo` is the address of the built-in Demo Station, which is private but allowed.
    pub fn new(
        reach: NetworkReach,
        allowed: Vec<Allowed>,
        authorities: &Authorities,
        demo: Option<Url>,
        timeouts: &Timeouts,
    ) -> Result<Self, reqwest::Error> {
        let rules = Arc::new(SsrfGuard { reach, allowed, demo });
        let client = |decode: bool| {
            Client::builder()
                .user_agent(concat!("SmartCache/", env!("CARGO_PKG_VERSION"), " (self-hosted media cache)"))
                .redirect(redirect::Policy::none())
                .dns_resolver(GuardedResolver::new(rules.clone()))
                .tls_certs_merge(authorities.certificates())
                .no_proxy()
                .connect_timeout(timeouts.connect)
                .read_timeout(timeouts.idle)
                .pool_idle_timeout(Duration::from_secs(30))
                .gzip(decode)
                .brotli(decode)
                .build()
        };
        Ok(Self { reading: client(true)?, fetching: client(false)?, rules, head: timeouts.head })
    }

    /// Requests a text such as a feed; the body is decoded.
    pub async fn read(&self, url: &str, headers: HeaderMap) -> Result<Answered, EgressError> {
        self.follow(&self.reading, url, headers).await
    }

    /// Requests bytes exactly as the origin has them.
    pub async fn fetch(&self, url: &str, headers: HeaderMap) -> Result<Answered, EgressError> {
        self.follow(&self.fetching, url, headers).await
    }

    /// Checks whether an address may be requested, as far as its text shows.
    pub fn check(&self, url: &str) -> Result<Url, EgressError> {
        let url = Url::parse(url).map_err(|_| {
            EgressError::Refused("This is not a web address. It should start with https://".into())
        })?;
        self.rules.check(&url)?;
        Ok(url)
    }

    /// Follows redirects. Sensitive headers are sent to the requested origin only.
    async fn follow(
        &self,
        client: &Client,
        url: &str,
        mut headers: HeaderMap,
    ) -> Result<Answered, EgressError> {
        let mut url = self.check(url)?;
        let (mut moved, mut for_good) = (None, true);
        for _ in 0..=MAX_REDIRECTS {
            let sending = client.get(url.clone()).headers(headers.clone()).send();
            let sending = resolver::for_port(url.port_or_known_default(), sending);
            let response = match tokio::time::timeout(self.head, sending).await {
                Ok(sent) => sent.map_err(|e| explain(&e))?,
                Err(_) => return Err(EgressError::TimedOut),
            };
            match redirect_target(&url, &response)? {
                Some(next) => {
                    self.rules.check(&next)?;
                    if url.scheme() == "https" && next.scheme() != "https" {
                        let why = "The address leads from https to http, where anybody on the way could change what is sent.";
                        return Err(EgressError::Refused(why.into()));
                    }
                    if url.origin() != next.origin() {
                        headers = without_secrets(headers);
                    }
                    for_good &= is_permanent(response.status());
                    moved = for_good.then(|| next.clone()).or(moved);
                    url = next;
                }
                None => return Ok(Answered { url, moved, response }),
            }
        }
        Err(EgressError::TooManyRedirects)
    }
}

/// Host of an address, with a non-default port: the most that a log may show of an address.
pub fn host(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return String::new() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

fn without_secrets(headers: HeaderMap) -> HeaderMap {
    let named = headers.iter().filter(|(_, value)| !value.is_sensitive());
    named.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn is_permanent(status: StatusCode) -> bool {
    matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT)
}

/// Target of a redirect; None if the response is no redirect.
fn redirect_target(from: &Url, response: &Response) -> Result<Option<Url>, EgressError> {
    use StatusCode as S;
    let redirects =
        [S::MOVED_PERMANENTLY, S::FOUND, S::SEE_OTHER, S::TEMPORARY_REDIRECT, S::PERMANENT_REDIRECT];
    if !redirects.contains(&response.status()) {
        return Ok(None);
    }
    let target =
        response.headers().get(LOCATION).and_then(|l| l.to_str().ok()).and_then(|l| from.join(l).ok());
    target.map(Some).ok_or_else(|| EgressError::Unreachable("The server redirects to nowhere.".into()))
}

impl SsrfGuard {
    /// Allows or refuses a URL by its scheme, port and host, before any name is resolved.
    fn check(&self, url: &Url) -> Result<(), EgressError> {
        let refuse = |why: &str| Err(EgressError::Refused(why.to_owned()));
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("Only http and https addresses are fetched.");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("Addresses with a name and password inside are not fetched.");
        }
        if self.is_demo(url) {
            return Ok(());
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if self.reach == NetworkReach::Allowed && !self.allows_port(port) {
            return Err(EgressError::Unreachable(NO_NETWORK.to_owned()));
        }
        // A name is judged by the addresses it resolves to; a literal never reaches the resolver.
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(_)) if matches!(port, 80 | 443) || self.allows_port(port) => return Ok(()),
            Some(Host::Domain(name)) => return refuse(&closed_to_us(name)),
            None => return refuse("The address has no host."),
        };
        if self.allows(literal, port) {
            Ok(())
        } else if self.reach == NetworkReach::Allowed {
            Err(EgressError::Unreachable(NO_NETWORK.to_owned()))
        } else {
            refuse("This address points into a private network. The server's owner can allow it by setting.")
        }
    }

    /// Whether the address is a path of the Demo Station; the rest of this server stays unreachable.
    fn is_demo(&self, url: &Url) -> bool {
        self.demo.as_ref().is_some_and(|demo| {
            url.scheme() == demo.scheme()
                && url.host() == demo.host()
                && url.port_or_known_default() == demo.port_or_known_default()
                && url.path().starts_with("/demo/")
        })
    }

    fn allows_port(&self, port: u16) -> bool {
        self.allowed.iter().any(|a| a.port.is_none_or(|p| p == port))
    }

    /// Whether a resolved address may be connected to on this port.
    pub(crate) fn allows(&self, ip: IpAddr, port: u16) -> bool {
        let is_reached = self.reach == NetworkReach::Internet && is_public(ip) && matches!(port, 80 | 443);
        is_reached || self.allowed.iter().any(|a| a.covers(ip, Some(port)))
    }
}

/// Answer to every address where the server has no network.
const NO_NETWORK: &str = "This server has no network of its own. What is new comes with the next bundle.";

/// One message for every name that the guard refuses: whether it exists, its addresses and its open ports
/// would reveal the server's own network. The log has the details.
fn closed_to_us(name: &str) -> String {
    format!(
        "{name} cannot be reached: the name is unknown, or it leads into a private network or to a port that is not \
         open to us. Check the address; the server's owner can allow more by setting."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(allowed: &[&str]) -> SsrfGuard {
        let allowed = allowed.iter().map(|a| a.parse().expect("a rule")).collect();
        SsrfGuard { reach: NetworkReach::Internet, allowed, demo: Url::parse("http://127.0.0.1:3000").ok() }
    }

    #[test]
    fn a_server_without_a_network_reaches_what_its_owner_allows_and_nothing_else() {
        let closed = |allowed: &[&str]| SsrfGuard { reach: NetworkReach::Allowed, ..rules(allowed) };
        for url in ["https://example.org/feed", "http://93.184.215.14/feed", "http://192.168.1.1/"] {
            let why = closed(&[]).check(&Url::parse(url).expect("a url")).expect_err("no network");
            assert!(matches!(&why, EgressError::Unreachable(why) if why == NO_NETWORK), "{url}: {why}");
        }
        let lan = closed(&["192.168.1.0/24:8080"]);
        assert!(passes(&lan, "http://192.168.1.7:8080/feed"));
        assert!(!passes(&lan, "http://93.184.215.14:8080/feed") && !passes(&lan, "http://example.org/"));
        assert!(!lan.allows("93.184.215.14".parse().expect("ip"), 80), "nor by a name that resolves");
        assert!(passes(&closed(&[]), "http://127.0.0.1:3000/demo/podcast.xml"));
    }

    fn passes(rules: &SsrfGuard, url: &str) -> bool {
        rules.check(&Url::parse(url).expect("a url")).is_ok()
    }

    #[test]
    fn literal_inward_addresses_are_refused_in_every_spelling() {
        let rules = rules(&[]);
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://017700000001/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://10.1.2.3/",
            "http://169.254.169.254/latest",
            "http://0.0.0.0/",
            "http://192.168.1.1/",
            "http://100.64.0.1/",
            "http://[fd00::1]/",
            "http://[fe80::1]/",
            "http://[64:ff9b::a00:1]/",
        ] {
            assert!(!passes(&rules, url), "{url}");
        }
    }

    #[test]
    fn only_http_on_web_ports_goes_out() {
        let rules = rules(&[]);
        assert!(passes(&rules, "https://example.org/feed") && passes(&rules, "http://93.184.215.14/feed"));
        for url in
            ["ftp://example.org/", "file:///etc/passwd", "http://example.org:22/", "http://u:p@example.org/"]
        {
            assert!(!passes(&rules, url), "{url}");
        }
    }

    #[test]
    fn the_demo_station_is_reached_and_nothing_beside_it() {
        let rules = rules(&[]);
        assert!(passes(&rules, "http://127.0.0.1:3000/demo/podcast.xml"));
        assert!(!passes(&rules, "http://127.0.0.1:3000/api/v1/auth/me"));
        assert!(!passes(&rules, "http://127.0.0.1:3000/demo/../metrics"));
        assert!(!passes(&rules, "http://127.0.0.1:3001/demo/podcast.xml"));
    }

    #[test]
    fn a_setting_allows_an_address_on_its_port_alone() {
        let rules = rules(&["127.0.0.1/32:8123"]);
        assert!(
            passes(&rules, "http://127.0.0.1:8123/feed") && !passes(&rules, "http://127.0.0.1:8124/feed")
        );
        assert!(!rules.allows("127.0.0.2".parse().expect("ip"), 8123));
    }
}
