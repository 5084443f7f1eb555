//! The directory is fetched from a centre that asks who we are.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod world;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pec_server::clock::{Clock as _, ManualClock};
use pec_server::config::{Config, DirectorySection, FetchSection};
use pec_server::init::{Init, Pki, init};
use pec_server::tls::certificates;
use pec_server::world::Fetcher;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use world::World;

fn now() -> DateTime<Utc> {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

/// What the centre answers, and how often it was asked by somebody that it knows.
#[derive(Clone)]
struct Centre {
    url: String,
    answer: Arc<Mutex<Vec<u8>>>,
    asked: Arc<Mutex<usize>>,
}

impl Centre {
    /// Lets in who has a certificate of this PKI.
    async fn open(pki: &Pki) -> Self {
        let issued = pki.server("centre.example", now()).unwrap();
        let mut roots = RootCertStore::empty();
        for authority in certificates(pki.authority_pem().as_bytes()).unwrap() {
            roots.add(authority).unwrap();
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let known = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(known.build().unwrap())
            .with_single_cert(
                certificates(issued.pem.as_bytes()).unwrap(),
                PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let centre = Self {
            url: format!("https://localhost:{port}/igpec.ldif.p7m"),
            answer: Arc::default(),
            asked: Arc::default(),
        };
        let serving = centre.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = [0; 4096];
                if stream.read(&mut request).await.is_ok_and(|count| count > 0) {
                    *serving.asked.lock().unwrap() += 1;
                    let answer = serving.answer.lock().unwrap().clone();
                    let _ = stream.write_all(&answer).await;
                    let _ = stream.shutdown().await;
                }
            }
        });
        centre
    }

    fn gives(&self, octets: &[u8]) {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", octets.len());
        *self.answer.lock().unwrap() = [head.as_bytes(), octets].concat();
    }

    fn says(&self, answer: &str) {
        *self.answer.lock().unwrap() = answer.as_bytes().to_vec();
    }

    fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

fn section(url: &str) -> FetchSection {
    FetchSection {
        url: url.to_owned(),
        certificate: "directory/client.pem".into(),
        key: "directory/client.key".into(),
        authorities: "trust/tls-authorities.pem".into(),
        hours: 6,
    }
}

/// The signed directory of a PKI that has another provider now.
fn entered(folder: &Path, domain: &str, at: DateTime<Utc>) -> Vec<u8> {
    let order = Init {
        folder: folder.join(domain),
        domain: domain.to_owned(),
        name: domain.to_owned(),
        pki: folder.join("pki"),
    };
    init(&order, at).unwrap();
    std::fs::read(folder.join("pki/directory.ldif.p7m")).unwrap()
}

struct Case {
    folder: tempfile::TempDir,
    centre: Centre,
    directory: DirectorySection,
    clock: ManualClock,
}

impl Case {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        entered(folder.path(), "alfa.example", now());
        let home = folder.path().join("alfa.example");
        let pki = Pki::open(&folder.path().join("pki"), now()).unwrap();
        let client = pki.client("Alfa", now()).unwrap();
        client.write(&home.join("directory"), "client").unwrap();
        let centre = Centre::open(&pki).await;
        let mut directory = Config::read(&home).unwrap().directory;
        directory.fetch = Some(section(&centre.url));
        Self { folder, centre, directory, clock: ManualClock::at(now()) }
    }

    fn file(&self) -> Vec<u8> {
        let home = self.folder.path().join("alfa.example");
        std::fs::read(home.join("directory/directory.ldif.p7m")).unwrap()
    }

    async fn fetch(&self) -> Result<(), String> {
        let home = self.folder.path().join("alfa.example");
        let crypto = pec_crypto_aws_lc::provider();
        let clock = Arc::new(self.clock.clone());
        let fetcher = Fetcher::new(&home, &self.directory, clock, crypto).unwrap();
        let fetching = tokio::task::spawn_blocking(move || fetcher.fetch());
        fetching.await.unwrap().map_err(|fault| fault.to_string())
    }
}

