//! Team state, derived by folding the message log. Never stored.

use std::sync::Arc;

use super::condition::{ConditionState, Point, Reason};
use super::{Member, Team, TeamEntry};
use chrono::{DateTime, Utc};

/// Next action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Answer these open calls.
    Answer(Vec<String>),
    /// Let this agent speak.
    Speak(String),
    /// End this team, the outermost or a nested one.
    End {
        /// Name of the team that ends.
        team: String,
        /// The condition that was met.
        reason: Reason,
    },
    /// Nothing, until the next `TeamEntry::Begin`.
    Rest,
}

/// State of a team: a fold over the events of its conversation. It is never stored.
#[derive(Debug, Clone)]
pub struct TeamState {
    team: Arc<Team>,
    place: TeamPosition,
    rests: bool,
    turns: u64,
    /// Whether any event has occurred since the last turn ended.
    in_turn: bool,
    open: Vec<String>,
    handed_to: Option<String>,
}

/// State of one team in the tree. The next member survives every end.
#[derive(Debug, Clone)]
struct TeamPosition {
    next: usize,
    began: Option<DateTime<Utc>>,
    watch: Option<ConditionState>,
    inner: Vec<Option<TeamPosition>>,
}

impl TeamState {
    /// State before the first event.
    pub fn new(team: Arc<Team>) -> Self {
        let place = TeamPosition::new(&team);
        Self { team, place, rests: true, turns: 0, in_turn: false, open: Vec::new(), handed_to: None }
    }

    /// Number of turns over all tasks.
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// Agent of the current or next turn.
    pub fn speaker(&self) -> &str {
        self.place.speaker(&self.team)
    }

    /// Gives the turn to an agent, for a conversation that continues another one.
    pub fn turn_to(&mut self, agent: &str) {
        self.place.turn_to(&self.team, agent);
    }

    /// Takes the next event of the conversation, with its time.
    pub fn take(&mut self, said: &TeamEntry<'_>, at: DateTime<Utc>) {
        match *said {
            TeamEntry::Begin => {
                self.rests = false;
                self.in_turn = false;
                self.place.restart(&self.team);
            }
            TeamEntry::Call { id, .. } => self.open.push(id.to_owned()),
            TeamEntry::Answer { id, .. } => self.open.retain(|open| open != id),
            TeamEntry::Handoff { to, .. } => self.handed_to = Some(to.to_owned()),
            _ => {}
        }
        self.place.take(&self.team, said, at);
        match *said {
            TeamEntry::TurnEnd { .. } => {
                self.turns += 1;
                self.in_turn = false;
                let to = self.handed_to.take();
                self.place.turn_end(&self.team, to.as_deref());
            }
            TeamEntry::TeamEnd { team } if team == self.team.name => self.rests = true,
            TeamEntry::TeamEnd { team } => self.place.team_end(&self.team, team),
            TeamEntry::Begin => {}
            _ => self.in_turn = true,
        }
    }

    /// Returns the next action. Open calls are answered first, while there is time; an outer team
    /// ends before an inner one.
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

impl TeamPosition {
    fn new(team: &Team) -> Self {
        let of = |member: &Member| match member {
            Member::Agent(_) => None,
            Member::Team(team) => Some(Self::new(team)),
        };
        let watch = team.stop.as_ref().map(ConditionState::new);
        Self { next: 0, began: None, watch, inner: team.members.iter().map(of).collect() }
    }

    /// Resets the counters and keeps the next speaker.
    fn restart(&mut self, team: &Team) {
        self.began = None;
        self.watch = team.stop.as_ref().map(ConditionState::new);
        for (place, member) in self.inner.iter_mut().zip(&team.members) {
            if let (Some(place), Member::Team(team)) = (place, member) {
                place.restart(team);
            }
        }
    }

    /// The nested team whose turn it is, if the current member is a team.
    fn current<'t>(&mut self, team: &'t Team) -> Option<(&mut TeamPosition, &'t Team)> {
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

    fn take(&mut self, team: &Team, said: &TeamEntry<'_>, at: DateTime<Utc>) {
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

    /// Ends a member's turn and gives the next one to the handoff's target, or else to the next member.
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
