//! Why a check does not pass, in Italian. The words of English are the libraries' own.

use pec_message::{DirectoryDoubt, Distrust, Doubt, Fault};
use pec_smime::cms::CmsError;
use pec_smime::crypto::SignatureError;
use pec_smime::multipart::StructureError;
use pec_smime::verify::Reason;
use pec_smime::x509::{IndeterminateReason, InvalidReason, RevocationUnknown};

use super::departures;
use crate::lang::Lang;

/// Why a check of the signature does not pass.
#[must_use]
pub fn reason(reason: &Reason, lang: Lang) -> String {
    if lang == Lang::En {
        return reason.to_string();
    }
    let text = match reason {
        Reason::Structure(error) => return structure(error),
        Reason::Cms(error) => return cms(error),
        Reason::Cryptography(error) => return cryptography(error),
        Reason::WeakDigest(digest) => return format!("{digest} non è accettato a quella data"),
        Reason::WeakKey(key) => return format!("{key} non è accettata a quella data"),
        Reason::Path { certificate, reason } => {
            return format!("certificato {certificate} della catena: {}", invalid(reason));
        }
        Reason::PathUnknown { certificate, reason } => {
            return format!("certificato {certificate} della catena: {}", unknown(reason));
        }
        Reason::RevocationUnknown { certificate, reason } => {
            return format!("certificato {certificate} della catena: {}", revocation(reason));
        }
        Reason::NoSigner => "nessun firmatario",
        Reason::ContentTwice => "firma separata con un contenuto al suo interno",
        Reason::NoContent => "manca il contenuto",
        Reason::DigestDiffers => "l'impronta del contenuto non è quella firmata",
        Reason::ContentTypeDiffers => "l'attributo contentType indica un altro tipo",
        Reason::AttributesDemanded => "mancano attributi firmati dove sono obbligatori",
        Reason::ContentIsAttributes => "il contenuto è un insieme di attributi firmati",
        Reason::NoCertificate => "il certificato del firmatario non è nel messaggio",
        Reason::SigningCertificateDiffers => {
            "l'attributo signingCertificate indica un altro certificato"
        }
        Reason::AlgorithmProtectionDiffers => "gli algoritmi protetti sono altri",
        Reason::Profile => "il certificato non rispetta il profilo di RFC 6109 §5.5",
        Reason::ClaimedTime => "valido solo alla data di firma che il firmatario dichiara",
        Reason::ClaimedTimeInFuture => "la data di firma dichiarata è nel futuro",
        Reason::NotReached => "non giudicato, poiché un controllo precedente è fallito",
        other => return other.to_string(),
    };
    text.to_owned()
}

fn structure(error: &StructureError) -> String {
    let text = match error {
        StructureError::NotMultipartSigned { found } => {
            return format!("non multipart/signed ma {found}");
        }
        StructureError::PartCount(count) => return format!("{count} parti invece di due"),
        StructureError::Protocol(protocol) => return format!("protocollo di firma {protocol}"),
        StructureError::SignatureType(found) => {
            return format!("la seconda parte è {found}, non una firma S/MIME");
        }
        StructureError::TransferEncoding(encoding) => {
            return format!("la parte della firma è codificata in {encoding}");
        }
        StructureError::Opaque => "firma opaca (application/pkcs7-mime)",
        StructureError::AmbiguousContentType => "Content-Type o un suo parametro compare due volte",
        StructureError::MissingBoundary => "manca un delimitatore utilizzabile",
        StructureError::AmbiguousDelimiter => "il delimitatore compare fuori dal suo posto",
        StructureError::Base64 => "la parte della firma non è base64",
        StructureError::TooLong => "la parte della firma è troppo lunga",
        StructureError::NoSuchPart => "nessuna parte a quel percorso",
        other => return other.to_string(),
    };
    text.to_owned()
}

fn cms(error: &CmsError) -> String {
    let text = match error {
        CmsError::Asn1(_) => "struttura CMS malformata",
        CmsError::NotSignedData => "la struttura CMS non è SignedData",
        CmsError::TooLong(_) => "la struttura CMS supera il limite",
        CmsError::TooManyCertificates => "troppi certificati",
        CmsError::TooManyCrls => "troppe liste di revoca",
        CmsError::TooManySigners => "troppi firmatari",
        CmsError::TooManyAttributes => "troppi attributi",
        CmsError::DuplicateAttribute => "un attributo firmato compare due volte",
        CmsError::AttributeValueCount => "un attributo firmato non ha esattamente un valore",
        CmsError::UnsignedAttribute => "un attributo che va firmato non lo è",
        CmsError::MissingContentType => "tra gli attributi firmati manca contentType",
        CmsError::MissingMessageDigest => "tra gli attributi firmati manca messageDigest",
        other => return other.to_string(),
    };
    text.to_owned()
}

