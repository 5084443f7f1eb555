//! The receiver's side of a transmission: who of ours got it.

use serde::{Deserialize, Serialize};

/// The receiver's side of a transmission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Received {}
