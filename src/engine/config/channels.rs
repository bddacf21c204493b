//! Settings of the channels by which notifications leave the server.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use url::Url;

/// Push services of the browsers, and the mail server.
#[derive(Debug, Clone)]
pub struct ChannelSettings {
    /// Hosts that push endpoints may have.
    pub push_services: Vec<PushService>,
    /// Mail server of the administrator. Without one there are no channels by mail.
    pub smtp: Option<SmtpSettings>,
}

/// Push services of Chrome and Edge on all systems, of Firefox, and of Safari.
pub const PUSH_SERVICES: &str =
    "fcm.googleapis.com,*.push.services.mozilla.com,*.notify.windows.com,*.push.apple.com";

impl ChannelSettings {
    /// Whether a push endpoint is of one of the services.
    pub fn knows_push_service(&self, endpoint: &Url) -> bool {
        self.push_services.iter().any(|service| service.covers(endpoint))
    }
}

impl Default for ChannelSettings {
    fn default() -> Self {
        let known = PUSH_SERVICES.split(',').filter_map(|service| service.parse().ok());
        Self { push_services: known.collect(), smtp: None }
    }
}

/// A push service: a host with https on port 443, all hosts below one, or one origin of any scheme and port,
/// such as that of a service of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushService {
    Host(String),
    Below(String),
    Origin(String),
}

impl FromStr for PushService {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim().to_lowercase();
        let wrong = || format!("'{text}' is not a host, *.host, or https://host:port");
        if text.contains("://") {
            let url = Url::parse(&text).map_err(|_| wrong())?;
            let is_bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
            let is_web = matches!(url.scheme(), "http" | "https");
            return if is_bare && is_web {
                Ok(Self::Origin(url.origin().ascii_serialization()))
            } else {
                Err(wrong())
            };
        }
        let (host, is_below) = match text.strip_prefix("*.") {
            Some(host) => (host, true),
            None => (text.as_str(), false),
        };
        let is_host = host.contains('.')
            && !host.starts_with('.')
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        match (is_host, is_below) {
            (false, _) => Err(wrong()),
            (true, true) => Ok(Self::Below(format!(".{host}"))),
            (true, false) => Ok(Self::Host(host.to_owned())),
        }
    }
}

impl PushService {
    /// Whether an endpoint is of this service.
    fn covers(&self, endpoint: &Url) -> bool {
        let is_plain = endpoint.scheme() == "https" && endpoint.port_or_known_default() == Some(443);
        let host = endpoint.host_str().unwrap_or_default();
        match self {
            Self::Host(known) => is_plain && host == known,
            Self::Below(suffix) => is_plain && host.len() > suffix.len() && host.ends_with(suffix.as_str()),
            Self::Origin(origin) => endpoint.origin().ascii_serialization() == *origin,
        }
    }
}

/// Mail server and sender.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// `smtps://user:password@host:465`, or `smtp://…:587?tls=required`.
    pub url: String,
    /// Sender of all mail, as `SmartCache <cache@example.org>` or an address alone.
    pub from: String,
}

impl SmtpSettings {
    /// Checks the address of a mail server. A password is sent to this machine alone without TLS.
    ///
    /// # Errors
    /// How to write it.
    pub fn check_url(text: &str) -> Result<(), String> {
        let wrong = || "give it as smtps://user:password@host or smtp://host?tls=required".to_owned();
        let url = Url::parse(text).map_err(|_| wrong())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        AsyncSmtpTransport::<Tokio1Executor>::from_url(text).map_err(|_| wrong())?;
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let is_encrypted = url.scheme() == "smtps" || url.query_pairs().any(|pair| pair == required());
        match url.password().is_some() && !is_here && !is_encrypted {
            true => Err("a password needs smtps://, or ?tls=required at the end".to_owned()),
            false => Ok(()),
        }
    }

    /// Checks the sender of mail.
    ///
    /// # Errors
    /// How to write it.
    pub fn check_sender(text: &str) -> Result<(), String> {
        let wrong = |_| "give it as cache@example.org or \"SmartCache <cache@example.org>\"".to_owned();
        text.parse::<Mailbox>().map(|_| ()).map_err(wrong)
    }
}

fn required() -> (Cow<'static, str>, Cow<'static, str>) {
    ("tls".into(), "required".into())
}

/// Omits the address, which may hold a password.
impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSettings").field("from", &self.from).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(service: &str, endpoint: &str) -> bool {
        let service: PushService = service.parse().expect("a service");
        service.covers(&Url::parse(endpoint).expect("a url"))
    }

    #[test]
    fn a_push_service_is_its_host_with_https_and_nothing_like_it() {
        assert!(covers("fcm.googleapis.com", "https://fcm.googleapis.com/fcm/send/abc"));
        assert!(covers("*.push.apple.com", "https://web.push.apple.com/QGuQyavXutnMH"));
        for endpoint in [
            "http://fcm.googleapis.com/",
            "https://fcm.googleapis.com:8443/",
            "https://fcm.googleapis.com.evil.example/",
            "https://evil.example/fcm.googleapis.com",
            "https://fcm.googleapis.com@evil.example/",
            "https://xfcm.googleapis.com/",
        ] {
            assert!(!covers("fcm.googleapis.com", endpoint), "{endpoint}");
        }
        for endpoint in ["https://push.apple.com/", "https://evilpush.apple.com/", "https://.push.apple.com/"]
        {
            assert!(!covers("*.push.apple.com", endpoint), "{endpoint}");
        }
    }

    #[test]
    fn an_origin_is_taken_as_it_is_and_nonsense_is_refused() {
        assert!(covers("http://127.0.0.1:8123", "http://127.0.0.1:8123/wpush/x"));
        assert!(!covers("http://127.0.0.1:8123", "http://127.0.0.1:8124/wpush/x"));
        for text in ["", "localhost", "*.", "a b.example", "https://example.org/path", "ftp://example.org"] {
            assert!(text.parse::<PushService>().is_err(), "{text}");
        }
        assert_eq!(ChannelSettings::default().push_services.len(), 4);
    }

    #[test]
    fn a_password_goes_to_a_mail_server_by_tls_or_stays_on_this_machine() {
        for fine in [
            "smtps://ada:pw@mail.example.org",
            "smtp://ada:pw@mail.example.org:587?tls=required",
            "smtp://127.0.0.1:2525",
            "smtp://ada:pw@localhost",
            "smtp://mail.example.org",
        ] {
            assert_eq!(SmtpSettings::check_url(fine), Ok(()), "{fine}");
        }
        for wrong in [
            "",
            "mail.example.org",
            "https://mail.example.org",
            "smtp://a:b@mail.example.org",
            "smtp://a:b@mail.example.org?tls=opportunistic",
        ] {
            assert!(SmtpSettings::check_url(wrong).is_err(), "{wrong}");
        }
        assert!(SmtpSettings::check_sender("SmartCache <cache@example.org>").is_ok());
        assert!(SmtpSettings::check_sender("cache").is_err());
    }
}
