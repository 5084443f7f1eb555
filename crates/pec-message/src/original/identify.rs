//! The identifier rule of RFC 6109 §2.2.1.

use std::borrow::Cow;

use pec_daticert::PecMsgid;
use pec_smime::entity::Field;

use super::Original;
use crate::header::X_RIFERIMENTO_MESSAGE_ID;
use crate::limits::LINE_OCTETS;

/// An original with the identifier of its transmission, as a sequence of slices: those of the
/// original and a few new ones between them.
///
/// `Message-ID` holds the PEC msgid. A `Message-ID` that the client gave is now called
/// `X-Riferimento-Message-ID`, its value untouched. Every other octet is the original's.
#[derive(Clone, Debug)]
pub struct Identified<'a> {
    pieces: Vec<Cow<'a, [u8]>>,
}

/// The message has no header field beside which an identifier could stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message has no header")]
pub struct NoHeader;

impl<'a> Original<'a> {
    /// Gives the original the identifier of its transmission.
    ///
    /// ```
    /// use pec_message::original::Original;
    ///
    /// let original = Original::new(b"From: a@b.example\r\nMessage-ID: <m1@pc>\r\n\r\nCiao\r\n")?;
    /// assert_eq!(
    ///     original.identified(&"x.1@pec.example".parse()?)?.to_vec(),
    ///     b"From: a@b.example\r\nMessage-ID: <x.1@pec.example>\r\n\
    ///       X-Riferimento-Message-ID: <m1@pc>\r\n\r\nCiao\r\n",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`NoHeader`] when the message has no header field at all.
    // rfc6109 §2.2.1#4, §2.2.1#5, §2.2.1#7, norms 13
    pub fn identified(&self, id: &PecMsgid) -> Result<Identified<'a>, NoHeader> {
        let fields = self.entity.fields();
        let first = fields.first().ok_or(NoHeader)?;
        let given: Vec<&Field<'a>> = self.entity.fields_named("Message-ID").collect();
        let place = given.first().map_or(first.range().start, |field| field.range().start);
        let mut splice = Splice { message: self.octets(), position: 0, pieces: Vec::new() };
        splice.lend_until(place);
        splice.own(format!("Message-ID: {}\r\n", id.to_message_id()));
        // A second Message-ID, which no client should write, would contradict the new one.
        for field in given {
            splice.rename(field);
        }
        splice.lend_until(self.octets().len());
        Ok(Identified { pieces: splice.pieces })
    }
}

impl<'a> Identified<'a> {
    /// The slices in order.
    pub fn slices(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(AsRef::as_ref)
    }

    /// The message in one piece.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.pieces.concat()
    }

    pub(crate) fn into_pieces(self) -> Vec<Cow<'a, [u8]>> {
        self.pieces
    }
}

/// The message, with pieces put in between.
struct Splice<'a> {
    message: &'a [u8],
    position: usize,
    pieces: Vec<Cow<'a, [u8]>>,
}

