//! The delivery error for a virus, which the sender's provider tells.

use pec_daticert::{DeliveryErrorCause, Event, Kind};
use pec_gestore::Scan;
use pec_gestore::log::LogEvent;

use crate::world::*;

/// rfc6109 §2.2.2#5, §3.2.4#2, norms 35: one error for each notice, with what it says.
#[test]
fn each_virus_notice_gives_one_error() {
    let mut network = network();
    network.scanners = [|_| Scan::Clean, finds_virus];
    let message = message("To: anna@beta.example, luca@beta.example\r\n");
    network.submit(MARIO, &[ANNA, LUCA], &[message, b"VIRUS-123".to_vec()].concat()).unwrap();
    network.run();
    let mut about = Vec::new();
    for error in of_kind(&network, MARIO, Kind::DeliveryError) {
        assert_eq!(error.provider.as_str(), "Alfa PEC S.p.A.");
        let Event::DeliveryError { cause, delivered_to, error_detail, .. } = error.event else {
            panic!()
        };
        assert_eq!((cause, error_detail.as_str()), (DeliveryErrorCause::Virus, "Test-Virus"));
        about.push(delivered_to.to_string());
    }
    about.sort_unstable();
    assert_eq!(about, [ANNA, LUCA]);
    assert_eq!(made(&network, ALFA, LogEvent::MancataConsegnaVirus).len(), 2);
    // The timers have nothing to say any more.
    network.advance_to(hours(30));
    network.run();
    assert_eq!(of_kind(&network, MARIO, Kind::DeliveryNotice), []);
}
