//! Auto-scroll: keeps the end of growing content in view, unless the user has scrolled away from it.

use leptos::prelude::*;
use leptos::{ev, html};

/// Distance from the end, in pixels, within which the user still counts as being at the end.
const NEAR: i32 = 48;

/// Scroll state of the user. Only scroll events change it: growth moves the end, but not the scroll position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reader {
    is_at_end: bool,
    top: i32,
}

impl Reader {
    fn scrolled(self, top: i32, sees_end: bool) -> Self {
        // A scroll event may arrive after more content was added, so only an upward move leaves the end.
        let has_left = !sees_end && top < self.top;
        Self { is_at_end: sees_end || self.is_at_end && !has_left, top }
    }
}

/// Follows the end of a scrolling element; returns its scroll handler. `grown` tracks its growth.
pub fn follow_within(log: NodeRef<html::Div>, grown: impl Fn() + 'static) -> impl Fn(ev::Event) + 'static {
    let reader = StoredValue::new(Reader { is_at_end: true, top: 0 });
    Effect::new(move |_| {
        grown();
        if let Some(log) = log.get().filter(|_| reader.get_value().is_at_end) {
            request_animation_frame(move || log.set_scroll_top(log.scroll_height()));
        }
    });
    move |_| {
        if let Some(log) = log.get_untracked() {
            let below = log.scroll_height() - log.scroll_top() - log.client_height();
            reader.update_value(|reader| *reader = reader.scrolled(log.scroll_top(), below < NEAR));
        }
    }
}

/// Follows an element at the end of growing content in a page that scrolls.
pub fn follow_on_page(end: NodeRef<html::Div>, grown: impl Fn() + 'static) {
    let reader = StoredValue::new(Reader { is_at_end: false, top: 0 });
    let look = move || {
        if let Some((top, sees_end)) = end.get_untracked().and_then(|end| window_at(&end)) {
            reader.update_value(|reader| *reader = reader.scrolled(top, sees_end));
        }
    };
    Effect::new(move |before: Option<()>| {
        grown();
        let Some(end) = end.get() else { return };
        if before.is_none() {
            return look();
        }
        if reader.get_value().is_at_end {
            request_animation_frame(move || show(&end));
        }
    });
    Effect::new(move |_| {
        let listening = window_event_listener(ev::scroll, move |_| look());
        on_cleanup(move || listening.remove());
    });
}

/// Scroll position of the window, and whether an element is visible in it.
fn window_at(element: &leptos::web_sys::Element) -> Option<(i32, bool)> {
    #[cfg(feature = "hydrate")]
    {
        let place = element.get_bounding_client_rect();
        let height = window().inner_height().ok()?.as_f64()?;
        let top = window().scroll_y().ok()? as i32;
        return Some((top, place.bottom() > 0.0 && place.top() < height + f64::from(NEAR)));
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = element;
        None
    }
}

fn show(element: &leptos::web_sys::Element) {
    #[cfg(feature = "hydrate")]
    {
        let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
        let below = element.get_bounding_client_rect().bottom() - height;
        if below > 0.0 {
            window().scroll_by_with_x_and_y(0.0, below + f64::from(NEAR) / 2.0);
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = element;
}

#[cfg(test)]
mod tests {
    use super::Reader;

    #[test]
    fn a_reader_leaves_the_end_by_scrolling_up_and_not_by_growth() {
        let at_end = Reader { is_at_end: true, top: 100 };
        assert!(at_end.scrolled(180, false).is_at_end, "more came while it was scrolled to the end");
        let away = at_end.scrolled(60, false);
        assert!(!away.is_at_end);
        assert!(!away.scrolled(80, false).is_at_end, "on the way down, and not there yet");
        assert!(away.scrolled(200, true).is_at_end);
        assert!(at_end.scrolled(90, true).is_at_end, "a little above the end");
    }
}
