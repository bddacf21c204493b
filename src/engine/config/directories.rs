//! External podcast directories.

use std::fmt;
use std::time::Duration;

/// Enabled directories and their timeout.
#[derive(Debug, Clone)]
pub struct DirectorySettings {
    /// Base of the iTunes Search API; empty disables it.
    pub itunes_url: String,
    pub podcast_index: Option<PodcastIndex>,
    pub timeout: Duration,
}

/// Disables all directories.
impl Default for DirectorySettings {
    fn default() -> Self {
        Self { itunes_url: String::new(), podcast_index: None, timeout: Duration::from_secs(10) }
    }
}

/// Address and credentials of the index.
#[derive(Clone, PartialEq, Eq)]
pub struct PodcastIndex {
    pub url: String,
    pub key: String,
    pub secret: String,
}

/// Omits key and secret.
impl fmt::Debug for PodcastIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PodcastIndex").field("url", &self.url).finish_non_exhaustive()
    }
}
