//! Renders the time listened as text, charts and tables.

use domain::playback::ListeningReport;
use smartcache::engine::Error;

use super::charts::{self, ChartTone};
use crate::api::history::{Chart, Listening, Table};
use crate::measure;

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
        all => format!("{number} of {all}"),
    };
    let tile = |number: String, words: &str| (number, words.to_owned());
    vec![
        tile(time(of.minutes), "Listened"),
        tile(of.finished.to_string(), "Finished"),
        tile(of.abandoned.to_string(), "Left unfinished"),
        tile(of_picks(picks.played), "Picks of the agents played"),
        tile(of_picks(picks.ignored), "Picks not played"),
        tile(of.saved_minutes.map_or("–".into(), time), "Saved by a higher speed"),
    ]
}

fn days(report: &ListeningReport) -> Result<Chart, Error> {
    let labels: Vec<_> = report.per_day.iter().map(|day| day.day.format("%m-%d").to_string()).collect();
    let minutes: Vec<_> = report.per_day.iter().map(|day| day.minutes).collect();
    let busy = report.per_day.iter().rev().filter(|day| day.minutes > 0.0);
    let rows = busy.map(|day| vec![day.day.to_string(), time(day.minutes)]).collect();
    let label = format!("Minutes per day over {} days: {} in all.", report.days, time(report.minutes));
    columns(&labels, &minutes, label, table("Minutes per day", "Day", rows))
}

fn hours(report: &ListeningReport) -> Result<Chart, Error> {
    let labels: Vec<_> = report.per_hour.iter().map(|hour| format!("{:02}", hour.hour)).collect();
    let minutes: Vec<_> = report.per_hour.iter().map(|hour| hour.minutes).collect();
    let busy = report.per_hour.iter().filter(|hour| hour.minutes > 0.0);
    let rows = busy.map(|hour| vec![format!("{:02}:00", hour.hour), time(hour.minutes)]).collect();
    let most = report.per_hour.iter().max_by(|one, other| one.minutes.total_cmp(&other.minutes));
    let most = most.map_or(0, |hour| hour.hour);
    let label = format!("Minutes per hour of the day, most at {most:02}:00.");
    columns(&labels, &minutes, label, table("Minutes per hour of the day", "Hour", rows))
}

fn shows(report: &ListeningReport) -> Result<Option<Chart>, Error> {
    let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "A deleted source".into());
    let all: Vec<_> = report.per_source.iter().map(|of| (name(&of.name), of.minutes)).collect();
    bars("Minutes per show", "Show", ("show", "shows"), &all)
}

fn topics(report: &ListeningReport) -> Result<Option<Chart>, Error> {
    let all: Vec<_> = report.per_topic.iter().map(|of| (of.topic.clone(), of.minutes)).collect();
    bars("Minutes per topic", "Topic", ("topic", "topics"), &all)
}

fn columns(labels: &[String], minutes: &[f64], label: String, table: Table) -> Result<Chart, Error> {
    let piles: Vec<_> = minutes.iter().map(|minutes| vec![(ChartTone::Hit, whole(*minutes))]).collect();
    let svg = charts::piles(labels, &piles, |minutes| format!("{minutes} min")).map_err(Error::fault)?;
    Ok(Chart { svg, label, legend: legend(), table })
}

/// None without a name that was listened to.
fn bars(
    caption: &str,
    head: &str,
    (one, many): (&str, &str),
    all: &[(String, f64)],
) -> Result<Option<Chart>, Error> {
    let Some((first, _)) = all.first() else { return Ok(None) };
    let drawn = &all[..all.len().min(MAX_DRAWN)];
    let names: Vec<_> = drawn.iter().map(|(name, _)| name.clone()).collect();
    let parts: Vec<_> = drawn.iter().map(|(_, minutes)| vec![(ChartTone::Hit, whole(*minutes))]).collect();
    let rows = all.iter().map(|(name, minutes)| vec![name.clone(), time(*minutes)]).collect();
    Ok(Some(Chart {
        svg: charts::bars(&names, &parts).map_err(Error::fault)?,
        label: format!("{caption}: {}, most of {first}.", measure::count(all.len() as i64, one, many)),
        legend: legend(),
        table: table(caption, head, rows),
    }))
}

fn table(caption: &str, head: &str, rows: Vec<Vec<String>>) -> Table {
    Table { caption: caption.into(), head: vec![head.into(), "Listened".into()], rows }
}

fn legend() -> Vec<(String, String)> {
    vec![(ChartTone::Hit.class().to_owned(), "Minutes listened".to_owned())]
}

/// Whole minutes, at least one for any time.
fn whole(minutes: f64) -> i64 {
    minutes.ceil() as i64
}

/// Formats minutes: "3 h 20 min", "12 min", "under 1 min".
fn time(minutes: f64) -> String {
    match minutes.round() as i64 {
        0 if minutes > 0.0 => "under 1 min".to_owned(),
        minutes @ ..60 => format!("{minutes} min"),
        minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
        minutes => format!("{} h {} min", minutes / 60, minutes % 60),
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
