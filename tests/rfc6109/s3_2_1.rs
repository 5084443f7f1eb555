//! Server-server acceptance (*ricevuta di presa in carico*).

use pec_daticert::{Address, Kind};

use crate::world::*;

/// rfc6109 §3.2.1#1, norms 30
#[test]
fn a_correct_envelope_is_answered_by_one_take_in_charge() {
    let mut network = network();
    write(&mut network, &[ANNA, LUCA]);
    network.run();
    let taken = of_kind(&network, ALFA_SERVICE, Kind::TakeInCharge);
    assert_eq!(taken.len(), 1);
    let addresses: Vec<&str> = taken[0].event.received_for().iter().map(Address::as_str).collect();
    assert_eq!(addresses, [ANNA, LUCA]);
    assert_eq!(taken[0].provider.as_str(), "Beta PEC S.p.A.");
}
