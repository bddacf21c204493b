//! The whole server over real HTTP, on SQLite and on PostgreSQL: one binary, a module per noun.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod harness;
mod origin;
mod rogue;
mod spawned;

mod accounts;
mod approvals;
mod binary;
mod commute;
mod crash;
mod doctor;
mod downloads;
mod faults;
mod files;
mod guard;
mod history;
mod items;
mod keeping;
mod kill;
mod limits;
mod live;
mod order;
mod runs;
mod site;
mod sources;
mod storage;
mod subscriptions;
