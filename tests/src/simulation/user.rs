//! What users write.

use std::collections::BTreeMap;

use pec_daticert::{Address, ReceiptType};
use pec_gestore::SmtpEnvelope;

use super::node::VIRUS;
use super::store::Octets;
use super::{Fault, FaultPlan, Random};

/// A message that a user hands to its gestore.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Who writes.
    pub account: Address,
    /// The SMTP paths.
    pub envelope: SmtpEnvelope,
    /// The message.
    pub octets: Octets,
    /// Whether it is as RFC 6109 §3.1.1 asks.
    pub form: Form,
    /// The delivery receipt that it asks for, for each recipient (RFC 6109 §3.3.2).
    pub receipts: BTreeMap<String, ReceiptType>,
}

/// Whether a submission keeps RFC 6109 §3.1.1, and what it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// It does.
    Sound,
    /// There is no `From`.
    NoFrom,
    /// `From` is another than the reverse path.
    OtherFrom,
    /// There is no `To`.
    NoTo,
    /// A forward path stands in no header field.
    HiddenRecipient,
    /// A header field names somebody to whom the message does not go.
    MissingRecipient,
    /// There is a `Bcc`.
    Bcc,
    /// A field stands twice.
    RepeatedField,
}

const BROKEN: [Form; 7] = [
    Form::NoFrom,
    Form::OtherFrom,
    Form::NoTo,
    Form::HiddenRecipient,
    Form::MissingRecipient,
    Form::Bcc,
    Form::RepeatedField,
];

/// Who may be written to.
pub struct Correspondents<'c> {
    /// Users of gestori.
    pub certified: &'c [Address],
    /// Mailboxes that no gestore has.
    pub unknown: &'c [Address],
    /// People outside the network.
    pub ordinary: &'c [Address],
}

impl Letter {
    /// The `number`-th message of a run, by a user.
    #[must_use]
    pub fn write(
        number: u64,
        account: &Address,
        to: &Correspondents<'_>,
        faults: &FaultPlan,
        random: &mut Random,
    ) -> Self {
        let recipients = recipients(to, faults, random);
        let broken = faults.happens(Fault::BadSubmission, random);
        let form = if broken { *random.pick(&BROKEN) } else { Form::Sound };
        let receipt = random.pick(&["", "breve", "sintetica", "completa"]);
        let virus = faults.happens(Fault::Virus, random).then(|| random.below(6));
        let direct = recipients.len().div_ceil(2);
        let receipts = recipients.iter().enumerate().map(|(place, address)| {
            let asked = match *receipt {
                "breve" if place < direct => ReceiptType::Brief,
                "sintetica" => ReceiptType::Concise,
                _ if place < direct => ReceiptType::Complete,
                _ => ReceiptType::Concise,
            };
            (address.as_str().to_ascii_lowercase(), asked)
        });
        let receipts = receipts.collect();
        let octets = compose(number, account, &recipients, form, receipt, virus);
        let mut forward_paths = recipients;
        if form == Form::MissingRecipient && forward_paths.len() > 1 {
            forward_paths.pop();
        }
        Self {
            account: account.clone(),
            envelope: SmtpEnvelope { reverse_path: Some(account.clone()), forward_paths },
            octets: octets.into_bytes().into(),
            form,
            receipts,
        }
    }
}

fn recipients(to: &Correspondents<'_>, faults: &FaultPlan, random: &mut Random) -> Vec<Address> {
    let mut recipients: Vec<Address> = Vec::new();
    for _ in 0..=random.below(3) {
        let of = if !to.unknown.is_empty() && faults.happens(Fault::UnknownMailbox, random) {
            to.unknown
        } else if !to.ordinary.is_empty() && faults.happens(Fault::Ordinary, random) {
            to.ordinary
        } else {
            to.certified
        };
        let one = random.pick(of);
        if !recipients.contains(one) {
            recipients.push(one.clone());
        }
    }
    recipients
}

fn compose(
    number: u64,
    account: &Address,
    recipients: &[Address],
    form: Form,
    receipt: &str,
    virus: Option<usize>,
) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(line);
        text.push_str("\r\n");
    };
    match form {
        Form::NoFrom => {}
        Form::OtherFrom => line("From: qualcun.altro@alfa.example"),
        _ => line(&format!("From: {account}")),
    }
    // The first half of the recipients is addressed directly, the others get a copy.
    let mut named: Vec<&str> = recipients.iter().map(Address::as_str).collect();
    match form {
        Form::HiddenRecipient => _ = named.pop(),
        Form::MissingRecipient if named.len() < 2 => named.push("altri@beta.example"),
        _ => {}
    }
    let (to, cc) = named.split_at(named.len().div_ceil(2));
    if form != Form::NoTo && !to.is_empty() {
        line(&format!("To: {}", to.join(", ")));
    }
    if !cc.is_empty() {
        line(&format!("Cc: {}", cc.join(", ")));
    }
    if form == Form::Bcc {
        line("Bcc: segreto@alfa.example");
    }
    line(&format!("Subject: Prova n. {number}"));
    if form == Form::RepeatedField {
        line("Subject: Un altro oggetto");
    }
    line(&format!("Message-ID: <{number}@client.example>"));
    line("Date: Mon, 2 Mar 2026 10:00:00 +0100");
    if !receipt.is_empty() {
        line(&format!("X-TipoRicevuta: {receipt}"));
    }
    line("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n");
    line("Testo.");
    if let Some(virus) = virus {
        _ = write!(text, "{VIRUS}{virus}\r\n");
    }
    text
}

/// Ordinary mail from outside.
#[must_use]
pub fn ordinary(number: u64, from: &Address, to: &Address) -> Octets {
    let text = format!(
        "From: {from}\r\nTo: {to}\r\nSubject: Posta ordinaria {number}\r\n\
         Message-ID: <o{number}@world.example>\r\n\r\nCiao.\r\n"
    );
    text.into_bytes().into()
}

/// What a mail server says when it cannot send on (RFC 3464, the part that matters here).
#[must_use]
pub fn bounce(number: u64, about: &Address, to: &Address, domain: &str) -> Octets {
    let text = format!(
        "From: Mail Delivery System <MAILER-DAEMON@{domain}>\r\nTo: {to}\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <b{number}@{domain}>\r\n\
         Auto-Submitted: auto-replied\r\n\r\nNon consegnato: {about}\r\n"
    );
    text.into_bytes().into()
}
