//! What the access point makes of a submission, taken apart.

use pec_daticert::{CertificationData, Event};
use pec_gestore::log::{LogEvent, Record};
use pec_gestore::testkit::Network;
use pec_gestore::{Action, Effect, Input, Plan, SmtpEnvelope, Submission, Unsigned};

use crate::letter::Letter;
use crate::world::{MARIO, network};

/// The submission of a letter by Mario.
pub(crate) fn submission(network: &mut Network, letter: &Letter, paths: &[&str]) -> Submission {
    let envelope = SmtpEnvelope {
        reverse_path: Some(MARIO.parse().unwrap()),
        forward_paths: paths.iter().map(|path| path.parse().unwrap()).collect(),
    };
    network.submission(0, MARIO.parse().unwrap(), envelope, &letter.octets())
}

/// The plan for a submission at Alfa.
pub(crate) fn plan(network: &mut Network, submission: Submission) -> Plan {
    let (now, directory) = (network.now(), network.directory().clone());
    network.nodes[0].plan(&Input::Submission(submission), now, &directory)
}

/// The plan for a letter to these paths.
pub(crate) fn submit(letter: &Letter, paths: &[&str]) -> Plan {
    let mut network = network();
    let submission = submission(&mut network, letter, paths);
    plan(&mut network, submission)
}

/// The certification data of everything that the plan has signed.
pub(crate) fn certified(plan: &Plan) -> Vec<&CertificationData> {
    let sealed = plan.effects().iter().filter_map(|effect| match &effect.action {
        Action::Seal(unsigned) => Some(unsigned.as_ref()),
        _ => None,
    });
    sealed
        .filter_map(|unsigned| match unsigned {
            Unsigned::TransportEnvelope { data, .. } | Unsigned::Notification { data, .. } => {
                Some(data)
            }
            _ => None,
        })
        .collect()
}

/// The one non-acceptance of the plan: its description.
pub(crate) fn non_acceptance(plan: &Plan) -> Option<&str> {
    match certified(plan).as_slice() {
        [data] => match &data.event {
            Event::NonAcceptance { error_detail, .. } => Some(error_detail.as_str()),
            _ => None,
        },
        _ => None,
    }
}

/// The effects of one kind.
pub(crate) fn effects<'p>(
    plan: &'p Plan,
    is_wanted: impl Fn(&Action) -> bool + 'p,
) -> impl Iterator<Item = &'p Effect> {
    plan.effects().iter().filter(move |effect| is_wanted(&effect.action))
}

/// The records of one event.
pub(crate) fn records(plan: &Plan, event: LogEvent) -> Vec<&Record> {
    plan.log().iter().filter(|record| record.event == event).collect()
}
