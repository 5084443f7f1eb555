//! The command that writes a message.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Failure;
use crate::cli::ComposeArgs;
use crate::compose::{Attachment, Letter};
use crate::console::Console;
use crate::exit::Exit;
use crate::source::read_one;

/// The name of the JSON schema.
const SCHEMA: &str = "postacert/compose/1";

/// What was written.
#[derive(Serialize)]
struct Composed<'a> {
    schema: &'static str,
    msgid: &'a str,
    receipt_type: &'static str,
    recipients: &'a [String],
    octets: usize,
    output: String,
}

pub(super) fn compose(
    args: &ComposeArgs,
    console: &mut Console<'_>,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    if console.json && args.output.is_none() {
        return Err("with --json, say with --output where the message goes".into());
    }
    let letter = letter(args)?;
    let message = crate::compose::compose(&letter, now, &pec_crypto_aws_lc::provider())?;
    let Some(output) = &args.output else {
        console.out.write_all(&message.octets)?;
        return Ok(Exit::Done);
    };
    write_new(output, &message.octets)?;
    if console.json {
        console.document(&Composed {
            schema: SCHEMA,
            msgid: &message.msgid,
            receipt_type: message.receipt_type.as_str(),
            recipients: &message.recipients,
            octets: message.octets.len(),
            output: output.display().to_string(),
        })?;
    } else {
        console.line(&message.msgid)?;
    }
    Ok(Exit::Done)
}

fn letter(args: &ComposeArgs) -> Result<Letter, Failure> {
    let text = read_one(&args.text)?;
    let text = String::from_utf8(text.octets)
        .map_err(|_| format!("{}: the text must be UTF-8", text.name))?;
    let attachments = args.attach.iter().map(|path| attachment(path)).collect::<Result<_, _>>()?;
    Ok(Letter {
        from: args.from.clone(),
        to: args.to.clone(),
        cc: args.cc.clone(),
        subject: args.subject.clone(),
        text,
        attachments,
        receipt: Some(args.receipt.into()),
    })
}

fn attachment(path: &Path) -> Result<Attachment, Failure> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.ok_or_else(|| format!("{}: not the name of a file", path.display()))?;
    Ok(Attachment { name, octets: read_one(path)?.octets })
}

fn write_new(path: &Path, octets: &[u8]) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(octets).and_then(|()| file.sync_all()));
    written.map_err(|error| format!("{}: {error}", path.display()).into())
}
