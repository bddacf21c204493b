//! Preferences of users, and the check of their time zone.

use crate::db::{accounts, channel_deliveries, plans};
use crate::domain::preference::{LanguageChoice, Preferences, Theme};
use crate::domain::quiet_hours::QuietHours;
use crate::domain::{FieldError, Refusal, UserId};
use crate::engine::{Engine, Result, Work, job_names};

pub async fn set_preferences(engine: &Engine, owner: UserId, typed: Preferences) -> Result<Preferences> {
    let mut work = engine.begin().await?;
    let preferences = change_within(&mut work, owner, |_| typed).await?;
    work.commit().await?;
    Ok(preferences)
}

pub async fn preferences(engine: &Engine, owner: UserId) -> Result<Preferences> {
    Ok(accounts::preferences(&engine.db, owner).await?)
}

/// Sets the theme and leaves the other preferences as they are.
pub async fn set_theme(engine: &Engine, owner: UserId, theme: Theme) -> Result<()> {
    change_preferences(engine, owner, |known| Preferences { theme, ..known }).await
}

/// Sets the language of the pages and leaves the other preferences as they are.
pub async fn set_language(engine: &Engine, owner: UserId, language: LanguageChoice) -> Result<()> {
    change_preferences(engine, owner, |known| Preferences { language, ..known }).await
}

/// Sets the quiet hours and leaves the other preferences as they are.
pub async fn set_quiet_hours(engine: &Engine, owner: UserId, hours: QuietHours) -> Result<()> {
    change_preferences(engine, owner, |known| Preferences { quiet_hours: hours, ..known }).await
}

/// Changes some of the preferences, as they are stored at that moment.
pub async fn change_preferences(
    engine: &Engine,
    owner: UserId,
    change: impl FnOnce(Preferences) -> Preferences,
) -> Result<()> {
    let mut work = engine.begin().await?;
    change_within(&mut work, owner, change).await?;
    work.commit().await
}

/// Like `change_preferences`, as a part of a unit of work.
pub(super) async fn change_within(
    work: &mut Work<'_>,
    owner: UserId,
    change: impl FnOnce(Preferences) -> Preferences,
) -> Result<Preferences> {
    accounts::lock(&**work, owner).await?;
    let known = accounts::preferences(&**work, owner).await?;
    let (timezone, quiet_hours) = (known.timezone.clone(), known.quiet_hours.clone());
    let preferences = check_preferences(change(known))?;
    if preferences.timezone != timezone {
        moved(work, owner).await?;
    }
    accounts::set_preferences(&**work, owner, &preferences).await?;
    if preferences.timezone != timezone || preferences.quiet_hours != quiet_hours {
        // Messages that wait for the end of the quiet hours are judged anew.
        channel_deliveries::review(&**work, owner, work.now()).await?;
    }
    Ok(preferences)
}

/// A new time zone moves the departures, by which transfers are ordered and devices are planned.
async fn moved(work: &mut Work<'_>, owner: UserId) -> Result<()> {
    work.push_named(job_names::ORDER_TRANSFERS).await?;
    accounts::lock(&**work, owner).await?;
    if plans::make_due(&**work, &[owner]).await? > 0 {
        work.push_named(job_names::PLAN_DEVICES).await?;
    }
    Ok(())
}

pub(super) fn check_preferences(typed: Preferences) -> Result<Preferences> {
    let zone = check_zone(&typed.timezone);
    match (typed.check(), zone) {
        (Ok(fine), None) => Ok(fine),
        (Ok(_), Some(zone)) => Err(Refusal::Invalid { fields: vec![zone] }.into()),
        (Err(Refusal::Invalid { mut fields }), zone) => {
            fields.extend(zone);
            Err(Refusal::Invalid { fields }.into())
        }
        (Err(other), _) => Err(other.into()),
    }
}

/// Error of a time zone that is not in the IANA database.
pub fn check_zone(name: &str) -> Option<FieldError> {
    let is_known = name.parse::<chrono_tz::Tz>().is_ok();
    (!is_known).then(|| FieldError::new("timezone", "Use a name such as Europe/Berlin or UTC."))
}
