//! Parts of a page that failed to load. One of them shows the error, and all are retried automatically.

use std::time::Duration;

use backoff::Backoff;
use leptos::prelude::*;

use crate::error::ApiError;
use crate::live::use_live;

/// Back-off between retries while the live connection reports nothing.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(40));

/// Registry of failed parts, one for each document.
#[derive(Clone, Copy)]
pub struct Troubles {
    /// Failed parts; the first one shows the error.
    parts: RwSignal<Vec<u32>>,
    /// Counter that grows whenever the failed parts should be retried.
    pub retry: RwSignal<u32>,
    last_part: StoredValue<u32>,
    tries: StoredValue<u32>,
}

pub fn provide_troubles() {
    let troubles = Troubles {
        parts: RwSignal::new(Vec::new()),
        retry: RwSignal::new(0),
        last_part: StoredValue::new(0),
        tries: StoredValue::new(0),
    };
    provide_context(troubles);
    troubles.keep_trying();
}

pub fn use_troubles() -> Troubles {
    expect_context()
}

impl Troubles {
    /// Returns a number for a new part. Its error is removed when the part is cleaned up.
    pub fn part(self) -> u32 {
        self.last_part.update_value(|last| *last += 1);
        let part = self.last_part.get_value();
        on_cleanup(move || {
            let _ = self.parts.try_update(|all| all.retain(|known| *known != part));
        });
        part
    }

    /// Records or clears the temporary error of a part.
    pub fn note(self, part: u32, trouble: Option<&ApiError>) {
        let is_troubled = trouble.is_some_and(ApiError::may_pass);
        if is_troubled != self.parts.with_untracked(|all| all.contains(&part)) {
            self.parts.update(|all| match is_troubled {
                true => all.push(part),
                false => all.retain(|known| *known != part),
            });
        }
    }

    /// Whether this part shows its error: it is the first failed part, or its error is not recorded here.
    pub fn speaks(self, part: u32) -> bool {
        self.parts.with(|all| all.first() == Some(&part) || !all.contains(&part))
    }

    /// Retries whenever the server greets again, and with back-off while any part is failed.
    fn keep_trying(self) {
        let live = use_live();
        Effect::new(move |before: Option<u32>| {
            let greetings = live.greetings.get();
            if before.is_some_and(|before| before != greetings) {
                self.try_again();
            }
            greetings
        });
        let is_any = Memo::new(move |_| self.parts.with(|all| !all.is_empty()));
        Effect::new(move |_| {
            if is_any.get() {
                self.retry.track();
                let tries = self.tries.get_value();
                self.tries.set_value(tries + 1);
                let pause = BACKOFF.delay(tries.into());
                if let Ok(timer) = set_timeout_with_handle(move || self.try_again(), pause) {
                    on_cleanup(move || timer.clear());
                }
            } else {
                self.tries.set_value(0);
            }
        });
    }

    fn try_again(self) {
        self.retry.update(|n| *n += 1);
    }
}