fn cryptography(error: &SignatureError) -> String {
    let text = match error {
        SignatureError::DigestMismatch { expected, found } => {
            return format!("l'impronta è {found}, la firma indica {expected}");
        }
        SignatureError::UnsupportedAlgorithm => "l'algoritmo non è supportato",
        SignatureError::MalformedAlgorithm => "l'identificativo dell'algoritmo è malformato",
        SignatureError::MalformedKey => "la chiave è malformata o fuori dai limiti",
        SignatureError::KeyMismatch => "la chiave non è di quell'algoritmo",
        SignatureError::Invalid => "la firma non corrisponde",
        SignatureError::SigningFailed => "impossibile firmare",
        SignatureError::Random(_) => "mancano numeri casuali",
        other => return other.to_string(),
    };
    text.to_owned()
}

fn invalid(reason: &InvalidReason) -> String {
    let text = match reason {
        InvalidReason::DigestTooWeak(digest) => {
            return format!("la firma con {digest} non è accettata");
        }
        InvalidReason::Expired(at) => return format!("scaduto il {at}"),
        InvalidReason::NotYetValid(at) => return format!("non valido prima del {at}"),
        InvalidReason::KeyTooWeak(key) => return format!("la chiave {key} non è accettata"),
        InvalidReason::MalformedExtension(oid) => return format!("estensione {oid} malformata"),
        InvalidReason::UnknownCriticalExtension(oid) => {
            return format!("estensione critica sconosciuta {oid}");
        }
        InvalidReason::Revoked { at, .. } => return format!("revocato il {at}"),
        InvalidReason::Signature(error) => {
            return format!("firma di chi lo ha rilasciato: {}", cryptography(error));
        }
        InvalidReason::AlgorithmsDiffer => "l'algoritmo di firma differisce dentro e fuori",
        InvalidReason::AnyPolicyMapped => "anyPolicy è associata a un'altra policy",
        InvalidReason::ExtendedKeyUsage => "extendedKeyUsage non consente quest'uso",
        InvalidReason::KeyUsage => "keyUsage non consente quest'uso",
        InvalidReason::NameExcluded => "un nome è escluso da un certificato superiore",
        InvalidReason::NameIncomparable => "un nome ha un vincolo che non si può controllare",
        InvalidReason::NameNotPermitted => "un nome non è ammesso da un certificato superiore",
        InvalidReason::NotACa => "chi lo ha rilasciato non è una CA",
        InvalidReason::PathTooLong => "la catena è più lunga di quanto ammesso",
        InvalidReason::PolicyRequired => "la catena non vale per alcuna policy richiesta",
        other => return other.to_string(),
    };
    text.to_owned()
}

fn unknown(reason: &IndeterminateReason) -> String {
    match reason {
        IndeterminateReason::Budget(_) => "raggiunto un limite di calcolo".to_owned(),
        IndeterminateReason::NoPath => "nessuna catena porta a un'autorità fidata".to_owned(),
        IndeterminateReason::Revocation(reason) => revocation(reason),
        IndeterminateReason::UnsupportedAlgorithm => {
            "l'algoritmo di firma non è supportato".to_owned()
        }
        other => other.to_string(),
    }
}

fn revocation(reason: &RevocationUnknown) -> String {
    let text = match reason {
        RevocationUnknown::UnknownCriticalExtension(oid) => {
            return format!("estensione critica sconosciuta {oid} nella lista di revoca");
        }
        RevocationUnknown::Circular => "lo stato del firmatario dipende da questo certificato",
        RevocationUnknown::NotKnownToResponder => "il servizio OCSP non conosce il certificato",
        RevocationUnknown::NoData => {
            "nessuna lista di revoca né risposta OCSP di chi lo ha rilasciato"
        }
        RevocationUnknown::OutOfScope => "nessuna lista di revoca comprende il certificato",
        RevocationUnknown::ReasonsNotCovered => "le liste di revoca comprendono solo alcuni motivi",
        RevocationUnknown::Signer => "nessun firmatario autorizzato dei dati di revoca",
        RevocationUnknown::Stale => "i dati di revoca non erano in vigore a quella data",
        RevocationUnknown::WeakAlgorithm => "dati di revoca firmati con un algoritmo debole",
        other => return other.to_string(),
    };
    text.to_owned()
}

