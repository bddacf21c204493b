//! Domain types and pure rules, compiled for the server and for the browser; with the feature `db`, also the
//! queries on their tables.

pub mod account;
pub mod agent;
pub mod announcement;
pub mod approval;
pub mod artifact;
pub mod cache;
pub mod collection;
pub mod commute;
pub mod cut;
#[cfg(feature = "db")]
pub mod db;
pub mod deleted;
pub mod directory;
pub mod dismissal;
pub mod download;
pub mod download_filter;
pub mod event;
pub mod eviction;
pub mod failure;
pub mod feed_login;
pub mod history;
pub mod ids;
pub mod item;
pub mod item_position;
pub mod local_time;
pub mod media;
pub mod notification;
pub mod onboarding;
pub mod outcome;
pub mod page;
pub mod personal_feed;
pub mod picture;
pub mod playback;
pub mod preference;
pub mod process;
pub mod reading;
pub mod refusal;
pub mod review;
pub mod rules;
pub mod run;
pub mod run_report;
pub mod search_hit;
pub mod size;
pub mod source;
pub mod source_health;
pub mod task;
pub mod urgency;
pub mod words;

pub use chrono::{DateTime, TimeDelta, Utc};
pub use ids::*;
pub use page::Page;
pub use refusal::{FieldError, Refusal};
