//! How passwords are kept: Argon2id, in PHC strings.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

/// Why a password cannot be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password cannot be hashed: {0}")]
pub struct HashFailure(#[from] argon2::password_hash::Error);

/// Makes and checks hashes with Argon2id. Both take tens of milliseconds and 19 MiB: call them
/// where blocking is allowed, and few at once.
///
/// ```
/// use pec_server::password::PasswordHasher;
/// let hasher = PasswordHasher::cheap_for_tests();
/// let kept = hasher.hash(b"tre4 pesci rossi", [1; 16])?;
/// assert!(hasher.verify(b"tre4 pesci rossi", Some(&kept)));
/// assert!(!hasher.verify(b"tre4 pesci blu", Some(&kept)));
/// assert!(!hasher.verify(b"tre4 pesci rossi", None)); // as slow as a real check
/// # Ok::<(), pec_server::password::HashFailure>(())
/// ```
#[derive(Clone, Debug)]
pub struct PasswordHasher {
    argon2: Argon2<'static>,
    /// What an account that does not exist is compared with, so that it takes as long.
    nobody: String,
}

impl PasswordHasher {
    /// With the parameters that the argon2 crate recommends (19 MiB, two passes).
    #[must_use]
    pub fn recommended() -> Self {
        Self::with(Params::default())
    }

    /// With parameters that protect nothing, for tests that log in a thousand times.
    #[must_use]
    pub fn cheap_for_tests() -> Self {
        Self::with(Params::new(Params::MIN_M_COST, 1, 1, None).unwrap_or_default())
    }

    fn with(params: Params) -> Self {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = argon2.hash_password_with_salt(b"nobody", &[0; 16]);
        let nobody = nobody.map(|hash| hash.to_string()).unwrap_or_default();
        Self { argon2, nobody }
    }

    /// The PHC string of a password. `salt` is random.
    ///
    /// # Errors
    /// [`HashFailure`]: no memory.
    pub fn hash(&self, password: &[u8], salt: [u8; 16]) -> Result<String, HashFailure> {
        Ok(self.argon2.hash_password_with_salt(password, &salt)?.to_string())
    }

    /// Whether the password is the one of the PHC string. Without a string the answer is no, and
    /// takes as long.
    #[must_use]
    pub fn verify(&self, password: &[u8], kept: Option<&str>) -> bool {
        let hash = PasswordHash::new(kept.unwrap_or(&self.nobody));
        let is_right = hash.is_ok_and(|hash| self.argon2.verify_password(password, &hash).is_ok());
        is_right && kept.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_name_argon2id_and_their_parameters() {
        let hash = PasswordHasher::recommended().hash(b"x", [3; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }

    #[test]
    fn old_parameters_are_still_verified() {
        let old = PasswordHasher::cheap_for_tests().hash(b"x1", [3; 16]).unwrap();
        assert!(PasswordHasher::recommended().verify(b"x1", Some(&old)));
    }

    #[test]
    fn what_is_no_hash_verifies_nothing() {
        let hasher = PasswordHasher::cheap_for_tests();
        assert!(!hasher.verify(b"x", Some("plain")));
        assert!(!hasher.verify(b"nobody", None));
    }
}
