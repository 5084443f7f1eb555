//! Attachments that a provider forbids, by extension and by what they really are (norms §6.2).

use std::collections::BTreeSet;
use std::fmt;
use std::io::{Cursor, Read};

use pec_message::abridged::Unreadable;

use crate::content::Content;

/// How deep archives inside archives are looked into.
const ARCHIVE_DEPTH: usize = 3;
/// How many members of one archive are looked at.
const MEMBERS: usize = 10_000;
/// How much of archives inside archives is unpacked, over the whole message, in octets.
const UNPACKED_OCTETS: u64 = 64 << 20;

/// Which attachments may not be sent. By default none are forbidden.
///
/// ```
/// use pec_server::scan::AttachmentPolicy;
///
/// let policy = AttachmentPolicy::new(["exe", "js"], true)?;
/// let message = b"Content-Type: text/javascript; name=\"fattura.pdf.JS\"\r\n\r\n1\r\n";
/// let found = policy.forbidden(&message.to_vec().into())?;
/// assert_eq!(found.as_deref(), Some("fattura.pdf.JS"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachmentPolicy {
    extensions: BTreeSet<String>,
    by_real_type: bool,
}

/// An extension that no file has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no extension: write letters and digits without a dot, as in \"exe\"")]
pub struct ExtensionError(String);

impl AttachmentPolicy {
    /// Forbids files of these extensions, written without a dot; with `by_real_type` also files
    /// that are of such a type by their content, whatever they are called.
    ///
    /// # Errors
    /// [`ExtensionError`] names what is no extension.
    pub fn new(
        extensions: impl IntoIterator<Item = impl Into<String>>,
        by_real_type: bool,
    ) -> Result<Self, ExtensionError> {
        let check = |extension: String| {
            let is_plain = !extension.is_empty() && extension.chars().all(char::is_alphanumeric);
            if is_plain { Ok(extension.to_lowercase()) } else { Err(ExtensionError(extension)) }
        };
        let extensions = extensions.into_iter().map(|extension| check(extension.into()));
        Ok(Self { extensions: extensions.collect::<Result<_, _>>()?, by_real_type })
    }

