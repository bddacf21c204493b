//! One-shot commands.

use std::io::{BufRead, IsTerminal};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use smartcache::domain::account::Credentials;
use smartcache::domain::preference::Preferences;
use smartcache::domain::source::{Kind, RefreshStatus};
use smartcache::domain::{Refusal, SourceId};
use smartcache::engine::{Config, Error, Result, accounts, catalog, start};

use super::{SourceAction, UserAction, WithPassword};

pub async fn migrate(config: Config) -> Result<()> {
    start::open(config).await?;
    println!("The database is up to date.");
    Ok(())
}

pub fn openapi() -> Result<()> {
    print!("{}", crate::router::DESCRIPTION.text());
    Ok(())
}

/// Fails if the server at the configured address does not answer `/health/detailed` with success.
pub async fn health(config: &Config) -> Result<()> {
    // A server that listens on all addresses answers on loopback as well.
    let mut addr = config.addr;
    if addr.ip().is_unspecified() {
        let loopback: IpAddr =
            if addr.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        addr.set_ip(loopback);
    }
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build();
    let url = format!("http://{addr}/health/detailed");
    let answer = client.map_err(Error::fault)?.get(&url).send().await;
    let answer = answer.map_err(|_| Error::fault(format!("no server answers on {addr}")))?;
    let status = answer.status();
    println!("{}", answer.text().await.map_err(Error::fault)?);
    match status.is_success() {
        true => Ok(()),
        false => Err(Error::fault(format!("the server on {addr} is not well (HTTP {})", status.as_u16()))),
    }
}

pub async fn seed(config: Config, file: Option<PathBuf>) -> Result<()> {
    let directory = file.map(std::fs::read_to_string).transpose()?;
    let engine = start::open(config).await?;
    let added = catalog::seed(&engine, directory.as_deref()).await?;
    println!("{added} new sources; the others were there already.");
    Ok(())
}

pub async fn user(config: Config, action: UserAction) -> Result<()> {
    let engine = start::open(config).await?;
    match action {
        UserAction::Add(who) => {
            let typed = Credentials { password: password(&who)?, username: who.name };
            let user = accounts::create(&engine, typed, Preferences::default()).await?;
            println!("{} can sign in now.", user.username);
        }
        UserAction::ResetPassword(who) => {
            accounts::reset_password(&engine, &who.name, password(&who)?).await?;
            println!("{} has a new password and is signed out everywhere.", who.name);
        }
        UserAction::ResetLink { name } => {
            let link = accounts::make_reset_link_by_name(&engine, &name).await?;
            eprintln!(
                "Give this link to {}. It works once, until {}.",
                link.username,
                link.expires_at.to_rfc2822()
            );
            println!("{}", link.url);
        }
        UserAction::RemoveFactors { name } => {
            accounts::factors::remove_all(&engine, &name).await?;
            println!("{name} signs in with the password alone.");
        }
        UserAction::MakeAdmin { name } => {
            accounts::make_admin(&engine, &name).await?;
            println!("{name} is an administrator now.");
        }
    }
    Ok(())
}

pub async fn source(config: Config, action: SourceAction) -> Result<()> {
    let engine = start::open(config).await?;
    match action {
        SourceAction::Add { url, name, kind } => {
            let url = catalog::typed_address(&url)?;
            engine.egress.check(&url).map_err(|why| Refusal::field("url", why.to_string()))?;
            let added =
                catalog::seed(&engine, Some(&one_row(kind, name.as_deref().unwrap_or(&url), &url))).await?;
            println!(
                "{}",
                if added > 0 { "Everybody can subscribe to it now." } else { "It was there already." }
            );
        }
        SourceAction::Refresh { id } => {
            let report = catalog::refresh::refresh(&engine, SourceId(id)).await?;
            match report.status {
                RefreshStatus::Updated => println!("{} new items, {} changed.", report.added, report.updated),
                RefreshStatus::NotModified => println!("Nothing has changed since the last time."),
                RefreshStatus::Failed => return Err(Error::fault(report.error.unwrap_or_default())),
            }
        }
    }
    Ok(())
}

/// A directory file with a single source.
fn one_row(kind: Kind, name: &str, url: &str) -> String {
    let cell = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("kind\tname\tfeed_url\n{kind}\t{}\t{}\n", cell(name), cell(url))
}

/// Asks for the password at a terminal, without echo; otherwise reads the first line of the input.
fn password(who: &WithPassword) -> Result<String> {
    let input = std::io::stdin();
    if input.is_terminal() && !who.password_stdin {
        return Ok(rpassword::prompt_password(format!("Password for {}: ", who.name))?);
    }
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