impl Splice<'_> {
    fn lend_until(&mut self, end: usize) {
        if let Some(slice) = self.message.get(self.position..end).filter(|s| !s.is_empty()) {
            self.pieces.push(Cow::Borrowed(slice));
        }
        self.position = end;
    }

    fn own(&mut self, text: String) {
        self.pieces.push(Cow::Owned(text.into_bytes()));
    }

    /// Writes the new name in place of the old one.
    fn rename(&mut self, field: &Field<'_>) {
        let start = field.range().start;
        let name_end = start.saturating_add(field.name().len());
        self.lend_until(start);
        self.own(X_RIFERIMENTO_MESSAGE_ID.to_owned());
        self.position = name_end;
        let rest = self.message.get(name_end..field.range().end).unwrap_or_default();
        let first_line = memchr::memchr(b'\r', rest).unwrap_or(rest.len());
        if first_line.saturating_add(X_RIFERIMENTO_MESSAGE_ID.len()) > LINE_OCTETS {
            // The longer name pushes the line over the limit: the value goes to a line of its own.
            let colon = memchr::memchr(b':', rest).map_or(0, |at| at.saturating_add(1));
            self.lend_until(name_end.saturating_add(colon));
            let is_indented = matches!(rest.get(colon), Some(b' ' | b'\t'));
            self.own(if is_indented { "\r\n" } else { "\r\n " }.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identified(message: &str) -> String {
        let original = Original::new(message.as_bytes()).unwrap();
        let id = "n.1@pec.example".parse().unwrap();
        String::from_utf8(original.identified(&id).unwrap().to_vec()).unwrap()
    }

    const NEW: &str = "Message-ID: <n.1@pec.example>\r\n";

    /// rfc6109 §2.2.1#5, §2.2.1#7: value and folding stay as they were.
    #[test]
    fn a_given_identifier_is_renamed_where_it_stands() {
        for (given, renamed) in [
            ("Message-ID: <a@b>", "X-Riferimento-Message-ID: <a@b>"),
            ("message-id:<a@b>", "X-Riferimento-Message-ID:<a@b>"),
            ("Message-Id :\r\n\t<a@b>\r\n (x)", "X-Riferimento-Message-ID :\r\n\t<a@b>\r\n (x)"),
            ("Message-ID:", "X-Riferimento-Message-ID:"),
        ] {
            let message = |field: &str| format!("From: a@b.it\r\n{field}\r\nTo: c@d.it\r\n\r\n1");
            let expected = message(&format!("{NEW}{renamed}"));
            assert_eq!(identified(&message(given)), expected);
        }
    }

    #[test]
    fn without_one_the_new_identifier_comes_first() {
        assert_eq!(identified("From: a@b.it\r\n\r\n1"), format!("{NEW}From: a@b.it\r\n\r\n1"));
        assert_eq!(identified("From: a@b.it"), format!("{NEW}From: a@b.it"));
        let separated = identified("From x\r\nFrom: a@b.it\r\n");
        assert_eq!(separated, format!("From x\r\n{NEW}From: a@b.it\r\n"));
    }

    #[test]
    fn no_second_identifier_stays() {
        let message = identified("Message-ID: <1@x>\r\nA: 1\r\nMESSAGE-ID: <2@x>\r\n\r\n");
        let expected = "X-Riferimento-Message-ID: <1@x>\r\nA: 1\r\n\
                        X-Riferimento-Message-ID: <2@x>\r\n\r\n";
        assert_eq!(message, format!("{NEW}{expected}"));
    }

    #[test]
    fn what_looks_like_one_elsewhere_is_left_alone() {
        let body = "Subject: a\r\n Message-ID: <x>\r\n\r\nMessage-ID: <y>\r\n";
        assert_eq!(identified(body), format!("{NEW}{body}"));
    }

    #[test]
    fn a_line_that_the_name_makes_too_long_is_folded() {
        for (given, octets) in [("Message-ID: ", 974), ("Message-ID: ", 975), ("Message-ID:", 974)]
        {
            let value = "x".repeat(octets - 2);
            let message = identified(&format!("{given}<{value}>\r\n\r\n"));
            assert!(message.lines().all(|line| line.len() <= LINE_OCTETS), "{octets}");
            let folded = message.contains(&format!("Riferimento-Message-ID:\r\n <{value}>\r\n"));
            assert_eq!(folded, message.len() - NEW.len() > 998 + 4, "{given}{octets}");
        }
    }

    #[test]
    fn a_message_without_header_is_refused() {
        let id = "n.1@pec.example".parse().unwrap();
        for message in ["", "\r\nbody", "body alone\r\n"] {
            let original = Original::new(message.as_bytes()).unwrap();
            assert_eq!(original.identified(&id).err(), Some(NoHeader), "{message}");
        }
    }
}
