//! Verifying a dossier, at its own time.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use pec_message::read;
use pec_smime::crypto::SignatureError;
use pec_smime::verify::{Outcome, StampVerification};
use serde::Serialize;

use super::copies::CopyProof;
use super::finding::{Finding, Severity, Verdict};
use super::judge::{Judge, Judged};
use super::judgement::{Judgement, JudgementVerdict};
use super::manifest::{FileRecord, Role};
use super::material::{self, STAMP_FOLDER};
use super::report::{self, Language};
use super::{Dossier, GENERATOR, MANIFEST, REPORT_EN, REPORT_IT, SCRIPT, SCRIPT_TEXT, sums};
use crate::{Follow, Receipt, Sent};

/// What verifying a dossier found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Examination {
    /// What is worth telling; nothing of it is worse than a note in a sound dossier.
    pub findings: Vec<Finding>,
    /// Each receipt, in the order of its name.
    pub receipts: Vec<ExaminedReceipt>,
    /// Each time stamp over the manifest, in the order of its name.
    pub stamps: Vec<ExaminedStamp>,
    /// What the delivery receipts prove about the message that was kept.
    pub copies: Vec<CopyProof>,
    /// What became of the message, by the receipts that are genuine.
    pub follow: Follow,
}

/// A receipt of a dossier.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ExaminedReceipt {
    /// The file.
    pub name: String,
    /// What judging it came to.
    #[serde(flatten)]
    pub judgement: Judgement,
}

/// A time stamp over the manifest of a dossier.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ExaminedStamp {
    /// The file.
    pub name: String,
    /// The time in it.
    pub time: Option<DateTime<Utc>>,
    /// The authority's certificate: its subject.
    pub authority: Option<String>,
    /// Whether it is over this manifest, well signed, and by an authority that is trusted.
    pub is_good: bool,
}

/// By how much the clocks of the maker and of a time-stamp authority may differ.
const CLOCKS: TimeDelta = TimeDelta::minutes(5);

impl Examination {
    /// All findings together.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.findings.iter().map(Finding::severity).max() {
            None | Some(Severity::Note) => Verdict::Sound,
            Some(Severity::Doubt) => Verdict::Doubtful,
            Some(Severity::Fault) => Verdict::Broken,
        }
    }

    /// The instant by which all of it existed, as the earliest good time stamp says.
    #[must_use]
    pub fn stamped_at(&self) -> Option<DateTime<Utc>> {
        self.stamps.iter().filter(|stamp| stamp.is_good).filter_map(|stamp| stamp.time).min()
    }
}

impl Dossier {
    /// Verifies all of a dossier as of `now`: files against manifest, reports against evidence,
    /// time stamps, and every receipt at its own time.
    ///
    /// That time is the one that `judge` [vouches for](Judge::at), else that of a good time stamp
    /// over the manifest, else the present, else the one that the signer of the receipt claims. The
    /// last alone proves nothing once the certificate has expired or been revoked: the dossier is
    /// then [doubtful](Verdict::Doubtful), as it is as long as nothing recent is known about the
    /// certificate; a current revocation list in the judge's store helps, or a time stamp in good
    /// time.
    ///
    /// Who removes a receipt and writes all else anew makes a dossier that is sound without it:
    /// only a time stamp shows that.
    ///
    /// # Errors
    /// The provider of cryptography lacks SHA-256 or SHA-512.
    // norms 83
    pub fn verify(
        &self,
        judge: &Judge<'_>,
        now: DateTime<Utc>,
    ) -> Result<Examination, SignatureError> {
        let (store, unreadable) = material::stocked(judge.store, &self.files);
        let judge = judge.with(&store);
        let follow = Follow::of(self.manifest.pec_msgid.clone());
        let mut examiner = Examiner {
            dossier: self,
            judge: &judge,
            now,
            examination: Examination {
                findings: Vec::new(),
                receipts: Vec::new(),
                stamps: Vec::new(),
                copies: Vec::new(),
                follow,
            },
        };
        let unreadable = unreadable.into_iter().map(|name| Finding::Unreadable { name });
        examiner.files()?;
        examiner.examination.findings.extend(unreadable);
        examiner.derived();
        examiner.stamps();
        examiner.messages();
        Ok(examiner.examination)
    }
}