    /// Forbids nothing.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    /// Whether nothing is forbidden.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.extensions.is_empty()
    }

    /// The first attachment that is forbidden, by its name: attachments of messages inside the
    /// message and members of ZIP archives are looked at too. An archive that is too large to be
    /// looked at is forbidden.
    ///
    /// An attachment that is not in memory is read into it, one at a time. May block then.
    ///
    /// # Errors
    /// When the message cannot be read.
    pub fn forbidden(&self, message: &Content) -> Result<Option<String>, Unreadable> {
        let mut budget = UNPACKED_OCTETS;
        let mail = pec_message::read(message.view());
        for part in mail.parts().filter(|part| part.children().next().is_none()) {
            let name = part.name().unwrap_or_default();
            let found = if message.has_gap_in(part) {
                let mut body = Vec::new();
                message.read_body(part, &mut |octets| body.extend_from_slice(octets))?;
                let decoded = part.decode_body(&body);
                self.judge(name, decoded.octets(), ARCHIVE_DEPTH, &mut budget)
            } else {
                self.judge(name, part.decode().octets(), ARCHIVE_DEPTH, &mut budget)
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn judge(&self, name: &str, octets: &[u8], depth: usize, budget: &mut u64) -> Option<String> {
        if self.is_name_forbidden(name) || self.is_type_forbidden(octets) {
            return Some(if name.is_empty() { "(senza nome)".to_owned() } else { name.to_owned() });
        }
        if !octets.starts_with(b"PK\x03\x04") {
            return None;
        }
        self.in_archive(name, octets, depth, budget)
    }

    fn in_archive(
        &self,
        name: &str,
        octets: &[u8],
        depth: usize,
        budget: &mut u64,
    ) -> Option<String> {
        let too_large = || Some(format!("{name} (archivio troppo grande per essere esaminato)"));
        let mut archive = zip::ZipArchive::new(Cursor::new(octets)).ok()?;
        if archive.len() > MEMBERS {
            return too_large();
        }
        for index in 0..archive.len() {
            let Ok(member) = archive.by_index_raw(index) else { continue };
            let inner = member.name().map_or_else(|_| String::new(), |name| name.into_owned());
            drop(member);
            if self.is_name_forbidden(&inner) {
                return Some(format!("{name}: {inner}"));
            }
            // Encrypted members have readable names but no readable content.
            let Ok(member) = archive.by_index(index) else { continue };
            if depth == 0 || member.size() > *budget {
                return too_large();
            }
            let mut content = Vec::new();
            let read = member.take(budget.saturating_add(1)).read_to_end(&mut content);
            let octets = u64::try_from(content.len()).unwrap_or(u64::MAX);
            if octets > *budget {
                return too_large();
            }
            *budget = budget.saturating_sub(octets);
            if read.is_err() {
                continue;
            }
            if let Some(found) = self.judge(&inner, &content, depth.saturating_sub(1), budget) {
                return Some(format!("{name}: {found}"));
            }
        }
        None
    }

    fn is_name_forbidden(&self, name: &str) -> bool {
        // Windows drops trailing dots and blanks: `a.exe. ` runs.
        let name = name.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
        extension.is_some_and(|extension| self.extensions.contains(&extension))
    }

    fn is_type_forbidden(&self, octets: &[u8]) -> bool {
        let is_listed = |kind: infer::Type| self.extensions.contains(kind.extension());
        self.by_real_type && infer::get(octets).is_some_and(is_listed)
    }
}

impl fmt::Display for AttachmentPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_off() {
            return f.write_str("all allowed");
        }
        let list: Vec<&str> = self.extensions.iter().map(String::as_str).collect();
        let how = if self.by_real_type { " by name and content" } else { " by name" };
        write!(f, "forbidden{how}: {}", list.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn policy() -> AttachmentPolicy {
        AttachmentPolicy::new(["exe", "JS"], true).unwrap()
    }

    fn attached(name: &str, octets: &[u8]) -> Vec<u8> {
        let mut message = format!(
            "Content-Type: application/octet-stream; name=\"{name}\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n"
        )
        .into_bytes();
        message.extend_from_slice(encodify::base64::MIME.encode(octets).as_bytes());
        message
    }

    fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, octets) in members {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(octets).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    fn found(message: &[u8]) -> Option<String> {
        policy().forbidden(&message.to_vec().into()).unwrap()
    }

    #[test]
    fn names_count_in_any_case_and_with_trailing_dots() {
        for name in ["a.exe", "A.ExE", "fattura.pdf.js", "a.exe. ", "a.exe."] {
            assert!(found(&attached(name, b"x")).is_some(), "{name}");
        }
        for name in ["exe", "a.exe.pdf", "a.txt", ""] {
            assert_eq!(found(&attached(name, b"x")), None, "{name}");
        }
    }

    #[test]
    fn archives_are_opened_also_inside_one_another() {
        let inner = zip_of(&[("ok.txt", b"x"), ("bad.exe", b"x")]);
        assert_eq!(found(&attached("a.zip", &inner)).unwrap(), "a.zip: bad.exe");
        let outer = zip_of(&[("b.zip", &inner)]);
        assert_eq!(found(&attached("a.zip", &outer)).unwrap(), "a.zip: b.zip: bad.exe");
        assert_eq!(found(&attached("a.zip", &zip_of(&[("ok.txt", b"x")]))), None);
    }

    #[test]
    fn a_renamed_program_is_known_by_its_content() {
        let program = [&b"MZ"[..], &[0; 200]].concat();
        assert_eq!(found(&attached("foto.jpg", &program)).unwrap(), "foto.jpg");
        let by_name = AttachmentPolicy::new(["exe"], false).unwrap();
        assert_eq!(by_name.forbidden(&attached("foto.jpg", &program).into()), Ok(None));
    }

    #[test]
    fn messages_inside_the_message_are_looked_into() {
        let inner = String::from_utf8(attached("a.js", b"x")).unwrap();
        let outer = format!("Content-Type: message/rfc822\r\n\r\n{inner}");
        assert!(found(outer.as_bytes()).is_some());
    }

    #[test]
    fn archives_that_cannot_be_looked_through_are_forbidden() {
        let zeros = vec![0; usize::try_from(UNPACKED_OCTETS).unwrap() + 1];
        let bomb = zip_of(&[("zeros", &zeros)]);
        assert!(found(&attached("a.zip", &bomb)).unwrap().contains("troppo grande"));
    }

    #[test]
    fn extensions_are_checked() {
        assert!(AttachmentPolicy::new([".exe"], true).is_err());
        assert!(AttachmentPolicy::new([""], true).is_err());
        assert!(AttachmentPolicy::off().is_off());
    }
}
