//! The real messages beside the checkout (`../shared/samples`, also `$PEC_SAMPLES`). They are other
//! people's mail: nothing of their content is printed or kept here.

use std::path::{Path, PathBuf};

use chrono::DateTime;
use pec_daticert::{PecMsgid, Value};
use pec_message::{
    Authentication, ClaimedKind, IssuerRule, Mail, MessageKind, OddityKind, Origin, OriginGrade,
    Step, authenticate, read,
};
use pec_smime::crypto::CryptoProvider;
use pec_smime::verify::{Policy, Verifier};
use pec_smime::x509::{Certificate, CertificateUse, TrustStore};

fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let folder = std::env::var_os("PEC_SAMPLES").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no samples in {}", folder.display());
        return None;
    }
    Some(folder)
}

struct Judges {
    crypto: CryptoProvider,
    store: TrustStore,
    authorities: Vec<Certificate>,
}

impl Judges {
    fn new(folder: &Path) -> Self {
        let (mut store, mut authorities) = (TrustStore::new(), Vec::new());
        for anchor in ["AgID_CA1_32322AE2E31A", "AgID_CA1_4648900B0427", "DigitPA_CA1_D75420B7E905"]
        {
            let pem = std::fs::read_to_string(folder.join(format!("certs/{anchor}.pem"))).unwrap();
            store.add_bundle(pem.as_bytes(), CertificateUse::Anchor).unwrap();
            let lines = pem.lines().skip_while(|line| !line.starts_with("-----BEGIN")).skip(1);
            let body: String = lines.take_while(|line| !line.starts_with("-----END")).collect();
            let der = encodify::base64::STANDARD.decode(body).unwrap();
            authorities.push(Certificate::from_der(&der).unwrap());
        }
        Self { crypto: CryptoProvider::rustcrypto(), store, authorities }
    }

    /// At the time at which the message says that it was signed.
    fn judge<'m>(&self, octets: &'m [u8]) -> Authentication<'m> {
        let verify = |policy, instant| {
            Verifier::new(&self.store, &self.crypto, policy).message(octets, instant)
        };
        let first = verify(Policy::strict(), DateTime::UNIX_EPOCH);
        let claimed = first.signer().and_then(|signer| signer.claimed_signing_time());
        let instant = claimed.unwrap_or(DateTime::UNIX_EPOCH);
        let policy = Policy::archive(instant).allow_unknown_revocation();
        let origin = Origin::AccreditedCa(&self.authorities);
        authenticate(&read(octets), &verify(policy, instant), &origin)
    }
}

/// What is expected of a sample.
struct Row {
    name: &'static str,
    kind: ClaimedKind,
    /// Recipients, time of the event in UTC, domain of the identifier, deviations.
    daticert: Option<(usize, &'static str, &'static str, usize)>,
    original: bool,
    attachments: usize,
    verdict: Verdict,
}

enum Verdict {
    Certified(&'static [&'static str]),
    Untrusted(Step),
}

const fn row(
    name: &'static str,
    kind: Option<MessageKind>,
    daticert: Option<(usize, &'static str, &'static str, usize)>,
    (original, attachments): (bool, usize),
    verdict: Verdict,
) -> Row {
    let kind = match kind {
        Some(kind) => ClaimedKind::Pec(kind),
        None => ClaimedKind::Ordinary,
    };
    Row { name, kind, daticert, original, attachments, verdict }
}

const OF_2014: [&str; 4] = ["OlderSpelling", "SHA-1", "keyUsage", "basicConstraints"];
const NONE: Verdict = Verdict::Untrusted(Step::SignatureExistence);
const CHANGED: Verdict = Verdict::Untrusted(Step::SignatureValidity);

fn real() -> Vec<Row> {
    use MessageKind::{Acceptance, Delivery, TransportEnvelope};
    use Verdict::{Certified, Untrusted};
    let aruba = "pec.aruba.it";
    let at = |time, domain| Some((1, time, domain, 0));
    let namirial = Some((7, "2024-12-04T23:02:10+00:00", "sicurezzapostale.it", 0));
    let november = "2014-11-14T17:26:32+00:00";
    vec![
        row(
            "real/aruba-2014-accettazione-2",
            Some(Acceptance),
            at(november, aruba),
            (false, 0),
            Certified(&OF_2014),
        ),
        row(
            "real/aruba-2014-avvenuta-consegna-2",
            Some(Delivery),
            at(november, aruba),
            (true, 0),
            Certified(&OF_2014),
        ),
        row(
            "real/aruba-2014-posta-certificata-1",
            Some(TransportEnvelope),
            at("2014-11-07T15:52:00+00:00", aruba),
            (true, 0),
            Certified(&["OlderSpelling", "SHA-1", "keyUsage", "basicConstraints", "letter case"]),
        ),
        row(
            "real/aruba-2014-posta-certificata-2",
            Some(TransportEnvelope),
            at("2014-11-27T14:12:16+00:00", aruba),
            (true, 0),
            Certified(&[
                "OlderSpelling",
                "SHA-1",
                "keyUsage",
                "basicConstraints",
                "X-TipoRicevuta is missing",
            ]),
        ),
        // Its outer header is lost: nobody sent it, as far as one can tell.
        row(
            "real/namirial-2024-posta-certificata-body",
            None,
            namirial,
            (true, 0),
            Untrusted(Step::SignatureOrigin),
        ),
        row(
            "real/namirial-2024-posta-certificata-in-mailman",
            Some(TransportEnvelope),
            namirial,
            (true, 0),
            NONE,
        ),
    ]
}

