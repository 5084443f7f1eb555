//! RFC 6109 §3.1.1: formal checks on messages.

use pec_gestore::limits::{
    CERTIFIED_OCTETS, FAULTS_DESCRIBED, LEGAL_PRODUCT_OCTETS, LEGAL_RECIPIENTS,
};
use pec_gestore::log::LogEvent;
use pec_gestore::testkit::Network;
use pec_gestore::{
    Action, Correspondents, FormalFault, HeaderFault, Limits, MailboxFacts, MailboxState, Plan,
    Scan, State, Submission,
};
use proptest::prelude::*;

use crate::access::{certified, effects, non_acceptance, plan, records, submission, submit};
use crate::letter::Letter;
use crate::world::{ANNA, LUCA, MARIO, network};

/// Nothing travels, the sender is told by a notice alone, and that is logged.
fn assert_declined(plan: &Plan, description: &str) {
    assert_eq!(plan.reply().unwrap().code, 250, "{description}");
    let detail = non_acceptance(plan).unwrap_or_else(|| panic!("no notice: {description}"));
    assert!(detail.contains(description), "{detail:?} does not say {description:?}");
    assert_eq!(effects(plan, |action| matches!(action, Action::Relay { .. })).count(), 0);
    assert!(matches!(plan.state(), Some(State::Passing(_))));
    assert_eq!(records(plan, LogEvent::NonAccettazione).len(), 1, "{description}");
    assert_eq!(plan.log().len(), 1);
}

/// rfc6109 §3.1.1#1, §3.1.1#3, norms 19: each check alone.
#[test]
fn each_listed_check_declines_the_submission() {
    let letter = || Letter::to(&[ANNA]);
    for (letter, paths, description) in [
        (letter().without("From"), &[ANNA][..], "manca il campo From"),
        (letter().with("From", "Mario Rossi"), &[ANNA], "From non contiene indirizzi validi"),
        (letter().with("From", ""), &[ANNA], "From non contiene indirizzi validi"),
        (
            letter().with("From", "mario@alfa.example, luca@alfa.example"),
            &[ANNA],
            "From contiene 2 indirizzi",
        ),
        (letter().without("To"), &[ANNA], "manca il campo To"),
        (letter().with("To", "Anna"), &[ANNA], "To non contiene indirizzi validi"),
        (letter().with("To", "undisclosed-recipients:;"), &[ANNA], "To non contiene indirizzi"),
        (letter().and("Cc", "Luca <luca@>"), &[ANNA], "Cc non contiene indirizzi validi"),
        (letter().with("From", "luca@alfa.example"), &[ANNA], "non coincide con l'indirizzo"),
        (letter(), &[ANNA, LUCA], "luca@beta.example della trasmissione SMTP non compare"),
        (letter().and("Cc", LUCA), &[ANNA], "luca@beta.example dei campi To e Cc non compare"),
        (letter().and("Bcc", LUCA), &[ANNA], "il campo Bcc non è vuoto"),
        (letter().without("Date"), &[ANNA], "manca il campo Date"),
    ] {
        assert_declined(&submit(&letter, paths), description);
    }
}

/// norms 66
#[test]
fn what_programs_would_read_differently_is_declined() {
    let letter = || Letter::to(&[ANNA]);
    for name in [
        "Date",
        "From",
        "Sender",
        "Reply-To",
        "To",
        "Cc",
        "Bcc",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Subject",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ] {
        let twice = letter().without(name).and(name, ANNA).and(name, ANNA);
        let expected = format!("il campo {name} compare più di una volta");
        assert_declined(&submit(&twice, &[ANNA]), &expected);
    }
    for (letter, description) in [
        (letter().with("Subject", "perché"), "caratteri non ASCII"),
        (letter().with("Subject", "a\r\nno field"), "non è un campo"),
        (letter().with("Subject", "a\nBcc: x@y.example"), "un LF non preceduto da CR"),
        (letter().saying("a\rb\r\n"), "un CR non seguito da LF"),
        (letter().saying("a\0\r\n"), "un carattere NUL"),
        (letter().saying(&"a".repeat(999)), "una riga di oltre 998 ottetti"),
        (letter().and("X-Long", &"a\r\n ".repeat(50_000)), "l'intestazione è troppo grande"),
    ] {
        assert_declined(&submit(&letter, &[ANNA]), description);
    }
    let longest = letter().saying(&"a".repeat(998));
    assert_eq!(non_acceptance(&submit(&longest, &[ANNA])), None);
}

