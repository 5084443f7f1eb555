//! `pec hash-check`: what a delivery receipt proves about an original that was kept.

use std::io::{self, Write};

use pec_message::brief::{BriefProof, HashedForm, HexCase, PartVerdict, ProofError};
use pec_message::read;
use pec_smime::crypto::CryptoProvider;
use serde::Serialize;

use crate::console::{BAD, GOOD, plain};
use crate::exit::Exit;
use crate::facts::path_text;
use crate::lang::Lang;
use crate::words;

/// The name of the JSON schema.
pub const SCHEMA: &str = "postacert/hash-check/1";

/// What the comparison came to. The fields are those of the JSON.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct HashCheck {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The receipt.
    pub receipt: String,
    /// The original that was kept.
    pub original: String,
    /// Whether all of the original was delivered, and nothing else.
    pub whole: bool,
    /// Part by part.
    pub parts: Vec<PartCheck>,
}

/// One part of the original.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PartCheck {
    /// Its path in the original: numbers from 0.
    pub path: String,
    /// Its file name.
    pub name: Option<String>,
    /// `equal` (the receipt holds the part), `equal-hash`, `different`, `missing`, `added`.
    pub verdict: &'static str,
    /// What the hash is over: `encoded`, `encoded-crlf`, `encoded-with-line-break`, `decoded`.
    pub hash_over: Option<&'static str>,
    /// How its digits are written: `lower`, `upper`, `mixed`.
    pub hash_case: Option<&'static str>,
}

/// Compares a receipt with an original.
///
/// # Errors
/// [`ProofError::NoCopy`] when the receipt carries no copy of the original.
pub fn hash_check(
    receipt: (&str, &[u8]),
    original: (&str, &[u8]),
    crypto: &CryptoProvider,
) -> Result<HashCheck, ProofError> {
    let proof = BriefProof::check(read(receipt.1).message(), original.1, crypto)?;
    let parts = proof.parts().iter().map(|part| {
        let (verdict, hash_over, hash_case) = as_json(part.verdict);
        let (path, name) = (path_text(&part.path), part.name.clone());
        PartCheck { path, name, verdict, hash_over, hash_case }
    });
    Ok(HashCheck {
        schema: SCHEMA,
        receipt: receipt.0.to_owned(),
        original: original.0.to_owned(),
        whole: proof.is_whole(),
        parts: parts.collect(),
    })
}

impl HashCheck {
    /// How the command ends.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        if self.whole { Exit::Done } else { Exit::No }
    }

    /// The report for people.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        for part in &self.parts {
            let path = if part.path.is_empty() { "-" } else { &part.path };
            let name = part.name.as_deref().map(plain).unwrap_or_default();
            let over = part.hash_over.map(|over| format!("({over})")).unwrap_or_default();
            let verdict = words::part(part.verdict, lang);
            writeln!(out, "  {path:<8} {verdict:<16} {name} {over}")?;
        }
        let (style, text) = match self.whole {
            true => (GOOD, lang.say("what was kept was delivered", "consegnato quanto conservato")),
            false => (BAD, lang.say("not what was kept", "non è quanto conservato")),
        };
        writeln!(out, "  {style}{text}{style:#}")?;
        let caution = lang.say(
            "This holds as far as the receipt is genuine: see pec verify.",
            "Vale se la ricevuta è autentica: vedi pec verify.",
        );
        writeln!(out, "  {caution}")
    }
}

type Words = (&'static str, Option<&'static str>, Option<&'static str>);

const fn as_json(verdict: PartVerdict) -> Words {
    let (over, case) = match verdict {
        PartVerdict::Equal => return ("equal", None, None),
        PartVerdict::Different => return ("different", None, None),
        PartVerdict::Missing => return ("missing", None, None),
        PartVerdict::Added => return ("added", None, None),
        PartVerdict::EqualHash { over, case } => (over, case),
    };
    let over = match over {
        HashedForm::Encoded => "encoded",
        HashedForm::EncodedCrlf => "encoded-crlf",
        HashedForm::EncodedWithLineBreak => "encoded-with-line-break",
        HashedForm::Decoded => "decoded",
    };
    let case = match case {
        HexCase::Lower => "lower",
        HexCase::Upper => "upper",
        HexCase::Mixed => "mixed",
    };
    ("equal-hash", Some(over), Some(case))
}
