//! Schema migrations, one theme per file, written once for SQLite and PostgreSQL.

pub use sea_orm_migration::{DbErr, MigratorTrait};
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm::ConnectionTrait, sea_orm::DbBackend,
};

mod m001_accounts;
mod m002_catalog;
mod m003_jobs;
mod m004_runs;
mod m005_downloads;
mod m006_events;
mod m007_approvals;
mod m008_transfers;
mod m009_keeping;
mod m010_history;
mod m011_urgency;
mod m012_pause;
mod m013_models;
mod m014_agents;
mod m015_people;
mod m016_reading;
mod m017_collections;
mod m018_feeds;
mod m019_search;
mod m020_personal_feeds;
mod m021_scale;
mod m022_rules;
mod m023_topics;
mod m024_places;
mod m025_media;
mod m026_titles;
mod m027_failures;
mod m028_private_feeds;
mod m029_outcomes;
mod m030_feed_pages;
mod m031_item_order;
mod m033_rate_limits;
mod m034_workers;
mod m036_lanes;
mod m037_shares;
mod m038_job_again;
mod m039_words;
mod m040_processes;
mod m041_announcements;
mod m042_cache_epochs;
mod m043_pictures;
mod m044_playback;
mod m045_onboarding;
mod m046_notifications;
mod m047_deleted;
mod m048_ratings;
mod m049_account;
mod m050_shares;
mod m052_devices;
mod m053_plans;
mod m054_channels;
mod m055_device_keys;
mod m056_api_keys;
mod m057_roles;
mod m060_planned_downloads;
mod m061_audit;
mod m062_factors;
mod m063_passkeys;
mod m065_invites;
mod m066_reset_links;
mod m067_account_deletions;
mod m068_account_exports;
mod m069_oidc;
mod m070_request_limits;
mod m073_factor_rule;
mod m074_sign_in_notices;
mod m075_run_requests;
mod m076_revisions;
mod m077_bundles;
mod m078_bundle_requests;
mod m079_home_accounts;
mod m080_bundle_applied;
mod m081_bundle_pictures;

