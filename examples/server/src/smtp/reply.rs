//! Replies.

use std::borrow::Cow;
use std::fmt;

/// A reply: code, enhanced status (RFC 3463) and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The code, 200 to 599.
    pub code: u16,
    /// The enhanced status, such as `5.7.1`; empty where there is none.
    pub status: Cow<'static, str>,
    /// The text; a line break begins another line of the reply.
    pub text: Cow<'static, str>,
}

impl Reply {
    /// A reply of fixed words.
    #[must_use]
    pub const fn new(code: u16, status: &'static str, text: &'static str) -> Self {
        Self { code, status: Cow::Borrowed(status), text: Cow::Borrowed(text) }
    }

    /// The same reply with another text.
    #[must_use]
    pub fn with_text(self, text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), ..self }
    }

    /// Whether it says yes (2yz).
    #[must_use]
    pub const fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// Whether it says "go on" (3yz).
    #[must_use]
    pub const fn is_intermediate(&self) -> bool {
        self.code / 100 == 3
    }

    /// Whether it says no for good (5yz).
    #[must_use]
    pub const fn is_permanent_failure(&self) -> bool {
        self.code / 100 == 5
    }

    /// Writes it as it goes over the wire. Whatever is not printable ASCII becomes `?`: a text may
    /// repeat what a client said.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut lines = self.text.lines().flat_map(pieces).peekable();
        let mut is_first = true;
        while is_first || lines.peek().is_some() {
            let line = lines.next().unwrap_or_default();
            let separator = if lines.peek().is_some() { '-' } else { ' ' };
            out.extend_from_slice(format!("{}{separator}", self.code).as_bytes());
            if !self.status.is_empty() {
                out.extend_from_slice(self.status.as_bytes());
                out.push(b' ');
            }
            let printable = |c: char| if matches!(c, ' '..='~') { c as u8 } else { b'?' };
            out.extend(line.chars().map(printable));
            out.extend_from_slice(b"\r\n");
            is_first = false;
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.code, self.status, self.text)
    }
}

/// RFC 5321 §4.5.3.1.5: a reply line has at most 512 octets.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let end = rest.char_indices().nth(400).map_or(rest.len(), |(at, _)| at);
        let (piece, tail) = rest.split_at_checked(end)?;
        rest = tail;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(reply: &Reply) -> String {
        let mut out = Vec::new();
        reply.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn replies_are_written() {
        assert_eq!(wire(&Reply::new(250, "2.0.0", "Ok")), "250 2.0.0 Ok\r\n");
        assert_eq!(wire(&Reply::new(334, "", "")), "334 \r\n");
        let two = Reply::new(554, "5.7.1", "a\nb");
        assert_eq!(wire(&two), "554-5.7.1 a\r\n554 5.7.1 b\r\n");
        let long = Reply::new(550, "", "").with_text("x".repeat(401));
        assert_eq!(wire(&long).lines().map(str::len).collect::<Vec<_>>(), [404, 5]);
    }

    #[test]
    fn a_text_cannot_make_another_reply() {
        let reply = Reply::new(553, "5.1.3", "").with_text("à\r\n250 ok\u{7f}");
        let text = wire(&reply);
        assert!(text.split_terminator("\r\n").all(|line| line.starts_with("553")), "{text}");
        assert!(text.is_ascii());
    }
}
