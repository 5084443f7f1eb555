//! Mail programs of others fetch from our servers, and say themselves whether a signature is right.

#[path = "../../examples/server/tests/world/mod.rs"]
mod world;

#[path = "programs/mod.rs"]
mod programs;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use programs::{LUIGI, MARIO, authorities, only_mine, run, words};
use world::{PASSWORD, World, message};

/// Luigi has an envelope, Mario the receipts; what is in each mailbox.
async fn transmitted(world: &World, subject: &str) -> (Vec<String>, Vec<String>) {
    let text = message(MARIO, LUIGI, subject);
    let said = world.alfa.submit(MARIO, &[LUIGI], &text, &world.clock).await;
    assert!(said.starts_with("250"), "{said}");
    arrived(world, subject).await
}

async fn arrived(world: &World, subject: &str) -> (Vec<String>, Vec<String>) {
    let receipts = [format!("ACCETTAZIONE: {subject}"), format!("CONSEGNA: {subject}")];
    let receipts: Vec<&str> = receipts.iter().map(String::as_str).collect();
    let mario = world.alfa.wait_for(MARIO, &receipts, &world.clock).await;
    (world.beta.mailbox(LUIGI, &world.clock).await, mario)
}

/// One octet of what is signed is another.
fn tampered(message: &str) -> String {
    let changed = message.replacen("essaggio\r\n\"", "essaggi0\r\n\"", 1);
    assert_ne!(changed, message, "{message}");
    changed
}

/// A mailbox file of these messages.
fn mbox(file: &Path, messages: &[&str]) {
    let mut text = String::new();
    for message in messages {
        let quoted = message.replace("\r\n", "\n").replace("\nFrom ", "\n>From ");
        text.push_str(&format!("From judge Sat Nov 21 11:00:00 2026\n{quoted}\n"));
    }
    fs::write(file, text).unwrap();
}

/// As a URL has it.
fn pops(user: &str, port: SocketAddr) -> String {
    let (user, password) = (user.replace('@', "%40"), PASSWORD.replace(' ', "%20"));
    format!("pop3s://{user}:{password}@localhost:{}/", port.port())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "judge: fetchmail"]
