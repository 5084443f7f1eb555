//! What a state and an effect are called.

use std::fmt;

use pec_daticert::PecMsgid;
use serde::{Deserialize, Serialize};

/// On which side of a transmission a provider stands. Mail inside one domain has both roles
/// (RFC 6109 §3.4). The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The provider of the sender: its user submitted the message.
    Sender,
    /// The provider of recipients: the envelope arrived.
    Receiver,
    /// Neither: mail that belongs to no transmission, as ordinary mail and anomalies.
    Other,
}

/// The name of one state: any node of a gestore can load it, plan and commit.
///
/// A hostile provider may reuse the identifier of a transmission of ours, hence the provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The side.
    pub role: Role,
    /// The name of the sending provider, as in the directory; our own for [`Role::Other`].
    pub provider: String,
    /// The identifier of the transmission (*identificativo*).
    pub id: String,
}

impl Key {
    /// The key of a transmission.
    #[must_use]
    pub fn new(role: Role, provider: impl Into<String>, id: &PecMsgid) -> Self {
        Self { role, provider: provider.into(), id: id.as_str().to_owned() }
    }

    /// The name of one effect of this state: `step` says which, the same at every planning.
    pub(crate) fn effect(&self, step: &str) -> EffectId {
        EffectId(format!("{self}/{step}"))
    }

    /// Which step of this state an effect is; the whole name for effects of another state.
    pub(crate) fn step<'e>(&self, effect: &'e EffectId) -> &'e str {
        let own = format!("{self}/");
        effect.0.strip_prefix(&own).unwrap_or(&effect.0)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = match self.role {
            Role::Sender => "sender",
            Role::Receiver => "receiver",
            Role::Other => "other",
        };
        write!(f, "{role}/{}/{}", self.provider, self.id)
    }
}

/// The name of one effect, the same however often it is planned: what makes effects idempotent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EffectId(String);

impl EffectId {
    /// The name, in full.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
