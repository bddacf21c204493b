//! States, reasons and sentences of windows.

mod times;

use chrono_tz::{Europe::Berlin, Tz};

use super::need::departures;
use super::state::ShortReason;
use super::*;
use crate::commute::{CommuteWindow, Day, Plan};
use crate::{CommuteWindowId, SourceId};

const MB: i64 = 1_000_000;

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn window(start: &str, end: &str, days: &[Day]) -> CommuteWindow {
    let time = |text: &str| text.parse().expect("a time");
    let plan = Plan {
        label: "Train".into(),
        start: time(start),
        end: time(end),
        days: days.to_vec(),
        is_active: true,
    };
    CommuteWindow { id: CommuteWindowId(1), plan }
}

fn candidate(id: i64, minutes: i64, location: CopyLocation) -> PlanCandidate {
    PlanCandidate {
        item_id: ItemId(id),
        source_id: SourceId(id),
        tier: SupplyTier::Followed,
        location,
        listening_s: minutes * 60,
        bytes: minutes * MB,
        fetched_bytes: 0,
        part: None,
        is_asked: false,
        score: 0.5,
    }
}

/// Facts of a phone in Berlin: one train of 40 minutes at 07:30 on Monday 2026-11-23, which needs 44.
struct Phone {
    zone: Tz,
    windows: Vec<CommuteWindow>,
    now: DateTime<Utc>,
    candidates: Vec<PlanCandidate>,
    budget_mb: i64,
    down_bps: Option<i64>,
    is_persisted: bool,
    obstacles: Obstacles,
}

fn phone(candidates: &[PlanCandidate]) -> Phone {
    Phone {
        zone: Berlin,
        windows: vec![window("07:30", "08:10", &[Day::Mon])],
        now: time("2026-11-22T21:10:00Z"),
        candidates: candidates.to_vec(),
        budget_mb: 500,
        down_bps: Some(2 * MB),
        is_persisted: true,
        obstacles: Obstacles::default(),
    }
}

impl Phone {
    fn at(self, now: &str) -> Self {
        Self { now: time(now), ..self }
    }

    fn plan(&self) -> DevicePlan {
        let proved_at = time("2026-11-22T21:10:00Z").min(self.now);
        let habit = ContactHabit::of(&[], self.now, &self.zone, self.now);
        let departures = departures(&self.windows, &self.zone, proved_at, self.now + habit.reach());
        let request = PlanRequest {
            now: self.now,
            departures: &departures,
            candidates: &self.candidates,
            habit: &habit,
            proved_at: Some(proved_at),
            is_persisted: self.is_persisted,
            budget_bytes: self.budget_mb * MB,
            down_bps: self.down_bps,
            obstacles: self.obstacles,
            device: "this phone",
        };
        plan(&request, &self.zone)
    }

    fn first(&self) -> WindowPlan {
        self.plan().windows.swap_remove(0)
    }

    fn told(&self) -> (PlanState, Option<ShortReason>, String) {
        let window = self.first();
        (window.state, window.reason, window.sentence)
    }

    fn short(&self) -> (ShortReason, String) {
        let (state, reason, sentence) = self.told();
        assert_eq!(state, PlanState::Short);
        (reason.expect("a reason"), sentence)
    }
}

use CopyLocation::{OnServer, OnTheWay, Origin, Proved, Unproved};

#[test]
fn a_window_is_ready_with_proved_minutes_alone() {
    let ready = phone(&[candidate(1, 44, Proved)]).told();
    let sentence = "44 of 44 minutes are on this phone, proved Sun 22:10.";
    assert_eq!(ready, (PlanState::Ready, None, sentence.into()));
    let unproved = phone(&[candidate(1, 44, Unproved)]).told();
    let sentence = "0 of 44 minutes are on this phone. 44 minutes more are ready here. \
        Open SmartCache before Mon 06:30 (0 B).";
    assert_eq!(unproved, (PlanState::OnServer, None, sentence.into()));
}

