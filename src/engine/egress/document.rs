//! Small documents of others, read whole: pages, lists, answers of directories.

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use url::Url;

use super::{Answered, Egress};

#[derive(Debug)]
pub struct Document {
    /// Where it came from after all redirects.
    pub url: Url,
    /// Where the address asked for has gone for good.
    pub moved: Option<Url>,
    /// The whole Content-Type.
    pub content_type: Option<String>,
    pub bytes: Vec<u8>,
}

impl Egress {
    /// A document of at most so many bytes.
    ///
    /// # Errors
    /// Why it is not to be had, as a sentence for a person.
    pub async fn document(&self, url: &str, headers: HeaderMap, most: usize) -> Result<Document, String> {
        self.read(url, headers).await.map_err(|why| why.to_string())?.document(most).await
    }
}

impl Answered {
    /// The document of at most so many bytes.
    ///
    /// # Errors
    /// Why there is none, as a sentence for a person.
    pub async fn document(self, most: usize) -> Result<Document, String> {
        let status = self.response.status();
        if !status.is_success() {
            return Err(status_in_words(status));
        }
        let content_type = self.response.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|told| told.to_str().ok()).map(str::to_owned);
        let (url, moved) = (self.url.clone(), self.moved.clone());
        let bytes = self.whole(most).await.map_err(|why| why.to_string())?;
        let bytes = bytes.ok_or_else(|| format!("It is larger than {} MB.", most / 1_000_000))?;
        Ok(Document { url, moved, content_type, bytes })
    }
}

/// What an HTTP status means to somebody who wants the thing.
pub fn status_in_words(status: StatusCode) -> String {
    let words = match status.as_u16() {
        401 | 403 => "The server does not let us in",
        404 => "There is nothing at this address",
        410 => "The publisher has taken this away for good",
        429 => "The server asks us to come back later",
        500..=599 => "The server has a problem of its own",
        _ => "The server gave an unexpected answer",
    };
    format!("{words} (HTTP {}).", status.as_u16())
}
