//! Making a dossier.

use chrono::{DateTime, Utc};
use pec_daticert::{CertificationData, Kind, PecMsgid};
use pec_message::read;
use pec_smime::crypto::{DigestAlgorithm, SignatureError};

use super::judge::{Judge, Judged};
use super::judgement::{JudgementVerdict, Record};
use super::manifest::{FileRecord, Manifest, Role, SCHEMA, hex};
use super::material::Material;
use super::report::{self, Language};
use super::{Dossier, FileError, Files, MANIFEST, REPORT_EN, REPORT_IT, SCRIPT, SCRIPT_TEXT, sums};
use crate::limits::RECEIPTS;

/// What goes into a dossier, octet for octet as it was kept.
#[derive(Clone, Debug, Default)]
pub struct Parts<'p> {
    /// The message as its sender kept it, if he did. Without it nothing proves what a brief or a
    /// concise receipt is about.
    pub sent: Option<&'p [u8]>,
    /// The receipts of one transmission, in any order. Repeats are left out.
    pub receipts: Vec<&'p [u8]>,
}

/// Why no dossier is made. Receipts are numbered in the order in which they were given, from 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MakeError {
    /// There is nothing to prove anything with.
    #[error("there is no receipt")]
    NoReceipt,
    /// More receipts than [`RECEIPTS`].
    #[error("more than {RECEIPTS} receipts")]
    TooManyReceipts,
    /// No provider certifies the receipt.
    #[error("receipt {index} is not genuine: {step}: {why}")]
    NotGenuine {
        /// Which one.
        index: usize,
        /// The test of RFC 6109 §2.2.2 that it fails.
        step: String,
        /// Why.
        why: String,
    },
    /// The message certifies nothing that can be read.
    #[error("receipt {index} has no certification data that can be read: {why}")]
    NoData {
        /// Which one.
        index: usize,
        /// Why it is not certified.
        why: String,
    },
    /// The message is a transport envelope.
    #[error("message {index} is no receipt, it is a transport envelope")]
    NotAReceipt {
        /// Which one.
        index: usize,
    },
    /// The receipt is about another transmission than the first one.
    #[error("receipt {index} is about another transmission: {pec_msgid}")]
    OtherTransmission {
        /// Which one.
        index: usize,
        /// The other transmission.
        pec_msgid: PecMsgid,
    },
    /// The receipts are about another message than the one that was sent.
    #[error("the receipts are about {certified}, the message that was sent is {sent}")]
    OtherMessage {
        /// The `msgid` in the receipts.
        certified: String,
        /// The `Message-ID` of the message.
        sent: String,
    },
    /// A file is not taken.
    #[error(transparent)]
    File(#[from] FileError),
    /// The provider of cryptography lacks SHA-256 or SHA-512.
    #[error(transparent)]
    Digest(#[from] SignatureError),
}

/// A receipt that was judged and goes into the dossier.
struct Admitted<'p> {
    octets: &'p [u8],
    hash: String,
    data: CertificationData,
    record: Record,
}

impl Dossier {
    /// Makes a dossier of one transmission as of `made_at`: messages, the certificates and
    /// revocation data that judging them rests on, manifest, reports, script. The same arguments
    /// give the same octets.
    ///
    /// Every receipt is judged, and one that is not genuine is refused. One that is undecided, for
    /// want of a revocation list for instance, is taken, and the report says so.
    ///
    /// # Errors
    /// [`MakeError`]
    // norms 81
    pub fn make(
        parts: &Parts<'_>,
        judge: &Judge<'_>,
        made_at: DateTime<Utc>,
    ) -> Result<Self, MakeError> {
        if parts.receipts.len() > RECEIPTS {
            return Err(MakeError::TooManyReceipts);
        }
        let mut material = Material::default();
        let mut receipts: Vec<Admitted<'_>> = Vec::new();
        for (index, octets) in parts.receipts.iter().enumerate() {
            let judged = judge.message(octets, None, made_at);
            let (chain, anchor) = (&judged.chain, judged.anchor.as_ref());
            material.add_path(chain, anchor, judge.store, judge.crypto)?;
            let hash = hex(judge.crypto, DigestAlgorithm::Sha256, octets)?;
            let admitted = admit(index, octets, hash, judged)?;
            let first = receipts.first().map(|first| &first.data.pec_msgid);
            if first.is_some_and(|first| *first != admitted.data.pec_msgid) {
                let pec_msgid = admitted.data.pec_msgid;
                return Err(MakeError::OtherTransmission { index, pec_msgid });
            }
            if !receipts.iter().any(|known| known.hash == admitted.hash) {
                receipts.push(admitted);
            }
        }
        receipts.sort_by(|a, b| {
            let key = |it: &Admitted<'_>| (it.data.time, it.data.kind(), it.hash.clone());
            key(a).cmp(&key(b))
        });
        let first = receipts.first().ok_or(MakeError::NoReceipt)?;
        let manifest = Manifest {
            schema: SCHEMA.to_owned(),
            generator: super::GENERATOR.to_owned(),
            made_at,
            pec_msgid: first.data.pec_msgid.clone(),
            msgid: receipts.iter().find_map(|receipt| receipt.data.msgid.clone()),
            files: Vec::new(),
        };
        check_sent(parts.sent, &manifest)?;
        let mut draft = Draft { files: Files::new(), manifest, judge };
        draft.evidence(parts.sent, &receipts, material)?;
        draft.finish()
    }
}