#[test]
fn each_state_on_the_way_says_how_far_it_is() {
    let on_server = phone(&[candidate(1, 27, Proved), candidate(2, 20, OnServer)]).told();
    let sentence = "27 of 44 minutes are on this phone, proved Sun 22:10. 17 minutes more are ready here. \
        Open SmartCache before Mon 06:30 (20 MB).";
    assert_eq!(on_server, (PlanState::OnServer, None, sentence.into()));
    let preparing = phone(&[candidate(1, 50, OnTheWay)]).told();
    let sentence = "0 of 44 minutes are on this phone. 44 minutes more are being fetched here. \
        Open SmartCache on this phone before Mon 06:30.";
    assert_eq!(preparing, (PlanState::Preparing, None, sentence.into()));
    let planned = phone(&[candidate(1, 50, Origin)]).told();
    let sentence = "0 of 44 minutes are on this phone. 44 minutes more are chosen and will be fetched here. \
        Open SmartCache on this phone before Mon 06:30.";
    assert_eq!(planned, (PlanState::Planned, None, sentence.into()));
}

#[test]
fn a_window_that_has_begun_is_departed() {
    let mut window = phone(&[candidate(1, 27, Proved)]).first();
    let about = Circumstance {
        now: time("2026-11-23T06:30:00Z"),
        down_bps: None,
        obstacles: Obstacles::default(),
        is_budget_spent: false,
    };
    (window.state, window.reason) = window.judge(&about);
    assert_eq!((window.state, window.reason), (PlanState::Departed, None));
    let told = sentence(&window, "this phone", about.now);
    assert_eq!(told, "27 of 44 minutes were on this phone, proved Sun 22:10.");
}

#[test]
fn without_candidates_it_says_to_follow_more() {
    let told = phone(&[candidate(1, 27, Proved)]).short();
    let sentence = "27 of 44 minutes are on this phone, proved Sun 22:10. Nothing else of your sources is \
        unplayed. Follow another source under Sources.";
    assert_eq!(told, (ShortReason::NoCandidates, sentence.into()));
}

#[test]
fn failing_sources_are_the_reason_where_their_items_are_missed() {
    let mut failing = phone(&[candidate(1, 27, Proved)]);
    failing.obstacles.has_failing_sources = true;
    let sentence = "27 of 44 minutes are on this phone, proved Sun 22:10. 17 minutes are missing, because \
        sources fail. See Sources for the reasons.";
    assert_eq!(failing.short(), (ShortReason::SourceFailed, sentence.into()));
    failing.candidates.push(candidate(2, 30, OnTheWay));
    assert_eq!(failing.told().0, PlanState::Preparing, "it may still come in time");
    assert_eq!(failing.at("2026-11-23T05:31:00Z").short().0, ShortReason::SourceFailed);
}

#[test]
fn limits_and_a_full_server_hold_back_only_items_that_are_not_fetched_yet() {
    let mut limited = phone(&[candidate(1, 27, Proved), candidate(2, 20, Origin)]);
    limited.obstacles.is_limit_reached = true;
    let sentence = "27 of 44 minutes are on this phone, proved Sun 22:10. 17 minutes wait, because your limit \
        of downloads is reached. Raise the limit under Preferences.";
    assert_eq!(limited.short(), (ShortReason::Limits, sentence.into()));
    limited.obstacles.is_server_disk_full = true;
    let sentence = "27 of 44 minutes are on this phone, proved Sun 22:10. 17 minutes wait, because the \
        server's disk is full. Delete downloads that you no longer need.";
    assert_eq!(limited.short(), (ShortReason::ServerDisk, sentence.into()));
    limited.candidates[1].location = OnServer;
    assert_eq!(limited.told().0, PlanState::OnServer);
    limited.candidates.pop();
    assert_eq!(limited.short().0, ShortReason::ServerDisk);
    limited.obstacles.is_server_disk_full = false;
    assert_eq!(limited.short().0, ShortReason::Limits);
}

#[test]
fn a_full_device_says_to_free_space() {
    let mut full = phone(&[candidate(1, 27, Proved), candidate(2, 20, OnServer)]);
    full.budget_mb = 40;
    let sentence = "27 of 44 minutes are on this phone, proved Sun 22:10. 17 minutes do not fit into the \
        storage on this phone. Free some space there, or raise its limit under Devices.";
    assert_eq!(full.short(), (ShortReason::DeviceFull, sentence.into()));
    full.budget_mb = 500;
    full.obstacles.is_device_full = true;
    assert_eq!(full.short().0, ShortReason::DeviceFull, "the device says so");
}

