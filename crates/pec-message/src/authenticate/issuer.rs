//! The issuer rule: which provider may certify which event.

use pec_daticert::{Address, CertificationData, DeliveryErrorCause, Event};

use super::IssuerRule;
use super::form::Fault;
use super::origin::KnownOrigin;

/// Whether the signer may certify the event. Any provider can sign a well-formed receipt about the
/// domain of another: that the signature is a provider's is not enough (rfc6109 §7).
// norms 61
pub(super) fn judge(
    data: &CertificationData,
    origin: &KnownOrigin<'_>,
) -> Result<IssuerRule, Fault> {
    let sender = std::slice::from_ref(&data.header.sender);
    match &data.event {
        Event::Acceptance
        | Event::NonAcceptance { .. }
        | Event::DeliveryNotice { .. }
        | Event::TransportEnvelope { .. } => managed(sender, origin),
        Event::TakeInCharge { received_for } => managed(received_for, origin),
        Event::Delivery { delivered_to, .. } | Event::VirusDetection { delivered_to, .. } => {
            managed(std::slice::from_ref(delivered_to), origin)
        }
        Event::DeliveryError { cause, delivered_to, error_detail, .. } => {
            let recipient = managed(std::slice::from_ref(delivered_to), origin);
            let is_sender_s = match cause {
                // rfc6109 §3.2.4: after a virus notice the sender's provider tells.
                DeliveryErrorCause::Virus => true,
                DeliveryErrorCause::NoDomain => {
                    origin.is_certified(delivered_to.domain()) != Some(true)
                }
                DeliveryErrorCause::NoRecipient => true,
                DeliveryErrorCause::Other => is_permanent_failure(error_detail.as_str()),
            };
            match recipient {
                Err(fault) if is_sender_s => managed(sender, origin).map_err(|_| fault),
                judged => judged,
            }
        }
    }
}

/// Whether the signer's provider manages the domains of all addresses.
fn managed(addresses: &[Address], origin: &KnownOrigin<'_>) -> Result<IssuerRule, Fault> {
    let mut rule = IssuerRule::Kept;
    for address in addresses {
        match origin.manages(address.domain()) {
            Some(true) => {}
            None => rule = IssuerRule::NotJudged,
            Some(false) => {
                return Err(Fault::IssuerOfOtherDomain { domain: address.domain().to_owned() });
            }
        }
    }
    Ok(rule)
}

/// Whether the description of an error begins with a permanent failure of SMTP: a reply code 5yz
/// (RFC 5321 §4.2.1) or an enhanced status 5.x.y (RFC 3463).
fn is_permanent_failure(detail: &str) -> bool {
    let code = detail.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
    let is_number = |part: &str| (1..=3).contains(&part.len());
    let parts: Vec<&str> = code.trim_end_matches('.').split('.').collect();
    match parts.as_slice() {
        [reply] => reply.len() == 3 && reply.starts_with('5'),
        ["5", subject, specific] => is_number(subject) && is_number(specific),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permanent_failures_are_told_by_their_code() {
        for detail in ["5.1.1 - no mailbox", "550 no", "5.4.1", "550: x", "554-x", "5.7.26 x"] {
            assert!(is_permanent_failure(detail), "{detail}");
        }
        for detail in ["", "4.4.1 later", "450 later", "5", "55", "5500", "5.1", "a 550", "5.1.1.1"]
        {
            assert!(!is_permanent_failure(detail), "{detail}");
        }
    }
}
