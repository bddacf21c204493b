//! The HTML document around the application, rendered by the server.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::{App, language, server_side, t};

/// The HTML document that the server renders around the application.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let style = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
    let typeface = format!("/{}/figtree-latin.woff2", options.site_pkg_dir);
    let language = language::language();
    let has_scripts = !server_side::is_plain_page();
    // Without JavaScript there is no live connection to show.
    let plain = || view! { <style>".connection, .needs-script { display: none } .without-script { display: flex }"</style> };
    let scripts =
        move || view! { <AutoReload options=options.clone() /> <HydrationScripts options=options.clone() /> };
    let catalogue = move || {
        let address = language::address(language)?;
        Some(
            view! { <link id=language::LINK rel="preload" href=address r#as="fetch" crossorigin="anonymous" /> },
        )
    };
    view! {
        <!DOCTYPE html>
        <html lang=language.as_str()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content=t!("Podcasts, articles, news and videos on your device before you lose the network.") />
                <link rel="preload" href=typeface r#as="font" type="font/woff2" crossorigin="anonymous" />
                <link rel="stylesheet" href=style />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#181f1c" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                {has_scripts.then(catalogue)}
                {has_scripts.then(scripts)}
                <MetaTags />
                {if has_scripts { view! { <noscript>{plain()}</noscript> }.into_any() } else { plain().into_any() }}
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
