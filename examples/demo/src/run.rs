//! The run: everything that is played, checked and left behind.

use std::path::{Path, PathBuf};

use chrono::{TimeDelta, Utc};
use pec_gestore::log::audit::{AuditOptions, Auditor};
use pec_server::config::Engine;

use crate::clock::MovableClock;
use crate::problem::Result;
use crate::providers::{self, Provider};
use crate::stage::Stage;
use crate::timeline::Timeline;
use crate::{archive, fates, play, post, table};

/// What a run is to do.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// Leave messages, certificate, logs and report here; a new temporary folder without it.
    pub out: Option<PathBuf>,
    /// Keep the providers' folders here; without it they are removed at the end.
    pub stores: Option<PathBuf>,
    /// Print nothing but the result.
    pub is_quiet: bool,
}

/// Plays everything, checks everything; whether all was as RFC 6109 asks.
///
/// # Errors
/// When the play cannot be finished.
pub async fn run(order: &Order) -> Result<bool> {
    let out = match &order.out {
        Some(out) => out.clone(),
        None => tempfile::Builder::new().prefix("pec-demo-").tempdir()?.keep(),
    };
    std::fs::create_dir_all(&out)?;
    let temporary = tempfile::tempdir()?;
    let folder = order.stores.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(folder)?;
    let clock = MovableClock::default();
    let started = Utc::now().format("%d/%m/%Y at %H:%M UTC").to_string();
    let providers = providers::start(folder, &clock).await?;
    let service = providers.first().map(|alfa| alfa.mailboxes()[0].clone()).unwrap_or_default();
    let acts = play::ordinary_days(&service);
    let steps = u64::try_from(acts.len()).unwrap_or(0).saturating_add(5);
    let mut stage = Stage::new(providers, clock, Timeline::new(steps, order.is_quiet));
    for act in &acts {
        stage.play(act).await?;
    }
    missed_virus(&mut stage, &service).await?;
    outside(&mut stage).await?;
    silence(&mut stage).await?;
    close(&mut stage, &out).await?;
    let file = archive::page(&stage, &out, &started)?;
    stage.end();
    table::print(&stage.story, order.is_quiet);
    conclude(&stage, &out, &file);
    for provider in [&mut stage.alfa, &mut stage.beta] {
        provider.stop().await;
    }
    Ok(stage.story.is_as_expected())
}

async fn missed_virus(stage: &mut Stage, service: &str) -> Result<()> {
    stage.alfa.stop().await;
    stage.alfa.start(Engine::None).await?;
    stage.says("alfa.example was started again without a scanner");
    stage.play(&play::missed_virus(service)).await?;
    stage.alfa.stop().await;
    stage.alfa.start(Engine::Eicar).await
}

async fn outside(stage: &mut Stage) -> Result<()> {
    let title = "Ordinary mail arrives from outside";
    stage.step(title);
    let (original, expected) = play::from_outside();
    let octets = original.to_octets(0, &Utc::now().to_rfc2822());
    let to = stage.beta.incoming();
    let said = post::from_outside(to, &original.from, &expected.mailbox, &octets).await?;
    stage.says(&format!("{:22} hands in {} octets: {said}", original.from, octets.len()));
    stage.find(format!("{title}: beta answers 250"), said.starts_with("250"), || said);
    stage.wait_for(title, &[expected]).await
}

async fn silence(stage: &mut Stage) -> Result<()> {
    let [first, after_12, after_24] = play::silence();
    stage.beta.stop().await;
    stage.says("beta.example is switched off");
    stage.play(&first).await?;
    stage.advance(TimeDelta::minutes(12 * 60 + 1));
    stage.wait_for("After 12 hours", &after_12.expected).await?;
    stage.advance(TimeDelta::hours(12));
    stage.wait_for("After 24 hours", &after_24.expected).await?;
    stage.beta.start(Engine::Eicar).await?;
    stage.says("beta.example is switched on again; the envelope was withdrawn");
    stage.wait_for("After the final notice nothing more comes", &[]).await
}

/// Checks both stores and both logs, and leaves everything in the folder.
async fn close(stage: &mut Stage, out: &Path) -> Result<()> {
    stage.step("Checks");
    archive::mail(stage, out)?;
    archive::certificate(&stage.alfa, out)?;
    for letter in stage.story.letters.clone() {
        if let (Some(kind), Some(fault)) = (letter.kind, &letter.fault) {
            let what = format!("{kind} in {} is genuine", letter.mailbox);
            stage.find(what, false, || fault.clone());
        }
    }
    for name in ["alfa.example", "beta.example"] {
        let provider = if name == stage.alfa.domain { &stage.alfa } else { &stage.beta };
        let (faults, breaches) = check(provider, out).await?;
        stage.find(format!("the store of {name} is sound"), faults.is_empty(), || faults);
        let what = format!("the log of {name} keeps the invariants of the audit");
        stage.find(what, breaches.is_empty(), || breaches);
    }
    fates::fill(&mut stage.story);
    Ok(())
}

/// What is wrong with a provider's store, and with its log; empty when nothing is.
async fn check(provider: &Provider, out: &Path) -> Result<(String, String)> {
    let faults = provider.running()?.gestore().store().check().await?;
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let options = AuditOptions::new().from_the_beginning().own_domains([&provider.domain]);
    let mut auditor = Auditor::new(options);
    for (number, record) in (1..).zip(archive::log(provider, out).await?) {
        auditor.read_record(number, &record);
    }
    let report = auditor.finish();
    let breaches = if report.is_clean() { String::new() } else { report.to_string() };
    Ok((faults.join("; "), breaches))
}

fn conclude(stage: &Stage, out: &Path, page: &Path) {
    let kept = stage.story.findings.iter().filter(|finding| finding.instead.is_none()).count();
    anstream::println!(
        "\n{} of {} expectations kept, {} messages checked.",
        kept,
        stage.story.findings.len(),
        stage.story.letters.len()
    );
    for finding in stage.story.findings.iter().filter(|finding| finding.instead.is_some()) {
        let instead = finding.instead.as_deref().unwrap_or_default();
        anstream::println!("  expected {}, but {instead}", finding.what);
    }
    anstream::println!("Messages, certificate and logs: {}", out.display());
    anstream::println!("The report: {}", page.display());
    anstream::println!("Check any signature without us:");
    anstream::println!("  cd {} && {}", out.display(), archive::openssl_line(stage));
}
