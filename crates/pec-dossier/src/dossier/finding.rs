//! What a dossier is found to be.

use pec_message::{Distrust, Doubt, Step};
use pec_smime::verify::Reason;
use serde::{Serialize, Serializer};

use crate::Contradiction;

/// Something found while verifying a dossier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "finding", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Finding {
    // The files
    /// A listed file is not there.
    #[error("{name} is missing")]
    Missing {
        /// The file.
        name: String,
    },
    /// A file is there that the manifest does not list.
    #[error("{name} is not listed")]
    Unlisted {
        /// The file.
        name: String,
    },
    /// A file is not what the manifest says: its length or one of its hashes differs.
    #[error("{name} is not what the manifest says")]
    Differs {
        /// The file.
        name: String,
    },
    /// The manifest lists a file twice.
    #[error("{name} is listed twice")]
    ListedTwice {
        /// The file.
        name: String,
    },
    /// A file does not have the name that its content and role give it.
    #[error("{name} is named like something else")]
    Misnamed {
        /// The file.
        name: String,
    },
    /// A list of hashes is not that of the files.
    #[error("{name} is not the list of these files")]
    SumsDiffer {
        /// The list.
        name: String,
    },
    /// A certificate, a revocation list or an OCSP response cannot be read.
    #[error("{name} cannot be read")]
    Unreadable {
        /// The file.
        name: String,
    },
    /// A report says something else than the evidence.
    #[error("{name} is not the report on this evidence")]
    ReportDiffers {
        /// The report.
        name: String,
    },
    /// The script is not the one that every dossier of this version has.
    #[error("the script is not the one of this version")]
    ScriptDiffers,
    /// Another version made the dossier: its reports and its script were not compared.
    #[error("made by {generator}: reports and script are not compared")]
    OtherGenerator {
        /// The program.
        generator: String,
    },

    // The evidence
    /// There is no receipt.
    #[error("there is no receipt")]
    NoReceipt,
    /// A receipt is not genuine.
    #[error("{name} is not genuine: {step}: {why}")]
    NotGenuine {
        /// The file.
        name: String,
        /// The test of RFC 6109 §2.2.2 that it fails.
        #[serde(serialize_with = "in_words")]
        step: Step,
        /// Why.
        #[serde(serialize_with = "in_words")]
        why: Distrust,
    },
    /// It cannot be told whether a receipt is genuine.
    #[error("{name}: {why}")]
    Undecided {
        /// The file.
        name: String,
        /// Why not.
        #[serde(serialize_with = "in_words")]
        why: Doubt,
    },
    /// A receipt is genuine only if its signer did not lie about the time.
    #[error("{name} is genuine at the time that its signer claims; nothing proves that time")]
    ClaimedTime {
        /// The file.
        name: String,
    },
    /// A receipt is about another transmission than the manifest says.
    #[error("{name} is about another transmission")]
    OtherTransmission {
        /// The file.
        name: String,
    },
    /// The receipts are about another message than the one that is kept.
    #[error("{name} is about another message than the one that was sent")]
    OtherMessage {
        /// The file.
        name: String,
    },
    /// What was delivered is not what was kept.
    #[error("{name} holds another message than the one that was sent")]
    CopyDiffers {
        /// The receipt.
        name: String,
    },
    /// The manifest records another signer than the one who signed.
    #[error("the manifest says otherwise who signed {name}")]
    RecordDiffers {
        /// The file.
        name: String,
    },
    /// Receipts contradict each other; the transmission says how.
    #[error("{contradiction}")]
    Contradiction {
        /// How.
        #[serde(serialize_with = "in_words")]
        contradiction: Contradiction,
    },

    // The time
    /// The dossier says that it will be made.
    #[error("made in the future")]
    MadeInFuture,
    /// A time stamp is not over this manifest, or nobody trustworthy signed it.
    #[error("{name}: {why}")]
    StampFailed {
        /// The file.
        name: String,
        /// Why.
        #[serde(serialize_with = "in_words")]
        why: Reason,
    },
    /// It cannot be told whether a time stamp is good.
    #[error("{name}: {why}")]
    StampUndecided {
        /// The file.
        name: String,
        /// Why not.
        #[serde(serialize_with = "in_words")]
        why: Reason,
    },
    /// A good time stamp is older than the dossier says that it is itself.
    #[error("{name} is older than the dossier")]
    StampTooOld {
        /// The file.
        name: String,
    },
}

/// A reason as JSON has it: its words in English.
pub(super) fn in_words<S: Serializer>(
    reason: &impl ToString,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&reason.to_string())
}

/// How much a finding weighs, least first. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Something is not proved.
    Doubt,
    /// The dossier is not what it says.
    Fault,
}

impl Finding {
    /// How much it weighs.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::OtherGenerator { .. } | Self::Contradiction { .. } => Severity::Note,
            Self::Undecided { .. }
            | Self::ClaimedTime { .. }
            | Self::Unreadable { .. }
            | Self::StampUndecided { .. }
            | Self::StampTooOld { .. } => Severity::Doubt,
            _ => Severity::Fault,
        }
    }
}

/// What a dossier is, all findings together. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All of it is proved.
    Sound,
    /// Nothing is wrong, but something is not proved.
    Doubtful,
    /// Something is wrong.
    Broken,
}