#[test]
fn a_device_that_stays_away_is_asked_for_by_the_departure() {
    let away = phone(&[candidate(1, 27, Proved), candidate(2, 20, OnServer)]).at("2026-11-23T05:31:00Z");
    let sentence = "27 of 44 minutes are on this phone, proved Sun 22:10. 17 minutes more are ready here \
        (20 MB). Open SmartCache before 07:30.";
    assert_eq!(away.short(), (ShortReason::DeviceAway, sentence.into()));
}

#[test]
fn a_slow_connection_is_told_before_it_is_too_late() {
    let mut slow = phone(&[candidate(1, 27, Proved), candidate(2, 20, OnServer)]);
    slow.down_bps = Some(10_000);
    let sentence = "27 of 44 minutes are on this phone, proved Sun 22:10. 17 minutes more are ready here, but \
        20 MB are too much for its slow connection. Open SmartCache on a faster network before Mon 06:30.";
    assert_eq!(slow.short(), (ShortReason::SlowLink, sentence.into()));
}

#[test]
fn a_browser_that_lost_files_is_named() {
    let mut lost = phone(&[candidate(2, 50, OnServer)]);
    lost.obstacles.has_lost_copies = true;
    let sentence = "0 of 44 minutes are on this phone. Its browser has removed files from this phone. \
        Add SmartCache to the home screen of this phone, and open it before Mon 06:30.";
    assert_eq!(lost.short(), (ShortReason::NotKept, sentence.into()));
}

#[test]
fn each_reason_and_state_was_told_above() {
    let told = include_str!("tests.rs");
    let named = |word: String| assert!(told.contains(&word), "{word}");
    ShortReason::ALL.iter().for_each(|reason| named(format!("(ShortReason::{reason:?}, sentence")));
    PlanState::ALL.iter().for_each(|state| named(format!("PlanState::{state:?}")));
}

#[test]
fn other_supply_is_never_used_silently() {
    let mut other = phone(&[candidate(1, 20, Proved), candidate(2, 20, OnServer), candidate(3, 4, OnServer)]);
    other.candidates[1].tier = SupplyTier::BackCatalogue;
    other.candidates[2].tier = SupplyTier::Article;
    let sentence = other.first().sentence;
    let words = "New episodes did not suffice, so it includes 20 minutes from older episodes and 4 minutes from \
        articles.";
    assert!(sentence.contains(words), "{sentence}");
    other.candidates[1].tier = SupplyTier::Directory;
    assert!(other.first().sentence.contains("20 minutes from sources that you do not follow"));
}

#[test]
fn old_proofs_count_only_where_the_browser_keeps_files() {
    let mut tab = phone(&[candidate(1, 400, Proved)]);
    tab.windows[0].plan.days = Day::ALL.to_vec();
    tab.is_persisted = false;
    let later = |phone: Phone, now: &str| phone.at(now).first().state;
    assert_eq!(later(tab, "2026-11-26T21:00:00Z"), PlanState::Ready);
    let mut tab = phone(&[candidate(1, 400, Proved)]);
    tab.windows[0].plan.days = Day::ALL.to_vec();
    tab.is_persisted = false;
    assert_eq!(later(tab, "2026-11-26T21:11:00Z"), PlanState::OnServer);
}

#[test]
fn windows_that_have_begun_since_the_inventory_use_up_their_minutes() {
    let mut both = phone(&[candidate(1, 60, Proved)]);
    both.windows.push(window("17:00", "17:10", &[Day::Mon]));
    let states =
        |phone: &Phone| phone.plan().windows.iter().map(|it| it.on_device_s / 60).collect::<Vec<_>>();
    assert_eq!(states(&both), [44, 11]);
    let later = both.at("2026-11-23T12:00:00Z");
    assert_eq!(states(&later), [2], "57 of 60 minutes may have been used up");
    let mut longer = later;
    longer.candidates[0].listening_s = 75 * 60;
    assert_eq!(states(&longer), [11]);
}

