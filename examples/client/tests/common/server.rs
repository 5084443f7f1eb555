//! Small servers over TLS: they answer as a provider's would, and remember what they were told.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What all sessions said, each line as it came.
pub(crate) type Transcript = Arc<Mutex<Vec<u8>>>;

pub(crate) struct Server {
    /// Address and port.
    pub(crate) address: String,
    /// The certificate of the authority, in PEM.
    pub(crate) ca: String,
    pub(crate) said: Transcript,
}

/// The name in the certificate.
pub(crate) const NAME: &str = "mail.alfa.example";

pub(crate) type Session = BufReader<StreamOwned<ServerConnection, std::net::TcpStream>>;

impl Server {
    /// Starts a server that speaks `protocol` in every session.
    pub(crate) fn start(protocol: impl Fn(&mut Session, &Transcript) + Send + 'static) -> Self {
        let (ca, config) = identity();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let said = Transcript::default();
        let transcript = Arc::clone(&said);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let stream = StreamOwned::new(connection, stream.unwrap());
                protocol(&mut BufReader::new(stream), &transcript);
            }
        });
        Self { address, ca, said }
    }

    pub(crate) fn said(&self) -> String {
        String::from_utf8(self.said.lock().unwrap().clone()).unwrap()
    }
}

fn identity() -> (String, Arc<ServerConfig>) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    let certificate = server.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (ca_certificate.pem(), Arc::new(config))
}

/// Reads one line and remembers it; empty at the end of the session.
pub(crate) fn line(session: &mut Session, said: &Transcript) -> String {
    let mut line = Vec::new();
    // A client that goes without goodbye is at its end.
    if session.read_until(b'\n', &mut line).is_err() {
        return String::new();
    }
    said.lock().unwrap().extend_from_slice(&line);
    String::from_utf8_lossy(&line).trim_end().to_owned()
}

pub(crate) fn say(session: &mut Session, text: &[u8]) {
    let stream = session.get_mut();
    let _ = stream.write_all(text).and_then(|()| stream.flush());
}

/// Reads exactly so many octets.
pub(crate) fn octets(session: &mut Session, count: usize) -> Vec<u8> {
    let mut octets = vec![0; count];
    session.read_exact(&mut octets).unwrap();
    octets
}

/// The user mario@alfa.example with the password `segreto`, as PLAIN has it.
const LOGIN: &str = " AG1hcmlvQGFsZmEuZXhhbXBsZQBzZWdyZXRv";

/// SMTP that takes every message, but refuses recipients at `refused.example`.
pub(crate) fn smtp(session: &mut Session, said: &Transcript) {
    say(session, b"220 mail.alfa.example ESMTP\r\n");
    let mut in_data = false;
    loop {
        let line = line(session, said);
        if in_data {
            if line == "." {
                in_data = false;
                say(session, b"250 2.0.0 taken as 42\r\n");
            }
            continue;
        }
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match word.as_str() {
            "EHLO" => b"250-x\r\n250-SIZE 30000000\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n",
            "AUTH" if line.ends_with(LOGIN) => b"235 2.7.0 hello\r\n",
            "AUTH" => b"535 5.7.8 no\r\n",
            "RCPT" if line.contains("refused.example") => b"550 5.1.1 no such\r\n",
            "DATA" => {
                in_data = true;
                b"354 go on\r\n"
            }
            "QUIT" => return say(session, b"221 bye\r\n"),
            "" => return,
            _ => b"250 ok\r\n",
        };
        say(session, answer);
    }
}

/// Identifiers and octets.
pub(crate) type Messages<I> = Arc<Mutex<Vec<(I, Vec<u8>)>>>;

/// POP3 with these messages: identifier, octets.
pub(crate) fn pop3(messages: Messages<String>) -> impl Fn(&mut Session, &Transcript) + Send {
    move |session, said| {
        say(session, b"+OK ready\r\n");
        loop {
            let line = line(session, said);
            let messages = messages.lock().unwrap();
            let answer = match line.split(' ').collect::<Vec<_>>().as_slice() {
                ["PASS", "segreto"] | ["USER", _] => b"+OK\r\n".to_vec(),
                ["PASS", _] => b"-ERR no\r\n".to_vec(),
                ["UIDL"] => {
                    let lines = messages.iter().enumerate();
                    let lines = lines.map(|(at, (uid, _))| format!("{} {uid}\r\n", at + 1));
                    format!("+OK\r\n{}.\r\n", lines.collect::<String>()).into_bytes()
                }
                ["RETR", number] => {
                    let (_, octets) = &messages[number.parse::<usize>().unwrap() - 1];
                    let text = String::from_utf8(octets.clone()).unwrap();
                    let text = format!("\r\n{text}").replace("\r\n.", "\r\n..");
                    format!("+OK{text}.\r\n").into_bytes()
                }
                ["QUIT"] => return say(session, b"+OK bye\r\n"),
                [""] => return,
                _ => b"-ERR what\r\n".to_vec(),
            };
            say(session, &answer);
        }
    }
}

/// IMAP with one folder of these messages: identifier, octets.
pub(crate) fn imap(
    validity: Arc<Mutex<u32>>,
    messages: Messages<u32>,
) -> impl Fn(&mut Session, &Transcript) + Send {
    move |session, said| {
        say(session, b"* OK ready\r\n");
        loop {
            let line = line(session, said);
            let Some((tag, command)) = line.split_once(' ') else { return };
            let messages = messages.lock().unwrap();
            let words: Vec<&str> = command.split(' ').collect();
            let mut answer = Vec::new();
            match words.as_slice() {
                ["LOGIN", _, "\"segreto\""] => {}
                ["LOGIN", ..] => {
                    say(session, format!("{tag} NO no\r\n").as_bytes());
                    continue;
                }
                ["EXAMINE", _] => {
                    let validity = validity.lock().unwrap();
                    answer = format!(
                        "* {} EXISTS\r\n* FLAGS ()\r\n* OK [UIDVALIDITY {validity}] ok\r\n",
                        messages.len()
                    )
                    .into_bytes();
                }
                ["UID", "SEARCH", "UID", range] => {
                    let first: u32 = range.trim_end_matches(":*").parse().unwrap();
                    let last = messages.last().map(|(uid, _)| *uid);
                    let found = messages.iter().map(|(uid, _)| *uid);
                    let found = found.filter(|uid| *uid >= first || Some(*uid) == last);
                    let found: String = found.map(|uid| format!(" {uid}")).collect();
                    answer = format!("* SEARCH{found}\r\n").into_bytes();
                }
                ["UID", "FETCH", uid, "(UID", "BODY.PEEK[])"] => {
                    let uid: u32 = uid.parse().unwrap();
                    let (_, octets) = messages.iter().find(|(found, _)| *found == uid).unwrap();
                    answer = format!("* 1 FETCH (UID {uid} BODY[] {{{}}}\r\n", octets.len())
                        .into_bytes();
                    answer.extend_from_slice(octets);
                    answer.extend_from_slice(b")\r\n");
                }
                ["LOGOUT"] => answer = b"* BYE\r\n".to_vec(),
                _ => {
                    say(session, format!("{tag} BAD what\r\n").as_bytes());
                    continue;
                }
            }
            answer.extend_from_slice(format!("{tag} OK done\r\n").as_bytes());
            say(session, &answer);
        }
    }
}
