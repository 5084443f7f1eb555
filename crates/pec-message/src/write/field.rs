//! Writing of header fields: RFC 5322, encoded words of RFC 2047, parameters of RFC 2231.

use encodify::{Fold, rfc2047};
use pec_daticert::{Address, EventTime};
use pec_smime::entity::Field;

use crate::header::ON_BEHALF_OF;
use crate::limits::{FOLD_COLUMN, LINE_OCTETS};

/// Room that must be left on a line for an encoded word to begin there.
const WORD_ROOM: usize = 30;

/// Octets of a parameter value that go into one segment.
const SEGMENT_OCTETS: usize = 50;

/// Appends `name: value`, a value that is legal as it is.
pub(super) fn push_plain(out: &mut String, name: &str, value: &str) {
    out.extend([name, ": ", value, "\r\n"]);
}

/// Appends an unstructured field: `prefix`, plain ASCII that ends in a blank, and `text`.
///
/// The prefix stays readable as it is, since programs look for it; `text` comes out of any reader
/// as it went in.
// norms §6.2: neither line breaks nor what looks like an encoded word passes as it is
pub(super) fn push_unstructured(out: &mut String, name: &str, prefix: &str, text: &str) {
    let head = format!("{name}: {prefix}");
    let head = head.trim_end();
    out.push_str(head);
    if is_plain(text) {
        push_folded(out, head.len(), text);
    } else {
        push_encoded(out, head.len(), text, rfc2047::Q_TEXT);
    }
    out.push_str("\r\n");
}

/// Whether readers give the text back without encoding: printable ASCII with single blanks
/// between words that fit a line, and nothing that they would decode.
fn is_plain(text: &str) -> bool {
    let is_ascii = text.bytes().all(|octet| matches!(octet, b' '..=b'~'));
    let fits = |word: &str| (1..LINE_OCTETS - FOLD_COLUMN).contains(&word.len());
    is_ascii && !text.contains("=?") && (text.is_empty() || text.split(' ').all(fits))
}

/// Appends the words, each after a blank, with a line break before the blank where it gets long.
fn push_folded(out: &mut String, column: usize, text: &str) {
    let mut column = column;
    for word in text.split(' ') {
        let length = word.len().saturating_add(1);
        if column.saturating_add(length) > FOLD_COLUMN {
            out.push_str("\r\n");
            column = 0;
        }
        out.extend([" ", word]);
        column = column.saturating_add(length);
    }
}

/// Appends the text as encoded words, in Q, or in B when that is shorter.
fn push_encoded(out: &mut String, column: usize, text: &str, q: rfc2047::WordEncoder) {
    let room = FOLD_COLUMN.saturating_sub(column);
    let (gap, mut column) =
        if room < WORD_ROOM { ("\r\n ", 1) } else { (" ", column.saturating_add(1)) };
    out.push_str(gap);
    let is_mostly_ascii = q.payload_len(text) <= rfc2047::B.payload_len(text);
    let encoder = if is_mostly_ascii { q } else { rfc2047::B };
    encoder.encode_words("utf-8", text, &mut column, Fold::HEADER, out);
}

/// Appends the `From` of an envelope: `"Per conto di: sender" <system>`.
// rfc6109 §2.1#4, norms 14, erratum 2
pub(super) fn push_on_behalf(out: &mut String, sender: &str, system: &Address) {
    let name = format!("{ON_BEHALF_OF}{sender}");
    out.push_str("From:");
    let start = out.len();
    if name.is_ascii() && name.len() <= LINE_OCTETS / 2 {
        out.push_str(" \"");
        for character in name.chars() {
            if matches!(character, '"' | '\\') {
                out.push('\\');
            }
            out.push(character);
        }
        out.push('"');
    } else {
        push_encoded(out, "From:".len(), &name, rfc2047::Q_PHRASE);
    }
    let written = out.get(start..).unwrap_or_default();
    let line = written.rsplit('\n').next().map_or(0, str::len);
    let address = system.as_str();
    let is_long = line.saturating_add(address.len()) > FOLD_COLUMN.saturating_sub("From: <>".len());
    out.push_str(if is_long { "\r\n <" } else { " <" });
    out.extend([address, ">\r\n"]);
}

/// Appends the `Date` of the one instant of the operation.
// rfc6109 §4.1#1, norms 12
pub(super) fn push_date(out: &mut String, time: &EventTime) {
    let date = time.to_datetime().format("%a, %d %b %Y %H:%M:%S %z").to_string();
    push_plain(out, "Date", &date);
}

/// Appends a received field as it is, its line break included.
pub(super) fn push_inherited(out: &mut Vec<u8>, message: &[u8], field: &Field<'_>) {
    out.extend_from_slice(message.get(field.range()).unwrap_or_default());
    // The last field of a message that ends inside its header.
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
}

