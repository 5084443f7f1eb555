//! Non-delivery notices (*avvisi di mancata consegna*).

use pec_daticert::{DeliveryErrorCause, Event, Kind};
use pec_gestore::MailboxState;
use pec_gestore::log::LogEvent;

use crate::world::*;

/// norms 41: who cannot get it, and why.
#[test]
fn an_undeliverable_envelope_gives_a_notice_with_the_reason() {
    let mut network = network();
    let users = &mut network.nodes[BETA].users;
    users.get_mut(ANNA).unwrap().facts.quota_left = Some(10);
    users.get_mut(LUCA).unwrap().facts.state = MailboxState::Suspended;
    write(&mut network, &[ANNA, LUCA, NOBODY]);
    network.run();
    let mut told: Vec<_> = of_kind(&network, MARIO, Kind::DeliveryError)
        .into_iter()
        .map(|data| {
            assert_eq!(data.provider.as_str(), "Beta PEC S.p.A.");
            let Event::DeliveryError { cause, delivered_to, error_detail, .. } = data.event else {
                panic!()
            };
            let status = error_detail.split(' ').next().unwrap().to_owned();
            (delivered_to.to_string(), cause, status)
        })
        .collect();
    told.sort_by_key(|(address, ..)| address.clone());
    let expected = [
        (ANNA, DeliveryErrorCause::Other, "5.2.2"),
        (LUCA, DeliveryErrorCause::Other, "5.2.1"),
        (NOBODY, DeliveryErrorCause::NoRecipient, "5.1.1"),
    ];
    assert_eq!(told, expected.map(|(to, why, code)| (to.to_owned(), why, code.to_owned())));
    assert_eq!(made(&network, BETA, LogEvent::MancataConsegna).len(), 3);
    assert_eq!(of_kind(&network, MARIO, Kind::Delivery), []);
    network.advance_to(hours(25));
    network.run();
    assert_eq!(of_kind(&network, MARIO, Kind::DeliveryNotice), [], "an outcome for everybody");
}
