//! Encoding: OpenMetrics, and Prometheus' older text format 0.0.4 for clients without it.

use std::collections::HashSet;
use std::fmt;

use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::registry::Registry;

/// Response to a scrape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Value of the header `Content-Type`.
    pub content_type: &'static str,
    /// Body.
    pub text: String,
}

/// Encodes registries in the format that the header `Accept` asks for.
///
/// # Errors
/// If a metric cannot be written, which has no cause outside of the program.
pub fn encode(registries: &[&Registry], accept: Option<&str>) -> Result<Encoded, fmt::Error> {
    let mut text = String::new();
    registries.iter().try_for_each(|registry| encode_registry(&mut text, registry))?;
    encode_eof(&mut text)?;
    Ok(match accept.is_some_and(|accept| accept.contains("application/openmetrics-text")) {
        true => Encoded { content_type: "application/openmetrics-text; version=1.0.0; charset=utf-8", text },
        false => Encoded {
            content_type: "text/plain; version=0.0.4; charset=utf-8",
            text: from_open_metrics(&text),
        },
    })
}

/// Rewrites OpenMetrics. In the older format a family of counters is named like its samples, with `_total`,
/// and there are neither units nor a mark for the end.
fn from_open_metrics(text: &str) -> String {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let counters: HashSet<&str> = types.filter_map(|family| family.strip_suffix(" counter")).collect();
    let mut old = String::with_capacity(text.len());
    for line in text.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(keyword @ ("HELP" | "TYPE")), Some(name), Some(rest)) => {
                let suffix = if counters.contains(name) { "_total" } else { "" };
                old.push_str(&format!("# {keyword} {name}{suffix} {rest}\n"));
            }
            (Some("#"), ..) => {}
            _ => {
                old.push_str(line);
                old.push('\n');
            }
        }
    }
    old
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{CounterFamily, Histogram, HistogramFamily, ResponseLabels, ResponseTimes, Scrape};

    #[test]
    fn counters_are_named_like_their_samples_and_the_rest_stays() {
        let open = "# HELP runs Runs that ended.\n# TYPE runs counter\nruns_total{outcome=\"failed\"} 2\n\
                    # HELP free_bytes Free.\n# TYPE free_bytes gauge\n# UNIT free_bytes bytes\nfree_bytes 7\n# EOF\n";
        let old = "# HELP runs_total Runs that ended.\n# TYPE runs_total counter\nruns_total{outcome=\"failed\"} 2\n\
                   # HELP free_bytes Free.\n# TYPE free_bytes gauge\nfree_bytes 7\n";
        assert_eq!(from_open_metrics(open), old);
    }

    #[test]
    fn metrics_are_written_under_their_names() {
        let mut registry = Registry::default();
        let decisions = CounterFamily::new(&mut registry, "decisions", "Decisions", ["limit", "decision"]);
        decisions.inc(["sign_up", "refused"]);
        decisions.of(["sign_up", "refused"]).inc_by(2);
        let jobs = HistogramFamily::new(&mut registry, "job_seconds", "Jobs", ["kind"], || {
            Histogram::new([0.1, 0.5])
        });
        jobs.observe(["transfer"], Duration::from_millis(200));
        let responses = ResponseTimes::new(&mut registry, "response_seconds");
        let labels = ResponseLabels { method: "GET", route: "/items/{id}".into(), status: 200 };
        responses.observe(&labels, Duration::from_millis(7));
        let mut scrape = Scrape::default();
        scrape.gauges("jobs", "Jobs", ["queue"], [(["feeds".to_owned()], 4)]);
        scrape.gauge_f64("start_seconds", "Start", 1.5);
        scrape.counter("dropped", "Dropped", 7);
        let text =
            encode(&[&registry, scrape.registry()], Some("application/openmetrics-text;version=1.0.0"));
        let text = text.expect("is written").text;
        for line in [
            "# TYPE decisions counter\n",
            "decisions_total{limit=\"sign_up\",decision=\"refused\"} 3\n",
            "job_seconds_bucket{le=\"0.1\",kind=\"transfer\"} 0\n",
            "job_seconds_bucket{le=\"0.5\",kind=\"transfer\"} 1\n",
            "response_seconds_count{method=\"GET\",route=\"/items/{id}\",status=\"200\"} 1\n",
            "# TYPE jobs gauge\njobs{queue=\"feeds\"} 4\n",
            "start_seconds 1.5\n",
            "dropped_total 7\n",
            "# EOF\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }
}
