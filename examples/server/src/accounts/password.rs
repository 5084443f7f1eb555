//! Passwords: rules and hashes.

use argon2::password_hash::PasswordVerifier as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _};
use pec_daticert::Address;
use zeroize::Zeroizing;

use crate::random;
use crate::wire::Credentials;

/// Why a password is not taken (norms §2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordFault {
    /// Fewer than eight characters.
    #[error("a password has at least 8 characters")]
    TooShort,
    /// More octets than a client can send.
    #[error("a password has at most {} octets", Credentials::PASSWORD_OCTETS)]
    TooLong,
    /// Control characters.
    #[error("a password has no control characters")]
    ControlCharacter,
    /// Letters alone or digits alone.
    #[error("a password has letters and digits")]
    NotAlphanumeric,
    /// A part of the address stands in it.
    #[error("a password does not contain the name of its holder")]
    TraceableToHolder,
    /// The same character again and again.
    #[error("a password has at least four different characters")]
    Monotonous,
    /// No random octets, or no memory for argon2.
    #[error("the password cannot be hashed now")]
    Unavailable,
}

/// Whether a password may be set: at least eight alphanumeric characters, not traceable to the
/// holder.
///
/// # Errors
///
/// The first rule that is broken.
// norms 93
pub fn check_rules(password: &str, holder: &Address) -> Result<(), PasswordFault> {
    if password.chars().count() < 8 {
        return Err(PasswordFault::TooShort);
    }
    if password.len() > Credentials::PASSWORD_OCTETS {
        return Err(PasswordFault::TooLong);
    }
    if password.chars().any(char::is_control) {
        return Err(PasswordFault::ControlCharacter);
    }
    let has = |class: fn(char) -> bool| password.chars().any(class);
    if !has(char::is_alphabetic) || !has(char::is_numeric) {
        return Err(PasswordFault::NotAlphanumeric);
    }
    let mut different: Vec<char> = password.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 4 {
        return Err(PasswordFault::Monotonous);
    }
    let lower = password.to_lowercase();
    let is_word = |c: char| c.is_alphanumeric();
    let address = holder.as_str().to_lowercase();
    let mut words = address.split(|c| !is_word(c)).filter(|word| word.chars().count() >= 4);
    if words.any(|word| lower.contains(word)) {
        return Err(PasswordFault::TraceableToHolder);
    }
    Ok(())
}

/// A first password, to be changed at the first access: twelve digits, as it is usual on paper.
///
/// # Errors
///
/// When the system has no random octets.
pub fn first_password() -> Result<Zeroizing<String>, PasswordFault> {
    let mut password = Zeroizing::new(String::new());
    while password.len() < 14 {
        if matches!(password.len(), 4 | 9) {
            password.push('-');
            continue;
        }
        let [octet] = random::octets::<1>().map_err(|_| PasswordFault::Unavailable)?;
        // Only below a multiple of ten every digit is as likely as the others.
        if octet < 250 {
            password.push(char::from(b'0'.saturating_add(octet.rem_euclid(10))));
        }
    }
    Ok(password)
}

/// The hash to keep.
///
/// # Errors
///
/// When the system has no random octets or no memory.
pub fn hash(password: &str) -> Result<String, PasswordFault> {
    let salt = random::octets::<16>().map_err(|_| PasswordFault::Unavailable)?;
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|_| PasswordFault::Unavailable)
}

/// Whether a password is that of a hash; compares in constant time. A hash that cannot be read is
/// nobody's.
#[must_use]
pub fn verify(password: &str, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_hold() {
        let holder = "mario.rossi@alfa.example".parse().unwrap();
        let check = |password: &str| check_rules(password, &holder);
        assert_eq!(check("abc1234"), Err(PasswordFault::TooShort));
        assert_eq!(check("abcdefgh"), Err(PasswordFault::NotAlphanumeric));
        assert_eq!(check("12345678"), Err(PasswordFault::NotAlphanumeric));
        assert_eq!(check("Mario1958"), Err(PasswordFault::TraceableToHolder));
        assert_eq!(check("1ROSSI234"), Err(PasswordFault::TraceableToHolder));
        assert_eq!(check("aaaaaaa1"), Err(PasswordFault::Monotonous));
        assert_eq!(check("abc\n12345"), Err(PasswordFault::ControlCharacter));
        assert_eq!(check(&"ab12".repeat(65)), Err(PasswordFault::TooLong));
        assert_eq!(check(&"ab12".repeat(64)), Ok(()));
        assert_eq!(check("tre tigri 33"), Ok(()));
    }

    #[test]
    fn a_hash_is_of_one_password() {
        let hash = hash("tre tigri 33").unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(verify("tre tigri 33", &hash));
        assert!(!verify("tre tigri 34", &hash));
        assert!(!verify("tre tigri 33", "no hash"));
    }

    #[test]
    fn first_passwords_differ() {
        let (one, other) = (first_password().unwrap(), first_password().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 14);
        assert!(one.chars().all(|c| c.is_ascii_digit() || c == '-'), "{}", one.as_str());
    }
}
