//! The words of the product and its pure rules; compiles to the server and to the browser.

pub mod account;
pub mod agent;
pub mod approval;
pub mod artifact;
pub mod collection;
pub mod commute;
pub mod directory;
pub mod dismissal;
pub mod download;
pub mod event;
pub mod eviction;
pub mod failure;
pub mod found;
pub mod history;
pub mod ids;
pub mod item;
pub mod local_time;
pub mod outcome;
pub mod page;
pub mod personal_feed;
pub mod preference;
pub mod reading;
pub mod refusal;
pub mod review;
pub mod rules;
pub mod run;
pub mod size;
pub mod source;
pub mod standing;
pub mod urgency;
pub mod words;

pub use chrono::{DateTime, TimeDelta, Utc};
pub use ids::*;
pub use page::Page;
pub use refusal::{FieldError, Refusal};
