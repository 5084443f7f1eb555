//! Plays a conversation against a session and a small shell.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
#![allow(unreachable_pub, reason = "a module of a test program")]

mod shell;

use shell::Peer;

/// A conversation.
pub struct Script {
    peer: Vec<String>,
    lines: Vec<(usize, Line)>,
}

enum Line {
    Send(Vec<u8>),
    Expect(String),
    Tls,
    Has(Vec<u8>),
    Taken(usize),
    Deleted(usize),
    Closed,
}

impl Script {
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut script = Self { peer: Vec::new(), lines: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let fault = || format!("line {number} is not understood: {line}");
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(peer) = line.strip_prefix("> ") {
                script.peer = peer.split(' ').map(str::to_owned).collect();
                continue;
            }
            let (what, rest) = line.split_once(':').ok_or_else(fault)?;
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            let parsed = match what {
                "C" => Line::Send([rest.as_bytes(), b"\r\n"].concat()),
                "R" => Line::Send(unescape(rest)),
                "S" => Line::Expect(rest.to_owned()),
                "T" => Line::Tls,
                "M" => Line::Has(unescape(rest)),
                "N" => Line::Taken(rest.parse().map_err(|_| fault())?),
                "D" => Line::Deleted(rest.parse().map_err(|_| fault())?),
                "X" => Line::Closed,
                _ => {
                    let count = what.strip_prefix("R*").and_then(|count| count.parse().ok());
                    Line::Send(unescape(rest).repeat(count.ok_or_else(fault)?))
                }
            };
            script.lines.push((number, parsed));
        }
        if script.peer.is_empty() { Err("no line `> …`".to_owned()) } else { Ok(script) }
    }

    /// How many octets at a time.
    pub fn cuts(&self) -> Vec<usize> {
        if self.has("once") { vec![usize::MAX] } else { vec![usize::MAX, 1] }
    }

    fn has(&self, word: &str) -> bool {
        self.peer.iter().any(|other| other == word)
    }

    pub fn play(&self, cut: usize) -> Result<(), String> {
        let mut peer = Peer::new(&|word| self.has(word));
        let mut segment = Vec::new();
        for (number, line) in &self.lines {
            let fault = |text: String| format!("line {number}: {text}");
            if let Line::Send(octets) = line {
                segment.extend_from_slice(octets);
                continue;
            }
            for octets in std::mem::take(&mut segment).chunks(cut.min(16 * 1024)) {
                peer.send(octets);
            }
            peer.send(b"");
            match line {
                Line::Send(_) => {}
                Line::Expect(text) => peer.expect(text).map_err(fault)?,
                Line::Tls => peer.begin_tls().map_err(fault)?,
                Line::Closed => peer.expect_closed().map_err(fault)?,
                Line::Has(octets) => peer.expect_message(octets).map_err(fault)?,
                Line::Taken(count) if peer.messages.len() == *count => {}
                Line::Taken(_) => {
                    return Err(fault(format!("{} messages were taken", peer.messages.len())));
                }
                Line::Deleted(count) if peer.deleted.len() == *count => {}
                Line::Deleted(_) => return Err(fault(format!("deleted: {:?}", peer.deleted))),
            }
        }
        match peer.next_line() {
            None => Ok(()),
            Some(line) => Err(format!("at the end the server says {line:?}")),
        }
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        out.push(match (octet, octet == b'\\') {
            (_, true) => match octets.next() {
                Some(b'r') => b'\r',
                Some(b'n') => b'\n',
                Some(b'0') => 0,
                other => other.unwrap_or(b'\\'),
            },
            (octet, false) => octet,
        });
    }
    out
}