#[test]
fn the_device_fetches_for_the_next_window_first_and_there_what_is_small() {
    let mut all: Vec<_> =
        [(1, 60), (2, 10), (3, 20), (4, 30)].map(|(id, m)| candidate(id, m, OnServer)).into();
    for (candidate, score) in all.iter_mut().zip([0.3, 0.5, 0.6, 0.9]) {
        candidate.score = score;
    }
    let mut two = phone(&all);
    two.windows.push(window("17:00", "17:40", &[Day::Mon]));
    assert_eq!(two.plan().wants, [3, 4, 2, 1].map(ItemId), "30 and 20 minutes, then 10 and 60");
    two.candidates[3].fetched_bytes = MB;
    assert_eq!(two.plan().wants, [4, 3, 2, 1].map(ItemId), "a begun file comes first");
    assert_eq!(two.plan().missing_bytes, 119 * MB);
}

#[test]
fn an_item_is_a_candidate_if_it_may_be_fetched_and_was_not_refused() {
    use super::candidates::{Eligibility, ScoreFacts, TransferRecord, listening_seconds};
    use crate::item::Availability;
    use crate::rating::Thumb;
    let fine = Eligibility {
        availability: Availability::Cacheable,
        is_finished: false,
        is_allowed: true,
        is_dismissed: false,
        rating: Some(Thumb::Up),
    };
    assert!(fine.is_candidate());
    assert!(!Eligibility { rating: Some(Thumb::Down), ..fine }.is_candidate());
    assert!(!Eligibility { is_finished: true, ..fine }.is_candidate());
    assert!(!Eligibility { is_allowed: false, ..fine }.is_candidate());
    assert!(!Eligibility { availability: Availability::Unavailable, ..fine }.is_candidate());
    assert_eq!((listening_seconds(3_600, 600.0, 1.5), listening_seconds(10, 20.0, 1.0)), (2_000, 0));
    let best = ScoreFacts {
        priority: 10,
        age: TimeDelta::zero(),
        usual_gap_seconds: Some(86_400),
        quality: Some(1.0),
        is_asked: true,
        chance: 1.0,
    };
    let day_old = ScoreFacts { age: TimeDelta::days(1), is_asked: false, ..best };
    assert_eq!((best.score(), day_old.score()), (1.0, 0.675));
    let record = TransferRecord { ended: 18, succeeded: 9, bps: Some(MB) };
    assert_eq!(
        record.chance(60 * MB, TimeDelta::seconds(30)),
        0.25,
        "half succeed, and half of it would come"
    );
    assert_eq!(record.chance(0, TimeDelta::zero()), 0.5);
}

#[test]
fn the_next_contact_confirms_a_claim_or_contradicts_it() {
    use super::outcome::{CopyEvidence, ReadinessClaim, verdict};
    use crate::DownloadId;
    let claim = ReadinessClaim {
        departs_at: time("2026-11-23T06:30:00Z"),
        need_s: 2_640,
        at_minus_10_s: 2_700,
        at_departure_s: 2_700,
        copies_minus_10: vec![(DownloadId(1), 1_500), (DownloadId(2), 1_200)],
        copies: vec![(DownloadId(1), 1_500), (DownloadId(2), 1_200)],
    };
    let held = CopyEvidence::Held { download_id: DownloadId(1) };
    let gone = |at: &str| CopyEvidence::Gone { download_id: DownloadId(2), at: time(at) };
    assert!(claim.is_ready());
    let is_confirmed =
        |claim: &ReadinessClaim, evidence: &[CopyEvidence]| verdict(claim, evidence).is_confirmed;
    assert_eq!(is_confirmed(&claim, &[held, gone("2026-11-23T06:55:00Z")]), Some(true));
    assert_eq!(is_confirmed(&claim, &[held, gone("2026-11-22T22:00:00Z")]), Some(false), "finished before");
    let listed = CopyEvidence::Listed { download_id: DownloadId(2) };
    assert_eq!(is_confirmed(&claim, &[held, listed]), None, "a proof is awaited");
    assert_eq!(is_confirmed(&claim, &[listed]), Some(false), "no proof could save it");
    let evicted = verdict(&claim, &[held]);
    assert_eq!((evicted.is_confirmed, evicted.confirmed_s), (Some(false), 1_500));
    let known = ReadinessClaim { at_departure_s: 0, copies: Vec::new(), ..claim.clone() };
    assert_eq!(is_confirmed(&known, &[]), Some(false), "the loss was known at the departure");
    let short = ReadinessClaim { at_minus_10_s: 1_500, ..known };
    assert_eq!(is_confirmed(&short, &[]), Some(true));
}
