//! Messages to addresses that users chose: small, without redirects, and within a time limit.

use std::time::{Duration, SystemTime};

use futures::StreamExt;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::{Egress, EgressError, explain, redirect_target, resolver, retry_after};

/// Time limit of a whole exchange.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read; the rest is not.
const MAX_ANSWER: usize = 4 * 1024;

/// Answer to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostAnswer {
    /// Status; never a redirect.
    pub status: StatusCode,
    /// First 4 kB of the body.
    pub body: Vec<u8>,
    /// Time after which the server wants to be asked again.
    pub retry_after: Option<Duration>,
}

impl Egress {
    /// Posts a message through the SSRF guard. Follows no redirect, and takes at most ten seconds.
    pub async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<PostAnswer, EgressError> {
        let url = self.check(url)?;
        let exchange = async {
            let response = self.fetching.post(url.clone()).headers(headers).body(body).send().await;
            let response = response.map_err(|error| explain(&error))?;
            if redirect_target(&url, &response)?.is_some() {
                let why = "The address redirects to another one. Enter the address to which it leads.";
                return Err(EgressError::Refused(why.into()));
            }
            let (status, retry_after) =
                (response.status(), retry_after(response.headers(), SystemTime::now()));
            let (mut body, mut chunks) = (Vec::new(), response.bytes_stream());
            while let Some(chunk) = chunks.next().await {
                // An answer that breaks off has a status all the same.
                let Ok(chunk) = chunk else { break };
                let room = MAX_ANSWER - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if body.len() == MAX_ANSWER {
                    break;
                }
            }
            Ok(PostAnswer { status, body, retry_after })
        };
        let exchange = resolver::for_port(url.port_or_known_default(), exchange);
        tokio::time::timeout(TIMEOUT, exchange).await.unwrap_or(Err(EgressError::TimedOut))
    }
}
