//! Database queries: one file per table, the same SQL for SQLite and PostgreSQL.

pub mod accounts;
pub mod agents;
pub mod approvals;
pub mod artifacts;
pub mod collections;
pub mod commute;
pub mod directory;
pub mod dismissals;
pub mod doctor;
pub mod downloads;
pub mod events;
pub mod evictions;
pub mod failures;
pub mod habits;
pub mod history;
pub mod items;
pub mod media;
pub mod messages;
pub mod older;
pub mod personal_feeds;
pub mod prefetch;
pub mod processes;
pub mod rate_limits;
pub mod reach;
pub mod readings;
pub mod reviews;
pub mod runs;
pub mod search;
pub mod sessions;
pub mod sources;
pub mod sql;
pub mod subscriptions;
pub mod transfers;
mod transitions;

pub use ::sql::turns;
pub use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr};