/// Everything that the rule allows passes.
#[test]
fn sound_submissions_are_accepted() {
    let letter = Letter::to(&["Anna <ANNA@Beta.Example>", "staff: luca@beta.example;"]);
    for (letter, paths) in [
        (letter.clone(), &[ANNA, LUCA][..]),
        (letter.clone().and("Cc", "").and("Bcc", ""), &[ANNA, LUCA]),
        (letter.clone().and("Cc", "anna@alfa.example"), &[LUCA, "anna@alfa.example", ANNA]),
        (letter.clone().with("From", "MARIO@alfa.example").without("Subject"), &[ANNA, LUCA]),
        (letter.without("Message-ID").and("Received", "from a by b"), &[ANNA, LUCA, LUCA]),
    ] {
        let plan = submit(&letter, paths);
        assert_eq!(non_acceptance(&plan), None, "{letter:?}");
        assert!(matches!(plan.state(), Some(State::Sent(_))));
        assert_eq!(plan.reply().unwrap().code, 250);
    }
}

/// rfc6109 §3.1.1#2, norms 24: at the limit and one past it.
#[test]
fn the_product_of_size_and_recipients_is_limited() {
    let mut network = network();
    let letter = Letter::to(&[ANNA, LUCA]);
    for (octets, recipients, is_accepted) in [
        (LEGAL_PRODUCT_OCTETS / 2, &[ANNA, LUCA][..], true),
        (LEGAL_PRODUCT_OCTETS / 2 + 1, &[ANNA, LUCA], false),
        // A recipient that is named twice counts once.
        (LEGAL_PRODUCT_OCTETS / 2, &[ANNA, LUCA, "Luca@BETA.example"], true),
    ] {
        let mut submission = submission(&mut network, &letter, recipients);
        submission.facts.octets = octets;
        let plan = plan(&mut network, submission);
        assert_eq!(non_acceptance(&plan).is_none(), is_accepted, "{octets}");
    }
}

