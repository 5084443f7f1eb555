//! The test file of EICAR, and nothing else: for tries.

use futures::future::BoxFuture;
use memchr::memmem;

use super::{ScanError, Scanner, contents};

/// Finds the EICAR test file, in encoded parts, nested messages and zip archives too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Eicar;

/// The file, in two pieces: as one it would set off scanners of others on this very source.
const PIECES: [&str; 2] =
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];

impl Eicar {
    /// The test file.
    #[must_use]
    pub fn test_file() -> String {
        PIECES.concat()
    }
}

impl Scanner for Eicar {
    fn scan<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Option<String>, ScanError>> {
        let needle = Self::test_file();
        let finder = memmem::Finder::new(needle.as_bytes());
        let has = |octets: &[u8]| finder.find(octets).is_some();
        let found = has(message)
            || contents::items(message, &mut |item| has(&item.octets).then_some(())).is_some();
        Box::pin(std::future::ready(Ok(found.then(|| "Eicar-Test-Signature".to_owned()))))
    }

    fn name(&self) -> &'static str {
        "eicar"
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use encodify::base64;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zipped(name: &str, content: &[u8]) -> Vec<u8> {
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
        zip.finish().unwrap().into_inner()
    }

    fn attached(content: &[u8]) -> Vec<u8> {
        let encoded = base64::STANDARD.encode(content);
        let lines: Vec<&str> =
            encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let text = format!(
            "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            lines.join("\r\n")
        );
        text.into_bytes()
    }

    #[tokio::test]
    async fn it_is_found_wherever_it_is() {
        let file = Eicar::test_file();
        let inner = zipped("b.zip", &zipped("a.com", file.as_bytes()));
        let nested =
            [b"Content-Type: message/rfc822\r\n\r\n", attached(&inner).as_slice()].concat();
        let plain = format!("Subject: a\r\n\r\n{file}\r\n").into_bytes();
        for message in [plain, attached(file.as_bytes()), attached(&inner), nested] {
            let found = Eicar.scan(&message).await.unwrap();
            assert_eq!(found.as_deref(), Some("Eicar-Test-Signature"));
        }
        assert_eq!(Eicar.scan(&attached(b"PK\x03\x04 no archive")).await.unwrap(), None);
    }
}
