//! The judgement for people.

use std::io::{self, Write};

use super::{Judgement, Report};
use crate::console::{BAD, BOLD, GOOD, OPEN, field, plain};
use crate::exit::Exit;
use crate::lang::Lang;
use crate::words;

impl crate::report::Report for Report {
    fn exit(&self) -> Exit {
        match self.judgement.verdict {
            "valid" | "valid-legacy" => Exit::Done,
            "invalid" => Exit::No,
            _ => Exit::Undecided,
        }
    }

    fn group(&self) -> &'static str {
        self.judgement.verdict
    }

    fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        writeln!(out, "{BOLD}{}{BOLD:#}", plain(&self.file))?;
        self.judgement.write(out, lang)?;
        for nested in self.nested.iter().flatten() {
            writeln!(out, "{BOLD}{} {}{BOLD:#}", lang.say("part", "parte"), nested.path)?;
            nested.judgement.write(out, lang)?;
        }
        Ok(())
    }
}

impl Judgement {
    fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        let style = match self.verdict {
            "valid" | "valid-legacy" => GOOD,
            "invalid" => BAD,
            _ => OPEN,
        };
        let (verdict, kind) = (words::verdict(self.verdict, lang), words::kind(self.kind, lang));
        writeln!(out, "  {style}{verdict}{style:#} ({kind})")?;
        for check in &self.checks {
            let style = match check.result {
                "passed" => GOOD,
                "failed" => BAD,
                _ => OPEN,
            };
            let name = words::check(check.name, lang);
            let result = words::outcome(check.result, lang);
            let reason = check.reason.as_ref().map(|reason| plain(&reason.text(lang)));
            let line =
                format!("  {name:<38} {style}{result}{style:#}  {}", reason.unwrap_or_default());
            writeln!(out, "{}", line.trim_end())?;
        }
        if let Some(signer) = &self.signer {
            field(out, lang.say("signer", "firmatario"), Some(&signer.subject))?;
            field(out, lang.say("addresses", "indirizzi"), Some(&signer.emails.join(", ")))?;
            field(out, lang.say("issuer", "emittente"), Some(&signer.issuer))?;
            field(out, lang.say("serial", "numero di serie"), Some(&signer.serial))?;
            let validity = format!("{} – {}", signer.not_before, signer.not_after);
            field(out, lang.say("valid", "validità"), Some(&validity))?;
            field(out, "SHA-256", Some(&signer.sha256))?;
        }
        field(out, lang.say("provider", "gestore"), self.provider.as_deref())?;
        field(out, lang.say("signed at", "firmato il"), self.signed_at.as_deref())?;
        let source = lang.say("said by", "secondo");
        let teller = words::time_source(self.time_source, lang);
        let judged = self.judged_at.as_ref().map(|at| format!("{at} ({source} {teller})"));
        field(out, lang.say("judged at", "giudicato al"), judged.as_deref())?;
        field(out, lang.say("digest", "impronta"), self.digest_algorithm.as_deref())?;
        field(
            out,
            lang.say("origin by", "origine secondo"),
            Some(words::origin(self.origin, lang)),
        )?;
        for mismatch in &self.mismatches {
            let (field_name, nothing) = (&mismatch.field, "-".to_owned());
            let header = mismatch.header.as_ref().unwrap_or(&nothing);
            let certified = mismatch.certified.as_ref().unwrap_or(&nothing);
            let text = format!("{field_name}: {header:?} / daticert {certified:?}");
            field(out, lang.say("disagreement", "discordanza"), Some(&text))?;
        }
        Ok(())
    }
}
