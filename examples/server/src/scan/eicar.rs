//! A scanner that knows one thing: the test string of EICAR. For tries and tests.

use std::io::{Cursor, Read};

use encodify::base64;
use futures::future::BoxFuture;
use memchr::memmem;
use pec_message::Part;
use pec_message::abridged::Unreadable;

use super::{ScanFailure, Scanner, look};
use crate::content::Content;

/// The name under which it is reported.
const NAME: &str = "Eicar-Test-Signature";
/// The test string, in two pieces, so that scanners leave this program alone.
const PIECES: [&str; 2] =
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];
/// What is read of one member of an archive.
const MEMBER_OCTETS: u64 = 1 << 20;
/// How many members of an archive are read.
const MEMBERS: usize = 1000;

/// Finds the test string of EICAR: in the message as it is, in decoded parts, in members of ZIP
/// archives.
///
/// ```
/// use pec_server::scan::{Eicar, Scanner};
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let message = b"Subject: x\r\n\r\nGood morning\r\n".to_vec().into();
/// assert_eq!(Eicar.scan(&message).await.unwrap(), None);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Eicar;

impl Scanner for Eicar {
    fn name(&self) -> String {
        "eicar (finds the EICAR test string only)".into()
    }

    fn scan<'a>(
        &'a self,
        message: &'a Content,
    ) -> BoxFuture<'a, Result<Option<String>, ScanFailure>> {
        Box::pin(async move {
            let is_infected = look(message, is_infected).await?;
            Ok(is_infected.then(|| NAME.to_owned()))
        })
    }
}

fn is_infected(message: &Content) -> Result<bool, Unreadable> {
    let pattern = PIECES.concat();
    let finder = memmem::Finder::new(pattern.as_bytes());
    let mut search = Search::new(&finder);
    message.read(&mut |octets| search.push(octets))?;
    if search.is_found {
        return Ok(true);
    }
    let mail = pec_message::read(message.view());
    for part in mail.parts().filter(|part| part.children().next().is_none()) {
        let is_found = if message.has_gap_in(part) {
            is_in_large_part(message, part, &finder)?
        } else {
            let decoded = part.decode();
            finder.find(decoded.octets()).is_some() || is_in_archive(decoded.octets(), &finder)
        };
        if is_found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A part that is not in memory. Base64, in which large attachments come, is decoded as it goes by;
/// an archive, or a part in another encoding, is read into memory.
fn is_in_large_part(
    message: &Content,
    part: Part<'_, '_>,
    finder: &memmem::Finder<'_>,
) -> Result<bool, Unreadable> {
    let is_archive = part.decode().octets().starts_with(b"PK");
    let encoding = part.entity().transfer_encoding();
    match encoding.as_str() {
        // The search in the message as it is has seen it.
        "" | "7bit" | "8bit" | "binary" if !is_archive => Ok(false),
        "base64" if !is_archive => {
            let (mut search, mut symbols) = (Search::new(finder), Vec::new());
            message.read_body(part, &mut |octets| {
                symbols.extend(octets.iter().filter(|octet| !octet.is_ascii_whitespace()));
                let whole = symbols.len().saturating_sub(symbols.len() % 4);
                let decoded = base64::LENIENT.decode(symbols.get(..whole).unwrap_or_default());
                search.push(&decoded.unwrap_or_default());
                symbols.drain(..whole);
            })?;
            search.push(&base64::LENIENT.decode(&symbols).unwrap_or_default());
            Ok(search.is_found)
        }
        _ => {
            let mut body = Vec::new();
            message.read_body(part, &mut |octets| body.extend_from_slice(octets))?;
            let decoded = part.decode_body(&body);
            Ok(finder.find(decoded.octets()).is_some() || is_in_archive(decoded.octets(), finder))
        }
    }
}

/// Looks for a pattern in octets that come piece by piece.
struct Search<'f> {
    finder: &'f memmem::Finder<'f>,
    /// The end of what came before, with the start of the next piece.
    seam: Vec<u8>,
    is_found: bool,
}

impl<'f> Search<'f> {
    const fn new(finder: &'f memmem::Finder<'f>) -> Self {
        Self { finder, seam: Vec::new(), is_found: false }
    }

    fn push(&mut self, octets: &[u8]) {
        let overlap = self.finder.needle().len().saturating_sub(1);
        self.seam.extend_from_slice(octets.get(..overlap).unwrap_or(octets));
        self.is_found |= self.finder.find(&self.seam).is_some();
        self.is_found |= self.finder.find(octets).is_some();
        match octets.len().checked_sub(overlap).and_then(|end| octets.get(end..)) {
            Some(end) => {
                self.seam.clear();
                self.seam.extend_from_slice(end);
            }
            None => drop(self.seam.drain(..self.seam.len().saturating_sub(overlap))),
        }
    }
}

fn is_in_archive(octets: &[u8], finder: &memmem::Finder<'_>) -> bool {
    if !octets.starts_with(b"PK") {
        return false;
    }
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(octets)) else { return false };
    (0..archive.len().min(MEMBERS)).any(|index| {
        let Ok(member) = archive.by_index(index) else { return false };
        let mut start = Vec::new();
        let read = member.take(MEMBER_OCTETS).read_to_end(&mut start);
        read.is_ok() && finder.find(&start).is_some()
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn eicar() -> String {
        PIECES.concat()
    }

    fn infected(message: &[u8]) -> bool {
        is_infected(&message.to_vec().into()).unwrap()
    }

    fn attached(octets: &[u8]) -> Vec<u8> {
        let mut message = b"Content-Type: application/octet-stream; name=a.bin\r\n\
            Content-Transfer-Encoding: base64\r\n\r\n"
            .to_vec();
        message.extend_from_slice(base64::MIME.encode(octets).as_bytes());
        message
    }

    #[test]
    fn it_is_found_plain_encoded_and_in_an_archive() {
        assert!(infected(format!("Subject: x\r\n\r\n{}\r\n", eicar()).as_bytes()));
        assert!(infected(&attached(eicar().as_bytes())));
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("x.com", zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(eicar().as_bytes()).unwrap();
        let archive = archive.finish().unwrap().into_inner();
        assert!(infected(&attached(&archive)));
    }

    #[test]
    fn other_mail_passes() {
        assert!(!infected(b"Subject: x\r\n\r\nEICAR-STANDARD-ANTIVIRUS-TEST-FILE\r\n"));
        assert!(!infected(&attached(b"PK\x03\x04 broken")));
    }
}
