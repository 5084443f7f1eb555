//! First passwords, which people copy from paper.

use zeroize::Zeroizing;

/// Letters and digits that are not taken for one another on paper: 32 of them, five bits each.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
/// Characters of a group, and groups: 80 bits.
const GROUP: usize = 4;

/// A first password from 16 random octets: four groups of four characters, 80 bits. It always has
/// a letter and a digit, as the rules want.
///
/// ```
/// let password = pec_server::password::first_password([7; 16]);
/// assert_eq!(password.len(), 19);
/// ```
#[must_use]
pub fn first_password(random: [u8; 16]) -> Zeroizing<String> {
    let mut password = Zeroizing::new(String::with_capacity(24));
    for (index, octet) in random.iter().enumerate() {
        if index > 0 && index.is_multiple_of(GROUP) {
            password.push('-');
        }
        let letter = ALPHABET.get(usize::from(octet & 31)).copied().unwrap_or(b'a');
        password.push(char::from(letter));
    }
    // Of 16 characters 1 in 90 passwords has no digit: it gets one, at a place that costs 5 bits.
    if !password.chars().any(|c| c.is_ascii_digit()) {
        password.pop();
        password.push('7');
    }
    if !password.chars().any(|c| c.is_ascii_alphabetic()) {
        password.pop();
        password.push('k');
    }
    password
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::password::check;

    proptest! {
        #[test]
        fn first_passwords_keep_the_rules(random: [u8; 16]) {
            let password = first_password(random);
            prop_assert_eq!(check(&password, "mario@alfa.example", false), Ok(()));
        }
    }
}
