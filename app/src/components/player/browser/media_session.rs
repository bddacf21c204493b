//! Media controls of the operating system (Media Session, W3C). `web-sys` holds the interface as unstable, so
//! it is called by name; a browser without it is left alone.

use js_sys::{Function, Object, Reflect};
use leptos::prelude::window;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::set;
use crate::components::player::dock::{BACK, FORWARD};
use crate::components::player::{Player, Track};

fn session() -> Option<JsValue> {
    let session = Reflect::get(&window().navigator(), &"mediaSession".into()).ok()?;
    session.is_object().then_some(session)
}

fn call(object: &JsValue, method: &str, arguments: &[&JsValue]) {
    let Ok(function) = Reflect::get(object, &method.into()) else { return };
    let Some(function) = function.dyn_ref::<Function>() else { return };
    // An action or a field that the browser does not know is refused with an exception.
    let _ = function.apply(object, &arguments.iter().copied().collect::<js_sys::Array>());
}

pub fn announce(track: &Track) {
    let Some(session) = session() else { return };
    let told = Object::new();
    set(&told, "title", &track.title.as_str().into());
    set(&told, "artist", &track.source_name.as_str().into());
    let Ok(class) = Reflect::get(&window(), &"MediaMetadata".into()) else { return };
    let Some(class) = class.dyn_ref::<Function>() else { return };
    if let Ok(metadata) = Reflect::construct(class, &js_sys::Array::of1(&told)) {
        set(&session, "metadata", &metadata);
    }
}

pub fn show_position(is_playing: bool, seconds: f64, duration: Option<f64>, speed: f64) {
    let Some(session) = session() else { return };
    set(&session, "playbackState", &if is_playing { "playing" } else { "paused" }.into());
    let Some(duration) = duration else { return };
    let state = Object::new();
    set(&state, "duration", &duration.into());
    set(&state, "playbackRate", &speed.into());
    set(&state, "position", &seconds.clamp(0.0, duration).into());
    call(&session, "setPositionState", &[&state]);
}

/// Obeys the buttons of the system for as long as the document exists.
pub fn listen(player: Player) {
    let Some(session) = session() else { return };
    let on = |action: &str, act: Box<dyn Fn(JsValue)>| {
        let handler = Closure::wrap(act).into_js_value();
        call(&session, "setActionHandler", &[&action.into(), &handler]);
    };
    on("play", Box::new(move |_| player.resume()));
    on("pause", Box::new(move |_| player.pause()));
    on("seekbackward", Box::new(move |_| player.skip(BACK)));
    on("seekforward", Box::new(move |_| player.skip(FORWARD)));
    on("nexttrack", Box::new(move |_| player.next()));
    on(
        "seekto",
        Box::new(move |told| {
            let time = Reflect::get(&told, &"seekTime".into()).ok().and_then(|time| time.as_f64());
            time.into_iter().for_each(|seconds| player.seek(seconds));
        }),
    );
}