fn anonymised() -> Vec<Row> {
    use MessageKind::{Acceptance, Delivery, DeliveryError, TransportEnvelope};
    let fake = "fakepec.it";
    let at = |time, domain| Some((1, time, domain, 0));
    let odd = |time, domain, count| Some((1, time, domain, count));
    vec![
        row(
            "anonymised/aruba-2026-errore-consegna-ber",
            Some(DeliveryError),
            at("2026-09-19T13:41:20+00:00", "pec.aruba.it"),
            (false, 0),
            CHANGED,
        ),
        row(
            "anonymised/aruba-shaped-accettazione-truncated",
            Some(Acceptance),
            at("2024-11-15T17:20:38+00:00", fake),
            (false, 0),
            NONE,
        ),
        row(
            "anonymised/aruba-shaped-errore-consegna-truncated",
            Some(DeliveryError),
            odd("2024-11-15T17:21:03+00:00", fake, 1),
            (false, 0),
            NONE,
        ),
        row(
            "anonymised/fake-2024-accettazione",
            Some(Acceptance),
            at("2024-11-15T17:20:38+00:00", fake),
            (false, 0),
            NONE,
        ),
        row(
            "anonymised/fake-2024-errore-consegna",
            Some(DeliveryError),
            odd("2024-11-15T17:21:03+00:00", fake, 1),
            (false, 0),
            NONE,
        ),
        row(
            "anonymised/gestore-2021-avvenuta-consegna",
            Some(Delivery),
            odd("2021-05-13T12:35:30+00:00", "example.com", 3),
            (true, 2),
            NONE,
        ),
        row(
            "anonymised/gestore-2021-posta-certificata",
            Some(TransportEnvelope),
            at("2021-05-14T10:02:08+00:00", "example.com"),
            (true, 0),
            NONE,
        ),
        row("anonymised/ordinary-dsn-failure", None, None, (false, 0), NONE),
        row(
            "anonymised/sogei-2018-posta-certificata",
            Some(TransportEnvelope),
            at("2018-12-08T11:26:18+00:00", "pcert.sogei.it"),
            (true, 2),
            CHANGED,
        ),
        row(
            "anonymised/sogei-2019-posta-certificata-no-daticert",
            Some(TransportEnvelope),
            None,
            (true, 1),
            CHANGED,
        ),
    ]
}

#[test]
fn samples_are_read_and_judged() {
    let Some(folder) = folder() else { return };
    let judges = Judges::new(&folder);
    for row in real().into_iter().chain(anonymised()) {
        let octets = std::fs::read(folder.join(format!("{}.eml", row.name))).unwrap();
        let mail = read(&octets);
        assert_eq!(mail.claimed().kind, row.kind, "{}", row.name);
        assert_eq!(mail.original().is_some(), row.original, "{}", row.name);
        let inner = mail.original().and_then(|original| original.message());
        let attachments = inner.map_or(0, |inner| inner.attachments().count());
        assert_eq!(attachments, row.attachments, "{}", row.name);
        check_daticert(&mail, &row);
        match (judges.judge(&octets), &row.verdict) {
            (Authentication::Certified(certified), Verdict::Certified(deviations)) => {
                let found = certified.evidence().deviations();
                assert_eq!(found.len(), deviations.len(), "{}: {found:?}", row.name);
                for (found, expected) in found.iter().zip(*deviations) {
                    assert!(found.to_string().contains(expected), "{}: {found}", row.name);
                }
                assert_eq!(certified.evidence().origin(), OriginGrade::AccreditedCa);
                assert_eq!(certified.evidence().issuer_rule(), IssuerRule::NotJudged);
            }
            (Authentication::Untrusted { step, why }, Verdict::Untrusted(expected)) => {
                assert_eq!(step, *expected, "{}: {why}", row.name);
            }
            (other, _) => panic!("{}: {other:?}", row.name),
        }
    }
}

fn check_daticert(mail: &Mail<'_>, row: &Row) {
    let Some(found) = mail.daticert() else {
        assert!(row.daticert.is_none(), "{}", row.name);
        let is_pec = row.kind.pec().is_some();
        let says_so = mail.oddities().iter().any(|odd| odd.kind == OddityKind::MissingDaticert);
        assert_eq!(says_so, is_pec, "{}", row.name);
        return;
    };
    let (reading, deviations) = found.read().unwrap();
    let time = reading.time.event_time().map(|time| time.to_utc().to_rfc3339());
    let id = reading.pec_msgid.as_ref().and_then(Value::known);
    let domain = id.and_then(|id| id.as_str().split_once('@')).map(|(_, domain)| domain);
    let summary = (reading.recipients.len(), time.as_deref(), domain, deviations.len());
    let expected =
        row.daticert.map(|(n, time, domain, count)| (n, Some(time), Some(domain), count));
    assert_eq!(Some(summary), expected, "{}", row.name);
    // Where the original is whole, it bears the identifier.
    let inner = mail.original().and_then(|original| original.message());
    if let (Some(inner), true) = (inner, row.name.starts_with("real/")) {
        let id = id.map(PecMsgid::to_message_id);
        assert_eq!(inner.claimed().message_id, id, "{}", row.name);
    }
}
