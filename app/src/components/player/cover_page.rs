//! The page under the full player, which neither keyboard nor screen reader reach meanwhile.

use leptos::prelude::*;

/// Covers the page until the reactive owner ends. The focus returns to the player's bar then, unless the user
/// has moved it elsewhere.
pub fn cover_page() {
    Effect::new(|_| browser::set_inert(true));
    on_cleanup(|| {
        browser::set_inert(false);
        browser::return_focus();
    });
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::prelude::*;

    /// Everything beside the player, but for the messages that are read aloud.
    pub fn set_inert(is_inert: bool) {
        let Some(mut inner) = document().query_selector(".player").ok().flatten() else { return };
        while let Some(outer) = inner.parent_element().filter(|_| inner.tag_name() != "BODY") {
            let children = outer.children();
            for child in (0..children.length()).filter_map(|index| children.item(index)) {
                if child != inner && !child.matches(".toasts").unwrap_or_default() {
                    let _ = child.toggle_attribute_with_force("inert", is_inert);
                }
            }
            inner = outer;
        }
    }

    pub fn return_focus() {
        request_animation_frame(|| {
            let is_free = document().active_element().is_none_or(|it| it.tag_name() == "BODY");
            let title = document().query_selector(".player-title").ok().flatten();
            if let Some(title) = title.filter(|_| is_free) {
                crate::components::focus(&title);
            }
        });
    }
}

#[cfg(not(feature = "hydrate"))]
mod browser {
    pub fn set_inert(_: bool) {}
    pub fn return_focus() {}
}
