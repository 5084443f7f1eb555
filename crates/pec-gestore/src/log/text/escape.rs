//! Values that can neither end their field nor their line.

/// What stands for a text that is there and empty.
pub(super) const EMPTY: &str = "%";

/// Where a value stands: in lists, more characters have a meaning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Alone,
    InList,
}

/// Writes `text` so that it stands for itself at this place, and for nothing else.
pub(super) fn push_escaped(out: &mut String, text: &str, place: Place) {
    if text.is_empty() {
        out.push_str(EMPTY);
    }
    let mut previous = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek();
        let is_at_edge = previous.is_none() || next.is_none();
        let must = match character {
            '%' | '=' => true,
            ':' => matches!(next, None | Some(' ')),
            ' ' => is_at_edge || place == Place::InList,
            ',' | '(' | ')' => place == Place::InList,
            other => other.is_control() || other.is_whitespace() || is_invisible(other),
        };
        if must {
            push_octets(out, character);
        } else {
            out.push(character);
        }
        previous = Some(character);
    }
}

fn push_octets(out: &mut String, character: char) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for octet in character.encode_utf8(&mut [0; 4]).bytes() {
        out.push('%');
        for nibble in [octet >> 4, octet & 15] {
            out.extend(DIGITS.get(usize::from(nibble)));
        }
    }
}

/// Characters that change how a line looks without being seen: who reads a log on a screen must
/// not be misled (direction marks, joiners, tags, the byte order mark).
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Reads what [`push_escaped`] wrote. `None`: it did not write this.
pub(super) fn unescape(value: &[u8]) -> Option<String> {
    if value == EMPTY.as_bytes() {
        return Some(String::new());
    }
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.iter();
    while let Some(&octet) = rest.next() {
        octets.push(match octet {
            b'%' => digit(*rest.next()?)?.checked_mul(16)?.checked_add(digit(*rest.next()?)?)?,
            other => other,
        });
    }
    String::from_utf8(octets).ok()
}

const fn digit(octet: u8) -> Option<u8> {
    match octet {
        b'0'..=b'9' => octet.checked_sub(b'0'),
        b'A'..=b'F' => octet.checked_sub(b'A' - 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str, place: Place) -> String {
        let mut out = String::new();
        push_escaped(&mut out, text, place);
        assert_eq!(unescape(out.as_bytes()).as_deref(), Some(text));
        out
    }

    #[test]
    fn what_has_a_meaning_is_escaped_and_the_rest_is_not() {
        for (text, written) in [
            ("", "%"),
            ("Invio fattura n. 12 (perché no?), 100€", "Invio fattura n. 12 (perché no?), 100€"),
            ("R: x", "R%3A x"),
            ("10:30", "10:30"),
            ("fine:", "fine%3A"),
            (" x ", "%20x%20"),
            (" ", "%20"),
            ("100%", "100%25"),
            ("a: consegna=b", "a%3A consegna%3Db"),
            ("a\nb\r\0", "a%0Ab%0D%00"),
            ("\u{85}\u{2028}\u{202e}\u{feff}", "%C2%85%E2%80%A8%E2%80%AE%EF%BB%BF"),
        ] {
            assert_eq!(escaped(text, Place::Alone), written);
        }
        let address = "\"a (certificato), b\"@c.example";
        assert_eq!(escaped(address, Place::InList), "\"a%20%28certificato%29%2C%20b\"@c.example");
    }

    #[test]
    fn other_escapes_are_refused() {
        for wrong in ["%2", "%zz", "%3a", "%%", "%FF", "a%"] {
            assert_eq!(unescape(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
