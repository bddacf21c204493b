//! Report of a run for its page, and its row in a list: downloads with the reasons of their picks, and the
//! steps of the agents.

use serde::{Deserialize, Serialize};

use super::ItemId;
use super::approval::Approval;
use super::artifact::Artifact;
use super::collection::Collection;
use super::download::Download;
use super::download_filter::DownloadTotals;
use super::playback::PlayableItem;
use super::run::{Agent, Run};

/// A run with its results, but without the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    pub run: Run,
    /// Collection that the run belongs to.
    pub collection: Option<Collection>,
    pub approvals: Vec<Approval>,
    pub artifacts: Vec<Artifact>,
    /// Downloads that the run has queued, oldest first.
    pub downloads: Vec<PickedDownload>,
    pub steps: RunSteps,
}

/// A download of a run, and the reason of its pick in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PickedDownload {
    pub download: Download,
    /// Null if no agent gave one.
    pub reason: Option<String>,
}

/// Findings of the agents, counted and listed from the rows of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunSteps {
    /// Candidates, queued ones first; at most [`MAX_CANDIDATES`].
    pub candidates: Vec<RunCandidate>,
    /// Number of all candidates, and of their sources.
    pub candidate_count: i64,
    pub source_count: i64,
    /// Number of new items that the last ranking considered, without those that an earlier run of the
    /// collection picked.
    pub considered: Option<i64>,
    pub summaries: Vec<ItemSummary>,
    /// Last text of each agent, by preference of a turn in which it did something.
    pub texts: Vec<AgentText>,
}

/// Maximum number of candidates in a report.
pub const MAX_CANDIDATES: usize = 20;

/// Item that the agents could pick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCandidate {
    pub item_id: ItemId,
    pub title: String,
    pub source_name: String,
    pub reason: Option<String>,
    /// Whether the run queued it; its download may be gone.
    pub is_queued: bool,
}

/// Summary of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemSummary {
    pub item_id: ItemId,
    pub title: String,
    pub summary: String,
}

/// Text of an agent in a run, shortened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentText {
    pub agent: Agent,
    pub text: String,
}

/// A run in a list, with its downloads as far as a row shows and plays them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedRun {
    pub run: Run,
    pub totals: DownloadTotals,
    /// Covers of its first downloads; at most [`MAX_TILES`].
    pub tiles: Vec<CoverTile>,
    /// Ready audio and video, oldest first.
    pub playable: Vec<PlayableItem>,
}

/// Maximum number of covers in a row.
pub const MAX_TILES: usize = 4;

/// Cover of a download, and the name of its source for one without a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverTile {
    pub cover: Option<String>,
    pub source_name: String,
}

impl ListedRun {
    pub fn new(run: Run, downloads: &[Download]) -> Self {
        let tile = |download: &Download| CoverTile {
            cover: download.cover.clone(),
            source_name: download.source_name.clone(),
        };
        Self {
            run,
            totals: DownloadTotals::of(downloads),
            tiles: downloads.iter().take(MAX_TILES).map(tile).collect(),
            playable: downloads.iter().filter_map(PlayableItem::of).collect(),
        }
    }
}
