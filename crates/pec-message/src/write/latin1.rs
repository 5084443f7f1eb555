//! Readable text in ISO-8859-1, the character set that RFC 6109 §4.3.1 prescribes for it.

/// What stands for the characters that ISO-8859-1 does not have; `?` stands for all others.
/// Header fields and certification data keep the full text.
///
/// | characters | become |
/// |---|---|
/// | ‘ ’ ‚ ‛ ′ | `'` |
/// | “ ” „ ‟ ″ | `"` |
/// | ‹ ›, ‐ ‑ ‒ – — ― −, • ‣, ⁄ | `<` `>`, `-`, `-`, `/` |
/// | … € ™ № ‰ | `...` `EUR` `(TM)` `N.` `o/oo` |
/// | Œ œ Ĳ ĳ ƒ ﬁ ﬂ | `OE` `oe` `IJ` `ij` `f` `fi` `fl` |
/// | other letters of Latin Extended-A (Š ž Ÿ ı Ł đ …) | the letter without its mark |
/// | blanks of other widths, tabs | a blank |
/// | characters without width (U+200B to U+200F, U+2060, U+FEFF, U+FE0F) | nothing |
/// | control characters, DEL and C1 included | `?` |
// rfc6109 §4.3.1, norms 3
pub(super) fn to_latin1(text: &str) -> Vec<u8> {
    let mut latin1 = Vec::with_capacity(text.len());
    for character in text.chars() {
        match (character, u8::try_from(character)) {
            ('\t', _) => latin1.push(b' '),
            ('\n', _) => latin1.push(b'\n'),
            (control, _) if control.is_control() => latin1.push(b'?'),
            (_, Ok(octet)) => latin1.push(octet),
            (other, Err(_)) => latin1.extend_from_slice(stand_in(other).as_bytes()),
        }
    }
    latin1
}

fn stand_in(character: char) -> &'static str {
    match character {
        '\u{2018}'..='\u{201b}' | '\u{2032}' => "'",
        '\u{201c}'..='\u{201f}' | '\u{2033}' => "\"",
        '\u{2039}' => "<",
        '\u{203a}' => ">",
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2022}' | '\u{2023}' => "-",
        '\u{2044}' => "/",
        '\u{2026}' => "...",
        '\u{20ac}' => "EUR",
        '\u{2122}' => "(TM)",
        '\u{2116}' => "N.",
        '\u{2030}' => "o/oo",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{192}' => "f",
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe0f}' => "",
        '\u{100}'..='\u{17f}' => latin_extended_a(character),
        blank if blank.is_whitespace() => " ",
        _ => "?",
    }
}

/// U+0100 to U+017F, in the order of Unicode.
fn latin_extended_a(character: char) -> &'static str {
    const LETTERS: &str = "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi\
        \u{132}\u{133}JjKkkLlLlLlLlLlNnNnNnnNnOoOoOo\u{152}\u{153}RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUu\
        WwYyYZzZzZzs";
    match character {
        '\u{132}' => "IJ",
        '\u{133}' => "ij",
        '\u{152}' => "OE",
        '\u{153}' => "oe",
        _ => {
            let index = u32::from(character).saturating_sub(0x100);
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            let mut letters = LETTERS.char_indices().skip(index);
            let start = letters.next().map_or(0, |(at, _)| at);
            let end = letters.next().map_or(LETTERS.len(), |(at, _)| at);
            LETTERS.get(start..end).unwrap_or("?")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latin1(text: &str) -> String {
        to_latin1(text).into_iter().map(char::from).collect()
    }

    #[test]
    fn what_the_set_has_is_kept() {
        let all: String = ('\u{20}'..='\u{7e}').chain('\u{a0}'..='\u{ff}').collect();
        assert_eq!(latin1(&all), all);
    }

    #[test]
    fn the_documented_table_holds() {
        for (text, expected) in [
            ("‘a’ ‚b‛ c′", "'a' 'b' c'"),
            ("“a” „b‟ c″", "\"a\" \"b\" c\""),
            ("‹a› ‐‑‒–—―− •‣ ⁄", "<a> ------- -- /"),
            ("… € ™ № ‰", "... EUR (TM) N. o/oo"),
            ("ŒœŸŠšŽžƒﬁﬂıŁłĐđ", "OEoeYSsZzffifliLlDd"),
            ("ĀăĈđĖğĦīĲĳĴķĸĹŋŌŕŞŧŲŵŶŽſ", "AaCdEgHiIJijJkkLnOrStUwYZs"),
            ("a\u{2003}b\u{a0}c\td\u{2028}e", "a b\u{a0}c d e"),
            ("a\u{200b}b\u{feff}", "ab"),
            ("\u{7f}\u{85}\u{1f600}漢\u{202e}", "?????"),
        ] {
            assert_eq!(latin1(text), expected);
        }
    }

    #[test]
    fn every_letter_of_latin_extended_a_has_its_plain_one() {
        for character in '\u{100}'..='\u{17f}' {
            let plain = latin1(&character.to_string());
            assert!(plain.bytes().all(|b| b.is_ascii_alphabetic()), "{character} {plain}");
            let first = plain.chars().next().unwrap();
            let is_odd = matches!(character, 'ı' | 'ĸ' | 'ſ' | 'ŉ');
            assert!(is_odd || first.is_uppercase() == character.is_uppercase(), "{character}");
        }
    }
}
