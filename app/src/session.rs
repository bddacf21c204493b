//! The signed-in user, as the pages see it. For display only: server functions check the session themselves.

use domain::factor::StepUpWays;
use domain::onboarding::FirstStepsState;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::accounts::{SessionInfo, who_am_i};
use crate::error::ApiError;
use crate::paths;

/// Requested once for each document; signing in or out loads a new document.
#[derive(Clone, Copy)]
pub struct Session {
    info: Resource<Result<Option<SessionInfo>, ApiError>>,
    /// First steps that Home shows. `None` until the response is there; changed when the steps are over.
    pub first_steps: RwSignal<Option<FirstStepsState>>,
    /// Name of the user in the header. Empty until the response is there; changed on the account page.
    pub name: RwSignal<String>,
    /// Ways of a step-up, for the forms that ask for one.
    pub step_up: RwSignal<StepUpWays>,
    /// Whether a second factor was set up since the document was loaded.
    pub has_enrolled: RwSignal<bool>,
    /// Whether this node is a site: it has no network, and its gateway reads its feeds.
    pub is_site: RwSignal<bool>,
}

pub fn provide_session() {
    let info = Resource::new_blocking(|| (), |()| who_am_i());
    let name = RwSignal::new(String::new());
    let (step_up, has_enrolled) = (RwSignal::new(StepUpWays::default()), RwSignal::new(false));
    let (first_steps, is_site) = (RwSignal::new(None), RwSignal::new(false));
    provide_context(Session { info, first_steps, name, step_up, has_enrolled, is_site });
}

impl Session {
    /// Takes over the state of the first steps and the ways of a step-up, once for each document.
    pub fn begin(self, info: &SessionInfo) {
        if self.first_steps.with_untracked(Option::is_none) {
            self.first_steps.set(Some(info.first_steps));
            self.step_up.set(info.step_up);
            self.is_site.set(info.is_site);
        }
    }

    /// Takes over what may have changed since then.
    pub fn renew(self, info: &SessionInfo) {
        let _ = self.step_up.try_set(info.step_up);
        let _ = self.has_enrolled.try_set(info.factor_deadline.is_none());
    }

    pub async fn get(self) -> Result<Option<SessionInfo>, ApiError> {
        self.info.await
    }
}

/// Path to open after sign-in, from the URL.
pub fn next_path() -> String {
    use_query_map()
        .with_untracked(|query| paths::safe_next(query.get_str("next").unwrap_or_default()).to_owned())
}

/// Loads a page of this site as a new document, with everything that depends on the session.
pub fn load(path: &str) {
    let _ = window().location().set_href(path);
}