/// Appends the value of a received field, as it is, under another name.
pub(super) fn push_renamed(out: &mut Vec<u8>, name: &str, field: &Field<'_>) {
    let value = field.raw_value();
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    let first_line = memchr::memchr(b'\r', value).unwrap_or(value.len());
    if first_line.saturating_add(name.len()).saturating_add(1) > LINE_OCTETS {
        out.extend_from_slice(b"\r\n");
    }
    if !matches!(value.first(), Some(b' ' | b'\t')) {
        out.push(b' ');
    }
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Appends `;` and a parameter on a line of its own, or on several (RFC 2231).
pub(crate) fn push_parameter(out: &mut String, name: &str, value: &str) {
    let is_printable = value.bytes().all(|octet| matches!(octet, b' '..=b'~'));
    // A quoted encoded word is no encoded word, but many readers decode it.
    if is_printable && value.len() <= SEGMENT_OCTETS && !value.contains("=?") {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        out.extend([";\r\n ", name, "=\"", &quoted, "\""]);
        return;
    }
    let segments = segments(value);
    let is_single = segments.len() == 1;
    for (number, segment) in segments.iter().enumerate() {
        let number = if is_single { String::new() } else { format!("*{number}") };
        let charset = if segment.is_first { "utf-8''" } else { "" };
        out.extend([";\r\n ", name, &number, "*=", charset, &segment.escaped]);
    }
}

struct Segment {
    is_first: bool,
    escaped: String,
}

/// The value with percent escapes, cut between characters.
fn segments(value: &str) -> Vec<Segment> {
    let mut segments = vec![Segment { is_first: true, escaped: String::new() }];
    for character in value.chars() {
        let mut buffer = [0; 4];
        let mut escaped = String::new();
        for octet in character.encode_utf8(&mut buffer).bytes() {
            if octet.is_ascii_alphanumeric() || b"!#$&+-.^_`{|}~".contains(&octet) {
                escaped.push(char::from(octet));
            } else {
                escaped.push_str(&format!("%{octet:02X}"));
            }
        }
        match segments.last_mut() {
            Some(last) if last.escaped.len().saturating_add(escaped.len()) <= SEGMENT_OCTETS => {
                last.escaped.push_str(&escaped);
            }
            _ => segments.push(Segment { is_first: false, escaped }),
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use pec_smime::entity::Entity;

    use super::*;
    use crate::original::decode_words;

    fn subject(prefix: &str, text: &str) -> String {
        let mut out = String::new();
        push_unstructured(&mut out, "Subject", prefix, text);
        assert!(out.is_ascii() && out.ends_with("\r\n"), "{out}");
        assert!(out.lines().all(|line| line.len() <= LINE_OCTETS && !line.trim().is_empty()));
        let entity = Entity::scan(out.as_bytes());
        assert_eq!(entity.fields().len(), 1, "{out}");
        assert_eq!(decode_words(&entity.fields()[0].text()), format!("{prefix}{text}"), "{out}");
        out
    }

    const LONGEST: &str = "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: ";

    #[test]
    fn plain_subjects_stay_plain() {
        assert_eq!(
            subject("CONSEGNA: ", "Contratto n. 12"),
            "Subject: CONSEGNA: Contratto n. 12\r\n"
        );
        let folded = subject(LONGEST, "un oggetto che non sta su una riga");
        assert_eq!(folded, format!("Subject: {LONGEST}un oggetto che\r\n non sta su una riga\r\n"));
    }

    #[test]
    fn every_other_subject_comes_back() {
        for text in [
            "Perché \u{201c}no\u{201d}?",
            "due  blanks",
            " leading",
            "trailing ",
            "tab\there",
            "=?utf-8?Q?Bcc=3A?=",
            "\u{7f}\u{85}\u{2028}",
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} 漢字",
            &"x".repeat(2000),
            &"è".repeat(2000),
            &"parola ".repeat(400),
            &"\u{1f600}".repeat(300),
        ] {
            for prefix in ["CONSEGNA: ", LONGEST] {
                subject(prefix, text);
            }
        }
    }

    /// norms 14
    #[test]
    fn the_sender_is_a_quoted_string_or_encoded() {
        let system = "posta-certificata@pec.alfa.example".parse().unwrap();
        let from = |sender: &str| {
            let mut out = String::new();
            push_on_behalf(&mut out, sender, &system);
            out
        };
        let expected = "From: \"Per conto di: a@b.it\" <posta-certificata@pec.alfa.example>\r\n";
        assert_eq!(from("a@b.it"), expected);
        assert!(from("\"a\\\"b\"@c.it").contains("\"Per conto di: \\\"a\\\\\\\"b\\\"@c.it\" <"));
        assert!(from("perché@c.it").starts_with("From: =?utf-8?Q?Per_conto_di=3A_perch"));
        assert!(from("mario.giuseppe.rossi.bianchi@alfa.example").contains("example\"\r\n <posta"));
    }

    #[test]
    fn parameters_come_back() {
        for value in [
            "fattura.pdf.hash",
            "con \"virgolette\" e \\.hash",
            "Perché città.hash",
            "=?utf-8?Q?a?=.hash",
            &format!("{}.hash", "è".repeat(200)),
            &format!("{}.hash", "\u{1f600}".repeat(200)),
            &"x".repeat(51),
        ] {
            let mut out = "Content-Type: text/plain".to_owned();
            push_parameter(&mut out, "name", value);
            out.push_str("\r\n\r\n");
            assert!(out.lines().all(|line| line.len() <= 78), "{out}");
            let entity = Entity::scan(out.as_bytes());
            let found = entity.content_type().unwrap();
            assert!(!found.is_malformed(), "{out}");
            assert_eq!(found.parameter("name").unwrap().text(), value, "{out}");
        }
    }
}
