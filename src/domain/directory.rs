//! Podcasts as directories list them, whether they are known here or not.

use serde::{Deserialize, Serialize};

use super::source::Kind;
use super::words::words;
use super::{SourceId, SubscriptionId};

words! {
    /// Who lists a podcast; `own` is the catalogue here.
    Directory { Itunes = "itunes", PodcastIndex = "podcast_index", Own = "own" }
}

/// A podcast in a directory. Texts are plain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    pub feed_url: String,
    pub title: String,
    pub author: String,
    pub description: String,
    pub site_url: Option<String>,
    pub image_url: Option<String>,
    /// As the directory counts them.
    pub items: Option<i64>,
    pub kind: Kind,
    pub directory: Directory,
    /// Where it is known here, and seen by whoever asks.
    pub source_id: Option<SourceId>,
    /// The asking person's subscription, if there is one.
    pub subscription_id: Option<SubscriptionId>,
}

/// What a search found, and in plain words which directories did not answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub data: Vec<Listed>,
    pub problems: Vec<String>,
}
