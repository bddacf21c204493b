//! The pages, one module for each.

pub mod account;
pub mod addressed;
pub mod agent;
pub mod agents;
pub mod approvals;
pub mod collection;
pub mod collections;
pub mod dashboard;
pub mod downloads;
pub mod history;
pub mod item;
pub mod items;
pub mod lists;
pub mod login;
pub mod not_found;
pub mod notifications;
pub mod preferences;
pub mod read;
pub mod register;
pub mod run;
pub mod runs;
pub mod source;
pub mod sources;
pub mod subscriptions;
pub mod tasks;
