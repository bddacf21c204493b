//! Setting for the location of stored objects: a directory or an S3-compatible bucket.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

/// Permanent location of verified bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageLocation {
    /// A directory on a local disk.
    Directory(PathBuf),
    /// An S3-compatible bucket, with a cache before it.
    S3(Box<Bucket>),
}

impl StorageLocation {
    /// Path of the directory; None for a bucket.
    pub fn directory(&self) -> Option<&Path> {
        match self {
            Self::Directory(path) => Some(path),
            Self::S3(_) => None,
        }
    }
}

/// A private bucket and its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Name of the bucket.
    pub name: String,
    /// None for Amazon S3 itself.
    pub endpoint: Option<Url>,
    /// Region, which is part of the signature.
    pub region: String,
    /// Prefix of every object key, without leading or trailing slashes.
    pub prefix: String,
    /// Credentials.
    pub keys: Keys,
    /// Timeouts and retries.
    pub timeouts: BucketTimeouts,
}

/// Access keys of a bucket.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// Access key id.
    pub id: String,
    /// Secret access key.
    pub secret: String,
    /// Session token of temporary credentials.
    pub session: Option<String>,
}

/// Hides the secret from logs.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({}, …)", self.id)
    }
}

/// Timeouts and retries of a bucket. With the defaults, a dead server is given up within a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketTimeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// Maximum time without a byte of the response; a part of an upload must be sent within it too.
    pub silence: Duration,
    /// No new attempt starts after this time.
    pub retry_for: Duration,
    /// Further attempts after the first.
    pub retries: usize,
}

impl Default for BucketTimeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(5), silence: seconds(30), retry_for: seconds(20), retries: 5 }
    }
}

impl StorageLocation {
    /// Parses the setting; `variable` reads an environment variable.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        match text.split_once("://") {
            _ if text.trim().is_empty() => Err(wrong("is empty: name a directory or a bucket")),
            None => Ok(Self::Directory(text.into())),
            Some(("s3", _)) => bucket(text, variable).map(|bucket| Self::S3(Box::new(bucket))),
            Some((other, _)) => Err(wrong(&format!("begins with {other}://, which is no store: {FORM}"))),
        }
    }
}

const FORM: &str = "give a directory, or s3://bucket?endpoint=https://host&region=name&prefix=path";

fn wrong(what: &str) -> String {
    format!("SMARTCACHE_STORAGE {what}")
}

fn bucket(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Bucket, String> {
    let url = Url::parse(text).map_err(|error| wrong(&format!("is no address ({error}): {FORM}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("must not hold keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
    }
    let name = url.host_str().unwrap_or_default().to_owned();
    let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
    if name.is_empty() || !name.chars().all(is_fine) || url.port().is_some() {
        return Err(wrong(&format!("names no bucket: {FORM}")));
    }
    if !matches!(url.path(), "" | "/") {
        return Err(wrong("has a path after the bucket: say prefix=… instead"));
    }
    let (mut endpoint, mut region, mut prefix) = (None, None, String::new());
    for (key, value) in url.query_pairs() {
        match &*key {
            "endpoint" => endpoint = Some(endpoint_of(&value)?),
            "region" => region = Some(value.into_owned()),
            "prefix" => prefix = prefix_of(&value)?,
            _ => return Err(wrong(&format!("has an unknown part “{key}”: {FORM}"))),
        }
    }
    let region = match region.filter(|region| !region.is_empty()) {
        Some(region) => region,
        // Servers other than Amazon's mostly ignore it, but it is part of every signature.
        None if endpoint.is_some() => "us-east-1".into(),
        None => return Err(wrong("needs region=… where it has no endpoint=…")),
    };
    let key = |name: &str| variable(name).filter(|value| !value.is_empty());
    let needed = |name: &str| {
        key(name)
            .ok_or_else(|| wrong(&format!("names a bucket, and so {name} must be set in the environment")))
    };
    let keys = Keys {
        id: needed("AWS_ACCESS_KEY_ID")?,
        secret: needed("AWS_SECRET_ACCESS_KEY")?,
        session: key("AWS_SESSION_TOKEN"),
    };
    Ok(Bucket { name, endpoint, region, prefix, keys, timeouts: BucketTimeouts::default() })
}

fn endpoint_of(text: &str) -> Result<Url, String> {
    let fine = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    Url::parse(text)
        .ok()
        .filter(fine)
        .ok_or_else(|| wrong("has a wrong endpoint: give it as https://host or https://host:port"))
}

fn prefix_of(text: &str) -> Result<String, String> {
    let prefix = text.trim_matches('/');
    let fine = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    if prefix.is_empty() || prefix.split('/').all(fine) {
        return Ok(prefix.to_owned());
    }
    Err(wrong("has a wrong prefix: letters, digits, dots, dashes and slashes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_keys(text: &str) -> Result<StorageLocation, String> {
        StorageLocation::parse(text, |name| {
            Some(match name {
                "AWS_ACCESS_KEY_ID" => "AKIA".to_owned(),
                "AWS_SECRET_ACCESS_KEY" => "secret-words".to_owned(),
                _ => return None,
            })
        })
    }

    fn bucket(text: &str) -> Bucket {
        match with_keys(text) {
            Ok(StorageLocation::S3(bucket)) => *bucket,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_path_is_a_directory() {
        for path in ["/srv/objects", "./data/storage", "C:objects"] {
            assert_eq!(with_keys(path), Ok(StorageLocation::Directory(path.into())));
        }
    }

    #[test]
    fn a_bucket_has_an_endpoint_a_region_and_a_prefix() {
        let own = bucket("s3://media?endpoint=http://127.0.0.1:9000&region=garage&prefix=/smart/cache/");
        assert_eq!(
            (own.name.as_str(), own.region.as_str(), own.prefix.as_str()),
            ("media", "garage", "smart/cache")
        );
        assert_eq!(own.endpoint.expect("an endpoint").as_str(), "http://127.0.0.1:9000/");
        assert_eq!(bucket("s3://media?endpoint=https://s3.example.org").region, "us-east-1");
        let amazon = bucket("s3://media?region=eu-central-1");
        assert_eq!((amazon.endpoint, amazon.prefix.as_str()), (None, ""));
    }

    #[test]
    fn whatever_is_wrong_names_the_setting() {
        let cases = [
            ("", "empty"),
            ("gs://media", "gs://"),
            ("https://s3.example.org/media", "https://"),
            ("s3://?region=x", "SMARTCACHE_STORAGE"),
            ("s3://media", "region"),
            ("s3://media/path?region=x", "prefix="),
            ("s3://media?region=x&endpont=https://a", "endpont"),
            ("s3://media?endpoint=ftp://a", "endpoint"),
            ("s3://media?endpoint=https://a:b@c", "endpoint"),
            ("s3://media?region=x&prefix=../up", "prefix"),
            ("s3://key:secret@media?region=x", "AWS_ACCESS_KEY_ID"),
        ];
        for (text, part) in cases {
            let why = with_keys(text).expect_err(text);
            assert!(why.starts_with("SMARTCACHE_STORAGE") && why.contains(part), "{text}: {why}");
        }
    }

    #[test]
    fn a_bucket_without_keys_is_refused() {
        let why = StorageLocation::parse("s3://media?region=x", |_| None).expect_err("no keys");
        assert!(why.contains("SMARTCACHE_STORAGE") && why.contains("AWS_ACCESS_KEY_ID"), "{why}");
    }

    #[test]
    fn keys_are_not_shown() {
        assert!(!format!("{:?}", bucket("s3://media?region=x")).contains("secret-words"));
    }
}
