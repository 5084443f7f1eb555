//! Mail programs of others are the users of our servers, and servers of others their neighbours.

#[path = "../../examples/server/tests/world/mod.rs"]
mod world;

#[path = "programs/mod.rs"]
mod programs;

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pec_server::config::{Engine, RouteSection};
use programs::{LUIGI, MARIO, authorities, find, only_mine, run, words};
use world::{PASSWORD, World, message};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "judge: swaks"]
async fn swaks_submits_over_tls_and_over_starttls() {
    let world = World::start_now(|_| {}).await;
    let ports = world.alfa.running.ports();
    let common = format!(
        "--server 127.0.0.1 --from {MARIO} --to {LUIGI} --auth-user {MARIO} --ehlo client.example \
         --tls-verify --tls-ca-path {}",
        authorities(&world.alfa)
    );
    let ways = [(ports.submission_tls, "--tlsc", "PLAIN"), (ports.submission, "--tls", "LOGIN")];
    for (port, tls, auth) in ways {
        let subject = format!("swaks-{auth}");
        let header = format!("Subject: {subject}");
        let line = format!("{common} --port {} {tls} --auth {auth}", port.unwrap().port());
        let mut arguments = words(&line);
        arguments.extend(["--auth-password".to_owned(), PASSWORD.to_owned()]);
        arguments.extend(["--header".to_owned(), header]);
        run("swaks", &arguments, "").await.unwrap();
        let expected = format!("CONSEGNA: {subject}");
        world.alfa.wait_for(MARIO, &[&expected], &world.clock).await;
    }
    // Without TLS swaks finds no AUTH to use.
    let line = format!("{common} --port {} --auth PLAIN", ports.submission.unwrap().port());
    let mut arguments = words(&line);
    arguments.extend(["--auth-password".to_owned(), PASSWORD.to_owned()]);
    let refused = run("swaks", &arguments, "").await.unwrap_err();
    assert!(refused.contains("did not advertise authentication"), "{refused}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "judge: msmtp, mpop"]
async fn msmtp_sends_and_mpop_fetches_the_same_octets() {
    let world = World::start_now(|_| {}).await;
    let folder = world.folder.path();
    let (out, into) = (world.alfa.running.ports(), world.beta.running.ports());
    let ca = authorities(&world.alfa);
    let msmtp = format!(
        "defaults\ntls on\ntls_starttls off\ntls_trust_file {ca}\n\
         account a\nhost localhost\nport {}\nauth plain\nuser {MARIO}\npassword \"{PASSWORD}\"\n\
         from {MARIO}\ndomain client.example\naccount default : a\n",
        out.submission_tls.unwrap().port()
    );
    let file = folder.join("msmtprc");
    std::fs::write(&file, msmtp).unwrap();
    only_mine(&file);
    let arguments = words(&format!("-C {} {LUIGI}", file.display()));
    let text = message(MARIO, LUIGI, "msmtp").replace("\r\n", "\n");
    run("msmtp", &arguments, &text).await.unwrap();
    world.beta.wait_for(LUIGI, &["POSTA CERTIFICATA: msmtp"], &world.clock).await;

    let maildir = folder.join("maildir");
    for part in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(maildir.join(part)).unwrap();
    }
    let mpop = format!(
        "defaults\ntls on\ntls_starttls off\ntls_trust_file {ca}\nkeep on\nreceived_header off\n\
         account a\nhost localhost\nport {}\nuser {LUIGI}\npassword \"{PASSWORD}\"\n\
         delivery maildir {}\nuidls_file {}\naccount default : a\n",
        into.pop3_tls.unwrap().port(),
        maildir.display(),
        folder.join("uidls").display()
    );
    let file = folder.join("mpoprc");
    std::fs::write(&file, mpop).unwrap();
    only_mine(&file);
    run("mpop", &words(&format!("-C {}", file.display())), "").await.unwrap();
    let fetched = std::fs::read_dir(maildir.join("new")).unwrap().next().unwrap().unwrap().path();
    let fetched = std::fs::read_to_string(fetched).unwrap();
    let ours = world.beta.mailbox(LUIGI, &world.clock).await;
    assert_eq!(fetched.replace('\n', "\r\n"), ours[0]);
    // OpenSSL finds the signature of Alfa on what came through two servers and two mail programs.
    let eml = folder.join("envelope.eml");
    std::fs::write(&eml, &ours[0]).unwrap();
    let line = format!("cms -verify -in {} -CAfile {ca} -out /dev/null", eml.display());
    run("openssl", &words(&line), "").await.unwrap();
    world.stop().await;
}

const PYTHON: &str = r#"
import poplib, smtplib, ssl, sys, time
smtp, pop, ca, mario, luigi, password = sys.argv[1:]
tls = ssl.create_default_context(cafile=ca)
text = (f"Date: Sat, 21 Nov 2026 11:00:00 +0100\r\nFrom: {mario}\r\nTo: {luigi}\r\n"
        "Subject: python\r\nMessage-ID: <python@client.example>\r\n\r\n.uno\r\n..due\r\n").encode()
server = smtplib.SMTP("localhost", int(smtp))
server.starttls(context=tls)
server.login(mario, password)
refused = server.sendmail(mario, [luigi], text)
assert refused == {}, refused
try:
    server.sendmail(luigi, [mario], text)
    raise SystemExit("another's name was taken")
except smtplib.SMTPSenderRefused as error:
    assert error.smtp_code == 553, error
server.quit()
for _ in range(100):
    box = poplib.POP3_SSL("localhost", int(pop), context=tls)
    box.user(luigi); box.pass_(password)
    count, size = box.stat()
    if count:
        break
    box.quit(); time.sleep(0.1)
_, lines, octets = box.retr(1)
got = b"\r\n".join(lines) + b"\r\n"
assert octets == size, (octets, size)
assert b"\r\n\r\n.uno\r\n..due\r\n" in got, got
_, top, _ = box.top(1, 0)
assert b"X-Trasporto: posta-certificata" in top, top
assert len(box.uidl()[1]) == 1
box.dele(1); box.quit()
box = poplib.POP3_SSL("localhost", int(pop), context=tls)
box.user(luigi); box.pass_(password)
assert box.stat()[0] == 0
box.quit()
"#;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "judge: Python's smtplib and poplib"]
async fn python_sends_fetches_and_deletes() {
    let world = World::start_now(|_| {}).await;
    let smtp = world.alfa.running.ports().submission.unwrap().port();
    let pop = world.beta.running.ports().pop3_tls.unwrap().port();
    let script = world.folder.path().join("clients.py");
    std::fs::write(&script, PYTHON).unwrap();
    let line =
        format!("{} {smtp} {pop} {} {MARIO} {LUIGI}", script.display(), authorities(&world.alfa));
    let mut arguments = words(&line);
    arguments.push(PASSWORD.to_owned());
    run("python3", &arguments, "").await.unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "judge: smtp-source"]
async fn no_message_of_a_load_is_lost() {
    const MESSAGES: usize = 200;
    let world = World::start_now(|_| {}).await;
    let port = world.beta.running.ports().incoming.unwrap();
    let line = format!(
        "-s 10 -m {MESSAGES} -l 5000 -f a@gamma.example -t {LUIGI} 127.0.0.1:{}",
        port.port()
    );
    let start = std::time::Instant::now();
    run("smtp-source", &words(&line), "").await.unwrap();
    let taken = start.elapsed();
    let mut count = 0;
    for _ in 0..600 {
        count = world.beta.mailbox(LUIGI, &world.clock).await.len();
        if count >= MESSAGES {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    println!("{MESSAGES} messages taken in {taken:?}, deposited after {:?}", start.elapsed());
    assert_eq!(count, MESSAGES);
    world.stop().await;
}

/// A program that is ended when the test is.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "judge: smtp-sink"]
async fn a_hostile_next_hop_loses_nothing_and_refuses_for_good() {
    let (good, bad) = (free_port(), free_port());
    let world = World::start_now(|config| {
        for (domain, at) in [("good.example", good), ("bad.example", bad)] {
            let connect = Some(at.to_string());
            let route = RouteSection { host: domain.to_owned(), connect };
            config.relay.routes.insert(domain.to_owned(), route);
        }
    })
    .await;
    let dump = world.folder.path().join("dump");
    std::fs::create_dir(&dump).unwrap();
    let sink = |arguments: &str| {
        Daemon(Command::new(find("smtp-sink")).args(words(arguments)).spawn().unwrap())
    };
    let user = std::env::var("USER").unwrap_or_else(|_| "root".to_owned());
    // One takes everything, one refuses every recipient for good.
    let _good = sink(&format!("-u {user} -d {}/m. {good} 10", dump.display()));
    let refusing = sink(&format!("-u {user} -f RCPT {bad} 10"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    for to in ["a@good.example", "b@bad.example"] {
        let text = message(MARIO, to, "fuori");
        world.alfa.submit(MARIO, &[to], &text, &world.clock).await;
    }
    // The ordinary recipient's refusal comes back; the other message is out, signed.
    world.alfa.wait_for(MARIO, &["ACCETTAZIONE: fuori"], &world.clock).await;
    let mut out = String::new();
    for _ in 0..100 {
        let files = std::fs::read_dir(&dump).unwrap();
        let texts = files.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok());
        out = texts.collect();
        if out.contains("POSTA CERTIFICATA: fuori") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(out.contains("POSTA CERTIFICATA: fuori"), "{out}");
    world.alfa.wait_for(MARIO, &["ANOMALIA MESSAGGIO"], &world.clock).await;
    drop(refusing);

    // One that drops connections in the middle, and is replaced: nothing is lost.
    let dropping = sink(&format!("-u {user} -q DATA {bad} 10"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let text = message(MARIO, "c@bad.example", "dopo");
    world.alfa.submit(MARIO, &["c@bad.example"], &text, &world.clock).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    drop(dropping);
    let _second = sink(&format!("-u {user} -d {}/n. {bad} 10", dump.display()));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut found = false;
    for _ in 0..50 {
        world.clock.advance(chrono::TimeDelta::minutes(5));
        world.alfa.running.wake();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let files = std::fs::read_dir(&dump).unwrap();
        let mut texts = files.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok());
        found = texts.any(|text| text.contains("POSTA CERTIFICATA: dopo"));
        if found {
            break;
        }
    }
    assert!(found, "the message waits until there is a hop that takes it");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "judge: clamd"]
async fn clamd_finds_a_virus_and_its_silence_makes_mail_wait() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let database = path.join("db");
    std::fs::create_dir(&database).unwrap();
    let eicar =
        "X5O!P%@AP[4\\PZX54(P^)7CC)7}$".to_owned() + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
    let hex: String = eicar.bytes().map(|octet| format!("{octet:02x}")).collect();
    std::fs::write(database.join("local.ndb"), format!("Eicar-Local:0:*:{hex}\n")).unwrap();
    let socket = path.join("clamd.ctl");
    let configuration = path.join("clamd.conf");
    let text = format!(
        "DatabaseDirectory {}\nLocalSocket {}\nForeground yes\nMaxThreads 2\n\
         StreamMaxLength 200M\n",
        database.display(),
        socket.display()
    );
    std::fs::write(&configuration, text).unwrap();
    let clamd = Command::new(find("clamd"))
        .arg("--config-file")
        .arg(&configuration)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let clamd = Daemon(clamd);
    for _ in 0..100 {
        if socket.exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let address = format!("unix:{}", socket.display());
    let world = World::start_now(|config| {
        config.antivirus.engine = Engine::Clamd;
        config.antivirus.clamd = Some(address.clone());
    })
    .await;
    let clean = message(MARIO, LUIGI, "pulito");
    let said = world.alfa.submit(MARIO, &[LUIGI], &clean, &world.clock).await;
    assert!(said.starts_with("250"), "{said}");
    world.alfa.wait_for(MARIO, &["CONSEGNA: pulito"], &world.clock).await;
    let infected = message(MARIO, LUIGI, "infetto") + "\r\n" + &eicar;
    let said = world.alfa.submit(MARIO, &[LUIGI], &infected, &world.clock).await;
    assert!(said.starts_with("250"), "{said}");
    let expected = ["AVVISO DI NON ACCETTAZIONE PER VIRUS: infetto"];
    world.alfa.wait_for(MARIO, &expected, &world.clock).await;
    drop(clamd);
    let _ = std::fs::remove_file(&socket);
    let said = world.alfa.submit(MARIO, &[LUIGI], &clean, &world.clock).await;
    assert!(said.starts_with('4'), "{said}");
    world.stop().await;
}
