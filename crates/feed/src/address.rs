//! Feed addresses as users and programs write them, parsed as Web addresses by one rule for the REST API, the
//! pages and imported lists.

mod cleaning;
mod schemes;
mod services;

use url::Url;

use cleaning::clean;
use schemes::{is_web, scheme_of, without_subscribing};
pub use services::Service;

/// Maximum bytes of an address.
const MAX_ADDRESS: usize = 2_000;

/// Address of a feed, or of a page that leads to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedAddress {
    /// http or https, without a fragment; https if no scheme was written.
    pub url: Url,
    /// Whether no scheme was written, so that http is possible as well.
    pub is_scheme_assumed: bool,
}

/// Reason why a text is not an address, as a message for its author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Nothing was written.
    #[error("Paste the address of a feed, such as https://example.org/feed.xml")]
    Empty,
    /// More than 2,000 bytes.
    #[error("This address is too long: it has more than 2,000 characters.")]
    TooLong,
    /// Several addresses at once.
    #[error("These are several addresses. Paste one of them, or import them all as a list.")]
    Several,
    /// Another scheme than http and https.
    #[error("This address begins with “{0}:”; only https: and http: can be read.")]
    Scheme(String),
    /// Not an address at all.
    #[error("This is not a web address. It should look like https://example.org/feed.xml")]
    NotOfTheWeb,
}

impl FeedAddress {
    /// Parses typed or pasted text: `feed://…`, `<http://…>`, `example.org/feed` and the like.
    pub fn read(typed: &str) -> Result<Self, Unusable> {
        if typed.len() > 4 * MAX_ADDRESS {
            return Err(Unusable::TooLong);
        }
        let cleaned = clean(typed)?;
        if cleaned.is_empty() {
            return Err(Unusable::Empty);
        }
        if cleaned.len() > MAX_ADDRESS {
            return Err(Unusable::TooLong);
        }
        let (written, is_marked) = without_subscribing(&cleaned);
        if let Some(decoded) = decoded(written) {
            return Self::read(&decoded);
        }
        let scheme = scheme_of(written);
        let parsed = match scheme {
            Some(scheme) if is_web(scheme) => Url::parse(written),
            Some(scheme) => return Err(Unusable::Scheme(scheme.chars().take(20).collect())),
            None => Url::parse(&format!("https://{}", written.trim_start_matches(['/', ':']))),
        };
        let is_certain = scheme.is_some() || is_marked;
        let is_plausible =
            |url: &Url| is_certain || url.port().is_some() || url.host_str().is_some_and(is_domain);
        let mut url = parsed.ok().filter(is_plausible).ok_or(Unusable::NotOfTheWeb)?;
        url.set_fragment(None);
        if let Some(linked) = services::linked_feed(&url).filter(|linked| *linked != cleaned) {
            return Self::read(&linked);
        }
        if url.as_str().len() > MAX_ADDRESS {
            return Err(Unusable::TooLong);
        }
        // Port 443 implies https; `Url` has dropped it as the default port.
        let is_scheme_assumed = scheme.is_none()
            && !written.split('/').find(|part| !part.is_empty()).is_some_and(|host| host.ends_with(":443"));
        Ok(Self { url, is_scheme_assumed })
    }

    /// Addresses to try in order: https and then http if no scheme was written.
    pub fn candidates(&self) -> Vec<Url> {
        let mut all = vec![self.url.clone()];
        if self.is_scheme_assumed {
            let http = self.url.as_str().replacen("https://", "http://", 1);
            match self.url.port() {
                Some(80) => all = Url::parse(&http).into_iter().collect(),
                _ => all.extend(Url::parse(&http)),
            }
        }
        all
    }

    /// The directory or player whose page this is, if it is not a feed.
    pub fn service(&self) -> Option<Service> {
        Service::of(&self.url)
    }

    /// Whether the address contains a user name or a password.
    pub fn has_credentials(&self) -> bool {
        !self.url.username().is_empty() || self.url.password().is_some()
    }
}

/// Decodes an address that was percent-encoded as part of another: `https%3A%2F%2Fexample.org`.
fn decoded(written: &str) -> Option<String> {
    let (scheme, _) = written.split_once('%')?;
    let (name, value) = url::form_urlencoded::parse(written.as_bytes()).next()?;
    let whole = if value.is_empty() { name.into_owned() } else { format!("{name}={value}") };
    (is_web(scheme) && whole.contains("://") && whole.len() < written.len()).then_some(whole)
}

/// Other spellings that usually lead to the same feed: the other scheme, the other trailing slash.
pub fn spellings(url: &Url) -> Vec<String> {
    let flip = |url: &Url| {
        let text = url.as_str();
        let other = text.strip_prefix("https://").map(|rest| format!("http://{rest}"));
        other.or_else(|| text.strip_prefix("http://").map(|rest| format!("https://{rest}")))
    };
    let mut slashed = url.clone();
    match url.path().strip_suffix('/') {
        Some(path) => slashed.set_path(path),
        None => slashed.set_path(&format!("{}/", url.path())),
    }
    let mut all: Vec<String> = flip(url).into_iter().collect();
    if slashed != *url {
        all.extend([slashed.to_string()].into_iter().chain(flip(&slashed)));
    }
    all
}

/// Whether text without a scheme can be a host: `example.org`, but not a plain word or comma-separated text.
fn is_domain(host: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    host == "localhost" || host.contains(['.', ':']) && host.bytes().all(is_letter)
}

#[cfg(test)]
mod tests;
