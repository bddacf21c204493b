//! Parsers of setting values, with their error messages.

use std::net::IpAddr;
use std::path::PathBuf;

use blobs::StorageLocation;
use egress::Authorities;
use ipnet::IpNet;
use smartcache::engine::accounts;
use smartcache::engine::config::{Endpoint, SmtpSettings};

/// Parses a storage location; its keys come from the environment.
pub fn place(text: &str) -> std::result::Result<StorageLocation, String> {
    StorageLocation::parse(text, |name| std::env::var(name).ok())
}

/// Reads the certificates at startup, so that an unusable file is reported at once.
pub fn authorities(path: &str) -> std::result::Result<Authorities, String> {
    Authorities::read(path.as_ref())
}

/// Normalises a public URL to an origin as browsers write it: no path, no trailing slash.
pub fn origin(text: &str) -> std::result::Result<String, String> {
    let wrong = || "give it as https://host or https://host:port".to_owned();
    let text = text.trim_end_matches('/').to_lowercase();
    let (scheme, authority) = text.split_once("://").ok_or_else(wrong)?;
    let fine = matches!(scheme, "http" | "https")
        && !authority.is_empty()
        && !authority.contains(['/', '?', '#', '@']);
    if fine { Ok(text) } else { Err(wrong()) }
}

/// Checks the file of breached passwords.
pub fn breached(text: &str) -> std::result::Result<PathBuf, String> {
    let path = PathBuf::from(text);
    accounts::check_breached_passwords(&path).map_err(|error| error.to_string())?;
    Ok(path)
}

/// Checks the address for reports of vulnerabilities.
pub fn contact(text: &str) -> std::result::Result<String, String> {
    let fine = ["mailto:", "https://", "tel:"]
        .iter()
        .any(|scheme| text.len() > scheme.len() && text.starts_with(scheme))
        && text.chars().all(|sign| sign.is_ascii_graphic());
    if fine {
        Ok(text.to_owned())
    } else {
        Err("give it as mailto:name@host or https://host/path".to_owned())
    }
}

/// Checks the address of an OpenID Connect provider, and keeps it as it is: providers compare it exactly.
pub fn issuer(text: &str) -> std::result::Result<String, String> {
    let url = reqwest::Url::parse(text).ok().filter(|url| url.has_host() && url.query().is_none());
    let is_safe = url.is_some_and(|url| match (url.scheme(), url.host_str()) {
        ("https", _) => true,
        ("http", Some(host)) => ["localhost", "127.0.0.1", "[::1]"].contains(&host),
        _ => false,
    });
    if is_safe { Ok(text.to_owned()) } else { Err("give it as https://host or https://host/path".to_owned()) }
}

/// Checks an address of Redis or Valkey.
pub fn redis(text: &str) -> std::result::Result<String, String> {
    relay::check_address(text).map_err(|error| error.to_string())?;
    Ok(text.to_owned())
}

/// Parses a network or a single address.
pub fn proxy(text: &str) -> std::result::Result<IpNet, String> {
    let single = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| single()).map_err(|_| "give it as 10.0.0.0/8 or 127.0.0.1".to_owned())
}

/// Parses a base URL to which `/chat/completions` is appended.
pub fn endpoint(text: &str) -> std::result::Result<String, String> {
    Endpoint::base(text).ok_or_else(|| "give it as http://host:port/v1".to_owned())
}

/// Parses a directory's URL, without a trailing slash; empty disables it.
pub fn directory(text: &str) -> std::result::Result<String, String> {
    let text = text.trim().trim_end_matches('/');
    let fine = text.is_empty() || text.starts_with("https://") || text.starts_with("http://");
    if fine { Ok(text.to_owned()) } else { Err("give it as https://host/path, or empty".into()) }
}

/// Accepts text that is valid in a header.
pub fn key(text: &str) -> std::result::Result<String, String> {
    let fine = text.chars().all(|c| c.is_ascii_graphic());
    if fine { Ok(text.to_owned()) } else { Err("a key has no spaces and no line breaks".into()) }
}

/// Checks the address of a mail server.
pub fn smtp(text: &str) -> std::result::Result<String, String> {
    SmtpSettings::check_url(text).map(|()| text.to_owned())
}

/// Checks the sender of mail.
pub fn sender(text: &str) -> std::result::Result<String, String> {
    SmtpSettings::check_sender(text).map(|()| text.to_owned())
}