/// All themes, in order of addition. Their names are stored in databases and must never change.
const THEMES: &[Theme] = &[
    Theme { name: "m001_accounts", up: Both(m001_accounts::UP) },
    Theme { name: "m002_catalog", up: Both(m002_catalog::UP) },
    Theme { name: "m003_jobs", up: Both(m003_jobs::UP) },
    Theme { name: "m004_runs", up: Both(m004_runs::UP) },
    Theme { name: "m005_downloads", up: Both(m005_downloads::UP) },
    Theme { name: "m006_events", up: Both(m006_events::UP) },
    Theme { name: "m007_approvals", up: Both(m007_approvals::UP) },
    Theme { name: "m008_transfers", up: Both(m008_transfers::UP) },
    Theme { name: "m009_keeping", up: Both(m009_keeping::UP) },
    Theme { name: "m010_history", up: Both(m010_history::UP) },
    Theme { name: "m011_urgency", up: Both(m011_urgency::UP) },
    Theme { name: "m012_pause", up: Both(m012_pause::UP) },
    Theme { name: "m013_models", up: Both(m013_models::UP) },
    Theme { name: "m014_agents", up: Both(m014_agents::UP) },
    Theme { name: "m015_people", up: Both(m015_people::UP) },
    Theme { name: "m016_reading", up: Both(m016_reading::UP) },
    Theme { name: "m017_collections", up: Both(m017_collections::UP) },
    Theme { name: "m018_feeds", up: Both(m018_feeds::UP) },
    Theme { name: "m019_search", up: Each { sqlite: m019_search::SQLITE, postgres: m019_search::POSTGRES } },
    Theme { name: "m020_personal_feeds", up: Both(m020_personal_feeds::UP) },
    Theme { name: "m021_scale", up: Both(m021_scale::UP) },
    Theme {
        name: "m021_scale_words",
        up: Each { sqlite: m021_scale::WORDS_SQLITE, postgres: m021_scale::WORDS_POSTGRES },
    },
    Theme { name: "m022_rules", up: Both(m022_rules::UP) },
    Theme { name: "m023_topics", up: Each { sqlite: m023_topics::SQLITE, postgres: m023_topics::POSTGRES } },
    Theme { name: "m024_places", up: Each { sqlite: m024_places::SQLITE, postgres: m024_places::POSTGRES } },
    Theme { name: "m025_media", up: Both(m025_media::UP) },
    Theme { name: "m026_titles", up: Both(m026_titles::UP) },
    Theme { name: "m027_failures", up: Both(m027_failures::UP) },
    Theme { name: "m028_private_feeds", up: Both(m028_private_feeds::UP) },
    Theme { name: "m029_outcomes", up: Both(m029_outcomes::UP) },
    Theme { name: "m030_feed_pages", up: Both(m030_feed_pages::UP) },
    Theme { name: "m031_item_order", up: Both(m031_item_order::UP) },
    Theme { name: "m033_rate_limits", up: Both(m033_rate_limits::UP) },
    Theme { name: "m034_workers", up: Both(m034_workers::UP) },
    Theme { name: "m036_lanes", up: Both(m036_lanes::UP) },
    Theme { name: "m037_shares", up: Both(m037_shares::UP) },
    Theme { name: "m038_job_again", up: Both(m038_job_again::UP) },
    Theme { name: "m039_words", up: Each { sqlite: m039_words::SQLITE, postgres: m039_words::POSTGRES } },
    Theme { name: "m040_processes", up: Both(m040_processes::UP) },
    Theme {
        name: "m040_processes_name",
        up: Each { sqlite: m040_processes::NAME_SQLITE, postgres: m040_processes::NAME_POSTGRES },
    },
    Theme { name: "m041_announcements", up: Both(m041_announcements::UP) },
    Theme { name: "m042_cache_epochs", up: Both(m042_cache_epochs::UP) },
    Theme { name: "m043_pictures", up: Both(m043_pictures::UP) },
    Theme { name: "m044_playback", up: Both(m044_playback::UP) },
    Theme { name: "m045_onboarding", up: Both(m045_onboarding::UP) },
    Theme { name: "m046_notifications", up: Both(m046_notifications::UP) },
    Theme { name: "m047_deleted", up: Both(m047_deleted::UP) },
    Theme { name: "m048_ratings", up: Both(m048_ratings::UP) },
    Theme { name: "m049_account", up: Both(m049_account::UP) },
    Theme { name: "m050_shares", up: Both(m050_shares::UP) },
    Theme { name: "m052_devices", up: Both(m052_devices::UP) },
    Theme { name: "m053_plans", up: Both(m053_plans::UP) },
    Theme { name: "m054_channels", up: Both(m054_channels::UP) },
    Theme { name: "m055_device_keys", up: Both(m055_device_keys::UP) },
    Theme { name: "m056_api_keys", up: Both(m056_api_keys::UP) },
    Theme { name: "m057_roles", up: Both(m057_roles::UP) },
    Theme { name: "m060_planned_downloads", up: Both(m060_planned_downloads::UP) },
    Theme { name: "m061_audit", up: Both(m061_audit::UP) },
    Theme { name: "m062_factors", up: Both(m062_factors::UP) },
    Theme { name: "m063_passkeys", up: Both(m063_passkeys::UP) },
    Theme { name: "m065_invites", up: Both(m065_invites::UP) },
    Theme { name: "m066_reset_links", up: Both(m066_reset_links::UP) },
    Theme { name: "m067_account_deletions", up: Both(m067_account_deletions::UP) },
    Theme { name: "m068_account_exports", up: Both(m068_account_exports::UP) },
    Theme { name: "m069_oidc", up: Both(m069_oidc::UP) },
    Theme { name: "m070_request_limits", up: Both(m070_request_limits::UP) },
    Theme { name: "m073_factor_rule", up: Both(m073_factor_rule::UP) },
    Theme { name: "m074_sign_in_notices", up: Both(m074_sign_in_notices::UP) },
    Theme { name: "m075_run_requests", up: Both(m075_run_requests::UP) },
    Theme {
        name: "m076_revisions",
        up: Each { sqlite: m076_revisions::SQLITE, postgres: m076_revisions::POSTGRES },
    },
    Theme { name: "m077_bundles", up: Both(m077_bundles::UP) },
    Theme { name: "m078_bundle_requests", up: Both(m078_bundle_requests::UP) },
    Theme { name: "m079_home_accounts", up: Both(m079_home_accounts::UP) },
    Theme { name: "m080_bundle_applied", up: Both(m080_bundle_applied::UP) },
    Theme { name: "m081_bundle_pictures", up: Both(m081_bundle_pictures::UP) },
];

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        THEMES.iter().map(|theme| Box::new(theme) as Box<dyn MigrationTrait>).collect()
    }
}

struct Theme {
    name: &'static str,
    up: Ddl,
}

/// DDL for both databases, or a separate one for each where they have nothing in common.
enum Ddl {
    Both(&'static str),
    Each { sqlite: &'static str, postgres: &'static str },
}
use Ddl::{Both, Each};

impl MigrationName for &Theme {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for &Theme {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        let ddl = match self.up {
            Both(ddl) => ddl,
            Each { postgres, .. } if is_postgres => postgres,
            Each { sqlite, .. } => sqlite,
        };
        run(manager, ddl).await
    }

    /// Returns true on SQLite as well, so that a process that dies in the middle leaves nothing half done.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Runs DDL in which `{id}`, `{time}` and `{real}` stand for types that the two databases spell differently.
async fn run(manager: &SchemaManager<'_>, ddl: &str) -> Result<(), DbErr> {
    let words = match manager.get_database_backend() {
        DbBackend::Postgres => [
            ("{id}", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
            ("{time}", "TIMESTAMPTZ"),
            ("{real}", "DOUBLE PRECISION"),
        ],
        _ => [("{id}", "INTEGER PRIMARY KEY AUTOINCREMENT"), ("{time}", "TEXT"), ("{real}", "REAL")],
    };
    let sql = words.iter().fold(ddl.to_owned(), |sql, (word, meaning)| sql.replace(word, meaning));
    manager.get_connection().execute_unprepared(&sql).await.map(|_| ())
}
