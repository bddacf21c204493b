//! Renders the time listened as text, charts and tables.

use domain::playback::ListeningReport;
use smartcache::engine::Error;

use super::charts::{self, ChartTone};
use crate::api::history::{Chart, Listening, Table};
use crate::measure;
use crate::{t, tn};

/// Maximum number of shows or topics in a chart; the table has all of them.
const MAX_DRAWN: usize = 8;

pub fn shown(report: &ListeningReport) -> Result<Listening, Error> {
    let is_empty =
        report.minutes == 0.0 && (report.finished, report.abandoned, report.picks.ready) == (0, 0, 0);
    if is_empty {
        return Ok(Listening { tiles: Vec::new(), charts: Vec::new() });
    }
    let charts = match report.minutes > 0.0 {
        true => [Some(days(report)?), Some(hours(report)?), shows(report)?, topics(report)?],
        false => [None, None, None, None],
    };
    Ok(Listening { tiles: tiles(report), charts: charts.into_iter().flatten().collect() })
}

fn tiles(of: &ListeningReport) -> Vec<(String, String)> {
    let picks = of.picks;
    let of_picks = |number: i64| match picks.ready {
        0 => "–".to_owned(),
        all => t!("{number} of {all}", number = number, all = all),
    };
    let tile = |number: String, words: &str| (number, words.to_owned());
    vec![
        tile(time(of.minutes), t!("Listened")),
        tile(of.finished.to_string(), t!("Finished")),
        tile(of.abandoned.to_string(), t!("Left unfinished")),
        tile(of_picks(picks.played), t!("Picks of the agents played")),
        tile(of_picks(picks.ignored), t!("Picks not played")),
        tile(of.saved_minutes.map_or("–".into(), time), t!("Saved by a higher speed")),
    ]
}

fn days(report: &ListeningReport) -> Result<Chart, Error> {
    let labels: Vec<_> = report.per_day.iter().map(|day| day.day.format(t!("%m-%d")).to_string()).collect();
    let minutes: Vec<_> = report.per_day.iter().map(|day| day.minutes).collect();
    let busy = report.per_day.iter().rev().filter(|day| day.minutes > 0.0);
    let rows = busy.map(|day| vec![day.day.format(t!("%Y-%m-%d")).to_string(), time(day.minutes)]).collect();
    let all = time(report.minutes);
    let label = t!("Minutes per day over {days} days: {time} in all.", days = report.days, time = all);
    columns(&labels, &minutes, label, table(t!("Minutes per day"), t!("Day"), rows))
}

fn hours(report: &ListeningReport) -> Result<Chart, Error> {
    let labels: Vec<_> = report.per_hour.iter().map(|hour| format!("{:02}", hour.hour)).collect();
    let minutes: Vec<_> = report.per_hour.iter().map(|hour| hour.minutes).collect();
    let busy = report.per_hour.iter().filter(|hour| hour.minutes > 0.0);
    let rows = busy.map(|hour| vec![format!("{:02}:00", hour.hour), time(hour.minutes)]).collect();
    let most = report.per_hour.iter().max_by(|one, other| one.minutes.total_cmp(&other.minutes));
    let most = most.map_or(0, |hour| hour.hour);
    let most = format!("{most:02}:00");
    let label = t!("Minutes per hour of the day, most at {time}.", time = most);
    columns(&labels, &minutes, label, table(t!("Minutes per hour of the day"), t!("Hour"), rows))
}

fn shows(report: &ListeningReport) -> Result<Option<Chart>, Error> {
    let name = |name: &Option<String>| name.clone().unwrap_or_else(|| t!("A deleted source").into());
    let all: Vec<_> = report.per_source.iter().map(|of| (name(&of.name), of.minutes)).collect();
    let label = |n: i64, first: &str| {
        tn!(
            n,
            "Minutes per show: {n} show, most of {first}.",
            "Minutes per show: {n} shows, most of {first}.",
            first = first,
        )
    };
    bars(t!("Minutes per show"), t!("Name"), label, &all)
}

fn topics(report: &ListeningReport) -> Result<Option<Chart>, Error> {
    let all: Vec<_> = report.per_topic.iter().map(|of| (of.topic.clone(), of.minutes)).collect();
    let label = |n: i64, first: &str| {
        tn!(
            n,
            "Minutes per topic: {n} topic, most of {first}.",
            "Minutes per topic: {n} topics, most of {first}.",
            first = first,
        )
    };
    bars(t!("Minutes per topic"), t!("Topic"), label, &all)
}

fn columns(labels: &[String], minutes: &[f64], label: String, table: Table) -> Result<Chart, Error> {
    let piles: Vec<_> = minutes.iter().map(|minutes| vec![(ChartTone::Hit, whole(*minutes))]).collect();
    let svg = charts::piles(labels, &piles, |minutes| t!("{n} min", n = minutes)).map_err(Error::fault)?;
    Ok(Chart { svg, label, legend: legend(), table })
}

/// None without a name that was listened to.
fn bars(
    caption: &str,
    head: &str,
    label: fn(i64, &str) -> String,
    all: &[(String, f64)],
) -> Result<Option<Chart>, Error> {
    let Some((first, _)) = all.first() else { return Ok(None) };
    let drawn = &all[..all.len().min(MAX_DRAWN)];
    let names: Vec<_> = drawn.iter().map(|(name, _)| name.clone()).collect();
    let parts: Vec<_> = drawn.iter().map(|(_, minutes)| vec![(ChartTone::Hit, whole(*minutes))]).collect();
    let rows = all.iter().map(|(name, minutes)| vec![name.clone(), time(*minutes)]).collect();
    Ok(Some(Chart {
        svg: charts::bars(&names, &parts).map_err(Error::fault)?,
        label: label(all.len() as i64, first),
        legend: legend(),
        table: table(caption, head, rows),
    }))
}

fn table(caption: &str, head: &str, rows: Vec<Vec<String>>) -> Table {
    Table { caption: caption.into(), head: vec![head.into(), t!("Listened").into()], rows }
}

fn legend() -> Vec<(String, String)> {
    vec![(ChartTone::Hit.class().to_owned(), t!("Minutes listened").to_owned())]
}

/// Whole minutes, at least one for any time.
fn whole(minutes: f64) -> i64 {
    minutes.ceil() as i64
}

/// Formats minutes: "3 h 20 min", "12 min", "under 1 min".
fn time(minutes: f64) -> String {
    match minutes.round() as i64 {
        0 if minutes > 0.0 => t!("under 1 min").to_owned(),
        minutes @ ..1 => t!("{n} min", n = minutes),
        minutes => measure::duration(minutes * 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_hours_and_minutes() {
        let told = [0.0, 0.4, 12.4, 60.0, 200.0].map(time);
        assert_eq!(told, ["0 min", "under 1 min", "12 min", "1 h", "3 h 20 min"]);
    }
}
