//! Storage of infected messages.

use pec_gestore::Scan;
use pec_gestore::testkit::Scanner;

use crate::world::*;

fn infected() -> Vec<u8> {
    [message("To: anna@beta.example\r\n"), b"VIRUS-123\r\n".to_vec()].concat()
}

/// rfc6109 §2.2.4#1, §2.2.4#2, norms 74: whoever finds it keeps it, for 30 months.
#[test]
fn who_finds_a_virus_keeps_the_message() {
    let until: chrono::DateTime<chrono::Utc> = "2029-05-21T09:00:00Z".parse().unwrap();
    let cases: [(usize, [Scanner; 2]); 2] =
        [(ALFA, [finds_virus; 2]), (BETA, [|_| Scan::Clean, finds_virus])];
    for (finder, scanners) in cases {
        let mut network = network();
        network.scanners = scanners;
        network.submit(MARIO, &[ANNA], &infected()).unwrap();
        network.run();
        let kept = &node_of(&network, finder).stored.quarantine;
        assert_eq!(kept.iter().map(|(_, until)| *until).collect::<Vec<_>>(), [until]);
        assert!(node_of(&network, 1 - finder).stored.quarantine.is_empty());
        assert_eq!(network.mailbox(ANNA).count(), 0, "it is kept apart");
    }
}
