//! The signed-in user, as the pages see it. For display only: server functions check the session themselves.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::accounts::{SessionInfo, who_am_i};
use crate::error::ApiError;
use crate::paths;

/// Requested once for each document; signing in or out loads a new document.
#[derive(Clone, Copy)]
pub struct Session(Resource<Result<Option<SessionInfo>, ApiError>>);

pub fn provide_session() {
    provide_context(Session(Resource::new_blocking(|| (), |()| who_am_i())));
}

impl Session {
    pub async fn get(self) -> Result<Option<SessionInfo>, ApiError> {
        self.0.await
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
