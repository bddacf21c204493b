//! Report on the time a user spent listening.

use std::collections::HashMap;

use chrono::{NaiveDate, Timelike};

use crate::db::listened::{self, ItemListening, QuarterListening};
use crate::db::{accounts, playbacks};
use crate::domain::history::check_days;
use crate::domain::playback::{
    DayListening, HourListening, ListeningReport, SourceListening, TopicListening, minutes, quarter_hour,
};
use crate::domain::{DateTime, SourceId, UserId, Utc};
use crate::engine::local_time::{last_days, zone};
use crate::engine::{Engine, Result};

/// Listening in the last days, today included, in the user's time zone.
pub async fn report(engine: &Engine, owner: UserId, days: Option<i64>) -> Result<ListeningReport> {
    let days = check_days(days)?;
    let zone = zone(&accounts::preferences(&engine.db, owner).await?);
    let calendar = last_days(zone, engine.now(), days);
    let (from, to) = (calendar[0].1, calendar[calendar.len() - 1].1);
    let quarters = (quarter_hour(from), quarter_hour(to));
    let listened = listened::per_quarter(&engine.db, owner, quarters.0, quarters.1).await?;
    let items = listened::per_item(&engine.db, owner, quarters.0, quarters.1).await?;
    let ends = playbacks::ends(&engine.db, owner, from, engine.now()).await?;
    let picks = listened::picks(&engine.db, owner, from, to).await?;
    let saved = listened.iter().filter_map(|quarter| quarter.saved).reduce(|one, other| one + other);
    let hour_of = |at: DateTime<Utc>| at.with_timezone(&zone).hour();
    Ok(ListeningReport {
        days,
        minutes: minutes(listened.iter().map(|quarter| quarter.seconds).sum()),
        saved_minutes: saved.map(minutes),
        finished: ends.finished,
        abandoned: ends.abandoned,
        picks,
        per_day: per_day(&calendar, &listened),
        per_source: per_source(&items),
        per_topic: per_topic(&items),
        per_hour: per_hour(&listened, hour_of),
    })
}

fn per_day(calendar: &[(NaiveDate, DateTime<Utc>)], all: &[QuarterListening]) -> Vec<DayListening> {
    let day = |pair: &[(NaiveDate, DateTime<Utc>)]| {
        let quarters = quarter_hour(pair[0].1)..quarter_hour(pair[1].1);
        let inside = all.iter().filter(|quarter| quarters.contains(&quarter.quarter_hour));
        DayListening { day: pair[0].0, minutes: minutes(inside.map(|quarter| quarter.seconds).sum()) }
    };
    calendar.windows(2).map(day).collect()
}

fn per_hour(all: &[QuarterListening], hour_of: impl Fn(DateTime<Utc>) -> u32) -> Vec<HourListening> {
    let mut seconds = [0.0; 24];
    for quarter in all {
        let begin = DateTime::from_timestamp(quarter.quarter_hour * 900, 0);
        if let Some(sum) = begin.and_then(|begin| seconds.get_mut(hour_of(begin) as usize)) {
            *sum += quarter.seconds;
        }
    }
    (0..).zip(seconds).map(|(hour, seconds)| HourListening { hour, minutes: minutes(seconds) }).collect()
}

fn per_source(items: &[ItemListening]) -> Vec<SourceListening> {
    let mut all: HashMap<SourceId, (Option<String>, f64)> = HashMap::new();
    for item in items {
        all.entry(item.source_id).or_insert_with(|| (item.source_name.clone(), 0.0)).1 += item.seconds;
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by(|(one, (_, more)), (other, (_, less))| less.total_cmp(more).then(one.cmp(other)));
    all.into_iter()
        .map(|(source_id, (name, seconds))| SourceListening { source_id, name, minutes: minutes(seconds) })
        .collect()
}

fn per_topic(items: &[ItemListening]) -> Vec<TopicListening> {
    // Publishers spell a topic with capitals or without.
    let mut all: HashMap<String, (&str, f64)> = HashMap::new();
    for item in items {
        let of_item: HashMap<_, _> =
            item.topics.iter().rev().map(|topic| (topic.to_lowercase(), topic)).collect();
        for (key, topic) in of_item {
            all.entry(key).or_insert((topic, 0.0)).1 += item.seconds;
        }
    }
    let mut all: Vec<_> = all.into_values().collect();
    all.sort_by(|(one, more), (other, less)| less.total_cmp(more).then(one.cmp(other)));
    all.into_iter()
        .map(|(topic, seconds)| TopicListening { topic: topic.to_owned(), minutes: minutes(seconds) })
        .collect()
}
