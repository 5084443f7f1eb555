//! A submission from its octets to the reply, and who runs what follows.

use chrono::{DateTime, TimeDelta, Utc};
use pec_gestore::{Context, Ids, Input, MessageFacts, Scan, SmtpEnvelope, Submission, plan};
use pec_message::identifier::{IdGenerator, NodeIds};
use pec_store::mailbox::{NewMailbox, Settings};
use pec_store::{Commit, LeaseRequest, Options, Store, Worker};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let now: DateTime<Utc> = "2026-11-21T09:15:00Z".parse()?;
    let account: pec_daticert::Address = "mario@alfa.example".parse()?;
    let message = b"Date: Sat, 21 Nov 2026 10:15:00 +0100\r\nFrom: mario@alfa.example\r\n\
        To: anna@beta.example\r\nSubject: Contratto\r\n\r\nEcco.\r\n";

    // In earnest: `Options::new(folder, node)`.
    let store = Store::open(Options::memory("node-1"))?;
    let new = NewMailbox { address: account.clone(), settings: Settings::default(), now };
    store.create_mailbox(new).wait()?;

    // The octets first; a server streams them with `body_writer`.
    let body = store.body(message.to_vec()).wait()?;
    let ids = NodeIds::new("n1", "alfa.example")?;
    let input = Input::Submission(Submission {
        id: ids.next_id(now, [1; 16]),
        account: account.clone(),
        envelope: SmtpEnvelope {
            reverse_path: Some(account),
            forward_paths: vec!["anna@beta.example".parse()?],
        },
        message: body.reference(),
        facts: MessageFacts::of(message),
        scan: Scan::Clean,
    });

    // Provider and directory are of a network made up for examples.
    let network = pec_gestore::testkit::Network::new(now);
    let (provider, directory) = (network.nodes[0].provider.clone(), network.directory().clone());
    let plan = store.read(move |view| {
        let current = view.state(&input.key(provider.name.as_str()))?;
        let mailboxes = view.lookup(now);
        let (ids, provider) = (Ids::new(&ids, now, [2; 16]), &provider);
        let ctx = Context { now, ids, provider, directory: &directory, mailboxes: &mailboxes };
        let plan = plan(current.as_ref(), &input, &ctx);
        mailboxes.finish().map(|()| plan) // an error of the disk is not "no such mailbox"
    });
    let committed = store.commit(Commit::new(plan.wait()?, now).with_body(body)).wait()?;
    println!("{:?}", committed.reply); // the 250 exists only now
    assert_eq!(committed.reply.map(|reply| reply.code), Some(250));

    let until = now + TimeDelta::minutes(5);
    let request = LeaseRequest { worker: Worker::new("w1"), now, until, limit: 10 };
    let work = store.lease(request).wait()?;
    assert!(!work.is_empty(), "the envelope and the acceptance receipt want to be signed");
    Ok(())
}
