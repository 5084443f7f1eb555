//! How mail leaves: what the shell wants of the SMTP client.

use futures::future::BoxFuture;
use pec_daticert::Address;
use pec_gestore::{Route, SmtpEnvelope};

use crate::content::Outgoing;

/// A message on its way to the next hop.
#[derive(Clone, Debug)]
pub struct RelayRequest {
    /// To whom: a provider, over TLS alone, or the ordinary world.
    pub route: Route,
    /// The paths.
    pub envelope: SmtpEnvelope,
    /// The octets, as they are to be sent.
    pub message: Outgoing,
}

/// What the next hop said of one recipient. Closed: SMTP has these three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelayAnswer {
    /// It took the message.
    Accepted,
    /// Not now: code and text, or why nobody answered.
    PutOff(u16, String),
    /// Never: code and text.
    Refused(u16, String),
}

/// Sends mail. An answer for each recipient; a recipient without one is put off.
pub trait Relays: Send + Sync {
    /// Sends one message.
    fn relay(&self, request: RelayRequest) -> BoxFuture<'_, Vec<(Address, RelayAnswer)>>;
}
