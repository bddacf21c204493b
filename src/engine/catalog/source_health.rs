//! Source health: publishing rhythm, availability of its items, and a trial fetch.

use std::time::Instant;

use chrono::TimeDelta;

use super::fetch::{self, FetchTrouble};
use super::{refresh, schedule, source};
use crate::db::sources;
use crate::domain::source_health::{FeedTrial, PREVIEWED, PreviewItem, SourceHealth};
use crate::domain::{DateTime, Refusal, SourceId, UserId, Utc};
use crate::engine::{Engine, Result};

/// Weeks over which `items_lately` counts.
const WEEKS: f64 = 4.0;

pub async fn source_health(engine: &Engine, owner: UserId, id: SourceId) -> Result<SourceHealth> {
    let source = source(engine, owner, id).await?;
    let published = sources::publication_times(&engine.db, id, refresh::LATEST).await?;
    let counts = sources::counts(&engine.db, id).await?;
    let count = |availability| counts.iter().find(|c| c.availability == availability).map_or(0, |c| c.items);
    use crate::domain::item::Availability::*;
    let (cached, cacheable) = (count(Cached), count(Cacheable) + count(Caching) + count(Unavailable));
    let newest_at = published.iter().max().copied();
    Ok(SourceHealth {
        per_week: source.items_lately as f64 / WEEKS,
        usual_gap_seconds: schedule::usual_gap(&published).map(|gap| gap.num_seconds()),
        rhythm: rhythm(&published, engine.now()),
        metadata_only: count(MetadataOnly),
        cacheable: count(Cacheable),
        caching: count(Caching),
        cached,
        unavailable: count(Unavailable),
        cached_share: (cached + cacheable > 0).then(|| cached as f64 / (cached + cacheable) as f64),
        troubles: sources::troubles(&engine.db, id).await?,
        newest_at,
    })
}

/// Publishing rhythm as text.
fn rhythm(published: &[DateTime<Utc>], now: DateTime<Utc>) -> String {
    let (Some(gap), Some(newest)) = (schedule::usual_gap(published), published.iter().max()) else {
        return "too little is known yet".into();
    };
    let often = format!("about {}", every(gap));
    let silence = now - *newest;
    if silence > TimeDelta::days(14).max(gap * 5) {
        return format!("{often}, but nothing for {}", span(silence));
    }
    if schedule::is_regular(published, gap) {
        format!("{often}, regularly")
    } else {
        format!("{often}, now and then")
    }
}

fn every(gap: TimeDelta) -> String {
    match gap.num_minutes() {
        ..45 => "several times an hour".into(),
        45..90 => "every hour".into(),
        90..=1_080 => format!("every {} hours", (gap.num_minutes() + 30) / 60),
        1_081..=2_160 => "once a day".into(),
        2_161..=7_920 => format!("every {} days", (gap.num_hours() + 12) / 24),
        7_921..=15_839 => "once a week".into(),
        15_840..=37_440 => format!("every {} weeks", (gap.num_days() + 3) / 7),
        37_441..=50_400 => "once a month".into(),
        _ => format!("every {}", span(gap)),
    }
}

fn span(time: TimeDelta) -> String {
    match time.num_days() {
        days @ ..60 => format!("{days} days"),
        days @ 60..730 => format!("{} months", days / 30),
        days => format!("{} years", days / 365),
    }
}

/// Fetches and parses the feed as if for the first time, and stores nothing.
pub async fn try_feed(engine: &Engine, owner: UserId, id: SourceId) -> Result<FeedTrial> {
    let asked = source(engine, owner, id).await?;
    let row = sources::feed(&engine.db, asked.id).await?.ok_or_else(|| Refusal::missing("source"))?;
    let began = Instant::now();
    let row = sources::FeedRow { etag: None, last_modified: None, ..row };
    let mut trial = match fetch::fetch(engine, &row).await {
        Ok(fetched) => read(engine, fetched).await?,
        Err(FetchTrouble { why, .. }) => FeedTrial { error: Some(why), ..FeedTrial::default() },
    };
    trial.milliseconds = began.elapsed().as_millis() as i64;
    Ok(trial)
}

async fn read(engine: &Engine, fetched: fetch::Fetched) -> Result<FeedTrial> {
    let moved_to = fetched.moved.map(String::from);
    let Some(body) = fetched.body else {
        let error =
            Some("The server says that nothing has changed, though it was asked for everything.".into());
        return Ok(FeedTrial { error, moved_to, ..FeedTrial::default() });
    };
    let bytes = body.bytes.len() as i64;
    Ok(match refresh::parse(engine, body).await? {
        Err(why) => FeedTrial { error: Some(why), bytes, moved_to, ..FeedTrial::default() },
        Ok((mut feed, _)) => {
            // Stable, so that items without a date keep the order of the feed.
            feed.items.sort_by_key(|item| std::cmp::Reverse(item.published_at));
            let preview = feed.items.iter().take(PREVIEWED).map(|item| PreviewItem {
                title: item.title.clone(),
                published_at: item.published_at,
                duration_seconds: item.duration_seconds,
            });
            let preview: Vec<_> = preview.collect();
            FeedTrial {
                error: None,
                milliseconds: 0,
                bytes,
                items: feed.items.len() as i64,
                newest_title: preview.first().map(|item| item.title.clone()),
                newest_at: preview.first().and_then(|item| item.published_at),
                newest: preview,
                format: feed.details.format,
                title: feed.title,
                moved_to,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-18T10:20:00Z".parse().expect("a time")
    }

    fn told(hours: &[i64]) -> String {
        let times: Vec<_> = hours.iter().map(|hours| now() - TimeDelta::hours(*hours)).collect();
        rhythm(&times, now())
    }

    #[test]
    fn a_rhythm_is_told_in_words() {
        assert_eq!(told(&[1]), "too little is known yet");
        assert_eq!(told(&[0, 24, 48, 72, 96]), "about once a day, regularly");
        assert_eq!(told(&[0, 168, 336, 505]), "about once a week, regularly");
        assert_eq!(told(&[0, 1, 2, 30, 31, 200, 201, 202, 500]), "about every hour, now and then");
        assert_eq!(told(&[2_000, 2_024, 2_048]), "about once a day, but nothing for 2 months");
    }
}
