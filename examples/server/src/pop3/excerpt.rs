//! The first lines of a message (TOP).

/// Lets the header through and then a number of lines.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// `None`: everything.
    lines: Option<u64>,
    line_octets: usize,
    is_in_body: bool,
    is_done: bool,
}

impl Excerpt {
    pub(super) const fn new(lines: Option<u64>) -> Self {
        Self { lines, line_octets: 0, is_in_body: false, is_done: false }
    }

    /// What of a chunk belongs to it.
    pub(super) fn cut<'a>(&mut self, chunk: &'a [u8]) -> &'a [u8] {
        if self.is_done {
            return &[];
        }
        if self.lines.is_none() {
            return chunk;
        }
        for (at, octet) in chunk.iter().enumerate() {
            if *octet != b'\n' {
                self.line_octets = self.line_octets.saturating_add(usize::from(*octet != b'\r'));
                continue;
            }
            if self.is_in_body {
                self.lines = self.lines.map(|left| left.saturating_sub(1));
            }
            self.is_in_body |= self.line_octets == 0;
            self.line_octets = 0;
            if self.is_in_body && self.lines == Some(0) {
                self.is_done = true;
                return chunk.get(..=at).unwrap_or(chunk);
            }
        }
        chunk
    }

    /// Whether more chunks are of no use.
    pub(super) const fn is_done(&self) -> bool {
        self.is_done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_lines_are_let_through() {
        let message = b"A: b\r\nC: d\r\n\r\n1\r\n\r\n3\r\n";
        for (lines, expected) in [(0, 14), (1, 17), (2, 19), (9, message.len())] {
            for cut in [1, 5, 100] {
                let mut excerpt = Excerpt::new(Some(lines));
                let out: Vec<u8> =
                    message.chunks(cut).flat_map(|chunk| excerpt.cut(chunk).to_vec()).collect();
                assert_eq!(out.len(), expected, "{lines} lines in chunks of {cut}");
                assert_eq!(excerpt.is_done(), lines < 9);
            }
        }
    }
}
