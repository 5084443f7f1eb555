//! The stored form of a state: JSON with the number of its format.

use serde::{Deserialize, Serialize};

use super::State;

/// The format of states that this version writes, and the only one that it reads.
pub const FORMAT: u32 = 1;

/// Why octets are no state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// The state has a format that this version does not know: a newer program wrote it.
    #[error("the state has format {found}, this version reads format {FORMAT}")]
    Format {
        /// The number found.
        found: u32,
    },
    /// No state in JSON.
    #[error("no state: {0}")]
    Json(#[from] serde_json::Error),
}

#[derive(Deserialize)]
struct Numbered {
    format: u32,
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    state: &'a State,
}

#[derive(Deserialize)]
struct Stored {
    state: State,
}

impl State {
    /// The state in JSON, with the number of the format.
    ///
    /// # Errors
    /// [`serde_json::Error`], which no state of this crate gives.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Written { format: FORMAT, state: self })
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// [`StoredError`]: another format, or no state.
    pub fn from_json(json: &str) -> Result<Self, StoredError> {
        // The number first: what else an unknown format has is unknown.
        let Numbered { format } = serde_json::from_str(json)?;
        if format != FORMAT {
            return Err(StoredError::Format { found: format });
        }
        Ok(serde_json::from_str::<Stored>(json)?.state)
    }
}
