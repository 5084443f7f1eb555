//! RFC 6109 §4.1: one time reference for each operation.

use chrono::{DateTime, TimeDelta, Utc};
use pec_gestore::testkit::Network;
use pec_message::read;

use crate::access::{ANNA, MARIO, certified, plan, submission};
use crate::letter::Letter;

/// rfc6109 §4.1#1, norms 12: data, log and messages of one submission bear one instant.
#[test]
fn a_submission_has_one_instant() {
    let now: DateTime<Utc> = "2026-11-21T09:15:00.750Z".parse().unwrap();
    let mut network = Network::new(now);
    let submission = submission(&mut network, &Letter::to(&[ANNA]), &[ANNA]);
    let plan = plan(&mut network, submission.clone());
    assert_eq!(certified(&plan).len(), 2);
    for data in certified(&plan) {
        assert_eq!(data.time.to_datetime().to_rfc3339(), "2026-11-21T10:15:00+01:00");
    }
    assert!(plan.log().iter().all(|record| record.time == now));

    network.handle(0, &pec_gestore::Input::Submission(submission));
    network.run();
    for message in network.mailbox(MARIO).chain(network.mailbox(ANNA)) {
        let mail = read(message);
        let data = mail.daticert().unwrap().read_strictly().unwrap();
        assert_eq!(mail.claimed().date.unwrap(), data.time.to_datetime());
        let late = data.time.to_utc() - now;
        assert!(late <= TimeDelta::zero() && late > TimeDelta::seconds(-1));
    }
}
