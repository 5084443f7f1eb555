//! Passwords: what is a good one, how it is kept, and how guesses are slowed down (norms §2.6).

mod cache;
mod first;
mod hash;
mod rules;
mod throttle;

pub use cache::VerificationCache;
pub use first::first_password;
pub use hash::{HashFailure, PasswordHasher};
pub use rules::{
    Age, LEAST_CHARACTERS, MONTHS, MONTHS_SENSITIVE, MOST_OCTETS, WeakPassword, age, check,
};
pub use throttle::{Throttle, TryLater};