async fn fetchmail_keeps_and_removes() {
    let world = World::start_now(|_| {}).await;
    transmitted(&world, "uno").await;
    let (ours, _) = transmitted(&world, "due").await;
    assert_eq!(ours.len(), 2);
    let ours: Vec<String> = ours.iter().map(|text| text.replace("\r\n", "\n")).collect();
    let home = world.folder.path().join("fetchmail");
    fs::create_dir(&home).unwrap();
    let port = world.beta.running.ports().pop3_tls.unwrap().port();
    let poll = async |ca: &str, wishes: &str| {
        for old in fs::read_dir(&home).unwrap() {
            let old = old.unwrap().path();
            if old.to_str().unwrap().contains("/message.") {
                fs::remove_file(old).unwrap();
            }
        }
        let (file, place) = (home.join("rc"), home.display());
        let rc = format!(
            "poll localhost service {port} protocol pop3 timeout 20 uidl\n\
             user \"{LUIGI}\" password \"{PASSWORD}\" ssl sslcertck sslcertfile \"{ca}\"\n\
             {wishes} no rewrite mda \"cat > $(mktemp {place}/message.XXXXXX)\"\n"
        );
        fs::write(&file, rc).unwrap();
        only_mine(&file);
        let line = format!(
            "-f {} --invisible --nosyslog --nodetach -i {place}/ids --pidfile {place}/pid",
            file.display()
        );
        run("fetchmail", &words(&line), "").await.map(|_| {
            let files = fs::read_dir(&home).unwrap().map(|file| file.unwrap().path());
            let messages = files.filter(|file| file.to_str().unwrap().contains("/message."));
            let mut texts: Vec<_> =
                messages.map(|file| fs::read_to_string(file).unwrap()).collect();
            texts.sort();
            texts
        })
    };
    let mut expected = ours.clone();
    expected.sort();
    let ca = authorities(&world.beta);
    let strangers = world.beta.folder.join("directory/centre.pem");
    let refused = poll(strangers.to_str().unwrap(), "keep").await.unwrap_err();
    assert!(refused.contains("certificate"), "{refused}");
    assert_eq!(poll(&ca, "keep").await.unwrap(), expected);
    // What was seen is not fetched again, and still there.
    assert!(poll(&ca, "keep").await.unwrap_err().contains("2 seen"));
    assert_eq!(world.beta.mailbox(LUIGI, &world.clock).await.len(), 2);
    assert_eq!(poll(&ca, "nokeep fetchall").await.unwrap(), expected);
    assert!(world.beta.mailbox(LUIGI, &world.clock).await.is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "judge: s-nail"]
async fn s_nail_sends_fetches_and_verifies() {
    let world = World::start_now(|_| {}).await;
    let ca = authorities(&world.alfa);
    let common = format!(
        "-:/ -S v15-compat=yes -S tls-ca-no-defaults -S tls-ca-file={ca} \
         -S smime-ca-no-defaults -S smime-ca-file={ca}"
    );
    let (alfa, beta) = (world.alfa.running.ports(), world.beta.running.ports());
    let mta = pops(MARIO, alfa.submission_tls.unwrap()).replace("pop3s", "smtps");
    let line =
        format!("{common} -S mta={mta} -S hostname=client.example -r {MARIO} -s nail {LUIGI}");
    run("s-nail", &words(&line), "Ecco.\n").await.unwrap();
    let (envelopes, receipts) = arrived(&world, "nail").await;
    assert_eq!((envelopes.len(), receipts.len()), (1, 2));
    let verify = async |folder: &str, count: usize| {
        let mut arguments = words(&common);
        let each = (1..=count).map(|number| format!("verify {number}; echo {number}=$?; "));
        arguments.extend(["-Y".to_owned(), each.collect::<String>() + "x"]);
        arguments.extend(words(&format!("-R -f {folder}")));
        let said = run("s-nail", &arguments, "").await.unwrap();
        let said = String::from_utf8_lossy(&said).into_owned();
        let verdict = |number| {
            let is_right = said.contains(&format!("\n{number}=0"));
            let is_told = said.contains(&format!("Message {number} was verified successfully"));
            assert_eq!(is_right, is_told, "{said}");
            assert!(is_right || said.contains(&format!("\n{number}=1")), "{said}");
            is_right
        };
        (1..=count).map(verdict).collect::<Vec<_>>()
    };
    assert_eq!(verify(&pops(LUIGI, beta.pop3_tls.unwrap()), 1).await, [true]);
    assert_eq!(verify(&pops(MARIO, alfa.pop3_tls.unwrap()), 2).await, [true, true]);
    let file = world.folder.path().join("box");
    let changed = tampered(&envelopes[0]);
    mbox(&file, &[&receipts[0], &changed, &envelopes[0], &tampered(&receipts[1])]);
    assert_eq!(verify(file.to_str().unwrap(), 4).await, [true, false, true, false]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "judge: mutt"]
async fn mutt_sends_fetches_and_verifies() {
    let world = World::start_now(|_| {}).await;
    let (alfa, beta) = (world.alfa.running.ports(), world.beta.running.ports());
    let mutt = Mutt::new(&world);
    mutt.send(alfa.submission_tls.unwrap(), "mutt").await;
    let (envelopes, receipts) = arrived(&world, "mutt").await;
    let found = mutt.verified(&pops(LUIGI, beta.pop3_tls.unwrap()), 1).await;
    assert_eq!(found, ["POSTA CERTIFICATA: mutt"]);
    let mut found = mutt.verified(&pops(MARIO, alfa.pop3_tls.unwrap()), 2).await;
    found.sort();
    assert_eq!(found, ["ACCETTAZIONE: mutt", "CONSEGNA: mutt"]);
    let file = world.folder.path().join("box");
    let (first, second) = (&receipts[0], tampered(&receipts[1]));
    mbox(&file, &[&tampered(&envelopes[0]), first, &second]);
    let found = mutt.verified(file.to_str().unwrap(), 3).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(first.contains(&format!("\r\nSubject: {}\r\n", found[0])));
    world.stop().await;
}

/// Mutt on a terminal of its own, which types for itself.
struct Mutt {
    home: PathBuf,
}

impl Mutt {
    fn new(world: &World) -> Self {
        let home = world.folder.path().join("mutt");
        fs::create_dir_all(home.join("certificates")).unwrap();
        let (ca, place) = (authorities(&world.alfa), home.display());
        let rc = format!(
            "set crypt_use_gpgme=no crypt_verify_sig=yes\n\
             set smime_ca_location=\"{ca}\"\n\
             set smime_certificates=\"{place}/certificates\"\n\
             set smime_verify_command=\"openssl smime -verify -inform DER -in %s %C -content %f\"\n\
             set smime_get_signer_cert_command=\
             \"openssl smime -verify -in %f -noverify -signer %c -out /dev/null\"\n\
             set smime_get_cert_email_command=\"openssl x509 -in %f -noout -email\"\n\
             set smime_pk7out_command=\"openssl smime -verify -in %f -noverify -pk7out\"\n\
             set ssl_ca_certificates_file=\"{ca}\" certificate_file=\"{ca}\" ssl_verify_host=yes\n\
             set folder=\"\" spoolfile=/dev/null mbox=/dev/null record=\"\" postponed=/dev/null\n\
             set wait_key=no quit=yes pop_delete=no header_cache=\"\" message_cachedir=\"\"\n\
             set confirmappend=no confirmcreate=no mbox_type=mbox tmpdir=\"{place}\"\n\
             set from={MARIO} realname=Mario use_envelope_from=yes hostname=client.example\n"
        );
        fs::write(home.join("rc"), rc).unwrap();
        Self { home }
    }

    async fn send(&self, port: SocketAddr, subject: &str) {
        let url = pops(MARIO, port).replace("pop3s", "smtps");
        let mut arguments = self.environment();
        let line = format!("mutt -n -F {} -s {subject} -e", self.home.join("rc").display());
        arguments.extend(words(&line));
        arguments.extend([format!("set smtp_url={url} copy=no"), LUIGI.to_owned()]);
        run("env", &arguments, "Ecco.\n").await.unwrap();
    }

    /// Shows the first messages of a folder, and has mutt copy those that it says are signed and
    /// verified (`~V`); their subjects.
    async fn verified(&self, folder: &str, count: usize) -> Vec<String> {
        let copy = self.home.join("verified");
        let _ = fs::remove_file(&copy);
        let each = "<display-message><exit><next-entry>".repeat(count);
        let keys = format!(
            "<first-entry>{each}<tag-pattern>~V<enter><tag-prefix-cond><copy-message><kill-line>\
             {}<enter><end-cond><quit>",
            copy.display()
        );
        let folder = folder.replace("pop3s://", "pops://");
        let rc = self.home.join("rc");
        let line = format!("mutt -n -F {} -R -f {folder} -e \"push '{keys}'\"", rc.display());
        let mut arguments = self.environment();
        arguments.extend(words("timeout 60 script -qec"));
        arguments.extend([line, self.home.join("terminal").to_str().unwrap().to_owned()]);
        run("env", &arguments, "").await.unwrap();
        let copied = fs::read_to_string(&copy).unwrap_or_default();
        let mut subjects = Vec::new();
        let mut is_in_header = false;
        for line in copied.lines() {
            is_in_header = line.starts_with("From ") || is_in_header && !line.is_empty();
            let subject = line.strip_prefix("Subject: ").filter(|_| is_in_header);
            subjects.extend(subject.map(str::to_owned));
        }
        subjects
    }

    fn environment(&self) -> Vec<String> {
        let home = self.home.display();
        vec![format!("HOME={home}"), "TERM=xterm".to_owned(), "LC_ALL=C.UTF-8".to_owned()]
    }
}
