//! The commands that use an account.

use std::future::Future;
use std::io;

use super::Failure;
use crate::account::{Account, Config};
use crate::cli::{AccountArgs, FetchArgs, SendArgs};
use crate::console::{Console, plain};
use crate::exit::Exit;
use crate::source::read_one;
use crate::words;

pub(super) fn account(args: &AccountArgs) -> Result<Account, Failure> {
    let config = Config::read(args.config.as_deref())?;
    Ok(config.account(args.account.as_deref())?.clone())
}

/// Runs what waits for the network.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}

pub(super) fn send(args: &SendArgs, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let account = account(&args.account)?;
    let input = read_one(&args.file)?;
    let receipt = args.receipt.map(Into::into);
    let crypto = pec_crypto_aws_lc::provider();
    let message = crate::send::prepare(&input.octets, &account.address, receipt, &crypto)?;
    let password = account.password()?;
    let sent = block_on(crate::send::send(&account, &password, &message))??;
    if console.json {
        console.document(&sent)?;
    } else {
        console.line(&sent.msgid)?;
        let (copy, word) = (plain(&sent.copy), console.lang.say("copy", "copia"));
        console.note(&format!("{word}: {copy}"))?;
    }
    Ok(Exit::Done)
}

pub(super) fn fetch(args: &FetchArgs, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let account = account(&args.account)?;
    let password = account.password()?;
    let mut count = 0_usize;
    let told = |fetched: crate::fetch::Fetched| {
        count = count.saturating_add(1);
        if console.json {
            return console.document(&fetched);
        }
        let kind = words::kind(fetched.kind, console.lang);
        let subject = fetched.subject.as_deref().map(plain).unwrap_or_default();
        console.line(&format!("{}  {kind}  {subject}", plain(&fetched.file)))
    };
    let done = block_on(crate::fetch::fetch(&account, &password, args.protocol, told))?;
    let word = console.lang.say("new messages", "nuovi messaggi");
    console.note(&format!("{count} {word}"))?;
    tell_passed_over(&done?, console)
}

/// Messages that could not be had are told.
pub(super) fn tell_passed_over(
    passed_over: &[String],
    console: &mut Console<'_>,
) -> Result<Exit, Failure> {
    for reason in passed_over {
        console.note(&plain(reason))?;
    }
    Ok(if passed_over.is_empty() { Exit::Done } else { Exit::Failed })
}
