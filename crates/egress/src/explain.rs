//! Error messages for failed exchanges, for the user.

use super::EgressError;

/// Converts a transport error. A refusal by the guard's resolver keeps its own message.
pub fn explain(error: &reqwest::Error) -> EgressError {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<EgressError>() {
            return refused.clone();
        }
        source = cause.source();
    }
    if is_not_http(error) {
        return EgressError::Refused(NOT_HTTP.into());
    }
    if let Some(why) = bad_certificate(error) {
        EgressError::Untrusted(why)
    } else if error.is_timeout() {
        EgressError::TimedOut
    } else if error.is_connect() {
        EgressError::Unreachable("The server could not be reached.".into())
    } else {
        EgressError::Unreachable("The connection broke off.".into())
    }
}

/// Old radio servers answer `ICY 200 OK`.
const NOT_HTTP: &str =
    "The server does not answer in HTTP. Radio servers (ICY) do so: this is a live stream, not a file.";

/// Whether the response does not begin with an HTTP version.
fn is_not_http(error: &reqwest::Error) -> bool {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = source {
        // The HTTP library offers no other way to distinguish this from a broken connection.
        if cause.to_string() == "invalid HTTP version parsed" {
            return true;
        }
        source = cause.source();
    }
    false
}

/// Reason for which the certificate is invalid, if that is the error.
fn bad_certificate(error: &reqwest::Error) -> Option<String> {
    use rustls::CertificateError as C;
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(rustls::Error::InvalidCertificate(what)) = unwrapped(cause).downcast_ref() {
            let why = match what {
                C::Expired | C::ExpiredContext { .. } => "has expired",
                C::UnknownIssuer => "was issued by nobody who is trusted",
                C::NotValidForName | C::NotValidForNameContext { .. } => "is for another name",
                _ => "is not valid",
            };
            return Some(format!("The server's certificate {why}."));
        }
        source = cause.source();
    }
    None
}

/// Inner error of an I/O error, which its sources omit; each layer of a connection may wrap it again.
fn unwrapped<'a>(error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    match error.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref()) {
        Some(inner) => unwrapped(inner),
        None => error,
    }
}
