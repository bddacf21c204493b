//! Small documents from other servers, read whole: pages, lists, directory responses.

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use url::Url;

use super::{Answered, Egress};

/// A text document of another server.
#[derive(Debug)]
pub struct FetchedDocument {
    /// Address after all redirects.
    pub url: Url,
    /// Permanent new address of the requested one.
    pub moved: Option<Url>,
    /// Complete Content-Type header.
    pub content_type: Option<String>,
    /// Decoded body.
    pub bytes: Vec<u8>,
}

impl Egress {
    /// Fetches a document of at most `most` bytes.
    ///
    /// # Errors
    /// The reason, as a sentence for the user.
    pub async fn document(
        &self,
        url: &str,
        headers: HeaderMap,
        most: usize,
    ) -> Result<FetchedDocument, String> {
        self.read(url, headers).await.map_err(|why| why.to_string())?.document(most).await
    }
}

impl Answered {
    /// Reads the response as a document of at most `most` bytes.
    ///
    /// # Errors
    /// The reason, as a sentence for the user.
    pub async fn document(self, most: usize) -> Result<FetchedDocument, String> {
        let status = self.response.status();
        if !status.is_success() {
            return Err(status_in_words(status));
        }
        let content_type = self.response.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|told| told.to_str().ok()).map(str::to_owned);
        let (url, moved) = (self.url.clone(), self.moved.clone());
        let bytes = self.whole(most).await.map_err(|why| why.to_string())?;
        let bytes = bytes.ok_or_else(|| format!("It is larger than {} MB.", most / 1_000_000))?;
        Ok(FetchedDocument { url, moved, content_type, bytes })
    }
}

/// Meaning of an HTTP status for the user.
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
