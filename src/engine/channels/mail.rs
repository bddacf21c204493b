//! Messages by mail, through the administrator's mail server.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::address::ChannelAddress;
use super::message::{OutgoingMessage, SendFailure};
use crate::domain::Refusal;
use crate::engine::config::SmtpSettings;
use crate::engine::{Engine, Error, Result};

/// Time limit of each command. Servers that look for spam answer late.
const COMMAND: Duration = Duration::from_secs(30);
/// Time limit of a whole exchange with the mail server. A message that is taken after it comes twice.
const TIMEOUT: Duration = Duration::from_secs(120);

const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");
/// Reason why there are no channels by mail.
const NO_SERVER: &str = "This server sends no mail: its owner has not set a mail server (SMARTCACHE_SMTP_URL). Choose another way.";

/// Checks an address, and whether there is a mail server.
pub fn check(engine: &Engine, address: &str) -> Result<()> {
    if engine.config.channels.smtp.is_none() {
        return Err(Refusal::field("kind", NO_SERVER).into());
    }
    let parsed = address.parse::<Address>();
    // Mail to an address literal would reach hosts inside the server's own network.
    if parsed.is_ok_and(|address| !address.domain().starts_with('[') && address.domain().contains('.')) {
        return Ok(());
    }
    Err(Refusal::field("target", "This is not a mail address, such as ada@example.org.").into())
}

pub async fn send(
    engine: &Engine,
    address: &ChannelAddress,
    message: &OutgoingMessage,
) -> Result<Result<(), SendFailure>> {
    let Some(smtp) = &engine.config.channels.smtp else { return Ok(Err(SendFailure::new(NO_SERVER))) };
    let mail = compose(smtp, &address.url, message)?;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&smtp.url).map_err(Error::fault)?;
    let transport = transport.timeout(Some(COMMAND)).build();
    Ok(match tokio::time::timeout(TIMEOUT, transport.send(mail)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => {
            // Its reply may name inner hosts, for which the page is the wrong place, and the address.
            match error.status() {
                Some(code) => tracing::warn!(%code, "the mail server did not take a message"),
                None => tracing::warn!(%error, "the mail server could not be reached"),
            }
            Err(SendFailure::new(in_words(&error)))
        }
        Err(_) => Err(SendFailure::new("The mail server did not answer in time.")),
    })
}

fn in_words(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) if error.is_permanent() => {
            format!("The mail server refuses the message (SMTP {code}). Check the address.")
        }
        Some(code) => format!("The mail server cannot take the message now (SMTP {code})."),
        None if error.is_timeout() => "The mail server did not answer in time.".to_owned(),
        None => "The mail server could not be reached. Its owner finds the reason in the log.".to_owned(),
    }
}

fn compose(smtp: &SmtpSettings, to: &str, message: &OutgoingMessage) -> Result<Message> {
    let from: Mailbox = smtp.from.parse().map_err(Error::fault)?;
    let to = Mailbox::new(None, to.parse().map_err(Error::fault)?);
    let OutgoingMessage { id, title, body, url, .. } = message;
    let text =
        [body.as_str(), url].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    let domain = from.email.domain().to_owned();
    let mail = Message::builder()
        .from(from)
        .to(to)
        // Repetitions of one notification have one identity.
        .message_id(Some(format!("<{id}@{domain}>")))
        .subject(title.replace(['\r', '\n'], " "))
        .header(ContentType::TEXT_PLAIN)
        // No vacation notices in answer (RFC 3834, 5).
        .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
        .body(text);
    mail.map_err(Error::fault)
}
