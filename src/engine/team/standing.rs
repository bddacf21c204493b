//! Where a team stands: folded from what was said, one thing after the other, and never stored by itself.

use std::sync::Arc;

use super::condition::{Point, Reason, Watch};
use super::{Member, Said, Team};
use crate::domain::{DateTime, Utc};

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// These calls were made and have no answer yet.
    Answer(Vec<String>),
    /// This agent has the word.
    Speak(String),
    /// This team, the whole or one within it, is over for this time.
    End { team: String, reason: Reason },
    /// Nothing, until somebody begins again.
    Rest,
}

#[derive(Debug, Clone)]
pub struct Standing {
    team: Arc<Team>,
    place: Place,
    rests: bool,
    turns: u64,
    /// Whether anything was said since the last turn ended.
    in_turn: bool,
    open: Vec<String>,
    handed_to: Option<String>,
}

/// Where one team of the tree stands. The member whose turn it is survives all ends.
#[derive(Debug, Clone)]
struct Place {
    next: usize,
    began: Option<DateTime<Utc>>,
    watch: Option<Watch>,
    inner: Vec<Option<Place>>,
}

impl Standing {
    /// Before anything was said.
    pub fn new(team: Arc<Team>) -> Self {
        let place = Place::new(&team);
        Self { team, place, rests: true, turns: 0, in_turn: false, open: Vec::new(), handed_to: None }
    }

    /// Turns taken since ever.
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// Whose turn it is, or will be.
    pub fn speaker(&self) -> &str {
        self.place.speaker(&self.team)
    }

    /// Gives the word to an agent, as a conversation did that this one goes on with.
    pub fn turn_to(&mut self, agent: &str) {
        self.place.turn_to(&self.team, agent);
    }

    pub fn take(&mut self, said: &Said<'_>, at: DateTime<Utc>) {
        match *said {
            Said::Begin => {
                self.rests = false;
                self.in_turn = false;
                self.place.restart(&self.team);
            }
            Said::Call { id, .. } => self.open.push(id.to_owned()),
            Said::Answer { id, .. } => self.open.retain(|open| open != id),
            Said::Handoff { to, .. } => self.handed_to = Some(to.to_owned()),
            _ => {}
        }
        self.place.take(&self.team, said, at);
        match *said {
            Said::TurnEnd { .. } => {
                self.turns += 1;
                self.in_turn = false;
                let to = self.handed_to.take();
                self.place.turn_end(&self.team, to.as_deref());
            }
            Said::TeamEnd { team } if team == self.team.name => self.rests = true,
            Said::TeamEnd { team } => self.place.team_end(&self.team, team),
            Said::Begin => {}
            _ => self.in_turn = true,
        }
    }

    /// What is asked for is answered first, while there is time; an outer team's end comes before an inner one's.
    pub fn next(&self, now: DateTime<Utc>) -> Next {
        if self.rests {
            return Next::Rest;
        }
        let point = match (self.open.is_empty(), self.in_turn) {
            (false, _) => Point::Call,
            (true, true) => Point::Step,
            (true, false) => Point::Turn,
        };
        match self.place.over(&self.team, now, point) {
            Some((team, reason)) => Next::End { team, reason },
            None if point == Point::Call => Next::Answer(self.open.clone()),
            None => Next::Speak(self.speaker().to_owned()),
        }
    }

    /// Calls without an answer, in order.
    pub fn open(&self) -> &[String] {
        &self.open
    }
}

impl Place {
    fn new(team: &Team) -> Self {
        let of = |member: &Member| match member {
            Member::Agent(_) => None,
            Member::Team(team) => Some(Self::new(team)),
        };
        let watch = team.stop.as_ref().map(Watch::new);
        Self { next: 0, began: None, watch, inner: team.members.iter().map(of).collect() }
    }

    /// Counts anew; who speaks next stays.
    fn restart(&mut self, team: &Team) {
        self.began = None;
        self.watch = team.stop.as_ref().map(Watch::new);
        for (place, member) in self.inner.iter_mut().zip(&team.members) {
            if let (Some(place), Member::Team(team)) = (place, member) {
                place.restart(team);
            }
        }
    }

    /// The team that has the word now, where it is a team.
    fn current<'t>(&mut self, team: &'t Team) -> Option<(&mut Place, &'t Team)> {
        match (self.inner.get_mut(self.next)?, team.members.get(self.next)?) {
            (Some(place), Member::Team(inner)) => Some((place, inner)),
            _ => None,
        }
    }

    fn speaker<'t>(&self, team: &'t Team) -> &'t str {
        match (team.members.get(self.next), self.inner.get(self.next)) {
            (Some(Member::Team(inner)), Some(Some(place))) => place.speaker(inner),
            (Some(member), _) => member.name(),
            (None, _) => "",
        }
    }

    fn take(&mut self, team: &Team, said: &Said<'_>, at: DateTime<Utc>) {
        self.began.get_or_insert(at);
        if let Some(watch) = &mut self.watch {
            watch.take(said);
        }
        if let Some((place, inner)) = self.current(team) {
            place.take(inner, said, at);
        }
    }

    fn turn_end(&mut self, team: &Team, to: Option<&str>) {
        if let Some((place, inner)) = self.current(team) {
            let leaves = to.is_some_and(|to| !inner.holds(to) && team.holds(to));
            if !leaves {
                return place.turn_end(inner, to);
            }
        }
        self.pass_on(team, to);
    }

    fn team_end(&mut self, team: &Team, ended: &str) {
        match self.current(team) {
            Some((_, inner)) if inner.name == ended => self.pass_on(team, None),
            Some((place, inner)) => place.team_end(inner, ended),
            None => {}
        }
    }

    /// A member's turn is over: the next one, or the one it was handed to.
    fn pass_on(&mut self, team: &Team, to: Option<&str>) {
        let Some(member) = team.members.get(self.next) else { return };
        if let Some(watch) = &mut self.watch {
            watch.turn(member.name());
        }
        if let Some((place, inner)) = self.current(team) {
            place.restart(inner);
        }
        let target = to.and_then(|to| team.members.iter().position(|member| member.is_or_holds(to)));
        self.next = target.unwrap_or((self.next + 1) % team.members.len());
        if let (Some(to), Some((place, inner))) = (to, self.current(team)) {
            place.turn_to(inner, to);
        }
    }

    fn turn_to(&mut self, team: &Team, to: &str) {
        let Some(target) = team.members.iter().position(|member| member.is_or_holds(to)) else { return };
        self.next = target;
        if let Some((place, inner)) = self.current(team) {
            place.turn_to(inner, to);
        }
    }

    fn over(&self, team: &Team, now: DateTime<Utc>, point: Point) -> Option<(String, Reason)> {
        let began = self.began.unwrap_or(now);
        let own = self.watch.as_ref().and_then(|watch| watch.met(began, now, point));
        if let Some(reason) = own {
            return Some((team.name.clone(), reason));
        }
        match (team.members.get(self.next)?, self.inner.get(self.next)?) {
            (Member::Team(inner), Some(place)) => place.over(inner, now, point),
            _ => None,
        }
    }
}

impl Team {
    fn holds(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.is_or_holds(name))
    }
}

impl Member {
    fn is_or_holds(&self, name: &str) -> bool {
        self.name() == name || matches!(self, Self::Team(team) if team.holds(name))
    }
}
