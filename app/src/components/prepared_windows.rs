//! Windows that a device prepares for, on Home: minutes by where they are, and the plan's sentence.

use leptos::prelude::*;

use crate::api::plans::{DevicePlans, PreparedWindow};
use crate::device::use_device;
use crate::{language, t};

/// Windows of this browser's device or, if it has no plans, of the device that holds most.
#[component]
pub fn PreparedWindows(#[prop(into)] plans: Signal<Vec<DevicePlans>>) -> impl IntoView {
    let device = use_device();
    let shown = Memo::new(move |_| {
        plans.with(|plans| {
            let this = plans.iter().find(|plan| device.is(plan.device_id.0));
            this.or(plans.first()).cloned()
        })
    });
    move || shown.get().map(|plan| view! { <Windows plan /> })
}

#[component]
fn Windows(plan: DevicePlans) -> impl IntoView {
    let rows = plan.windows.into_iter().map(|window| view! { <Window window /> });
    view! {
        <ul class="plan-windows" aria-label=t!("Prepared for the next departures on {device}", device = plan.device)>
            {rows.collect_view()}
        </ul>
    }
}

#[component]
fn Window(window: PreparedWindow) -> impl IntoView {
    let PreparedWindow { label, when, need, on_device, on_server, on_the_way, sentence } = window;
    let words = t!(
        "{device} of {need} min on the device, {server} on the server, {way} on the way",
        device = on_device,
        need = need,
        server = on_server,
        way = on_the_way
    );
    view! {
        <li class="plan-window">
            <h3 class="row-title">{label} " · " {when}</h3>
            <Bar need parts=[on_device, on_server, on_the_way] words />
            <p class="row-text">{language::sentence(&sentence)}</p>
        </li>
    }
}

/// Bar over the need: the parts one after the other, and the rest missing.
#[component]
fn Bar(need: i64, parts: [i64; 3], words: String) -> impl IntoView {
    let mut at = 0;
    let classes = ["plan-on-device", "plan-on-server", "plan-on-the-way"];
    let part = |(class, minutes): (&'static str, i64)| {
        let (from, width) = (at, minutes.clamp(0, (need - at).max(0)));
        at += width;
        (width > 0).then(
            || view! { <rect class=class x=from.to_string() width=width.to_string() height="1"></rect> },
        )
    };
    let view_box = "0 0 ".to_owned() + &need.max(1).to_string() + " 1";
    let parts: Vec<_> = classes.into_iter().zip(parts).map(part).collect();
    view! {
        <svg class="plan-bar" viewBox=view_box preserveAspectRatio="none" role="img" aria-label=words>
            {parts}
        </svg>
    }
}
