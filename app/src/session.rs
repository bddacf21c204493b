//! The signed-in user, as the pages see it. For display only: server functions check the session themselves.

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
}

pub fn provide_session() {
    let info = Resource::new_blocking(|| (), |()| who_am_i());
    let name = RwSignal::new(String::new());
    provide_context(Session { info, first_steps: RwSignal::new(None), name });
}

impl Session {
    /// Takes over the state of the first steps, once for each document.
    pub fn begin(self, state: FirstStepsState) {
        if self.first_steps.with_untracked(Option::is_none) {
            self.first_steps.set(Some(state));
        }
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
