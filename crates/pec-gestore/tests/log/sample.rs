//! Certification data of one transmission, from mario at alfa to anna and bruno at beta and a
//! recipient outside.

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::{Address, CertificationData, Event, EventTime, Header, PecMsgid, Recipient};

pub(crate) const ANNA: &str = "anna@beta.example";
pub(crate) const BRUNO: &str = "Bruno@Beta.example";
pub(crate) const OUTSIDE: &str = "carla@example.it";
pub(crate) const ALFA: &str = "Alfa PEC S.p.A.";
pub(crate) const BETA: &str = "Beta PEC S.r.l.";

/// So many minutes after the beginning.
pub(crate) fn at(minutes: i64) -> DateTime<Utc> {
    "2026-11-21T09:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

pub(crate) fn id(text: &str) -> PecMsgid {
    text.parse().unwrap()
}

/// An event of the transmission `id`, certified by `provider` so many minutes after the beginning.
pub(crate) fn data(
    transmission: &str,
    provider: &str,
    minutes: i64,
    event: Event,
) -> CertificationData {
    CertificationData {
        header: Header {
            sender: address("Mario.Rossi@alfa.example"),
            recipients: vec![
                Recipient::certified(address(ANNA)),
                Recipient::certified(address(BRUNO)),
                Recipient::external(address(OUTSIDE)),
            ]
            .try_into()
            .unwrap(),
            reply_to: "Mario <mario@alfa.example>".parse().unwrap(),
            subject: Some("R: fattura n. 12 = 100%".parse().unwrap()),
        },
        provider: provider.parse().unwrap(),
        time: EventTime::legal(at(minutes)).unwrap(),
        pec_msgid: id(transmission),
        msgid: Some("<m1@host.example>".parse().unwrap()),
        event,
    }
}
