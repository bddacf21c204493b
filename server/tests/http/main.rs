//! The whole server over real HTTP, on SQLite and on PostgreSQL: one binary, a module per noun.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod harness;
mod identity;
mod origin;
mod personal_feed;
mod proxy;
mod rogue;
mod spawned;

mod accounts;
mod agents;
mod ahead;
mod approvals;
mod binary;
mod chapters;
mod collections;
mod commit;
mod commute;
mod crash;
mod doctor;
mod downloads;
mod faults;
mod feeds;
mod files;
mod guard;
mod history;
mod items;
mod keeping;
mod kill;
mod killed_runs;
mod lets_go;
mod limits;
mod lists;
mod live;
mod names;
mod order;
mod reading;
mod runs;
mod site;
mod sizes;
mod sources;
mod split;
mod storage;
mod subscriptions;
mod tls;
mod wire;
