//! What happens to a gestore. Inputs carry what was checked outside, never message bodies.

use pec_daticert::{Address, PecMsgid, Text};
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm, SignatureError};
use serde::{Deserialize, Serialize};

use crate::{EffectId, Judgement, Key, MessageFacts, Role};

/// SHA-256 of some octets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub [u8; 32]);

/// A message that the shell has stored, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BodyRef {
    /// SHA-256 of all its octets.
    pub sha256: Digest,
    /// Length in octets.
    pub octets: u64,
}

/// The paths of an SMTP transaction: what certification data are about (RFC 6109 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpEnvelope {
    /// `MAIL FROM`; `None` is the empty path of bounces.
    pub reverse_path: Option<Address>,
    /// `RCPT TO`, in order.
    pub forward_paths: Vec<Address>,
}

/// What the scanner says. The list is closed: a scanner finds, finds nothing, or does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scan {
    /// Nothing was found.
    Clean,
    /// A virus, by the scanner's name for it.
    Infected(Text),
    /// An attachment that the provider's policy forbids, by its name.
    Forbidden(Text),
    /// The scanner did not answer: the message waits.
    Failed,
}

/// A message that an authenticated user hands to the access point.
#[doc(alias = "punto di accesso")]
#[derive(Clone, Debug)]
pub struct Submission {
    /// A fresh identifier, which becomes that of the transmission (RFC 6109 §2.2.1).
    pub id: PecMsgid,
    /// The authenticated mailbox.
    pub account: Address,
    /// The SMTP paths.
    pub envelope: SmtpEnvelope,
    /// The message as it came.
    pub message: BodyRef,
    /// What its header says.
    pub facts: MessageFacts,
    /// What the scanner says.
    pub scan: Scan,
}

/// A message that another host hands to the incoming point.
#[doc(alias = "punto di ricezione")]
#[derive(Clone, Debug)]
pub struct Arrival {
    /// A fresh identifier, for what has none of its own.
    pub id: PecMsgid,
    /// Who handed it in, for the log.
    pub peer: String,
    /// Whether it came over TLS.
    pub over_tls: bool,
    /// The SMTP paths.
    pub envelope: SmtpEnvelope,
    /// The message as it came.
    pub message: BodyRef,
    /// What its outer header says, which nothing certifies.
    pub facts: MessageFacts,
    /// What the signature proves.
    pub judgement: Judgement,
    /// What the scanner says.
    pub scan: Scan,
}

/// What became of an effect. A repeat is harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The state that planned it.
    pub key: Key,
    /// The effect.
    pub effect: EffectId,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// The message is signed and its octets are durable.
    Sealed(BodyRef),
    /// The next hop answered for these recipients; those that it put off are not named and the
    /// shell tries them again.
    Relayed(Vec<(Address, RelayResult)>),
    /// The mailbox can take the message: the plan for this report holds the row
    /// ([`Plan::deposits`](crate::Plan::deposits)), so deposit and receipt are one transaction.
    Depositable,
    /// The mailbox cannot take it.
    NotDepositable(MailboxFailure),
    /// Done, where nothing more can be said: quarantined, alarmed, withdrawn.
    Done,
}

/// What the next hop said of one recipient. The list is closed: what is put off is not reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelayResult {
    /// It took the message.
    Accepted,
    /// It refused for good: reply code and text.
    Refused(u16, String),
    /// The shell gave up at the relay's limit of time.
    Expired,
}

/// Why a mailbox cannot take a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MailboxFailure {
    /// There is none of that name.
    Unknown,
    /// It is full.
    Full,
    /// It is suspended.
    Suspended,
    /// It does not take mail from this sender (norms 96).
    ClosedToSender,
}

/// Something that happens to a gestore. The list is closed: the four ways in.
#[derive(Clone, Debug)]
pub enum Input {
    /// The access point took a message (RFC 6109 §3.1).
    Submission(Submission),
    /// The incoming point took a message (RFC 6109 §3.2).
    Arrival(Arrival),
    /// An effect came to an end.
    Report(Report),
    /// The deadline of this state is reached.
    Deadline(Key),
}

impl Input {
    /// The state that this input is for; `own` is the name of the provider.
    #[must_use]
    pub fn key(&self, own: &str) -> Key {
        match self {
            Self::Submission(submission) => Key::new(Role::Sender, own, &submission.id),
            Self::Arrival(arrival) => arrival.judgement.key(own, &arrival.id),
            Self::Report(report) => report.key.clone(),
            Self::Deadline(key) => key.clone(),
        }
    }

    /// Whether somebody waits for a reply.
    #[must_use]
    pub const fn is_transaction(&self) -> bool {
        matches!(self, Self::Submission(_) | Self::Arrival(_))
    }
}

impl Digest {
    /// The digest of `octets`.
    ///
    /// # Errors
    /// [`SignatureError`] when the provider of cryptography has no SHA-256.
    pub fn of(octets: &[u8], crypto: &CryptoProvider) -> Result<Self, SignatureError> {
        let digest = crypto.digest(DigestAlgorithm::Sha256, octets)?;
        let octets = digest.as_bytes().try_into();
        octets.map(Self).map_err(|_| SignatureError::UnsupportedAlgorithm)
    }
}

impl BodyRef {
    /// The name of a message by its octets.
    ///
    /// # Errors
    /// As for [`Digest::of`].
    pub fn of(message: &[u8], crypto: &CryptoProvider) -> Result<Self, SignatureError> {
        let octets = u64::try_from(message.len()).unwrap_or(u64::MAX);
        Ok(Self { sha256: Digest::of(message, crypto)?, octets })
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from(*self))
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0.iter().map(|octet| format!("{octet:02x}")).collect()
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;

    fn try_from(hex: String) -> Result<Self, Self::Error> {
        const WHAT: &str = "a SHA-256 digest has 64 hexadecimal digits";
        let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
        let mut octets = [0; 32];
        if pairs.len() != octets.len() || !rest.is_empty() {
            return Err(WHAT);
        }
        for (octet, pair) in octets.iter_mut().zip(pairs) {
            let digits = std::str::from_utf8(pair).map_err(|_| WHAT)?;
            if !pair.iter().all(u8::is_ascii_hexdigit) {
                return Err(WHAT);
            }
            *octet = u8::from_str_radix(digits, 16).map_err(|_| WHAT)?;
        }
        Ok(Self(octets))
    }
}
