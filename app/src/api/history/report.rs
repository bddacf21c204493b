//! Renders a user's history as text, tables and charts.

use domain::download::Provider;
use domain::history::{Delivery, Figures, Outcome, Report};
use smartcache::engine::Error;

use super::charts::{self, ChartTone};
use crate::api::history::{Chart, History, HistoryEntry, Table};
use crate::measure;
use crate::{t, tn};

/// Maximum number of sources in the chart; the table has all of them.
const MAX_DRAWN: usize = 8;

pub fn shown(report: &Report, latest: Vec<Delivery>) -> Result<History, Error> {
    let latest = latest.into_iter().map(entry).collect();
    if report.totals.downloads == 0 {
        return Ok(History { tiles: Vec::new(), charts: Vec::new(), tables: Vec::new(), latest });
    }
    let charts = [bytes(report)?, speeds(report)?, Some(sources(report)?)].into_iter().flatten().collect();
    Ok(History { tiles: tiles(&report.totals), charts, tables: vec![providers(report)], latest })
}

fn tiles(of: &Figures) -> Vec<(String, String)> {
    let tile = |number: String, words: &str| (number, words.to_owned());
    vec![
        tile(of.downloads.to_string(), t!("Downloads ended")),
        tile(rate(of.hit_rate), t!("Were here already")),
        tile(rate(of.failure_rate), t!("Failed")),
        tile(of.cancelled.to_string(), t!("Cancelled")),
        tile(measure::size(of.bytes_fetched), t!("Fetched")),
        tile(measure::size(of.bytes_saved), t!("Saved by hits")),
        tile(speed(of.mean_speed_bps), t!("Mean speed")),
        tile(speed(of.median_speed_bps), t!("Median speed")),
    ]
}

fn bytes(report: &Report) -> Result<Option<Chart>, Error> {
    let of = &report.totals;
    if of.bytes_fetched + of.bytes_saved == 0 {
        return Ok(None);
    }
    let days: Vec<_> = report.per_day.iter().map(|day| day.day.format(t!("%m-%d")).to_string()).collect();
    let parts =
        |day: &Figures| vec![(ChartTone::Hit, day.bytes_saved), (ChartTone::Fetched, day.bytes_fetched)];
    let piles: Vec<_> = report.per_day.iter().map(|day| parts(&day.figures)).collect();
    let row =
        |figures: &Figures| vec![measure::size(figures.bytes_saved), measure::size(figures.bytes_fetched)];
    Ok(Some(Chart {
        svg: charts::piles(&days, &piles, measure::size).map_err(Error::fault)?,
        label: t!(
            "Bytes per day over {days} days: {saved} here already, {fetched} fetched.",
            days = report.days,
            saved = measure::size(of.bytes_saved),
            fetched = measure::size(of.bytes_fetched),
        ),
        legend: legend(&[(ChartTone::Hit, t!("Here already")), (ChartTone::Fetched, t!("Fetched"))]),
        table: by_day(report, t!("Bytes per day"), &[t!("Day"), t!("Here already"), t!("Fetched")], row),
    }))
}

fn speeds(report: &Report) -> Result<Option<Chart>, Error> {
    let Some(median) = report.totals.median_speed_bps else { return Ok(None) };
    let days: Vec<_> = report.per_day.iter().map(|day| day.day.format(t!("%m-%d")).to_string()).collect();
    let medians: Vec<_> = report.per_day.iter().map(|day| day.figures.median_speed_bps).collect();
    let row = |figures: &Figures| vec![speed(figures.median_speed_bps), speed(figures.mean_speed_bps)];
    Ok(Some(Chart {
        svg: charts::line(&days, &medians, measure::speed).map_err(Error::fault)?,
        label: t!(
            "Median speed per day over {days} days: {speed} in all.",
            days = report.days,
            speed = measure::speed(median),
        ),
        legend: legend(&[(ChartTone::Fetched, t!("Median of a day's transfers"))]),
        table: by_day(report, t!("Speed per day"), &[t!("Day"), t!("Median"), t!("Mean")], row),
    }))
}

