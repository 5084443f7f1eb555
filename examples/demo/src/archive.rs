//! The folder that a run leaves: messages, certificate, logs, the page.

use std::fs;
use std::path::{Path, PathBuf};

use pec_gestore::log::Record;

use crate::problem::Result;
use crate::providers::Provider;
use crate::report;
use crate::stage::Stage;

/// Writes every message to `mail/<gestore>/<mailbox>/NNN-<kind>.eml`, and notes the file in the
/// story.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn mail(stage: &mut Stage, out: &Path) -> Result<()> {
    let mut numbers = std::collections::BTreeMap::new();
    for (letter, octets) in stage.story.letters.iter_mut().zip(&stage.octets) {
        let number: &mut u32 = numbers.entry(letter.mailbox.clone()).or_default();
        *number = number.saturating_add(1);
        let kind = letter.kind.map_or("ordinary", |kind| kind.as_str());
        let folder = PathBuf::from("mail").join(&letter.gestore).join(&letter.mailbox);
        fs::create_dir_all(out.join(&folder))?;
        let file = folder.join(format!("{number:03}-{kind}.eml"));
        fs::write(out.join(&file), octets)?;
        letter.file = file.display().to_string();
    }
    Ok(())
}

/// Writes the authority's certificate, for those who check the signatures.
///
/// # Errors
/// When a file cannot be read or written.
pub(crate) fn certificate(provider: &Provider, out: &Path) -> Result<()> {
    let anchors = provider.folder.join("trust/anchors");
    let mut pem = Vec::new();
    for file in fs::read_dir(anchors)? {
        pem.extend(fs::read(file?.path())?);
    }
    Ok(fs::write(out.join("ca.pem"), pem)?)
}

/// Writes the log of a provider, in the two forms.
///
/// # Errors
/// When the log cannot be read or a file cannot be written.
pub(crate) async fn log(provider: &Provider, out: &Path) -> Result<Vec<Record>> {
    let store = provider.running()?.gestore().store();
    let records = store.read(|view| {
        let mut records = Vec::new();
        for head in view.heads()? {
            let entries = view.log(&head.node, 1, u32::MAX)?;
            records.extend(entries.into_iter().map(|entry| entry.record));
        }
        Ok(records)
    });
    let records = records.await?;
    let folder = out.join("logs");
    fs::create_dir_all(&folder)?;
    let lines: String = records.iter().map(|record| record.to_line() + "\n").collect();
    fs::write(folder.join(format!("{}.log", provider.domain)), lines)?;
    let json: std::result::Result<Vec<String>, _> =
        records.iter().map(Record::to_json_line).collect();
    let json: String = json?.into_iter().map(|line| line + "\n").collect();
    fs::write(folder.join(format!("{}.jsonl", provider.domain)), json)?;
    Ok(records)
}

/// Writes the page.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn page(stage: &Stage, out: &Path, started: &str) -> Result<PathBuf> {
    let file = out.join("report.html");
    fs::write(&file, report::page(&stage.story, started, &openssl_line(stage))?)?;
    Ok(file)
}

/// The line that anybody can check a message with.
pub(crate) fn openssl_line(stage: &Stage) -> String {
    let signed = stage.story.letters.iter().find(|letter| letter.kind.is_some());
    let file = signed.map_or("FILE.eml", |letter| letter.file.as_str());
    format!("openssl cms -verify -in {file} -inform SMIME -CAfile ca.pem -out /dev/null")
}
