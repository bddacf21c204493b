//! Chat endpoint that speaks for the agents.

use std::time::Duration;

/// Address, model name and key of a chat endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Base URL, up to and without `/chat/completions`.
    pub url: String,
    pub model: String,
    /// Sent as a bearer token. Many local servers need none.
    pub key: String,
}

impl Endpoint {
    /// Returns the base of a URL with or without `/chat/completions`. `None` if it is not an HTTP URL.
    pub fn base(text: &str) -> Option<String> {
        let text = text.trim_end_matches('/');
        let base = text.strip_suffix("/chat/completions").unwrap_or(text);
        let url = url::Url::parse(base).ok()?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| base.to_owned())
    }
}

/// Leaves out the key, which is secret.
impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("url", &self.url).field("model", &self.model).finish_non_exhaustive()
    }
}

/// Timeouts and pauses of the client.
#[derive(Debug, Clone)]
pub struct ModelTimeouts {
    pub connect: Duration,
    /// Longest time without a byte. A local model needs a while to read a long prompt.
    pub idle: Duration,
    /// Longest time for one whole reply, even if bytes keep arriving.
    pub whole: Duration,
    /// Back-off before the second attempt. It doubles, with full jitter.
    pub pause: Duration,
    /// Time for which the circuit breaker stays open and the built-in planner speaks; five times as long
    /// after a timeout.
    pub rest: Duration,
}

impl Default for ModelTimeouts {
    fn default() -> Self {
        let [connect, idle, whole, pause, rest] = [10, 90, 180, 1, 60].map(Duration::from_secs);
        Self { connect, idle, whole, pause, rest }
    }
}
