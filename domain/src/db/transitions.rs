//! Transitions of a row's status, and sets of statuses, as SQL. Their words are those of the domain.

use super::sql::{SafeSql, sql};
use crate::approval::ApprovalStatus;
use crate::download::DownloadStatus;
use crate::item::Availability;
use crate::run::RunStatus;

/// A state of a row, in its column `status`.
pub(super) trait Status: Copy + PartialEq + 'static {
    const ALL: &'static [Self];

    fn word(self) -> &'static str;

    /// Whether a transition is legal.
    fn may_become(self, next: Self) -> bool;
}

macro_rules! statuses {
    ($($name:ident),*) => { $(
        impl Status for $name {
            const ALL: &'static [Self] = $name::ALL;

            fn word(self) -> &'static str {
                self.as_str()
            }

            fn may_become(self, next: Self) -> bool {
                $name::may_become(self, next)
            }
        }
    )* };
}
statuses!(ApprovalStatus, DownloadStatus, RunStatus);

/// Compare-and-set of the status: a row whose status is one of `from` gets `to`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transition<S: 'static> {
    pub from: &'static [S],
    /// Intermediate state that is passed within the same statement.
    pub via: Option<S>,
    pub to: S,
}

impl<S: Status> Transition<S> {
    pub const fn new(from: &'static [S], to: S) -> Self {
        Self { from, via: None, to }
    }

    /// The assignment: `status = 'ready'`.
    pub fn set(&self) -> SafeSql {
        debug_assert!(self.is_legal());
        sql!("status = {}", SafeSql::word(self.to.word()))
    }

    /// The condition: `status IN ('queued', 'verifying')`.
    pub fn applies(&self) -> SafeSql {
        match self.from {
            [one] => sql!("status = {}", SafeSql::word(one.word())),
            several => sql!("status IN {}", SafeSql::words(several.iter().map(|status| status.word()))),
        }
    }

    /// Whether each transition is legal, directly or through `via`, or changes nothing.
    pub fn is_legal(&self) -> bool {
        let may = |from: S, to: S| from == to || from.may_become(to);
        self.from.iter().all(|from| match self.via {
            Some(via) => may(*from, self.to) || may(*from, via) && may(via, self.to),
            None => may(*from, self.to),
        })
    }
}

/// The states for which a condition of the domain holds: `('queued', 'paused')`.
pub(super) fn those<S: Status>(holds: impl Fn(S) -> bool) -> SafeSql {
    SafeSql::words(S::ALL.iter().filter(|status| holds(**status)).map(|status| status.word()))
}

/// The availabilities for which a condition of the domain holds.
pub(super) fn availabilities(holds: impl Fn(Availability) -> bool) -> SafeSql {
    SafeSql::words(Availability::ALL.iter().filter(|one| holds(**one)).map(|one| one.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use DownloadStatus::{Downloading, Queued, Ready, Verifying};

    #[test]
    fn a_transition_is_legal_if_the_domain_allows_it_from_each_status() {
        assert!(Transition::new(&[Queued, Verifying], Ready).is_legal());
        assert!(!Transition::new(&[Queued, Downloading], Ready).is_legal());
        assert!(
            Transition { via: Some(Verifying), ..Transition::new(&[Queued, Downloading], Ready) }.is_legal()
        );
        assert!(!Transition::new(&[RunStatus::Completed], RunStatus::Running).is_legal());
    }

    #[test]
    fn transitions_and_sets_have_the_words_of_the_domain() {
        let ready = Transition::new(&[Queued, Verifying], Ready);
        assert_eq!(
            (ready.set().as_str(), ready.applies().as_str()),
            ("status = 'ready'", "status IN ('queued', 'verifying')")
        );
        assert_eq!(Transition::new(&[Ready], Queued).applies().as_str(), "status = 'ready'");
        assert_eq!(
            those(DownloadStatus::is_open).as_str(),
            "('queued', 'downloading', 'paused', 'verifying')"
        );
    }
}
