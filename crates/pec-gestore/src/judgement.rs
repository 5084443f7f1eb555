//! What the signature of an arriving message proves.

use pec_daticert::{Address, CertificationData, PecMsgid};
use pec_message::{
    Authentication, Certified, Distrust, Doubt, Mailbox, MessageKind, OriginGrade, SignedMessage,
    Step,
};
use pec_smime::crypto::CryptoProvider;
use pec_smime::entity::Entity;
use pec_smime::verify::{Check, Reason};

use crate::{Digest, Key, Role};

/// What the signature of an arriving message proves. The list is closed: as
/// [`Authentication`](pec_message::Authentication), without the octets.
#[derive(Clone, Debug)]
pub enum Judgement {
    /// A provider of the directory certifies it.
    Certified(Box<CertifiedMail>),
    /// A test failed. Before the last step the message is ordinary mail, at the last one it is a
    /// provider's and faulty (RFC 6109 §2.2.2).
    Untrusted(Step, Distrust),
    /// It cannot be told now: refuse for the time being.
    Undecided(Doubt),
}

/// A message that a provider of the directory certifies: its data and what else the signed octets
/// say. Only `Judgement::of` makes one.
#[derive(Clone, Debug)]
pub struct CertifiedMail {
    pub(crate) data: CertificationData,
    pub(crate) provider: String,
    /// SHA-256 of the signed octets: what makes a repeat known.
    pub(crate) content: Digest,
    /// `To` and `Cc` of the original inside a transport envelope, from the signed octets.
    pub(crate) addressed: Addressed,
}

/// `To` and `Cc` of a signed original (RFC 6109 §3.3.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Addressed {
    /// The addresses of `To`.
    pub(crate) to: Vec<Address>,
    /// The addresses of `Cc`.
    pub(crate) cc: Vec<Address>,
    /// Whether the fields cannot be read without doubt: then everybody is a primary recipient.
    pub(crate) is_ambiguous: bool,
}

impl CertifiedMail {
    fn of(
        certified: &Certified<SignedMessage<'_>>,
        crypto: &CryptoProvider,
    ) -> Result<Self, Judgement> {
        let evidence = certified.evidence();
        let provider = evidence.provider().filter(|_| evidence.origin() == OriginGrade::Directory);
        let Some(provider) = provider else {
            let why = Distrust::UnknownCertificate;
            return Err(Judgement::Untrusted(Step::SignatureOrigin, why));
        };
        let message = certified.value();
        let content = Digest::of(message.octets(), crypto).map_err(|error| {
            let (check, reason) = (Check::Content, Reason::Cryptography(error));
            Judgement::Undecided(Doubt::Signature { check, reason })
        })?;
        Ok(Self {
            data: message.data().clone(),
            provider: provider.to_owned(),
            content,
            addressed: Addressed::of(message),
        })
    }

    /// The certification data.
    #[must_use]
    pub const fn data(&self) -> &CertificationData {
        &self.data
    }

    /// The provider that signed, as the directory calls it.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// What the message is.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        self.data.kind().into()
    }
}

impl Addressed {
    /// `To` and `Cc` of the original inside a transport envelope; other kinds address nobody.
    ///
    /// Where programs would differ in who is addressed how, the fields are ambiguous: a field that
    /// stands twice, a header that is damaged, addresses that cannot be read, no original at all.
    // rfc6109 §3.3.2.1, norms 39
    fn of(message: &SignedMessage<'_>) -> Self {
        if message.kind() != MessageKind::TransportEnvelope {
            return Self::default();
        }
        let Some(original) = message.original() else {
            return Self { is_ambiguous: true, ..Self::default() };
        };
        let octets = original.octets();
        let header = Entity::scan(&octets);
        let mut is_ambiguous = !header.damage().is_sound() && !header.damage().unterminated_header;
        let mut addresses = |name: &str| -> Vec<Address> {
            is_ambiguous |= header.is_repeated(name);
            let mailboxes: Vec<Mailbox> =
                header.fields_named(name).flat_map(Mailbox::list).collect();
            let read: Vec<Address> =
                mailboxes.iter().filter_map(|mailbox| mailbox.address.parse().ok()).collect();
            is_ambiguous |= read.len() != mailboxes.len();
            read
        };
        let (to, cc) = (addresses("To"), addresses("Cc"));
        Self { is_ambiguous: is_ambiguous || to.is_empty(), to, cc }
    }
}

impl Judgement {
    /// What an authentication comes to for a gestore, without the octets. Only the directory is
    /// evidence of origin here: what a pinned certificate or an accredited authority vouches for
    /// is ordinary mail to a gestore.
    ///
    /// `crypto` digests the signed octets; where it cannot, the judgement is undecided.
    ///
    /// ```
    /// use pec_gestore::Judgement;
    /// use pec_message::{Origin, authenticate, read};
    /// use pec_smime::crypto::CryptoProvider;
    /// use pec_smime::verify::{Policy, Verifier};
    /// use pec_smime::x509::TrustStore;
    ///
    /// let message = b"Subject: ordinary mail\r\n\r\nCiao\r\n";
    /// let (store, now) = (TrustStore::default(), chrono::DateTime::UNIX_EPOCH);
    /// let crypto = CryptoProvider::rustcrypto();
    /// let verification = Verifier::new(&store, &crypto, Policy::strict()).message(message, now);
    /// let authentication = authenticate(&read(message), &verification, &Origin::Pinned(&[]));
    /// assert!(matches!(Judgement::of(authentication, &crypto), Judgement::Untrusted(..)));
    /// ```
    // rfc6109 §2.2.2, norms 28
    #[must_use]
    pub fn of(authentication: Authentication<'_>, crypto: &CryptoProvider) -> Self {
        match authentication {
            Authentication::Certified(certified) => CertifiedMail::of(&certified, crypto)
                .map_or_else(|other| other, |mail| Self::Certified(Box::new(mail))),
            Authentication::Untrusted { step, why } => Self::Untrusted(step, why),
            Authentication::Undecided { why } => Self::Undecided(why),
            // pec-message knows no more; what it may know one day is not trusted before we do.
            _ => Self::Untrusted(Step::SignatureExistence, Distrust::NotOfThisMessage),
        }
    }

    /// The state that an arrival belongs to: envelopes to the receiver's side, receipts to the
    /// sender's, all else to none.
    pub(crate) fn key(&self, own: &str, fresh: &PecMsgid) -> Key {
        match self {
            Self::Certified(mail) if mail.kind() == MessageKind::TransportEnvelope => {
                Key::new(Role::Receiver, mail.provider.clone(), &mail.data.pec_msgid)
            }
            Self::Certified(mail) => Key::new(Role::Sender, own, &mail.data.pec_msgid),
            Self::Untrusted(..) | Self::Undecided(_) => Key::new(Role::Other, own, fresh),
        }
    }
}
