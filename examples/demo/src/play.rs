//! What is played: who writes what to whom, and what the norm makes of it.

use pec_message::MessageKind;

use crate::original::{Original, eicar, noise, pdf};

/// A message that is expected in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Expected {
    /// The mailbox.
    pub(crate) mailbox: String,
    /// What it is.
    pub(crate) kind: MessageKind,
    /// The recipient that it is about.
    pub(crate) about: Option<String>,
    /// Whether it holds the original.
    pub(crate) has_original: bool,
}

/// One message of the play.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    /// What it shows.
    pub(crate) title: &'static str,
    /// The message.
    pub(crate) original: Original,
    /// `MAIL FROM`.
    pub(crate) reverse_path: &'static str,
    /// The beginning of the reply code.
    pub(crate) reply: &'static str,
    /// What is to come of it, in any order.
    pub(crate) expected: Vec<Expected>,
}

pub(crate) const MARIO: &str = "mario@alfa.example";
const GIULIA: &str = "giulia@alfa.example";
const ANNA: &str = "anna@beta.example";
const LUIGI: &str = "luigi@beta.example";
const NOBODY: &str = "nessuno@beta.example";

/// How the original comes back in the delivery receipt of a recipient.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Copy {
    With,
    Without,
}

/// Messages between working providers.
pub(crate) fn ordinary_days(alfa_service: &str) -> Vec<Act> {
    let contract = || ("contratto.pdf".to_owned(), "application/pdf", pdf("Contratto n. 12"));
    let three = [(ANNA, Copy::With), (LUIGI, Copy::With), (GIULIA, Copy::Without)];
    vec![
        Act {
            original: Original {
                cc: vec![GIULIA.into()],
                attachments: vec![contract()],
                ..letter("Contratto n. 12", &[ANNA, LUIGI])
            },
            expected: delivered(alfa_service, &three),
            ..act("Two recipients at beta and one at alfa, complete receipts")
        },
        Act {
            original: Original {
                receipt: Some("breve"),
                attachments: vec![contract()],
                ..letter("Ricevuta breve", &[ANNA])
            },
            expected: delivered(alfa_service, &[(ANNA, Copy::With)]),
            ..act("A brief receipt: hashes in place of the attachments")
        },
        Act {
            original: Original {
                receipt: Some("sintetica"),
                ..letter("Ricevuta sintetica", &[LUIGI])
            },
            expected: delivered(alfa_service, &[(LUIGI, Copy::Without)]),
            ..act("A concise receipt: the certification data alone")
        },
        Act {
            original: letter("Casella inesistente", &[NOBODY]),
            expected: vec![
                to(MARIO, MessageKind::Acceptance, None),
                to(alfa_service, MessageKind::TakeInCharge, None),
                to(MARIO, MessageKind::DeliveryError, Some(NOBODY)),
            ],
            ..act("A recipient that does not exist")
        },
        Act {
            original: letter("Mittente altrui", &[ANNA]),
            reverse_path: GIULIA,
            reply: "553",
            ..act("MAIL FROM is not the account's: refused")
        },
        Act {
            original: Original { from: GIULIA.into(), ..letter("From diverso", &[ANNA]) },
            expected: vec![to(MARIO, MessageKind::NonAcceptance, None)],
            ..act("The header From is not MAIL FROM: non-acceptance")
        },
        Act {
            original: Original { text: eicar(), ..letter("Virus in partenza", &[ANNA]) },
            expected: vec![to(MARIO, MessageKind::NonAcceptance, None)],
            ..act("A virus, stopped by the sender's provider")
        },
        Act {
            original: Original {
                attachments: vec![(
                    "archivio.bin".into(),
                    "application/octet-stream",
                    noise(14 << 20),
                )],
                ..letter("Venti megabyte", &[LUIGI])
            },
            expected: delivered(alfa_service, &[(LUIGI, Copy::With)]),
            ..act("An original of 20 MB")
        },
    ]
}

/// A virus that the sender's provider, whose scanner is off, does not find.
pub(crate) fn missed_virus(alfa_service: &str) -> Act {
    Act {
        original: Original { text: eicar(), ..letter("Virus in arrivo", &[ANNA]) },
        expected: vec![
            to(MARIO, MessageKind::Acceptance, None),
            to(alfa_service, MessageKind::TakeInCharge, None),
            to(alfa_service, MessageKind::VirusDetection, Some(ANNA)),
            to(MARIO, MessageKind::DeliveryError, Some(ANNA)),
        ],
        ..act("A virus that alfa misses, its scanner being off, stopped by beta")
    }
}

/// A message to a provider that is switched off; what comes after 12 hours and after 24.
pub(crate) fn silence() -> [Act; 3] {
    let first = Act {
        original: letter("Nessuna risposta", &[ANNA]),
        expected: vec![to(MARIO, MessageKind::Acceptance, None)],
        ..act("A provider that is switched off: notices after 12 and 24 hours")
    };
    let notice = to(MARIO, MessageKind::DeliveryNotice, Some(ANNA));
    let after_12 = Act { expected: vec![notice.clone()], ..first.clone() };
    let after_24 = Act { expected: vec![notice], ..first.clone() };
    [first, after_12, after_24]
}

/// What arrives from outside.
pub(crate) fn from_outside() -> (Original, Expected) {
    let original = Original {
        from: "tom@example.it".into(),
        to: vec![ANNA.into()],
        subject: "Posta ordinaria".into(),
        text: "Hello from outside.".into(),
        ..Original::default()
    };
    let expected = Expected {
        mailbox: ANNA.into(),
        kind: MessageKind::AnomalyEnvelope,
        about: None,
        has_original: true,
    };
    (original, expected)
}

fn act(title: &'static str) -> Act {
    Act {
        title,
        original: Original::default(),
        reverse_path: MARIO,
        reply: "250",
        expected: Vec::new(),
    }
}

fn letter(subject: &str, to: &[&str]) -> Original {
    Original {
        from: MARIO.into(),
        to: to.iter().map(|to| (*to).to_owned()).collect(),
        subject: subject.into(),
        text: "Egregi, in allegato quanto convenuto.".into(),
        ..Original::default()
    }
}

/// What comes of a message that reaches all: one take-in-charge for each domain.
fn delivered(alfa_service: &str, recipients: &[(&str, Copy)]) -> Vec<Expected> {
    let mut expected = vec![to(MARIO, MessageKind::Acceptance, None)];
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_owned());
    let mut domains: Vec<_> = recipients.iter().map(|(address, _)| domain(address)).collect();
    domains.sort();
    domains.dedup();
    for _ in domains {
        expected.push(to(alfa_service, MessageKind::TakeInCharge, None));
    }
    for (recipient, copy) in recipients {
        let envelope = to(recipient, MessageKind::TransportEnvelope, None);
        expected.push(Expected { has_original: true, ..envelope });
        let receipt = to(MARIO, MessageKind::Delivery, Some(recipient));
        expected.push(Expected { has_original: *copy == Copy::With, ..receipt });
    }
    expected
}

fn to(mailbox: &str, kind: MessageKind, about: Option<&str>) -> Expected {
    let (mailbox, about) = (mailbox.to_owned(), about.map(str::to_owned));
    Expected { mailbox, kind, about, has_original: false }
}
