//! Why a check does not pass: a reason of the libraries, or one of this program.

use std::fmt;

use pec_message::{Distrust, Doubt};
use pec_smime::verify::Reason;
use serde::{Serialize, Serializer};

use crate::lang::Lang;
use crate::words::{distrust, doubt, reason};

/// Why a check does not pass. In JSON and displayed it is its words in English.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// A check of the signature.
    Signature(Reason),
    /// The message is not to be trusted.
    Distrust(Distrust),
    /// It cannot be told whether it is.
    Doubt(Doubt),
    /// Nothing was given that tells who is a provider.
    NoEvidence,
    /// The outer header with `From` is missing.
    NoHeader,
    /// An earlier check left nothing to judge.
    NotReached,
}

impl Cause {
    /// The words in a language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let text = match self {
            Self::Signature(why) => return reason(why, lang),
            Self::Distrust(why) => return distrust(why, lang),
            Self::Doubt(why) => return doubt(why, lang),
            Self::NoEvidence => lang.say(
                "no evidence of who is a PEC provider was given: --directory, --pin or \
                 --accredited",
                "non è stato dato nulla che dica chi è un gestore PEC: --directory, --pin o \
                 --accredited",
            ),
            Self::NoHeader => lang.say(
                "there is no From to compare with the certificate: the outer header is missing",
                "non vi è From da confrontare col certificato: manca l'intestazione esterna",
            ),
            Self::NotReached => lang.say(
                "not judged, since an earlier check does not hold",
                "non giudicato, poiché un controllo precedente non è superato",
            ),
        };
        text.to_owned()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
