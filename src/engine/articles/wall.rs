//! Detection of pages shown instead of an article: a request for consent, a sign-in, a check of the browser.

use super::page;

/// Maximum number of words of a wall. A page with more text of its own is an article.
const MAX_WORDS: usize = 600;
/// Maximum number of words of a sign-in page. Longer pages may contain such signs beside other text.
const WORDS_OF_SIGN_IN: usize = 150;
/// Number of consecutive words of the feed's text that prove the article.
const PHRASE: usize = 6;

/// Subjects and buttons of a request for consent, in the languages of most publishers.
const CONSENT: [&str; 10] = [
    "cookie",
    "consent",
    "privacy",
    "einwilligung",
    "datenschutz",
    "vie privée",
    "données personnelles",
    "privacidad",
    "toestemming",
    "samtykke",
];
const BUTTONS: [&str; 18] = [
    "accept",
    "agree",
    "allow",
    "reject",
    "manage",
    "continue",
    "akzeptier",
    "zustimm",
    "ablehn",
    "refuser",
    "aceptar",
    "rechazar",
    "accetta",
    "rifiuta",
    "accepteren",
    "weigeren",
    "godta",
    "acceptera",
];
const SIGN_IN: [&str; 14] = [
    "sign in",
    "sign-in",
    "log in",
    "login",
    "anmelden",
    "einloggen",
    "se connecter",
    "iniciar sesión",
    "inloggen",
    "to continue reading",
    "wifi",
    "wi-fi",
    "hotspot",
    "voucher",
];
const CHECKS: [&str; 6] = [
    "checking your browser",
    "enable javascript and cookies",
    "verify you are human",
    "captcha",
    "not a robot",
    "unusual traffic",
];

/// Title and summary of an item from its feed.
pub struct ItemText<'a> {
    pub title: &'a str,
    pub summary_html: &'a str,
}

/// Whether a page is clearly a wall and contains nothing of the item.
pub fn is_wall(bytes: &[u8], url: &str, told: &ItemText<'_>) -> bool {
    let html = feed::decode_html(bytes, None);
    if page::is_hostile(&html) {
        return false;
    }
    let lower = html.to_ascii_lowercase();
    let from = lower.find("<body").or_else(|| lower.find("</head>")).or_else(|| lower.find("</title>"));
    let seen = plain_words(&html[from.unwrap_or_default()..]);
    let asks_for_password = lower.contains("type=\"password\"") || lower.contains("type='password'");
    if !(asks_for_password || says(&seen, &CONSENT) || says(&seen, &SIGN_IN) || says(&seen, &CHECKS))
        || holds_item(&seen, told)
    {
        return false;
    }
    // A banner accompanies an article; a wall is the only text of its page.
    let article = page::read(bytes, url);
    let subject = if article.words > 0 { plain_words(&article.html) } else { seen };
    let words = subject.split(' ').count();
    let asks_for_consent = words <= MAX_WORDS && says(&subject, &CONSENT) && says(&subject, &BUTTONS);
    let is_short = words <= WORDS_OF_SIGN_IN;
    asks_for_consent || is_short && (asks_for_password || says(&subject, &SIGN_IN) || says(&subject, &CHECKS))
}

fn says(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

fn plain_words(html: &str) -> String {
    text::plain(html).to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the page contains the title, or some consecutive words of the summary.
fn holds_item(seen: &str, told: &ItemText<'_>) -> bool {
    let title = plain_words(told.title);
    let summary = plain_words(told.summary_html);
    let words: Vec<_> = summary.split(' ').collect();
    (title.split(' ').count() >= 3 && seen.contains(&title))
        || words.windows(PHRASE).any(|phrase| seen.contains(&phrase.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: ItemText<'_> = ItemText {
        title: "The harbour master retires",
        summary_html: "<p>He counted ships and gulls at the quay for forty years.</p>",
    };

    fn page(body: &str) -> bool {
        let html = format!(
            "<!doctype html><html><head><title>The harbour master retires</title></head><body>{body}</body></html>"
        );
        is_wall(html.as_bytes(), "https://paper.example/1", &TOLD)
    }

    #[test]
    fn requests_for_consent_and_sign_ins_are_no_articles() {
        for body in [
            "<h1>We value your privacy</h1><p>We and our 812 partners store cookies.</p><button>Accept all</button><button>Manage</button>",
            "<h1>Ihre Einwilligung</h1><p>Wir verwenden Cookies.</p><button>Zustimmen</button>",
            "<form>Name <input><input type=\"password\"></form>",
            "<p>Welcome to our wifi, please sign in with your room number.</p>",
            "<h1>Checking your browser before accessing paper.example</h1>",
        ] {
            assert!(page(body), "{body}");
        }
        let policy = "We use cookies and similar technologies to store data on your device. ".repeat(20);
        assert!(page(&format!(
            "<main><h1>Before you continue</h1><p>{policy}</p><button>I agree</button></main>"
        )));
    }

    #[test]
    fn an_article_with_a_banner_is_an_article() {
        let story = "<p>The night train left on time, and nobody on it was in a hurry at all. It carried letters, bread \
            and a few people who could not fly. At dawn it stopped by the sea.</p>".repeat(12);
        let banner =
            "<div class='banner'>We use cookies. <button>Accept</button> <a href='/login'>Log in</a></div>";
        assert!(!page(&format!("{banner}<article><h1>Trains</h1>{story}</article>")));
        assert!(
            !page(&format!("{banner}<h1>The harbour master retires</h1><p>In short.</p>")),
            "its title stands there"
        );
        assert!(!page(&format!("{banner}<p>Short: he counted ships and gulls at the quay, he says.</p>")));
        assert!(!page("<p>A short note about gulls.</p>"));
    }
}