/// norms 24: a provider may take more than the law wants, never less.
#[test]
fn limits_are_never_below_the_law() {
    let none = Limits { message_octets: 0, product_octets: 0, recipients: 0, hops: 0 };
    assert_eq!(none.product(), LEGAL_PRODUCT_OCTETS);
    assert_eq!(none.message(), LEGAL_PRODUCT_OCTETS);
    assert_eq!(none.recipients(), LEGAL_RECIPIENTS);
    let names: Vec<String> = (0..=LEGAL_RECIPIENTS).map(|n| format!("u{n}@beta.example")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (count, is_accepted) in [(LEGAL_RECIPIENTS, true), (LEGAL_RECIPIENTS + 1, false)] {
        let mut network = network();
        network.nodes[0].provider.limits = none;
        let recipients = &names[..count];
        let submission = submission(&mut network, &Letter::to(recipients), recipients);
        let plan = plan(&mut network, submission);
        assert_eq!(non_acceptance(&plan).is_none(), is_accepted, "{count}");
    }
}

/// norms 68, norms 96: the provider's own rules, told like the others.
#[test]
fn rules_of_the_provider_decline_too() {
    let mut network = network();
    let closed = Correspondents::Domains(vec!["comune.example".to_owned()]);
    let letter = Letter::to(&[ANNA, "x@comune.example", "y@Uffici.Comune.example"]);
    let paths = &[ANNA, "x@comune.example", "y@Uffici.Comune.example"];
    network.nodes[0].users.get_mut(MARIO).unwrap().facts.correspondents = closed;
    let submission = submission(&mut network, &letter, paths);
    let mut attached = submission.clone();
    let plan_of_closed = plan(&mut network, submission);
    assert_declined(&plan_of_closed, "non è abilitata a scrivere a anna@beta.example");
    assert!(!non_acceptance(&plan_of_closed).unwrap().contains("comune.example"));

    network.nodes[0].users.get_mut(MARIO).unwrap().facts.correspondents = Correspondents::All;
    attached.scan = Scan::Forbidden("fattura.exe".parse().unwrap());
    let plan_of_attached = plan(&mut network, attached);
    assert_declined(&plan_of_attached, "l'allegato \"fattura.exe\" è di un tipo non ammesso");
    let kept = effects(&plan_of_attached, |action| matches!(action, Action::Quarantine { .. }));
    assert_eq!(kept.count(), 0);
}

/// All that is wrong is told, up to a limit; the first fault gives the code.
#[test]
fn the_notice_tells_what_is_wrong() {
    let letter = Letter::to(&[ANNA]).without("Date").and("Bcc", LUCA);
    let plan = submit(&letter, &[ANNA]);
    assert_eq!(
        non_acceptance(&plan),
        Some("5.6.0 - Alfa PEC S.p.A. - manca il campo Date; il campo Bcc non è vuoto")
    );
    for (more, end) in [(0, "BETA4"), (1, "; un altro errore"), (2, "; altri 2 errori")] {
        let names: Vec<String> =
            (0..FAULTS_DESCRIBED + more).map(|n| format!("u@BETA{n}.example")).collect();
        let mut paths: Vec<&str> = names.iter().map(String::as_str).collect();
        paths.push(ANNA);
        let plan = submit(&Letter::to(&[ANNA]), &paths);
        let detail = non_acceptance(&plan).unwrap();
        assert!(detail.starts_with("5.1.3 - ") && detail.contains(end), "{detail}");
    }
}

/// What the session refuses makes neither notice nor envelope, but a line in the log (norms 20).
#[test]
fn what_smtp_refuses_makes_no_notice() {
    type Change = fn(&mut Network, &mut Submission);
    let cases: &[(Change, u16, &str)] = &[
        (|_, s| s.envelope.reverse_path = None, 553, "5.7.1"),
        (|_, s| s.envelope.reverse_path = Some(ANNA.parse().unwrap()), 553, "5.7.1"),
        (|n, _| drop(n.nodes[0].users.remove(MARIO)), 550, "5.1.8"),
        (|n, _| mario(n).state = MailboxState::Suspended, 550, "5.2.1"),
        (|n, _| mario(n).quota_left = Some(0), 452, "4.2.2"),
        (|n, _| mario(n).rate_left = Some(0), 450, "4.7.1"),
        (|_, s| s.envelope.forward_paths.clear(), 554, "5.5.1"),
        (|_, s| s.facts.octets = 100 * 1024 * 1024 + 1, 552, "5.3.4"),
        (|_, s| s.facts.subject = "x".repeat(CERTIFIED_OCTETS).parse().ok(), 552, "5.3.4"),
        (|_, s| s.scan = Scan::Failed, 451, "4.7.1"),
    ];
    for (change, code, enhanced) in cases {
        let mut network = network();
        let mut submission = submission(&mut network, &Letter::to(&[ANNA]), &[ANNA]);
        change(&mut network, &mut submission);
        let plan = plan(&mut network, submission);
        let reply = plan.reply().unwrap();
        assert_eq!((reply.code, reply.enhanced.as_str()), (*code, *enhanced), "{}", reply.text);
        assert!(plan.effects().is_empty() && plan.state().is_none() && plan.changes().is_empty());
        let [record] = plan.log() else { panic!("one record for {code}") };
        assert_eq!(record.event, LogEvent::Rifiuto);
        assert!(record.note.as_ref().unwrap().starts_with(&format!("{code} {enhanced} ")));
    }
}

fn mario(network: &mut Network) -> &mut MailboxFacts {
    &mut network.nodes[0].users.get_mut(MARIO).unwrap().facts
}

/// Whoever may write to just as many still may.
#[test]
fn rates_and_bounds_are_inclusive() {
    let mut network = network();
    mario(&mut network).rate_left = Some(2);
    let submission = submission(&mut network, &Letter::to(&[ANNA, LUCA]), &[ANNA, LUCA]);
    let mut large = submission.clone();
    assert_eq!(certified(&plan(&mut network, submission)).len(), 2);
    large.facts.octets = 100 * 1024 * 1024;
    // Inside the outer bound, past the product: a notice.
    assert!(non_acceptance(&plan(&mut network, large)).unwrap().starts_with("5.3.4 - "));
}

/// Every fault says who asks for it, and its code is one that notices may bear.
#[test]
fn faults_know_their_section() {
    let address = || ANNA.parse().unwrap();
    let header = [
        HeaderFault::TooLarge,
        HeaderFault::Malformed,
        HeaderFault::NotAscii,
        HeaderFault::Missing("To"),
        HeaderFault::Duplicate("To"),
        HeaderFault::BadAddresses("To"),
    ];
    let listed = [
        FormalFault::SeveralFrom { addresses: 2 },
        FormalFault::ReversePathDiffers { reverse_path: address(), from: address() },
        FormalFault::NotInHeader(address()),
        FormalFault::NotInForwardPath(address()),
        FormalFault::BccNotEmpty,
        FormalFault::ProductTooLarge { octets: 1, recipients: 1, limit: 1 },
        FormalFault::TooManyRecipients { recipients: 1, limit: 1 },
        FormalFault::ForbiddenAttachment("x".parse().unwrap()),
        FormalFault::ClosedCorrespondent(address()),
    ];
    for fault in header.map(FormalFault::Header).into_iter().chain(listed) {
        assert!(fault.status().starts_with("5."), "{fault:?}");
        let section = fault.section();
        assert!(section.starts_with("rfc6109 §3.1.1") || section.starts_with("norms "));
        assert!(!fault.describe().is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Never both a refusal and a notice, never neither answer nor notice; what is certified
    /// follows from the paths. norms 7, norms 20
    #[test]
    fn a_submission_has_one_outcome(
        to in proptest::collection::vec(0..6_usize, 0..4),
        paths in proptest::collection::vec(0..6_usize, 0..4),
        octets in prop_oneof![Just(1_000_u64), 1..200_000_000_u64],
        rate in proptest::option::of(0..5_u64),
        scan in 0..4_usize,
        has_bcc in any::<bool>(),
    ) {
        const NAMES: [&str; 6] = [
            ANNA, LUCA, "ANNA@beta.example", "luca@alfa.example", "x@posta.example",
            "anna@BETA.example",
        ];
        let mut network = network();
        let to: Vec<&str> = to.into_iter().map(|n| NAMES[n]).collect();
        let paths: Vec<&str> = paths.into_iter().map(|n| NAMES[n]).collect();
        let mut submission = submission(&mut network, &Letter::to(&to), &paths);
        submission.facts.octets = octets;
        submission.facts.has_bcc = has_bcc;
        submission.scan = [
            Scan::Clean,
            Scan::Infected("Eicar".parse().unwrap()),
            Scan::Forbidden("a.exe".parse().unwrap()),
            Scan::Failed,
        ][scan].clone();
        mario(&mut network).rate_left = rate;
        let plan = plan(&mut network, submission);
        let kinds: Vec<_> = certified(&plan).iter().map(|data| data.kind().as_str()).collect();
        match plan.reply().unwrap().code {
            250 => prop_assert!(
                kinds == ["accettazione", "posta-certificata"] || kinds == ["non-accettazione"]
            ),
            _ => prop_assert!(kinds.is_empty() && plan.effects().is_empty()),
        }
        for data in certified(&plan) {
            let certified: Vec<String> =
                data.header.recipients.iter().map(|one| one.address.to_string()).collect();
            for path in &paths {
                let count = certified.iter().filter(|one| one.eq_ignore_ascii_case(path)).count();
                prop_assert_eq!(count, 1);
            }
            prop_assert!(certified.len() <= paths.len());
        }
    }
}
