//! Renders a user's history as text, tables and charts.

use domain::download::Provider;
use domain::history::{Delivery, Figures, Outcome, Report};
use smartcache::engine::Error;

use super::charts::{self, ChartTone};
use crate::api::history::{Chart, History, HistoryEntry, Table};
use crate::measure;

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
        tile(of.downloads.to_string(), "Downloads ended"),
        tile(rate(of.hit_rate), "Were here already"),
        tile(rate(of.failure_rate), "Failed"),
        tile(of.cancelled.to_string(), "Cancelled"),
        tile(measure::size(of.bytes_fetched), "Fetched"),
        tile(measure::size(of.bytes_saved), "Saved by hits"),
        tile(speed(of.mean_speed_bps), "Mean speed"),
        tile(speed(of.median_speed_bps), "Median speed"),
    ]
}

fn bytes(report: &Report) -> Result<Option<Chart>, Error> {
    let of = &report.totals;
    if of.bytes_fetched + of.bytes_saved == 0 {
        return Ok(None);
    }
    let days: Vec<_> = report.per_day.iter().map(|day| day.day.format("%m-%d").to_string()).collect();
    let parts =
        |day: &Figures| vec![(ChartTone::Hit, day.bytes_saved), (ChartTone::Fetched, day.bytes_fetched)];
    let piles: Vec<_> = report.per_day.iter().map(|day| parts(&day.figures)).collect();
    let row =
        |figures: &Figures| vec![measure::size(figures.bytes_saved), measure::size(figures.bytes_fetched)];
    Ok(Some(Chart {
        svg: charts::piles(&days, &piles, measure::size).map_err(Error::fault)?,
        label: format!(
            "Bytes per day over {} days: {} here already, {} fetched.",
            report.days,
            measure::size(of.bytes_saved),
            measure::size(of.bytes_fetched)
        ),
        legend: legend(&[(ChartTone::Hit, "Here already"), (ChartTone::Fetched, "Fetched")]),
        table: by_day(report, "Bytes per day", &["Day", "Here already", "Fetched"], row),
    }))
}

fn speeds(report: &Report) -> Result<Option<Chart>, Error> {
    let Some(median) = report.totals.median_speed_bps else { return Ok(None) };
    let days: Vec<_> = report.per_day.iter().map(|day| day.day.format("%m-%d").to_string()).collect();
    let medians: Vec<_> = report.per_day.iter().map(|day| day.figures.median_speed_bps).collect();
    let row = |figures: &Figures| vec![speed(figures.median_speed_bps), speed(figures.mean_speed_bps)];
    Ok(Some(Chart {
        svg: charts::line(&days, &medians, measure::speed).map_err(Error::fault)?,
        label: format!("Median speed per day over {} days: {} in all.", report.days, measure::speed(median)),
        legend: legend(&[(ChartTone::Fetched, "Median of a day's transfers")]),
        table: by_day(report, "Speed per day", &["Day", "Median", "Mean"], row),
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
        label: format!(
            "Downloads per source over {} days: {}, most from {first}.",
            report.days,
            measure::count(report.per_source.len() as i64, "source", "sources")
        ),
        legend: legend(&[
            (ChartTone::Hit, "Here already"),
            (ChartTone::Fetched, "Fetched"),
            (ChartTone::Failed, "Failed"),
        ]),
        table: Table {
            caption: "Downloads per source".into(),
            head: words(&["Source", "Ready / ended", "Here already", "Size", "Median speed"]),
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
        caption: "Where bytes came from".into(),
        head: words(&["Place", "Served", "Size", "Failed", "Median speed"]),
        rows: rows.collect(),
    }
}

/// Table with a row for each day, newest first. Days on which no download ended are omitted.
fn by_day(report: &Report, caption: &str, head: &[&str], row: impl Fn(&Figures) -> Vec<String>) -> Table {
    let busy = report.per_day.iter().rev().filter(|day| day.figures.downloads > 0);
    let rows = busy.map(|day| [vec![day.day.to_string()], row(&day.figures)].concat());
    Table { caption: caption.into(), head: words(head), rows: rows.collect() }
}

fn entry(it: Delivery) -> HistoryEntry {
    let is_ready = it.outcome == Outcome::Ready;
    let facts = [
        Some(it.source_name),
        Some(it.run_id.map_or("Asked for by you".into(), |run| format!("Asked for by run {run}"))),
        it.provider.map(|provider| place(provider).to_owned()),
        is_ready.then(|| measure::size(it.bytes)),
        (!is_ready && it.fetched > 0).then(|| measure::size(it.fetched) + " in vain"),
        Some(if it.hit { "At once".to_owned() } else { lasting(it.seconds) }),
        it.speed_bps.map(measure::speed),
        (it.attempts > 0).then(|| measure::count(it.attempts, "attempt", "attempts")),
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
        Provider::Cache => "Cache",
        Provider::Store => "Object store",
        Provider::Origin => "Publisher",
    }
}

fn rate(rate: Option<f64>) -> String {
    rate.map_or("–".into(), |rate| format!("{:.0} %", rate * 100.0))
}

fn speed(bytes_per_second: Option<i64>) -> String {
    bytes_per_second.map_or("–".into(), measure::speed)
}

fn lasting(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.1} s") } else { measure::duration(seconds.round() as i64) }
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
