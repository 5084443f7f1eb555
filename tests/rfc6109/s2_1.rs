//! RFC 6109 §2.1: what certification data are about.

use pec_gestore::State;

use crate::access::{certified, non_acceptance, plan, submission, submit};
use crate::letter::Letter;
use crate::world::{ANNA, LUCA, MARIO, network};

/// rfc6109 §2.1#9, norms 7: sender and recipients are those of the SMTP paths.
#[test]
fn data_come_from_the_paths() {
    // The same mailboxes, but written otherwise in the header.
    let letter = Letter::to(&["ANNA@beta.example", "Luca <LUCA@BETA.example>"])
        .with("From", "MARIO@ALFA.example");
    let plan = submit(&letter, &[LUCA, ANNA]);
    for data in certified(&plan) {
        assert_eq!(data.header.sender.as_str(), MARIO);
        let recipients: Vec<&str> =
            data.header.recipients.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(recipients, [LUCA, ANNA]);
    }
    assert!(matches!(plan.state(), Some(State::Sent(_))));
}

/// rfc6109 §2.1#9
#[test]
fn bcc_counts_for_nothing() {
    let hidden = Letter::to(&[ANNA]).and("Bcc", LUCA);
    assert!(non_acceptance(&submit(&hidden, &[ANNA, LUCA])).is_some());
    assert!(non_acceptance(&submit(&hidden, &[ANNA])).is_some());
    assert!(non_acceptance(&submit(&Letter::to(&[ANNA]).and("Bcc", " "), &[ANNA])).is_none());
}

/// rfc6109 §2.1#7, norms 16: receipts go to the sender of the paths, whatever Reply-To says.
#[test]
fn receipts_go_to_the_reverse_path() {
    let mut network = network();
    let letter = Letter::to(&[ANNA]).and("Reply-To", "segreteria@alfa.example");
    let submission = submission(&mut network, &letter, &[ANNA]);
    let plan = plan(&mut network, submission);
    let data = certified(&plan);
    assert!(data.iter().all(|data| data.header.reply_to.as_str() == "segreteria@alfa.example"));
    let deposits: Vec<&str> = plan
        .effects()
        .iter()
        .filter_map(|effect| match &effect.action {
            pec_gestore::Action::Deposit { mailbox, .. } => Some(mailbox.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(deposits, [MARIO]);
}
