//! `gestore/plan/…`: what deciding costs, beside one RSA-2048 signature, of which every message
//! that follows from a plan needs one. Certified recipients: one, and fifty.

use std::hint::black_box;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use pec_gestore::testkit::Network;
use pec_gestore::{Action, Input, MessageRef, SmtpEnvelope};
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};
use pec_smime::sign::Signer;
use pec_smime::testpki::{Shape, TestPki};

const MARIO: &str = "mario@alfa.example";

fn now() -> DateTime<Utc> {
    "2026-11-21T09:00:00Z".parse().expect("an instant")
}

/// Users of Beta: those that there are, and others who get a notice instead.
fn recipients(count: usize) -> Vec<String> {
    let others = (1..count).map(|number| format!("utente{number}@beta.example"));
    std::iter::once("anna@beta.example".to_owned()).chain(others).collect()
}

fn message(recipients: &[String]) -> Vec<u8> {
    format!(
        "Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: Mario Rossi <{MARIO}>\r\nTo: {}\r\n\
         Subject: Contratto n. 12\r\nMessage-ID: <m1@pc.example>\r\n\r\nEcco il contratto.\r\n",
        recipients.join(",\r\n ")
    )
    .into_bytes()
}

fn paths(recipients: &[String]) -> Vec<&str> {
    recipients.iter().map(String::as_str).collect()
}

/// What waits to be sent to this domain: paths and octets, in order.
fn waiting(network: &Network, node: usize, domain: &str) -> Vec<(SmtpEnvelope, Vec<u8>)> {
    let node = &network.nodes[node];
    let waiting = node.stored.outbox.iter().filter_map(|(_, effect)| match &effect.action {
        Action::Relay { message: MessageRef::Sealed(id), envelope, route, .. }
            if route.domain() == domain =>
        {
            let octets = node.octets(&MessageRef::Sealed(id.clone())).expect("sealed");
            Some((envelope.clone(), octets.to_vec()))
        }
        _ => None,
    });
    waiting.collect()
}

/// Plans one input again and again on what a gestore has stored.
fn bench(criterion: &mut Criterion, id: &str, network: &mut Network, node: usize, input: &Input) {
    let (now, directory) = (network.now(), network.directory().clone());
    let node = &mut network.nodes[node];
    criterion.bench_function(id, |bencher| {
        bencher.iter(|| node.plan(black_box(input), now, &directory));
    });
}

fn plan(criterion: &mut Criterion) {
    for (suffix, count) in [("", 1), ("-50", 50)] {
        let recipients = recipients(count);
        let message = message(&recipients);
        let id = |name: &str| format!("gestore/plan/{name}{suffix}");

        let mut network = Network::new(now());
        let envelope = SmtpEnvelope {
            reverse_path: Some(MARIO.parse().expect("an address")),
            forward_paths: recipients.iter().map(|one| one.parse().expect("an address")).collect(),
        };
        let mario = MARIO.parse().expect("an address");
        let submission = Input::Submission(network.submission(0, mario, envelope, &message));
        bench(criterion, &id("submission"), &mut network, 0, &submission);

        network.unreachable.push("beta.example".to_owned());
        let reply = network.submit(MARIO, &paths(&recipients), &message).expect("addresses");
        assert_eq!(reply.code, 250);
        network.run();
        let (paths, octets) = waiting(&network, 0, "beta.example").pop().expect("the envelope");
        let arrival = network.arrival(1, "alfa".to_owned(), paths.clone(), &octets);
        bench(criterion, &id("arrival"), &mut network, 1, &Input::Arrival(arrival));

        let deadlines = network.nodes[0].stored.deadlines.clone();
        let (key, due) = deadlines.into_iter().next().expect("a deadline");
        assert_eq!(due, now() + TimeDelta::hours(12));
        let mut late = Network::new(due);
        std::mem::swap(&mut late.nodes, &mut network.nodes);
        bench(criterion, &id("deadline"), &mut late, 0, &Input::Deadline(key));
        std::mem::swap(&mut late.nodes, &mut network.nodes);

        network.unreachable = vec!["alfa.example".to_owned()];
        network.run();
        let receipts = waiting(&network, 1, "alfa.example").into_iter();
        let mut deliveries =
            receipts.filter(|(paths, _)| paths.forward_paths.iter().any(|p| p.as_str() == MARIO));
        let (paths, octets) = deliveries.next().expect("a delivery receipt");
        let receipt = network.arrival(0, "beta".to_owned(), paths, &octets);
        bench(criterion, &id("receipt"), &mut network, 0, &Input::Arrival(receipt));
    }
}

/// The yardstick: the signature alone, over the digest of a few hundred octets of attributes.
fn signature(criterion: &mut Criterion) {
    let pki = TestPki::new(now(), &["alfa.example"]);
    let identity = pki.provider("Alfa PEC S.p.A.", "alfa.example", Shape::Sound);
    let providers =
        [("rustcrypto", CryptoProvider::rustcrypto()), ("aws-lc", pec_crypto_aws_lc::provider())];
    for (name, crypto) in providers {
        let signer = identity.signer(&crypto);
        let algorithm = signer.algorithm(DigestAlgorithm::Sha256);
        criterion.bench_function(&format!("gestore/plan/rsa-2048-{name}"), |bencher| {
            bencher.iter(|| signer.sign(&algorithm, black_box(&[0x31; 300])));
        });
    }
}

criterion_group!(benches, plan, signature);
criterion_main!(benches);
