//! The stored fields of an item's content, listed once for reading and writing.

use feed::ItemContent;
use sea_orm::{QueryResult, Value};

use crate::db::DbErr;
use crate::db::sql::{json, to_json};

/// Columns as they are; those stored as JSON; those with a default where the content has no value.
macro_rules! stored {
    ($($field:ident),*; $($json:ident),*; $($required:ident),*) => {
        /// Reads the content from a row of items.
        pub(in crate::db) fn read(row: &QueryResult, prefix: &str) -> Result<ItemContent, DbErr> {
            Ok(ItemContent {
                $($field: row.try_get(prefix, stringify!($field))?,)*
                $($json: json(row, prefix, stringify!($json))?,)*
                $($required: Some(row.try_get(prefix, stringify!($required))?),)*
            })
        }

        /// Columns and their values.
        pub(super) fn columns(content: &ItemContent) -> Result<Vec<(&'static str, Value)>, DbErr> {
            Ok(vec![
                $((stringify!($field), content.$field.clone().into()),)*
                $((stringify!($json), to_json(&content.$json)?.into()),)*
                $((stringify!($required), content.$required.unwrap_or_default().into()),)*
            ])
        }
    };
}

stored! {
    guid, title, url, published_at, updated_at, summary_html, content_html, language, image_url, duration_seconds,
    season, episode, chapters_url;
    authors, categories, enclosures, transcripts, details;
    explicit
}
