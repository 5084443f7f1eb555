//! The commands about what was sent.

use std::thread;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};

use super::{Failure, fail, judge, online};
use crate::cli::{DossierCommand, FollowArgs, WatchArgs};
use crate::console::Console;
use crate::dossier;
use crate::exit::Exit;
use crate::follow::Mailbox;
use crate::kept::Kept;
use crate::source::Sources;
use crate::trust::TrustError;
use crate::verify::Judge;
use crate::watch;

pub(super) fn follow(
    args: &FollowArgs,
    console: &mut Console<'_>,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let judge = with_evidence(judge(&args.trust, false, now)?)?;
    let mut mailbox = Mailbox::default();
    mailbox.sent(Sources::new(std::slice::from_ref(&args.sent)));
    mailbox.received(Sources::new(&args.receipts), &judge);
    let report = mailbox.report(now);
    if console.json {
        console.document(&report)?;
    } else {
        report.write(console.out, console.lang)?;
    }
    Ok(mailbox.exit(&report))
}

/// Without evidence of origin no receipt counts.
fn with_evidence(judge: Judge) -> Result<Judge, TrustError> {
    if judge.evidence().is_empty() { Err(TrustError::NoEvidence) } else { Ok(judge) }
}

pub(super) fn run_dossier(
    command: &DossierCommand,
    console: &mut Console<'_>,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let made = match command {
        DossierCommand::Make(args) => {
            let by = judge(&args.trust, false, now)?;
            dossier::make(&args.sent, Sources::new(&args.receipts), &by, &args.output)?
        }
        DossierCommand::Stamp(args) => {
            let by = judge(&args.trust, false, now)?;
            dossier::stamp(&args.path, &args.token, &by, &args.output)?
        }
        DossierCommand::Verify(args) => {
            let verified = dossier::verify(&args.path, &judge(&args.trust, false, now)?)?;
            if console.json {
                console.document(&verified)?;
            } else {
                verified.write(console.out, console.lang)?;
            }
            return Ok(verified.exit());
        }
        DossierCommand::Show(args) => {
            let shown = dossier::show(&args.path)?;
            if console.json {
                console.document(&shown)?;
            } else {
                shown.write(console.out, console.lang)?;
            }
            return Ok(Exit::Done);
        }
    };
    if console.json {
        console.document(&made)?;
    } else {
        made.write(console.out, console.lang)?;
    }
    Ok(made.exit())
}

pub(super) fn run_watch(args: &WatchArgs, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let account = online::account(&args.account)?;
    let kept = Kept::open(&account.folder)?;
    loop {
        let now: DateTime<Utc> = SystemTime::now().into();
        let judge = with_evidence(judge(&args.trust, false, now)?)?;
        let password = account.password()?;
        let fetched = crate::fetch::fetch(&account, &password, args.protocol, |_| Ok(()));
        let fetched = online::block_on(fetched)?;
        // What was fetched before an error is looked at all the same.
        let (told, news) = watch::look(&kept, &account.folder, &judge, now)?;
        for notice in &news {
            if console.json {
                console.document(notice)?;
            } else {
                console.line(&notice.line(console.lang))?;
            }
        }
        console.out.flush()?;
        told.write(&account.folder)?;
        let exit = match fetched {
            Ok(passed_over) => online::tell_passed_over(&passed_over, console)?,
            Err(error) => fail(console, &error)?,
        };
        if args.once {
            return Ok(exit);
        }
        thread::sleep(Duration::from_secs(args.interval));
    }
}