struct Examiner<'e, 'j> {
    dossier: &'e Dossier,
    judge: &'e Judge<'j>,
    now: DateTime<Utc>,
    examination: Examination,
}

impl Examiner<'_, '_> {
    fn tell(&mut self, finding: Finding) {
        self.examination.findings.push(finding);
    }

    /// Every file against the manifest and the lists.
    fn files(&mut self) -> Result<(), SignatureError> {
        let (files, crypto) = (&self.dossier.files, self.judge.crypto);
        let mut listed = BTreeSet::new();
        for record in &self.dossier.manifest.files {
            let name = || record.name.clone();
            if !listed.insert(record.name.as_str()) {
                self.tell(Finding::ListedTwice { name: name() });
            }
            if !is_in_its_place(record) {
                self.tell(Finding::Misnamed { name: name() });
            }
            let Some(octets) = files.get(&record.name) else {
                self.tell(Finding::Missing { name: name() });
                continue;
            };
            let found = FileRecord::new(&record.name, record.role, octets, crypto)?;
            let found = FileRecord { judged: record.judged.clone(), ..found };
            if found != *record {
                self.tell(Finding::Differs { name: name() });
            }
        }
        for (name, _) in files.iter() {
            let is_own = name == MANIFEST || sums::SUMS.iter().any(|(sums, _)| *sums == name);
            if !is_own && !name.starts_with(STAMP_FOLDER) && !listed.contains(name) {
                self.tell(Finding::Unlisted { name: name.to_owned() });
            }
        }
        for (name, algorithm) in sums::SUMS {
            let list = sums::list(files, algorithm, crypto)?;
            match files.get(name) {
                None => self.tell(Finding::Missing { name: name.to_owned() }),
                Some(octets) if octets != list.as_bytes() => {
                    self.tell(Finding::SumsDiffer { name: name.to_owned() });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Reports and script, which are made from the evidence and the manifest.
    fn derived(&mut self) {
        let (files, manifest) = (&self.dossier.files, &self.dossier.manifest);
        if manifest.made_at > self.now {
            self.tell(Finding::MadeInFuture);
        }
        if manifest.generator != GENERATOR {
            let generator = manifest.generator.clone();
            self.tell(Finding::OtherGenerator { generator });
            return;
        }
        for (name, language) in [(REPORT_IT, Language::Italian), (REPORT_EN, Language::English)] {
            let report = report::render(files, manifest, language, self.judge.crypto);
            if files.get(name) != Some(report.as_bytes()) {
                self.tell(Finding::ReportDiffers { name: name.to_owned() });
            }
        }
        if files.get(SCRIPT) != Some(SCRIPT_TEXT.as_bytes()) {
            self.tell(Finding::ScriptDiffers);
        }
    }

    fn stamps(&mut self) {
        let stamped = self.dossier.manifest_octets();
        for (name, token) in self.dossier.stamps() {
            let stamp = self.judge.stamp(token, stamped, self.now);
            let name = name.to_owned();
            match stamp.outcome() {
                Outcome::Passed => {}
                Outcome::Failed(why) => {
                    let why = why.clone();
                    self.tell(Finding::StampFailed { name: name.clone(), why });
                }
                Outcome::Indeterminate(why) => {
                    let why = why.clone();
                    self.tell(Finding::StampUndecided { name: name.clone(), why });
                }
            }
            let is_good = stamp.outcome().is_passed();
            let made_at = self.dossier.manifest.made_at;
            let is_old = |time| made_at.signed_duration_since(time) > CLOCKS;
            if is_good && stamp.time().is_some_and(is_old) {
                self.tell(Finding::StampTooOld { name: name.clone() });
            }
            let authority = StampVerification::authority(&stamp).map(|it| it.subject());
            let time = stamp.time();
            self.examination.stamps.push(ExaminedStamp { name, time, authority, is_good });
        }
    }

    fn messages(&mut self) {
        let files = &self.dossier.files;
        let manifest = &self.dossier.manifest;
        let sent = manifest.of_role(Role::Sent).next().and_then(|file| files.get(&file.name));
        let claimed = sent.map(|sent| read(sent).claimed());
        if let Some(Ok(sent)) = claimed.as_ref().map(Sent::from_claimed) {
            self.examination.follow = Follow::about(sent, manifest.pec_msgid.clone());
        }
        let stamped = self.examination.stamped_at();
        let mut receipts = 0_usize;
        for record in manifest.of_role(Role::Receipt) {
            let Some(octets) = files.get(&record.name) else {
                continue;
            };
            receipts = receipts.saturating_add(1);
            let judged = self.judge.message(octets, stamped, self.now);
            self.receipt(record, judged, sent);
        }
        if receipts == 0 {
            self.tell(Finding::NoReceipt);
        }
        for contradiction in self.examination.follow.contradictions() {
            self.tell(Finding::Contradiction { contradiction });
        }
    }

    fn receipt(&mut self, record: &FileRecord, judged: Judged<'_>, sent: Option<&[u8]>) {
        let name = || record.name.clone();
        match &judged.judgement.verdict {
            JudgementVerdict::Genuine => {}
            JudgementVerdict::GenuineAtClaimedTime => {
                self.tell(Finding::ClaimedTime { name: name() });
            }
            JudgementVerdict::Undecided { why } => {
                self.tell(Finding::Undecided { name: name(), why: why.clone() });
            }
            JudgementVerdict::NotGenuine { step, why } => {
                let (step, why) = (*step, why.clone());
                self.tell(Finding::NotGenuine { name: name(), step, why });
            }
        }
        let signer = record.judged.as_ref().map(|recorded| &recorded.signer);
        if signer.is_none_or(|signer| *signer != judged.judgement.signer) {
            self.tell(Finding::RecordDiffers { name: name() });
        }
        if let Some(data) = &judged.data {
            if data.pec_msgid != self.dossier.manifest.pec_msgid {
                self.tell(Finding::OtherTransmission { name: name() });
            }
            let sent = self.examination.follow.sent().map(|sent| &sent.msgid);
            if sent.is_some() && data.msgid.is_some() && sent != data.msgid.as_ref() {
                self.tell(Finding::OtherMessage { name: name() });
            }
            if !record.name.ends_with(&format!("-{}.eml", data.kind())) {
                self.tell(Finding::Misnamed { name: name() });
            }
        }
        if let Some(certified) = &judged.certified {
            let message = certified.value();
            let to = message.data().event.delivered_to();
            let proof = sent.and_then(|sent| {
                CopyProof::of(&record.name, to, message.message(), sent, self.judge.crypto)
            });
            if let Some(proof) = proof {
                if !proof.proof.is_whole() {
                    self.tell(Finding::CopyDiffers { name: name() });
                }
                self.examination.copies.push(proof);
            }
            if let Ok(receipt) = Receipt::new(certified, record.name.as_str()) {
                self.examination.follow.take(receipt);
            }
        }
        let judgement = judged.judgement;
        self.examination.receipts.push(ExaminedReceipt { name: name(), judgement });
    }
}

/// Whether a file lies where its role belongs.
fn is_in_its_place(record: &FileRecord) -> bool {
    let (folder, file) = record.name.rsplit_once('/').unwrap_or(("", &record.name));
    match record.role {
        Role::Sent => record.name == "messaggi/inviato.eml",
        Role::Receipt => folder == "messaggi" && file != "inviato.eml",
        Role::Certificate => folder == "certificati",
        Role::Anchor => folder == "certificati/ancore",
        Role::Crl => folder == "revoche" && file.ends_with(".crl"),
        Role::Ocsp => folder == "revoche" && file.ends_with(".ors"),
        Role::Report => record.name == REPORT_IT || record.name == REPORT_EN,
        Role::Script => record.name == SCRIPT,
    }
}
