//! Download rules of a source that the user follows.
#![allow(clippy::too_many_arguments, reason = "each is a field of the form")]

use domain::SubscriptionId;
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{number, text, word};
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::rules::{Ahead, Rules};
    pub(super) use domain::source::SubscriptionChange;
    pub(super) use smartcache::engine::catalog;
    pub(super) use smartcache::engine::rights::Right;
}

/// Sets the rules. Lengths are in minutes and sizes in megabytes; an empty field sets no limit.
#[server(prefix = "/api/ui", endpoint = "set_rules")]
pub async fn set_rules(
    subscription_id: SubscriptionId,
    #[server(default)] priority: String,
    #[server(default)]
    #[server(rename = "rules.include")]
    include: String,
    #[server(default)]
    #[server(rename = "rules.exclude")]
    exclude: String,
    #[server(default)]
    #[server(rename = "rules.min_seconds")]
    min_minutes: String,
    #[server(default)]
    #[server(rename = "rules.max_seconds")]
    max_minutes: String,
    #[server(default)]
    #[server(rename = "rules.max_bytes")]
    max_megabytes: String,
    #[server(default)]
    #[server(rename = "rules.newest")]
    newest: String,
    #[server(default)]
    #[server(rename = "rules.begin")]
    begin: String,
    #[server(default)]
    #[server(rename = "ahead.items")]
    ahead_items: String,
    #[server(default)]
    #[server(rename = "ahead.megabytes")]
    ahead_megabytes: String,
) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    let bound = |typed: &str, unit: i64| text(typed).map(|typed| number(&typed).saturating_mul(unit));
    let phrases = |typed: &str| typed.split(',').map(str::to_owned).collect();
    let kept = [
        ("priority", priority.as_str()),
        ("rules.include", &include),
        ("rules.exclude", &exclude),
        ("rules.min_seconds", &min_minutes),
        ("rules.max_seconds", &max_minutes),
        ("rules.max_bytes", &max_megabytes),
        ("rules.newest", &newest),
        ("rules.begin", &begin),
        ("ahead.items", &ahead_items),
        ("ahead.megabytes", &ahead_megabytes),
    ];
    let change = SubscriptionChange {
        priority: Some(number(&priority)),
        rules: Some(Rules {
            include: phrases(&include),
            exclude: phrases(&exclude),
            min_seconds: bound(&min_minutes, 60),
            max_seconds: bound(&max_minutes, 60),
            max_bytes: bound(&max_megabytes, 1_000_000),
            newest: bound(&newest, 1),
            begin: word(&begin),
        }),
        ahead: Some(Ahead { items: number(&ahead_items), megabytes: number(&ahead_megabytes) }),
        ..SubscriptionChange::default()
    };
    let changed = catalog::change_subscription(&engine, owner.id, subscription_id, change).await;
    changed.map_err(|error| ApiError::from(error).keeping(kept))?;
    Ok(())
}
