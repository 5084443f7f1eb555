//! What the header of a message says: found once, by the shell, while the octets are at hand.

use pec_daticert::{Address, Msgid, ReceiptType, Text};
use pec_message::Mailbox;
use pec_message::original::{NotCanonical, Original, OriginalError, normalise};
use pec_smime::entity::{Entity, Field};

/// What the header of a message says; nothing of it is certified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageFacts {
    /// The addresses of `From`, over all its fields.
    pub from: Vec<Address>,
    /// The addresses of `To`, groups opened.
    pub to: Vec<Address>,
    /// The addresses of `Cc`, groups opened.
    pub cc: Vec<Address>,
    /// Whether `Bcc` holds anything.
    pub has_bcc: bool,
    /// What RFC 5322 forbids in this header, in the order of [`HeaderFault`].
    pub faults: Vec<HeaderFault>,
    /// Why the message cannot travel inside another one, if so.
    pub not_canonical: Option<NotCanonical>,
    /// The subject, readable.
    pub subject: Option<Text>,
    /// `Reply-To`, else `From`, readable.
    pub reply_to: Text,
    /// The identifier that the client gave.
    pub msgid: Option<Msgid>,
    /// The delivery receipt that the sender asks for.
    pub receipt_type: ReceiptType,
    /// How many `Received` fields there are.
    pub hops: usize,
    /// Length in octets.
    pub octets: u64,
}

/// What RFC 5322 forbids in a header (RFC 5322 §2.2, §3.6; norms 66).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeaderFault {
    /// More fields, or a longer one, than are looked at: nothing is said of such a header
    /// ([`pec_smime::limits::HEADER_FIELDS`], [`pec_smime::limits::HEADER_FIELD_OCTETS`]).
    TooLarge,
    /// A line is neither a field nor the continuation of one.
    Malformed,
    /// A field has an octet outside US-ASCII.
    NotAscii,
    /// There is no such field: `Date`, `From`, `To`.
    Missing(&'static str),
    /// A field that may stand once stands more often.
    Duplicate(&'static str),
    /// The addresses of this field cannot be read, or there are none: `From`, `To`, `Cc`.
    BadAddresses(&'static str),
}

/// The fields that may stand once, and by which programs would differ if they stood twice.
const ONCE: [&str; 14] = [
    "Date",
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Subject",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

/// What a submission must have: `Date` and `From` by RFC 5322 §3.6, `To` by RFC 6109 §3.1.1.
const NEEDED: [&str; 3] = ["Date", "From", "To"];

impl MessageFacts {
    /// Reads the header, and passes once over the body to see whether it is canonical.
    ///
    /// A header that is not canonical is read as if it were (see [`normalise`]), so that the
    /// notice that refuses the message can name its subject.
    ///
    /// ```
    /// use pec_gestore::{HeaderFault, MessageFacts};
    ///
    /// let facts = MessageFacts::of(
    ///     b"Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: Mario <mario@alfa.example>\r\n\
    ///       To: anna@beta.example\r\nTo: luca@beta.example\r\nSubject: Contratto\r\n\r\nEcco\r\n",
    /// );
    /// assert_eq!(facts.from, ["mario@alfa.example".parse()?]);
    /// assert_eq!(facts.subject.as_deref(), Some("Contratto"));
    /// assert_eq!(facts.faults, [HeaderFault::Duplicate("To")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Of an abridged message ([`pec_message::abridged`]) hand in the skeleton, and set `octets`
    /// to the length of the message.
    // norms 66, norms 69
    #[must_use]
    pub fn of(message: &[u8]) -> Self {
        let not_canonical = match Original::new(message) {
            Err(OriginalError::NotCanonical(fault)) => Some(fault),
            _ => None,
        };
        let body = Entity::scan(message).body_range().start;
        let header = normalise(message.get(..body).unwrap_or_default()).message;
        let entity = Entity::scan(&header);
        let mut faults = shape_faults(&entity);
        let mut addresses = |name: &'static str| addresses(&entity, name, &mut faults);
        let (from, to, cc) = (addresses("From"), addresses("To"), addresses("Cc"));
        faults.dedup(); // Two fields of one name may have the same fault.
        let original = Original::new(&header).ok();
        let original = original.as_ref();
        Self {
            from,
            to,
            cc,
            has_bcc: entity.fields_named("Bcc").any(|field| !field.text().trim().is_empty()),
            faults,
            not_canonical,
            subject: original.and_then(Original::subject),
            reply_to: original.map(Original::reply_to).unwrap_or_default(),
            msgid: original.and_then(Original::msgid),
            receipt_type: original.map_or(ReceiptType::Complete, Original::requested_receipt),
            hops: entity.fields_named("Received").count(),
            octets: u64::try_from(message.len()).unwrap_or(u64::MAX),
        }
    }
}

/// What is wrong with the header apart from the addresses.
fn shape_faults(header: &Entity<'_>) -> Vec<HeaderFault> {
    let damage = header.damage();
    let is_ascii = header.fields().iter().all(|field| is_ascii(header, field));
    let mut faults = Vec::new();
    let mut push = |applies: bool, fault: HeaderFault| {
        if applies {
            faults.push(fault);
        }
    };
    push(damage.too_many_fields || damage.field_too_long, HeaderFault::TooLarge);
    push(damage.malformed_line || damage.mailbox_separator, HeaderFault::Malformed);
    push(!is_ascii, HeaderFault::NotAscii);
    for name in NEEDED {
        push(header.field(name).is_none(), HeaderFault::Missing(name));
    }
    for name in ONCE {
        push(header.is_repeated(name), HeaderFault::Duplicate(name));
    }
    faults
}

fn is_ascii(header: &Entity<'_>, field: &Field<'_>) -> bool {
    header.message().get(field.range()).is_some_and(<[u8]>::is_ascii)
}

/// The addresses of all fields of one name; those that cannot be read are a fault.
fn addresses(
    header: &Entity<'_>,
    name: &'static str,
    faults: &mut Vec<HeaderFault>,
) -> Vec<Address> {
    let mut found = Vec::new();
    for field in header.fields_named(name) {
        let mailboxes = Mailbox::list(field);
        let read: Vec<Address> =
            mailboxes.iter().filter_map(|mailbox| mailbox.address.parse().ok()).collect();
        // An empty Cc, which clients write, names nobody; an empty From or To is a fault.
        let may_be_empty = name == "Cc";
        if read.len() != mailboxes.len() || (read.is_empty() && !may_be_empty) {
            faults.push(HeaderFault::BadAddresses(name));
        }
        found.extend(read);
    }
    found
}
