//! Messages to addresses that users chose: small, without redirects, and within a time limit.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::{Egress, EgressError, explain, redirect_target, resolver, retry_after};

/// Time limit until the head of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Answer to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostAnswer {
    /// Status; never a redirect.
    pub status: StatusCode,
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
            // The body is not read: a message whose answer goes on forever has arrived all the same.
            let retry_after = retry_after(response.headers(), SystemTime::now());
            Ok(PostAnswer { status: response.status(), retry_after })
        };
        let exchange = resolver::for_port(url.port_or_known_default(), exchange);
        tokio::time::timeout(TIMEOUT, exchange).await.unwrap_or(Err(EgressError::TimedOut))
    }
}
