//! The `doctor` command: checks the installation and prints its findings in plain English.

use clap::Args;
use smartcache::engine::doctor::{self, DoctorFinding, Inspection};
use smartcache::engine::{Config, Engine, Error, Result, start};

#[derive(Debug, Args)]
pub struct Doctor {
    /// Read every copy and compare it with what the database promises, and prove the audit log
    #[arg(long)]
    audit: bool,
    /// Mend what that finds
    #[arg(long, requires = "audit")]
    repair: bool,
}

/// Runs the checks or the inspection. Returns an error for any finding, even a repaired one.
pub async fn examine(config: Config, asked: Doctor) -> Result<()> {
    if !asked.audit {
        return check_up(config).await;
    }
    let engine = start::open(config).await?;
    let inspection = doctor::inspect(&engine).await?;
    let megabytes = inspection.bytes / 1_000_000;
    println!(
        "Ready downloads: {}, copies: {} ({megabytes} MB read), objects in the store: {}.",
        inspection.ready, inspection.copies, inspection.objects
    );
    println!("Entries of the audit log: {}.", inspection.audit_entries);
    if inspection.findings.is_empty() {
        println!("Everything is as it should be.");
        return Ok(());
    }
    println!();
    report(&engine, &inspection, asked.repair).await
}

async fn check_up(config: Config) -> Result<()> {
    let checks = doctor::check_up(config).await;
    for check in &checks {
        println!("{:<10} {:<8} {}", check.name, if check.is_well { "well" } else { "NOT WELL" }, check.words);
    }
    match checks.iter().filter(|check| !check.is_well).count() {
        0 => Ok(()),
        unwell => Err(Error::fault(format!("{unwell} of {} checks failed", checks.len()))),
    }
}

/// Prints a row per finding; with `repair` each row ends with the outcome.
async fn report(engine: &Engine, inspection: &Inspection, repair: bool) -> Result<()> {
    let mut mended = 0;
    let mut rows = vec![row("FINDING", "WHERE", "WHAT", if repair { "DONE" } else { "" })];
    for DoctorFinding { fault, place, detail } in &inspection.findings {
        let done = if repair { doctor::repair(engine, fault).await } else { Ok(String::new()) };
        mended += usize::from(done.is_ok());
        let done = done.unwrap_or_else(|why| format!("not mended: {why}"));
        rows.push(row(fault.name(), place, detail, &done));
    }
    print(&rows);
    println!();
    let (found, then) = (inspection.findings.len(), "another audit shows whether all is well now");
    Err(Error::fault(if repair {
        format!("findings: {found}, mended: {mended}; {then}")
    } else {
        format!("findings: {found}; --audit --repair mends them")
    }))
}

fn row(finding: &str, place: &str, detail: &str, done: &str) -> [String; 4] {
    // Control characters in file names must not move the terminal's cursor.
    [finding, place, detail, done].map(|cell| cell.chars().filter(|c| !c.is_control()).collect())
}

fn print(rows: &[[String; 4]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (first, second, third) = (width(0), width(1), width(2));
    for [finding, place, detail, done] in rows {
        let line = format!("{finding:<first$}  {place:<second$}  {detail:<third$}  {done}");
        println!("{}", line.trim_end());
    }
}
