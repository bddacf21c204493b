//! Bytes of a picture from its server, within bounds of size and time.

use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderValue};

use crate::engine::catalog::logins;
use crate::engine::{Engine, Result};

/// Maximum bytes of a picture as its server sends it.
pub const MAX_BYTES: usize = 10_000_000;
/// Time limit for all of it, so that a server that sends a byte now and then occupies no worker for long.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Reason why there is no picture, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchProblem {
    /// The server may answer better later.
    Temporary(String),
    /// The same request would hardly bring anything else.
    Lasting(String),
}

pub async fn bytes(engine: &Engine, address: &str) -> Result<Result<Vec<u8>, FetchProblem>> {
    bytes_within(engine, address, TIMEOUT).await
}

pub(super) async fn bytes_within(
    engine: &Engine,
    address: &str,
    limit: Duration,
) -> Result<Result<Vec<u8>, FetchProblem>> {
    if let Err(why) = engine.egress.check(address) {
        return Ok(Err(FetchProblem::Lasting(why.to_string())));
    }
    let mut headers = logins::headers_for(engine, address).await?;
    headers.insert(ACCEPT, HeaderValue::from_static("image/webp,image/png,image/jpeg,image/gif;q=0.9"));
    let fetching = async {
        let answered = engine.egress.fetch(address, headers).await.map_err(|why| why.to_string())?;
        answered.document(MAX_BYTES).await
    };
    let fetched = tokio::time::timeout(limit, fetching).await;
    let fetched = fetched.unwrap_or_else(|_| Err("The server did not send it in time.".to_owned()));
    Ok(fetched.map(|document| document.bytes).map_err(FetchProblem::Temporary))
}
