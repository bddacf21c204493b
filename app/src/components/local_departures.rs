//! Next departures by the latest plan for this device, with the minutes that are here. Needs no connection.

use domain::plan::view::PlannedDeparture;
use leptos::prelude::*;

use super::When;
use crate::device::use_device;
use crate::{live, t};

/// Nothing without a plan.
#[component]
pub fn LocalDepartures() -> impl IntoView {
    let device = use_device();
    let departures = Memo::new(move |_| {
        let minutes = device.proved_minutes().map_or(0, |(minutes, _)| minutes);
        device.view().with(|view| shares(&view.state.plan, minutes, live::now()))
    });
    move || {
        let rows = departures.get().into_iter().map(|(departure, minutes)| {
            let words =
                t!("{n} of {need} min are on this device.", n = minutes, need = departure.need_minutes);
            let at = departure.departs_at;
            view! {
                <li class="plan-window">
                    <h3 class="row-title">{departure.label} " · " <When at /></h3>
                    <p class="row-text">{words}</p>
                </li>
            }
        });
        let rows: Vec<_> = rows.collect();
        (!rows.is_empty())
            .then(|| view! { <ul class="plan-windows" aria-label=t!("Next departures")>{rows}</ul> })
    }
}

/// Departures after a time in milliseconds, each with its share of the minutes: the earlier ones first.
fn shares(plan: &[PlannedDeparture], mut minutes: i64, now: f64) -> Vec<(PlannedDeparture, i64)> {
    let ahead = plan.iter().filter(|departure| departure.departs_at.timestamp_millis() as f64 > now);
    ahead
        .map(|departure| {
            let share = minutes.clamp(0, departure.need_minutes);
            minutes -= share;
            (departure.clone(), share)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn minutes_go_to_the_departures_in_order() {
        let at = |hours| PlannedDeparture {
            label: "Train".into(),
            departs_at: DateTime::UNIX_EPOCH + TimeDelta::hours(hours),
            need_minutes: 30,
        };
        let plan = [at(1), at(2), at(3), at(4)];
        let got: Vec<i64> = shares(&plan, 50, 3_600_000.0).into_iter().map(|(_, share)| share).collect();
        assert_eq!(got, [30, 20, 0]);
        assert!(shares(&plan, 50, 5.0 * 3_600_000.0).is_empty());
    }
}
