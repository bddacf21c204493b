//! Requests: what a site asks of its gateway.

use serde::{Deserialize, Serialize};

use crate::item::Item;
use crate::page::ListFilter;
use crate::refusal::{Complaints, Refusal};
use crate::run::{MAX_ITEMS_DEFAULT, NewRun};
use crate::words::words;
use crate::{DateTime, Utc};

/// Time for which ended requests are kept.
pub const KEPT: chrono::TimeDelta = chrono::TimeDelta::days(90);
/// Maximum number of requests of a user that are not answered.
pub const MAX_OPEN: i64 = 50;
/// Maximum number of new requests that a gateway takes from a site within a day.
pub const MAX_PER_DAY: i64 = 600;
/// Maximum number of items in an answer.
pub const MAX_ANSWER_ITEMS: usize = 50;
/// Maximum characters of a search.
pub const MAX_QUERY: usize = 200;
/// Maximum characters of a summary in an answer.
pub const MAX_ANSWER_SUMMARY: usize = 5_000;

words! {
    RequestKind {
        /// The file of an item. Made by downloads, not by users.
        Item = "item",
        /// Items that the gateway knows.
        Search = "search",
        /// A run of the gateway's agents.
        Run = "run",
    }
}

words! {
    /// A chain: a later state replaces an earlier one, and of the two last ones the first that came.
    RequestStatus {
        Pending = "pending",
        /// In a bundle for the gateway.
        Exported = "exported",
        /// With the gateway.
        Imported = "imported",
        Processing = "processing",
        Completed = "completed",
        Failed = "failed",
    }
}

impl RequestStatus {
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }

    /// Whether this state may be followed by another.
    pub fn may_become(self, next: Self) -> bool {
        !self.is_over() && self < next
    }
}

/// Content of a request. Which fields there are depends on the kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RequestPayload {
    /// Key of the item, for `item`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Words to search for, for `search`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Goal of the run, for `run`. None lets the agents choose by what the site follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// Maximum number of items of the run, for `run`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
}

/// A request that a user makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    pub kind: RequestKind,
    pub payload: RequestPayload,
}

impl NewRequest {
    /// Returns the request with trimmed texts and its defaults.
    ///
    /// # Errors
    /// Invalid for `kind`, or for fields of the payload.
    pub fn check(self) -> Result<Self, Refusal> {
        let Self { kind, payload } = self;
        let RequestPayload { item, query, goal, max_items } = payload;
        let mut complaints = Complaints::default();
        let none = "A request of this kind has no such field.";
        complaints.check(item.is_none(), "item", none);
        let payload = match kind {
            RequestKind::Item => {
                let why = "A file is asked for by itself when its item is downloaded.";
                return Err(Refusal::field("kind", why));
            }
            RequestKind::Search => {
                let query = query.unwrap_or_default().replace('\0', "").trim().to_owned();
                let fits = (2..=MAX_QUERY).contains(&query.chars().count());
                complaints.check(fits, "query", format!("Give 2 to {MAX_QUERY} characters to search for."));
                complaints.check(goal.is_none(), "goal", none);
                complaints.check(max_items.is_none(), "max_items", none);
                RequestPayload { query: Some(query), ..RequestPayload::default() }
            }
            RequestKind::Run => {
                complaints.check(query.is_none(), "query", none);
                let max_items = max_items.unwrap_or(MAX_ITEMS_DEFAULT);
                let run = NewRun { goal, max_items, ..NewRun::default() }.check()?;
                RequestPayload { goal: run.goal, max_items: Some(max_items), ..RequestPayload::default() }
            }
        };
        complaints.finish()?;
        Ok(Self { kind, payload })
    }
}

/// A request as its user sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BundleRequest {
    /// UUID (RFC 9562) without hyphens.
    pub id: String,
    pub kind: RequestKind,
    pub payload: RequestPayload,
    pub status: RequestStatus,
    /// Reason for a failure, in plain words.
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Filter of the list of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct RequestFilter {
    pub status: Option<RequestStatus>,
}

impl ListFilter for RequestFilter {}

/// Answer of the gateway, with the items as they are here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RequestResponse {
    /// Outcome of a run, in words.
    pub summary: Option<String>,
    pub items: Vec<Item>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(kind: RequestKind, payload: RequestPayload) -> Result<NewRequest, Refusal> {
        NewRequest { kind, payload }.check()
    }

    #[test]
    fn a_request_says_what_its_kind_needs_and_nothing_else() {
        let words = |query: &str| RequestPayload { query: Some(query.into()), ..RequestPayload::default() };
        let search = new(RequestKind::Search, words("  tide tables ")).expect("a search");
        assert_eq!(search.payload, words("tide tables"));
        assert_eq!(new(RequestKind::Search, words("x")).expect_err("too short").fields()[0].field, "query");
        assert_eq!(new(RequestKind::Run, words("tides")).expect_err("a run").fields()[0].field, "query");
        assert_eq!(
            new(RequestKind::Item, RequestPayload::default()).expect_err("item").fields()[0].field,
            "kind"
        );
        let run = new(RequestKind::Run, RequestPayload::default()).expect("a run without a goal");
        assert_eq!(run.payload.max_items, Some(MAX_ITEMS_DEFAULT));
    }

    #[test]
    fn states_move_on_and_the_last_ones_stay() {
        for from in RequestStatus::ALL {
            assert!(!from.may_become(*from));
            assert_eq!(from.is_over(), !RequestStatus::ALL.iter().any(|next| from.may_become(*next)));
        }
        assert!(!RequestStatus::Processing.may_become(RequestStatus::Imported));
    }
}
