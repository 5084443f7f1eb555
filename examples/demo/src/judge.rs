//! Looking at a message that came: what it is, and whether it is genuine.

use chrono::{DateTime, Utc};
use pec_message::{
    Authentication, Certified, MessageKind, Origin, SignedMessage, authenticate, read_up_to,
};
use pec_server::world::World;
use pec_smime::verify::{Policy, Verifier};

use crate::story::Letter;

/// Judges a message by the directory and the authorities of the demonstration.
pub(crate) fn judge(octets: &[u8], world: &World, now: DateTime<Utc>) -> Letter {
    let crypto = pec_crypto_aws_lc::provider();
    let mail = read_up_to(octets, octets.len());
    let claimed = mail.claimed();
    let subject = mail.message().claimed().subject.unwrap_or_default();
    let kind = claimed.kind.pec();
    let letter = Letter { kind, subject, octets: octets.len(), ..Letter::default() };
    let verification = Verifier::new(&world.trust, &crypto, Policy::strict()).message(octets, now);
    let (history, limits) = (&world.history, world.limits);
    let origin = Origin::Directory { history, limits, crypto: &crypto };
    match authenticate(&mail, &verification, &origin) {
        Authentication::Certified(certified) => about(letter, &certified),
        // An anomaly envelope certifies nothing, but a provider signs it.
        Authentication::Untrusted { why, .. } if kind == Some(MessageKind::AnomalyEnvelope) => {
            let fault = (!verification.is_valid()).then(|| why.to_string());
            let has_original = mail.original().is_some();
            Letter { fault, has_original, ..letter }
        }
        Authentication::Untrusted { why, .. } => {
            Letter { fault: kind.map(|_| why.to_string()), ..letter }
        }
        Authentication::Undecided { why } => Letter { fault: Some(why.to_string()), ..letter },
        _ => Letter { fault: Some("not understood".to_owned()), ..letter },
    }
}

fn about(letter: Letter, certified: &Certified<SignedMessage<'_>>) -> Letter {
    let message = certified.value();
    let data = message.data();
    let detail = data.event.error_detail().map(|detail| detail.as_str().to_owned());
    Letter {
        kind: Some(message.kind()),
        time: Some(data.time.to_datetime()),
        transmission: Some(data.pec_msgid.as_str().to_owned()),
        delivered_to: data.event.delivered_to().map(|address| address.as_str().to_owned()),
        received_for: data.event.received_for().iter().map(|a| a.as_str().to_owned()).collect(),
        provider: Some(data.provider.as_str().to_owned()),
        is_final_notice: message.kind() == MessageKind::DeliveryNotice
            && detail.is_some_and(|detail| detail.starts_with("5.4.1")),
        has_original: message.original().is_some(),
        ..letter
    }
}