fn admit<'p>(
    index: usize,
    octets: &'p [u8],
    hash: String,
    judged: Judged<'_>,
) -> Result<Admitted<'p>, MakeError> {
    let record = judged.judgement.record();
    let why = match judged.judgement.verdict {
        JudgementVerdict::NotGenuine { step, why } => {
            let (step, why) = (step.to_string(), why.to_string());
            return Err(MakeError::NotGenuine { index, step, why });
        }
        JudgementVerdict::Undecided { why } => why.to_string(),
        _ => String::new(),
    };
    let data = judged.data.ok_or(MakeError::NoData { index, why })?;
    if data.kind() == Kind::TransportEnvelope {
        return Err(MakeError::NotAReceipt { index });
    }
    Ok(Admitted { octets, hash, data, record })
}

/// Whether the receipts are about the message that was sent, as far as identifiers tell.
fn check_sent(sent: Option<&[u8]>, manifest: &Manifest) -> Result<(), MakeError> {
    let claimed = sent.and_then(|sent| read(sent).claimed().message_id);
    match (&manifest.msgid, claimed) {
        (Some(certified), Some(sent)) if certified.as_str() != sent => {
            Err(MakeError::OtherMessage { certified: certified.to_string(), sent })
        }
        _ => Ok(()),
    }
}

/// A dossier in the making.
struct Draft<'d> {
    files: Files,
    manifest: Manifest,
    judge: &'d Judge<'d>,
}

impl Draft<'_> {
    fn evidence(
        &mut self,
        sent: Option<&[u8]>,
        receipts: &[Admitted<'_>],
        material: Material,
    ) -> Result<(), MakeError> {
        if let Some(sent) = sent {
            self.add("messaggi/inviato.eml", Role::Sent, sent.to_vec(), None)?;
        }
        for (number, receipt) in (1_usize..).zip(receipts) {
            let name = format!("messaggi/{number:03}-{}.eml", receipt.data.kind());
            let record = Some(receipt.record.clone());
            self.add(&name, Role::Receipt, receipt.octets.to_vec(), record)?;
        }
        for (name, role, octets) in material.into_pieces() {
            self.add(&name, role, octets, None)?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        name: &str,
        role: Role,
        octets: Vec<u8>,
        judged: Option<Record>,
    ) -> Result<(), MakeError> {
        let mut record = FileRecord::new(name, role, &octets, self.judge.crypto)?;
        record.judged = judged;
        self.files.insert(name, octets)?;
        self.manifest.files.push(record);
        self.manifest.files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }

    /// Reports and script, then manifest and lists of hashes over all of it.
    fn finish(mut self) -> Result<Dossier, MakeError> {
        let crypto = self.judge.crypto;
        let reports = [(REPORT_IT, Language::Italian), (REPORT_EN, Language::English)].map(
            |(name, language)| {
                (name, report::render(&self.files, &self.manifest, language, crypto))
            },
        );
        for (name, html) in reports {
            self.add(name, Role::Report, html.into_bytes(), None)?;
        }
        self.add(SCRIPT, Role::Script, SCRIPT_TEXT.as_bytes().to_vec(), None)?;
        self.files.insert(MANIFEST, self.manifest.to_json())?;
        sums::put(&mut self.files, crypto)?;
        Ok(Dossier { files: self.files, manifest: self.manifest })
    }
}