// rfc6109 §5.6#1
#[tokio::test(flavor = "multi_thread")]
async fn the_directory_is_fetched_with_our_certificate() {
    let case = Case::new().await;
    let newer = entered(case.folder.path(), "beta.example", now() + TimeDelta::hours(1));
    case.clock.advance(TimeDelta::hours(2));
    case.centre.gives(&newer);
    assert_ne!(case.file(), newer);
    case.fetch().await.unwrap();
    assert_eq!(case.file(), newer);
    assert_eq!(case.centre.asked(), 1);
    let home = case.folder.path().join("alfa.example/directory");
    let files = std::fs::read_dir(home).unwrap().count();
    assert_eq!(files, 4, "the file, the centre's certificate, ours and its key: nothing beside");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_believed_leaves_the_old_directory() {
    let case = Case::new().await;
    let older = case.file();
    let newer = entered(case.folder.path(), "beta.example", now() + TimeDelta::hours(1));
    case.clock.advance(TimeDelta::hours(2));
    case.centre.gives(&newer);
    case.fetch().await.unwrap();

    let middle = newer.len() / 2;
    let mut tampered = newer.clone();
    tampered[middle] ^= 1;
    let stranger = tempfile::tempdir().unwrap();
    let foreign = entered(stranger.path(), "gamma.example", now());
    for (octets, expected) in [
        (&tampered[..], ""),
        (&foreign[..], ""),
        (b"no directory".as_slice(), ""),
        (&older[..], "it was signed at 2026-11-21 10:00:00 UTC"),
    ] {
        case.centre.gives(octets);
        let fault = case.fetch().await.unwrap_err();
        assert!(fault.contains(expected), "{fault}");
        assert_eq!(case.file(), newer);
    }
    let half = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", newer.len());
    let elsewhere = "HTTP/1.1 302 Found\r\nLocation: https://other.example/\r\n\r\n";
    for (answer, expected) in [
        ("HTTP/1.1 503 Wait\r\nContent-Length: 0\r\n\r\n", "503"),
        (elsewhere, "302"),
        (&half, ""),
        ("no HTTP", ""),
    ] {
        case.centre.says(answer);
        let fault = case.fetch().await.unwrap_err();
        assert!(fault.contains(expected), "{fault}");
        assert_eq!(case.file(), newer);
    }
    case.centre.gives(&newer);
    case.fetch().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_side_talks_to_strangers() {
    let case = Case::new().await;
    case.centre.gives(&case.file());
    let home = case.folder.path().join("alfa.example");
    let stranger = tempfile::tempdir().unwrap();
    let other = Pki::open(stranger.path(), now()).unwrap();

    // A certificate of nobody that the centre knows.
    let own = std::fs::read(home.join("directory/client.pem")).unwrap();
    let key = std::fs::read(home.join("directory/client.key")).unwrap();
    other.client("Mallory", now()).unwrap().write(&home.join("directory"), "client").unwrap();
    case.fetch().await.unwrap_err();
    assert_eq!(case.centre.asked(), 0);
    std::fs::write(home.join("directory/client.pem"), own).unwrap();
    let fault = case.fetch().await.unwrap_err();
    assert!(fault.contains("client.pem"), "a certificate with another's key: {fault}");
    std::fs::write(home.join("directory/client.key"), key).unwrap();

    // A centre whose certificate is of none of our authorities.
    let authorities = home.join("trust/tls-authorities.pem");
    let known = std::fs::read(&authorities).unwrap();
    std::fs::write(&authorities, other.authority_pem()).unwrap();
    let fault = case.fetch().await.unwrap_err();
    assert!(fault.contains("certificate"), "{fault}");
    assert_eq!(case.centre.asked(), 0);
    std::fs::write(&authorities, known).unwrap();
    case.fetch().await.unwrap();
    assert_eq!(case.centre.asked(), 1);

    // TLS goes by our clock: in three years the centre's certificate has ended.
    case.clock.advance(TimeDelta::days(1000));
    let fault = case.fetch().await.unwrap_err();
    assert!(fault.to_lowercase().contains("expired"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_gestore_fetches_time_and_again() {
    let outside = tempfile::tempdir().unwrap();
    entered(outside.path(), "alfa.example", now());
    let pki = Pki::open(&outside.path().join("pki"), now()).unwrap();
    let centre = Centre::open(&pki).await;
    let client = pki.client("Alfa", now()).unwrap();
    client.write(outside.path(), "client").unwrap();
    std::fs::write(outside.path().join("authorities.pem"), pki.authority_pem()).unwrap();
    let fetch = FetchSection {
        certificate: outside.path().join("client.pem"),
        key: outside.path().join("client.key"),
        authorities: outside.path().join("authorities.pem"),
        ..section(&centre.url)
    };
    let world = World::start_with(|config| {
        if config.provider.domain == "alfa.example" {
            config.directory.fetch = Some(fetch.clone());
        }
    })
    .await;
    let obtained = || world.alfa.running.gestore().world().directory.obtained_at();
    let file = world.alfa.folder.join("directory/directory.ldif.p7m");
    centre.gives(&std::fs::read(&file).unwrap());
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(centre.asked(), 0, "it is fresh");
    let wait = async |times: usize| {
        for _ in 0..100 {
            if centre.asked() >= times {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the centre was not asked {times} times");
    };
    world.clock.advance(TimeDelta::hours(6));
    wait(1).await;
    // The same once more is in force once more.
    for _ in 0..100 {
        if obtained() == world.clock.now() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(obtained(), world.clock.now());

    centre.says("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    let at = world.clock.now();
    world.clock.advance(TimeDelta::hours(6));
    wait(2).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(centre.asked(), 2, "a failure is not repeated at once");
    assert_eq!(obtained(), at);
    assert!(world.alfa.metric("pec_directory_fetch_failures_total").await >= 1.0);
    world.clock.advance(TimeDelta::minutes(11));
    wait(3).await;
    world.stop().await;
}
