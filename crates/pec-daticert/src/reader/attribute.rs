//! Attributes, of tags and of the XML declaration: name, `=`, quoted value, blanks between them.

use std::borrow::Cow;

/// Takes `blanks name = "value"` from the front of `text`: name, value as written, rest.
///
/// `None` when no attribute follows: blanks are left, or something that is none.
pub(super) fn next_attribute(text: &str) -> Option<(&str, &str, &str)> {
    let named = text.trim_ascii_start();
    if named.len() == text.len() {
        return None;
    }
    let (name, rest) = named.split_at_checked(memchr::memchr(b'=', named.as_bytes())?)?;
    let rest = rest.get(1..)?.trim_ascii_start();
    let quote = rest.bytes().next().filter(|quote| matches!(quote, b'"' | b'\''))?;
    let quoted = rest.get(1..)?;
    let end = memchr::memchr(quote, quoted.as_bytes())?;
    Some((name.trim_ascii_end(), quoted.get(..end)?, quoted.get(end.checked_add(1)?..)?))
}

/// What a written value stands for; `None` when it is malformed (production 10, `AttValue`).
pub(super) fn attribute_value(written: &str) -> Option<Cow<'_, str>> {
    match memchr::memchr2(b'<', b'&', written.as_bytes()) {
        None => Some(Cow::Borrowed(written)),
        Some(_) if written.contains('<') => None,
        Some(_) => quick_xml::escape::unescape(written).ok(),
    }
}
