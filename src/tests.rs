//! Tests of the queries, on both databases.

mod listing;
mod queries;
