//! Sentences about a planned window: state, numbers, cause, and one action.

use chrono::{Datelike, FixedOffset};

use super::state::{PlanState, ShortReason, WindowPlan};
use crate::commute::time_of_day;
use crate::size::size;
use crate::{DateTime, Utc};

/// Sentence about a window on a device, which is named as in "this phone".
pub fn sentence(window: &WindowPlan, device: &str, now: DateTime<Utc>) -> String {
    let parts =
        [Some(numbers(window, device)), replaced(window), cause(window, device), action(window, device, now)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn numbers(window: &WindowPlan, device: &str) -> String {
    let (held, need) = (window.on_device_s / 60, minutes_up(window.need_s));
    let held = if window.on_device_s >= window.need_s { need } else { held };
    let verb = if window.state == PlanState::Departed { "were" } else { "are" };
    let proved = window.proved_at.filter(|_| held > 0).map(|at| {
        let local = at.with_timezone(&window.departs_at.timezone());
        format!(", proved {}", time_near(local, window.departs_at))
    });
    format!("{held} of {need} minutes {verb} on {device}{}.", proved.unwrap_or_default())
}

/// Names the supply that replaces new episodes.
fn replaced(window: &WindowPlan) -> Option<String> {
    let kinds = [
        (window.older_s, "older episodes"),
        (window.articles_s, "articles"),
        (window.directory_s, "sources that you do not follow"),
    ];
    let named = kinds.into_iter().filter(|(seconds, _)| *seconds > 0);
    let named: Vec<_> = named.map(|(seconds, kind)| format!("{} from {kind}", minutes(seconds))).collect();
    let (last, before) = named.split_last()?;
    let list = if before.is_empty() { last.clone() } else { format!("{} and {last}", before.join(", ")) };
    Some(format!("New episodes did not suffice, so it includes {list}."))
}

fn cause(window: &WindowPlan, device: &str) -> Option<String> {
    let missing = minutes(window.missing_s());
    let elsewhere = minutes(window.missing_s().min(window.on_server_s));
    let bytes = size(window.missing_bytes);
    Some(match (window.state, window.reason) {
        (PlanState::Ready | PlanState::Departed, _) => return None,
        (PlanState::Planned, _) => format!("{missing} more are chosen and will be fetched here."),
        (PlanState::Preparing, _) => format!("{missing} more are being fetched here."),
        (PlanState::OnServer, _) => format!("{elsewhere} more are ready here."),
        (PlanState::Short, None | Some(ShortReason::NoCandidates)) => {
            "Nothing else of your sources is unplayed.".into()
        }
        (_, Some(ShortReason::SourceFailed)) => format!("{missing} are missing, because sources fail."),
        (_, Some(ShortReason::Limits)) => {
            format!("{missing} wait, because your limit of downloads is reached.")
        }
        (_, Some(ShortReason::ServerDisk)) => format!("{missing} wait, because the server's disk is full."),
        (_, Some(ShortReason::DeviceFull)) => format!("{missing} do not fit into the storage on {device}."),
        (_, Some(ShortReason::DeviceAway)) => format!("{elsewhere} more are ready here ({bytes})."),
        (_, Some(ShortReason::SlowLink)) => {
            format!("{elsewhere} more are ready here, but {bytes} are too much for its slow connection.")
        }
        (_, Some(ShortReason::NotKept)) => format!("Its browser has removed files from {device}."),
    })
}

fn action(window: &WindowPlan, device: &str, now: DateTime<Utc>) -> Option<String> {
    let deadline = if now < window.contact_by { window.contact_by } else { window.departs_at };
    let local_now = now.with_timezone(&window.departs_at.timezone());
    let before = time_near(deadline, local_now);
    let bytes = size(window.missing_bytes);
    Some(match (window.state, window.reason) {
        (PlanState::Ready | PlanState::Departed, _) => return None,
        (PlanState::Planned | PlanState::Preparing, _) => {
            format!("Open SmartCache on {device} before {before}.")
        }
        (PlanState::OnServer, _) => format!("Open SmartCache before {before} ({bytes})."),
        (PlanState::Short, None | Some(ShortReason::NoCandidates)) => {
            "Follow another source under Sources.".into()
        }
        (_, Some(ShortReason::SourceFailed)) => "See Sources for the reasons.".into(),
        (_, Some(ShortReason::Limits)) => "Raise the limit under Preferences.".into(),
        (_, Some(ShortReason::ServerDisk)) => "Delete downloads that you no longer need.".into(),
        (_, Some(ShortReason::DeviceFull)) => {
            "Free some space there, or raise its limit under Devices.".into()
        }
        (_, Some(ShortReason::DeviceAway)) => format!("Open SmartCache before {before}."),
        (_, Some(ShortReason::SlowLink)) => format!("Open SmartCache on a faster network before {before}."),
        (_, Some(ShortReason::NotKept)) => {
            format!("Add SmartCache to the home screen of {device}, and open it before {before}.")
        }
    })
}

fn minutes(seconds: i64) -> String {
    match minutes_up(seconds) {
        1 => "1 minute".into(),
        many => format!("{many} minutes"),
    }
}

fn minutes_up(seconds: i64) -> i64 {
    (seconds + 59) / 60
}

/// Time of day, with the weekday unless both are on the same date.
fn time_near(at: DateTime<FixedOffset>, other: DateTime<FixedOffset>) -> String {
    let time = time_of_day(at);
    if at.date_naive() == other.date_naive() { time.to_string() } else { format!("{} {time}", at.weekday()) }
}
