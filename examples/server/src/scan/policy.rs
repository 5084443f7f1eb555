//! Attachments that are not taken.

use super::contents::{Item, items};

/// Attachments that are not taken, by name and by what their octets are (norms 68). Off unless the
/// operator lists something.
#[derive(Clone, Debug, Default)]
pub struct AttachmentPolicy {
    extensions: Vec<String>,
    types: Vec<String>,
}

impl AttachmentPolicy {
    /// By endings of names, without the dot, and by media types that the octets show.
    #[must_use]
    pub fn new(extensions: &[String], types: &[String]) -> Self {
        let lower = |words: &[String]| {
            words.iter().map(|word| word.trim_start_matches('.').to_lowercase()).collect()
        };
        Self { extensions: lower(extensions), types: lower(types) }
    }

    /// The first attachment that is not taken, by its name, or by its type where it has none.
    #[must_use]
    pub fn forbidden(&self, message: &[u8]) -> Option<String> {
        if self.extensions.is_empty() && self.types.is_empty() {
            return None;
        }
        items(message, &mut |item| self.judge(item))
    }

    fn judge(&self, item: &Item<'_>) -> Option<String> {
        let extension = item.name.as_deref().and_then(extension);
        let is_named = extension.is_some_and(|found| self.extensions.contains(&found));
        let shown = (!self.types.is_empty()).then(|| infer::get(&item.octets)).flatten();
        let shown = shown.map(|kind| kind.mime_type());
        let is_typed = shown.is_some_and(|shown| self.types.iter().any(|other| other == shown));
        let name = || item.name.clone().or(shown.map(str::to_owned)).unwrap_or_default();
        (is_named || is_typed).then(name)
    }
}

/// What stands after the last dot; blanks and dots at the end, which Windows ignores, are no part
/// of a name.
fn extension(name: &str) -> Option<String> {
    let name = name.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let (_, extension) = name.rsplit_once('.')?;
    Some(extension.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types_are_looked_at() {
        let policy = AttachmentPolicy::new(
            &[".JS".to_owned()],
            &["application/vnd.microsoft.portable-executable".to_owned()],
        );
        let named = |name: &str| {
            let disposition = format!("attachment; filename=\"{name}\"");
            format!("Content-Disposition: {disposition}\r\n\r\nx\r\n").into_bytes()
        };
        assert_eq!(policy.forbidden(&named("a.js")).as_deref(), Some("a.js"));
        assert_eq!(
            policy.forbidden(&named("fattura.pdf.Js. ")).as_deref(),
            Some("fattura.pdf.Js. ")
        );
        assert_eq!(policy.forbidden(&named("a.json")), None);
        // A program under another name shows by its octets.
        let mut program = vec![0; 256];
        program[..2].copy_from_slice(b"MZ");
        let message = [b"Content-Type: image/png\r\n\r\n", program.as_slice()].concat();
        assert!(policy.forbidden(&message).is_some());
        assert_eq!(AttachmentPolicy::default().forbidden(&named("a.js")), None);
    }
}