fn sources(report: &Report) -> Result<Chart, Error> {
    let drawn = &report.per_source[..report.per_source.len().min(MAX_DRAWN)];
    let names: Vec<_> = drawn.iter().map(|source| source.name.clone()).collect();
    let parts = |of: &Figures| {
        vec![
            (ChartTone::Hit, of.hits),
            (ChartTone::Fetched, of.ready - of.hits),
            (ChartTone::Failed, of.failed),
        ]
    };
    let bars: Vec<_> = drawn.iter().map(|source| parts(&source.figures)).collect();
    let row = |name: &str, of: &Figures| {
        let counts = format!("{} / {}", of.ready, of.downloads);
        vec![name.to_owned(), counts, rate(of.hit_rate), measure::size(of.bytes), speed(of.median_speed_bps)]
    };
    let first = drawn.first().map(|source| source.name.as_str()).unwrap_or_default();
    Ok(Chart {
        svg: charts::bars(&names, &bars).map_err(Error::fault)?,
        label: tn!(
            report.per_source.len() as i64,
            "Downloads per source over {days} days: {n} source, most from {first}.",
            "Downloads per source over {days} days: {n} sources, most from {first}.",
            days = report.days,
            first = first,
        ),
        legend: legend(&[
            (ChartTone::Hit, t!("Here already")),
            (ChartTone::Fetched, t!("Fetched")),
            (ChartTone::Failed, t!("Failed")),
        ]),
        table: Table {
            caption: t!("Downloads per source").into(),
            head: words(&[
                t!("Source"),
                t!("Ready / ended"),
                t!("Here already"),
                t!("Size"),
                t!("Median speed"),
            ]),
            rows: report.per_source.iter().map(|source| row(&source.name, &source.figures)).collect(),
        },
    })
}

fn providers(report: &Report) -> Table {
    let rows = report.per_provider.iter().map(|it| {
        let served = it.served.to_string();
        vec![
            place(it.provider).to_owned(),
            served,
            measure::size(it.bytes),
            it.failures.to_string(),
            speed(it.median_speed_bps),
        ]
    });
    Table {
        caption: t!("Where bytes came from").into(),
        head: words(&[t!("Place"), t!("Served"), t!("Size"), t!("Failed"), t!("Median speed")]),
        rows: rows.collect(),
    }
}

/// Table with a row for each day, newest first. Days on which no download ended are omitted.
fn by_day(report: &Report, caption: &str, head: &[&str], row: impl Fn(&Figures) -> Vec<String>) -> Table {
    let busy = report.per_day.iter().rev().filter(|day| day.figures.downloads > 0);
    let rows = busy.map(|day| [vec![day.day.format(t!("%Y-%m-%d")).to_string()], row(&day.figures)].concat());
    Table { caption: caption.into(), head: words(head), rows: rows.collect() }
}

fn entry(it: Delivery) -> HistoryEntry {
    let is_ready = it.outcome == Outcome::Ready;
    let facts = [
        Some(it.source_name),
        Some(it.run_id.map_or(t!("Asked for by you").into(), |run| t!("Asked for by run {run}", run = run))),
        it.provider.map(|provider| place(provider).to_owned()),
        is_ready.then(|| measure::size(it.bytes)),
        (!is_ready && it.fetched > 0).then(|| t!("{size} in vain", size = measure::size(it.fetched))),
        Some(if it.hit { t!("At once").to_owned() } else { lasting(it.seconds) }),
        it.speed_bps.map(measure::speed),
        (it.attempts > 0).then(|| tn!(it.attempts, "{n} attempt", "{n} attempts")),
    ];
    HistoryEntry {
        title: it.title,
        outcome: it.outcome,
        facts: facts.into_iter().flatten().collect(),
        error: it.error,
        at: it.at,
    }
}

fn place(provider: Provider) -> &'static str {
    match provider {
        Provider::Cache => t!("Cache"),
        Provider::Store => t!("Object store"),
        Provider::Origin => t!("Publisher"),
    }
}

fn rate(rate: Option<f64>) -> String {
    rate.map_or("–".into(), |rate| format!("{:.0} %", rate * 100.0))
}

fn speed(bytes_per_second: Option<i64>) -> String {
    bytes_per_second.map_or("–".into(), measure::speed)
}

fn lasting(seconds: f64) -> String {
    if seconds >= 10.0 {
        return measure::duration(seconds.round() as i64);
    }
    let tenths = (seconds * 10.0).round() as i64;
    t!("{whole}.{tenths} s", whole = tenths / 10, tenths = tenths % 10)
}

fn legend(of: &[(ChartTone, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(tone, words)| (tone.class().to_owned(), (*words).to_owned())).collect()
}

fn words(of: &[&str]) -> Vec<String> {
    of.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_counted_is_a_dash_and_not_a_nought() {
        assert_eq!(
            (rate(None), rate(Some(0.0)), rate(Some(2.0 / 3.0))),
            ("–".into(), "0 %".into(), "67 %".into())
        );
        assert_eq!(
            (speed(None), lasting(0.04), lasting(75.2)),
            ("–".into(), "0.0 s".into(), "1 min 15 s".into())
        );
    }
}