/// Why a message is not trusted.
#[must_use]
pub fn distrust(distrust: &Distrust, lang: Lang) -> String {
    if lang == Lang::En {
        return distrust.to_string();
    }
    let text = match distrust {
        Distrust::Signature { reason: why, .. } => return reason(why, lang),
        Distrust::Fault(found) => return fault(found),
        Distrust::FromNotInCertificate { from } => {
            return format!("From è {from:?}, che non è un indirizzo del certificato di firma");
        }
        Distrust::FromOutsideManagedDomains { domain } => {
            return format!("il gestore del firmatario non gestisce {domain}");
        }
        Distrust::TooLarge => "il messaggio supera il limite di lettura",
        Distrust::NotOfThisMessage => "la firma non copre tutto il corpo di questo messaggio",
        Distrust::FromNotOne => "From non contiene esattamente un indirizzo",
        Distrust::UnknownCertificate => "il certificato di firma non è di alcun gestore",
        Distrust::NotAccredited => {
            "nessuna autorità accreditata ha rilasciato il certificato di firma"
        }
        Distrust::NotProviderProfile => {
            "il certificato di firma non è fatto come quelli dei gestori"
        }
        other => return other.to_string(),
    };
    text.to_owned()
}

/// Why it cannot be told whether a message is to be trusted.
#[must_use]
pub fn doubt(doubt: &Doubt, lang: Lang) -> String {
    if lang == Lang::En {
        return doubt.to_string();
    }
    match doubt {
        Doubt::Signature { reason: why, .. } => reason(why, lang),
        Doubt::Directory(DirectoryDoubt::NoneInForce) => {
            "nessun indice dei gestori era in vigore a quella data".to_owned()
        }
        Doubt::Directory(DirectoryDoubt::Stale) => {
            "l'indice dei gestori è troppo vecchio".to_owned()
        }
        Doubt::Directory(DirectoryDoubt::Cryptography(error)) => {
            format!("indice dei gestori: {}", cryptography(error))
        }
        Doubt::UnknownIssuer => "non si sa chi ha rilasciato il certificato di firma".to_owned(),
        other => other.to_string(),
    }
}

fn fault(fault: &Fault) -> String {
    let text = match fault {
        Fault::UnknownMarker { field, value } => {
            return format!("{field}: {value} non indica alcun tipo previsto dalla norma");
        }
        Fault::ContradictoryMarker { field } => {
            return format!("{field} compare più volte, con valori diversi");
        }
        Fault::RepeatedField(field) => return format!("{field} compare più volte"),
        Fault::KindDiffers { claimed, certified } => {
            return departures::kinds(*claimed, *certified);
        }
        Fault::IssuerOfOtherDomain { domain } => {
            return format!("il gestore del firmatario non gestisce {domain}, di cui certifica");
        }
        Fault::NotMixed(found) => {
            return format!("la parte firmata è {found} invece di multipart/mixed");
        }
        Fault::Daticert(error) => return departures::refused(error),
        Fault::IncompleteDaticert(incomplete) => {
            return format!("<{}> manca o non è comprensibile", incomplete.element);
        }
        Fault::ContradictoryDaticert(deviation) => {
            let what = departures::daticert(deviation);
            return format!("i dati di certificazione si contraddicono: {what}");
        }
        Fault::ForbiddenOriginal(kind) => {
            return format!(
                "{} non deve contenere il messaggio originale",
                departures::kind(*kind)
            );
        }
        Fault::NotMarked => "l'intestazione non indica alcun tipo di messaggio",
        Fault::SenderDiffers => "Sender differisce da From",
        Fault::AnomalyEnvelope { .. } => "una busta di anomalia non certifica nulla",
        Fault::Ambiguous(_) => {
            "la struttura è ambigua: programmi diversi la leggerebbero diversamente"
        }
        Fault::NoDaticert => "mancano i dati di certificazione",
        Fault::RepeatedDaticert => "più parti potrebbero essere i dati di certificazione",
        Fault::DamagedDaticert => "la codifica dei dati di certificazione è danneggiata",
        Fault::NoOriginal => "manca il messaggio originale",
        Fault::RepeatedOriginal => "più parti potrebbero essere il messaggio originale",
        other => return other.to_string(),
    };
    text.to_owned()
}
