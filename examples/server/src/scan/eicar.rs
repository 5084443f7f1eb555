//! A scanner that knows one thing: the test string of EICAR. For tries and tests.

use std::io::{Cursor, Read};

use futures::future::BoxFuture;
use memchr::memmem;

use super::{ScanFailure, Scanner};

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
/// assert_eq!(Eicar.scan(b"Subject: x\r\n\r\nGood morning\r\n").await.unwrap(), None);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Eicar;

impl Scanner for Eicar {
    fn name(&self) -> String {
        "eicar (finds the EICAR test string only)".into()
    }

    fn scan<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Option<String>, ScanFailure>> {
        Box::pin(async move { Ok(is_infected(message).then(|| NAME.to_owned())) })
    }
}

fn is_infected(message: &[u8]) -> bool {
    let pattern = PIECES.concat();
    let finder = memmem::Finder::new(pattern.as_bytes());
    if finder.find(message).is_some() {
        return true;
    }
    let mail = pec_message::read(message);
    let mut leaves = mail.parts().filter(|part| part.children().next().is_none());
    leaves.any(|part| {
        let decoded = part.decode();
        finder.find(decoded.octets()).is_some() || is_in_archive(decoded.octets(), &finder)
    })
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

    fn attached(octets: &[u8]) -> Vec<u8> {
        let mut message = b"Content-Type: application/octet-stream; name=a.bin\r\n\
            Content-Transfer-Encoding: base64\r\n\r\n"
            .to_vec();
        message.extend_from_slice(encodify::base64::MIME.encode(octets).as_bytes());
        message
    }

    #[test]
    fn it_is_found_plain_encoded_and_in_an_archive() {
        assert!(is_infected(format!("Subject: x\r\n\r\n{}\r\n", eicar()).as_bytes()));
        assert!(is_infected(&attached(eicar().as_bytes())));
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("x.com", zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(eicar().as_bytes()).unwrap();
        let archive = archive.finish().unwrap().into_inner();
        assert!(is_infected(&attached(&archive)));
    }

    #[test]
    fn other_mail_passes() {
        assert!(!is_infected(b"Subject: x\r\n\r\nEICAR-STANDARD-ANTIVIRUS-TEST-FILE\r\n"));
        assert!(!is_infected(&attached(b"PK\x03\x04 broken")));
    }
}
