//! Authenticators of this browser: WebAuthn by its JSON form, which browsers read and write themselves.

use domain::Refusal;

use crate::error::ApiError;
use crate::message;

/// The browser gave no answer.
pub fn no_answer() -> ApiError {
    let why =
        message!("The browser gave no passkey: it was cancelled, or this browser has none for this site.");
    Refusal::conflict(why).into()
}

/// Makes a passkey for the options of a registration. None if the user cancels, or the browser cannot.
pub async fn create(options: &str) -> Option<String> {
    ask("parseCreationOptionsFromJSON", "create", options).await
}

/// Signs the options of a sign-in. None if the user cancels, or the browser has no passkey.
pub async fn get(options: &str) -> Option<String> {
    ask("parseRequestOptionsFromJSON", "get", options).await
}

#[cfg(feature = "hydrate")]
async fn ask(parse: &str, verb: &str, options: &str) -> Option<String> {
    use js_sys::{Function, JSON, Object, Promise, Reflect};
    use wasm_bindgen::{JsCast, JsValue};
    let of = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).ok();
    let call = |object: &JsValue, name: &str, value: &JsValue| {
        of(object, name)?.dyn_into::<Function>().ok()?.call1(object, value).ok()
    };
    let window = JsValue::from(leptos::prelude::window());
    let options = call(&of(&window, "PublicKeyCredential")?, parse, &JSON::parse(options).ok()?)?;
    let request = Object::new();
    Reflect::set(&request, &"publicKey".into(), &options).ok()?;
    let credentials = of(&of(&window, "navigator")?, "credentials")?;
    let answer = call(&credentials, verb, &request)?.dyn_into::<Promise>().ok()?;
    let credential = wasm_bindgen_futures::JsFuture::from(answer).await.ok()?;
    JSON::stringify(&credential).ok()?.as_string()
}

#[cfg(not(feature = "hydrate"))]
async fn ask(_parse: &str, _verb: &str, _options: &str) -> Option<String> {
    None
}
