//! Plain words for a `User-Agent` header (RFC 9110, section 10.1.5), by which users recognise their devices.
//! Clients send what they like in it, so nothing depends on the words.

/// Marks of browsers. Most headers name several, so the order counts.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("HeadlessChrome/", "Chromium"),
    ("Chromium/", "Chromium"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Marks of systems. Android names Linux as well, and iOS names Mac OS X.
const SYSTEMS: &[(&str, &str)] = &[
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// Maximum characters of a program's name.
const MAX_PRODUCT: usize = 30;

/// Browser and system, such as "Firefox on Android", else the name of the program.
pub fn device_name(user_agent: &str) -> String {
    let first = |marks: &[(&str, &'static str)]| {
        marks.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (first(BROWSERS), first(SYSTEMS)) {
        (Some(browser), Some(system)) => [browser, " on ", system].concat(),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => product(user_agent).unwrap_or_else(|| "Unknown program".to_owned()),
    }
}

/// Name of the first product: what precedes its version.
fn product(user_agent: &str) -> Option<String> {
    let is_part = |c: &char| c.is_ascii_alphanumeric() || "._-".contains(*c);
    let name: String = user_agent.trim().chars().take_while(is_part).take(MAX_PRODUCT).collect();
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::device_name;

    #[test]
    fn browsers_and_systems_are_told_apart() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (user_agent, name) in [
            (
                format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} HeadlessChrome/140.0 Safari/537.36"),
                "Chromium on Linux",
            ),
            (
                format!("Mozilla/5.0 (Windows NT 10.0) {webkit} Chrome/140.0 Safari/537.36 Edg/140.0"),
                "Edge on Windows",
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 10; K) {webkit} Chrome/140.0 Mobile Safari/537.36"),
                "Chrome on Android",
            ),
            ("Mozilla/5.0 (X11; CrOS x86_64 14541) Chrome/140.0 Safari/537.36".into(), "Chrome on ChromeOS"),
            (
                "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0".into(),
                "Firefox on Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1.15".into(),
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) Mobile/15E148 Safari/604.1".into(),
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) CriOS/140.0 Safari/604.1".into(),
                "Chrome on iPad",
            ),
        ] {
            assert_eq!(device_name(&user_agent), name, "{user_agent}");
        }
    }

    #[test]
    fn programs_have_the_name_of_their_first_product() {
        assert_eq!(device_name("curl/8.5.0"), "curl");
        assert_eq!(device_name("python-requests/2.32 (Linux)"), "python-requests");
        assert_eq!(device_name(&"x".repeat(500)).len(), 30);
        for strange in ["", "  ", "<script>", "(Linux)"] {
            assert_eq!(device_name(strange), "Unknown program", "{strange}");
        }
    }
}
