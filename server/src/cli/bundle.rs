//! The command `bundle`: keys of this node, its peers, and volumes on a medium.

mod exchange;
mod peers;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ::bundle::{Bounds, BundleError, Keyring, NodeName, PublicNode};
use clap::{Args, Subcommand};
use smartcache::domain::{Refusal, Utc};
use smartcache::engine::{Config, Error, Result, bundles};

use exchange::{ExportFlags, ImportFlags, TidyFlags};

/// Exit code of a volume that would not be imported.
const REFUSED: u8 = 2;

#[derive(Debug, Subcommand)]
pub enum BundleAction {
    /// Say of a volume who signed it, whether it is for this node, and what is inside if its key is here; 2
    /// if it would be refused. The peers of a gateway or a site are trusted
    Inspect(Inspect),
    /// Write what a peer does not have into a directory, such as one on a stick
    Export(ExportFlags),
    /// Take in volumes of trusted peers; 3 if all of them were here before
    Import(ImportFlags),
    /// Delete volumes from a medium that their receiver has: sent ones that the peer has applied, as it told,
    /// and received ones that are imported. Nothing else is deleted
    Tidy(TidyFlags),
    /// Show peers, and the latest volumes
    Status,
    /// Look after the keys of this node and of its peers
    Keys {
        #[command(subcommand)]
        action: KeysAction,
    },
}

#[derive(Debug, Args)]
pub struct Inspect {
    /// The volume, under the name that it was written with
    file: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    /// The line of a node whose signature counts, as `bundle keys show` prints it there; may be repeated
    #[arg(long, value_name = "LINE")]
    peer: Vec<PublicNode>,
}

#[derive(Debug, Subcommand)]
pub enum KeysAction {
    /// Make the keys of this node, once
    Init {
        /// Name of this node: 1 to 32 of a-z, 0-9 and the hyphen
        name: NodeName,
    },
    /// Print name, public line and fingerprint of this node, to be given to a peer on paper
    Show {
        /// Also draw the line as a QR code
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
        /// Also write the key that verifies signatures, for openssl
        #[arg(long, value_name = "FILE")]
        pem: Option<PathBuf>,
    },
    /// Replace the keys; the old ones hold for 90 days more
    Rotate,
    /// Trust the keys in the line of another node, after a look at the fingerprint that it shows there
    Trust {
        line: PublicNode,
        /// The fingerprint from there; asked for, unless given
        #[arg(long)]
        fingerprint: Option<String>,
    },
    /// List the nodes whose keys are trusted
    List,
    /// Trust a node no more: its volumes are refused
    Revoke { name: String },
}

/// Runs the command. A refused volume is an exit code, not a fault.
pub async fn bundle(config: Config, action: BundleAction) -> Result<ExitCode> {
    let directory = bundles::directory(&config);
    let done = match action {
        BundleAction::Inspect(asked) => {
            let peers = peers::trusted(config).await?;
            inspect(&directory, &asked, peers).map_err(refused)
        }
        BundleAction::Export(asked) => exchange::export(config, asked).await,
        BundleAction::Import(asked) => exchange::import(config, asked).await,
        BundleAction::Tidy(asked) => exchange::tidy(config, asked).await,
        BundleAction::Status => peers::status(config).await,
        BundleAction::Keys { action: KeysAction::Trust { line, fingerprint } } => {
            peers::trust(config, &line, fingerprint).await
        }
        BundleAction::Keys { action: KeysAction::List } => peers::list(config).await,
        BundleAction::Keys { action: KeysAction::Revoke { name } } => peers::revoke(config, &name).await,
        BundleAction::Keys { action } => keys(&directory, action).map_err(refused),
    };
    match done {
        Err(Error::Refused(refusal)) => {
            eprintln!("smartcache: refused, {refusal}");
            Ok(ExitCode::from(REFUSED))
        }
        done => done,
    }
}

fn inspect(directory: &Path, asked: &Inspect, peers: Vec<PublicNode>) -> Result<ExitCode, BundleError> {
    let (file, name) = ::bundle::open_file(&asked.file)?;
    let keyring = Keyring::find(directory)?;
    // A node can judge its own volumes.
    let own = keyring.iter().flat_map(Keyring::all).map(|keys| keys.node().clone());
    let trusted: Vec<PublicNode> = own.chain(peers).chain(asked.peer.iter().cloned()).collect();
    let report = ::bundle::inspect(file, &name, keyring.as_ref(), &trusted, &Bounds::default())?;
    if asked.json {
        println!("{}", serde_json::to_string(&report).map_err(std::io::Error::other)?);
    } else {
        println!("{report}");
    }
    Ok(if report.is_accepted { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// A refused volume is an answer, a disk that fails is a fault.
fn refused(error: BundleError) -> Error {
    match error.is_refusal() {
        true => Refusal::field("volume", error.to_string()).into(),
        false => Error::fault(error),
    }
}

fn keys(directory: &Path, action: KeysAction) -> Result<ExitCode, BundleError> {
    match action {
        KeysAction::Init { name } => print(&Keyring::create(directory, name)?),
        KeysAction::Show { svg, pem } => {
            let keyring = Keyring::open(directory)?;
            let node = keyring.current().node();
            if let Some(path) = svg {
                std::fs::write(path, node.svg()?)?;
            }
            if let Some(path) = pem {
                std::fs::write(path, node.sign_pem())?;
            }
            print(&keyring);
        }
        KeysAction::Rotate => print(&Keyring::rotate(directory, Utc::now())?),
        // Need the database.
        KeysAction::Trust { .. } | KeysAction::List | KeysAction::Revoke { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn print(keyring: &Keyring) {
    let node = keyring.current().node();
    println!("Name         {}\nKey          {}", node.name, node.key_id());
    println!("Line         {node}\nFingerprint  {}", node.fingerprint());
    if let Some(rotation) = keyring.rotation(Utc::now()) {
        let until = rotation.until().date_naive();
        println!("Until {until} the keys before hold too, and sign: {}", rotation.old.key_id());
    }
}
