//! The virus notice between providers (*avviso di rilevazione virus*).

use pec_daticert::{Event, Kind};
use pec_gestore::Scan;
use pec_gestore::log::LogEvent;
use pec_gestore::testkit::Network;

use crate::world::*;

/// Mario sends a virus, which only Beta finds.
fn infected(to: &[&str]) -> Network {
    let mut network = network();
    network.scanners = [|_| Scan::Clean, finds_virus];
    let message = message(&format!("To: {}\r\n", to.join(", ")));
    let message = [message, b"VIRUS-123\r\n".to_vec()].concat();
    network.submit(MARIO, to, &message).unwrap();
    network.run();
    network
}

/// rfc6109 §3.2.3#1, norms 34
#[test]
fn an_infected_envelope_is_not_passed_on() {
    let network = infected(&[ANNA, LUCA]);
    for user in [ANNA, LUCA] {
        assert_eq!(network.mailbox(user).count(), 0);
    }
    assert_eq!(made(&network, BETA, LogEvent::Deposito), []);
    // RFC 6109 §2.2.2: it is a correct envelope, and taken in charge.
    assert_eq!(of_kind(&network, ALFA_SERVICE, Kind::TakeInCharge).len(), 1);
}

/// rfc6109 §3.2.3#2, §3.2.3#3, norms 34
#[test]
fn the_sending_provider_gets_one_notice_for_each_recipient() {
    let network = infected(&[ANNA, LUCA]);
    let notices = of_kind(&network, ALFA_SERVICE, Kind::VirusDetection);
    let mut about = Vec::new();
    for notice in &notices {
        let Event::VirusDetection { delivered_to, error_detail } = &notice.event else { panic!() };
        assert_eq!(error_detail.as_str(), "Test-Virus");
        about.push(delivered_to.as_str());
    }
    about.sort_unstable();
    assert_eq!(about, [ANNA, LUCA]);
    assert_eq!(made(&network, BETA, LogEvent::RilevazioneVirus).len(), 2);
}
