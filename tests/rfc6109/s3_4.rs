//! Sender and recipient in one domain.

use pec_daticert::Kind;
use pec_gestore::log::LogEvent;

use crate::world::*;

/// rfc6109 §3.4#1, norms 25
#[test]
fn mail_inside_one_domain_goes_the_whole_way() {
    let mut network = network();
    write(&mut network, &["anna@alfa.example"]);
    network.run();
    assert_eq!(kinds(&network, "anna@alfa.example"), [Kind::TransportEnvelope]);
    assert_eq!(kinds(&network, MARIO), [Kind::Acceptance, Kind::Delivery]);
    assert_eq!(kinds(&network, ALFA_SERVICE), [Kind::TakeInCharge]);
    for event in [LogEvent::Accettazione, LogEvent::PresaInCarico, LogEvent::Consegna] {
        assert_eq!(made(&network, ALFA, event).len(), 1, "{event}");
    }
    assert_eq!(node_of(&network, ALFA).stored.states.len(), 2, "both roles");
}
