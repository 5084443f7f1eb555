//! Records as lines of JSON.

use serde::{Deserialize, Serialize};

use super::Record;

/// The version of the form that is written.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'r> {
    version: u32,
    #[serde(flatten)]
    record: &'r Record,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Why a line of JSON is no record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// It is no JSON, or not the JSON of a record.
    #[error("no record in JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It was written by a later version of this program.
    #[error("version {0} of the form is not known, only {VERSION} is")]
    Version(u32),
}

impl Record {
    /// The record as one line of JSON, without an end of line: `version` 1, then the fields of
    /// [`Record`] by their names, those without value left out.
    ///
    /// ```
    /// use pec_gestore::{Role, log::{LogEvent, Record}};
    ///
    /// let record = Record::new(LogEvent::Allarme, Role::Other, "2026-11-22T09:00:00Z".parse()?);
    /// let line = record.to_json_line()?;
    /// assert_eq!(
    ///     line,
    ///     r#"{"version":1,"time":"2026-11-22T09:00:00Z","event":"Allarme","role":"other"}"#
    /// );
    /// assert_eq!(Record::from_json_line(&line)?, record);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`JsonError::Json`] when the time has a year of more than four digits.
    pub fn to_json_line(&self) -> Result<String, JsonError> {
        Ok(serde_json::to_string(&Written { version: VERSION, record: self })?)
    }

    /// Reads a line of [`Record::to_json_line`]. Members that are not known are left aside.
    ///
    /// # Errors
    /// [`JsonError`]: it is none, or one of a later version.
    pub fn from_json_line(line: &str) -> Result<Self, JsonError> {
        match serde_json::from_str::<Version>(line)?.version {
            VERSION => Ok(serde_json::from_str(line)?),
            other => Err(JsonError::Version(other)),
        }
    }
}
