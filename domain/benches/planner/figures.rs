//! Figures of a simulation, added up over users.

use std::collections::BTreeMap;

use smartcache_domain::plan::state::ShortReason;

#[derive(Default)]
pub struct Figures {
    pub windows: i64,
    pub ready: i64,
    /// Windows with a contact of a minute in the 72 hours before.
    pub windows_with_contact: i64,
    pub ready_with_contact: i64,
    /// Claims of readiness, and those that the next contact contradicted.
    pub claimed: i64,
    pub contradicted: i64,
    /// Windows claimed to be ready that were not, whether or not a contact followed.
    pub untrue: i64,
    pub reasons: BTreeMap<Option<ShortReason>, i64>,
    pub fetched_bytes: f64,
    pub played_bytes: f64,
    /// Bytes of what is still to be played at the end.
    pub left_bytes: f64,
    pub reminders: i64,
    pub plans: i64,
}

impl Figures {
    pub fn count(&mut self, had_contact: bool, is_ready: bool, reason: Option<ShortReason>) {
        self.windows += 1;
        self.ready += i64::from(is_ready);
        self.windows_with_contact += i64::from(had_contact);
        self.ready_with_contact += i64::from(had_contact && is_ready);
        if !is_ready {
            *self.reasons.entry(reason).or_default() += 1;
        }
    }

    pub fn add(&mut self, other: Self) {
        self.windows += other.windows;
        self.ready += other.ready;
        self.windows_with_contact += other.windows_with_contact;
        self.ready_with_contact += other.ready_with_contact;
        self.claimed += other.claimed;
        self.contradicted += other.contradicted;
        self.untrue += other.untrue;
        self.fetched_bytes += other.fetched_bytes;
        self.played_bytes += other.played_bytes;
        self.left_bytes += other.left_bytes;
        self.reminders += other.reminders;
        self.plans += other.plans;
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
    }

    /// Bytes fetched per byte played, without what is still to be played at the end.
    pub fn traffic(&self) -> f64 {
        (self.fetched_bytes - self.left_bytes) / self.played_bytes
    }

    pub fn reasons(&self) -> String {
        let words = self.reasons.iter().map(|(reason, count)| {
            let word = reason.map_or("on the way", |reason| reason.as_str());
            format!("{word} {count}")
        });
        words.collect::<Vec<_>>().join(", ")
    }
}
