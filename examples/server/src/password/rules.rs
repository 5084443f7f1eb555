//! What is a good password, and how long it serves (norms §2.6, 93).

use chrono::{DateTime, Months, Utc};

/// The least length, in characters.
pub const LEAST_CHARACTERS: usize = 8;
/// The greatest length, in octets: hashing takes time.
pub const MOST_OCTETS: usize = 512;
/// How long a password serves, in months.
pub const MONTHS: u32 = 6;
/// How long it serves where sensitive or judicial data are handled, in months.
pub const MONTHS_SENSITIVE: u32 = 3;
/// Parts of the address that are shorter say nothing about the holder.
const TELLING_CHARACTERS: usize = 4;

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeakPassword {
    /// Fewer than [`LEAST_CHARACTERS`] characters.
    #[error("la password deve avere almeno {LEAST_CHARACTERS} caratteri")]
    TooShort,
    /// More than [`MOST_OCTETS`] octets.
    #[error("la password può avere al massimo {MOST_OCTETS} ottetti")]
    TooLong,
    /// Without a letter or without a digit.
    #[error("la password deve contenere lettere e cifre")]
    NotAlphanumeric,
    /// With a control character, which clients send in different ways.
    #[error("la password non può contenere caratteri di controllo")]
    Control,
    /// It can be traced to the holder.
    #[error("la password non deve contenere parti dell'indirizzo")]
    TellsHolder,
    /// It is the one that it is to replace.
    #[error("la nuova password deve essere diversa dalla precedente")]
    Same,
}

/// Checks a new password for the mailbox `address`; `is_current` tells whether it is the one in
/// use.
///
/// ```
/// use pec_server::password::{WeakPassword, check};
/// assert_eq!(check("Mario2026x", "mario@alfa.example", false), Err(WeakPassword::TellsHolder));
/// assert_eq!(check("tre4 pesci rossi", "mario@alfa.example", false), Ok(()));
/// ```
///
/// # Errors
/// [`WeakPassword`], in words for the user.
pub fn check(password: &str, address: &str, is_current: bool) -> Result<(), WeakPassword> {
    if password.chars().count() < LEAST_CHARACTERS {
        return Err(WeakPassword::TooShort);
    }
    if password.len() > MOST_OCTETS {
        return Err(WeakPassword::TooLong);
    }
    if password.chars().any(char::is_control) {
        return Err(WeakPassword::Control);
    }
    let has_letter = password.chars().any(char::is_alphabetic);
    if !has_letter || !password.chars().any(char::is_numeric) {
        return Err(WeakPassword::NotAlphanumeric);
    }
    let lower = password.to_lowercase();
    let address = address.to_lowercase();
    let mut parts = address.split(|c: char| !c.is_alphanumeric());
    if parts.any(|part| part.chars().count() >= TELLING_CHARACTERS && lower.contains(part)) {
        return Err(WeakPassword::TellsHolder);
    }
    if is_current { Err(WeakPassword::Same) } else { Ok(()) }
}

/// Whether a password still serves. Closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// It does, until the instant.
    Good(DateTime<Utc>),
    /// It was to be changed before the instant.
    Due(DateTime<Utc>),
}

/// Judges the age of a password that was set at `changed`.
#[must_use]
pub fn age(changed: DateTime<Utc>, is_sensitive: bool, now: DateTime<Utc>) -> Age {
    let months = Months::new(if is_sensitive { MONTHS_SENSITIVE } else { MONTHS });
    let until = changed.checked_add_months(months).unwrap_or(DateTime::<Utc>::MAX_UTC);
    if now < until { Age::Good(until) } else { Age::Due(until) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_its_reason() {
        let check = |password: &str| check(password, "anna.rossi@alfa.example", false);
        assert_eq!(check("abc4567"), Err(WeakPassword::TooShort));
        assert_eq!(check("abc45678"), Ok(()));
        assert_eq!(check("abcdefgh"), Err(WeakPassword::NotAlphanumeric));
        assert_eq!(check("12345678"), Err(WeakPassword::NotAlphanumeric));
        assert_eq!(check("xROSSI12345"), Err(WeakPassword::TellsHolder));
        assert_eq!(check("alfa12345x"), Err(WeakPassword::TellsHolder));
        assert_eq!(check("abc4567\u{7}"), Err(WeakPassword::Control));
        assert_eq!(check(&"a1".repeat(MOST_OCTETS / 2)), Ok(()));
        assert_eq!(check(&"a1".repeat(MOST_OCTETS)), Err(WeakPassword::TooLong));
        assert_eq!(super::check("abc45678", "x@y.it", true), Err(WeakPassword::Same));
    }

    #[test]
    fn passwords_serve_six_or_three_months() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let changed = at("2026-01-31T10:00:00Z");
        assert_eq!(
            age(changed, false, at("2026-07-31T09:59:59Z")),
            Age::Good(at("2026-07-31T10:00:00Z"))
        );
        assert_eq!(
            age(changed, false, at("2026-07-31T10:00:00Z")),
            Age::Due(at("2026-07-31T10:00:00Z"))
        );
        assert_eq!(
            age(changed, true, at("2026-05-01T00:00:00Z")),
            Age::Due(at("2026-04-30T10:00:00Z"))
        );
    }
}
