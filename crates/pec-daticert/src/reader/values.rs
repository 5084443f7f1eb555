//! From the text of an element to its value, with the deviations that lie in between.

use std::{borrow::Cow, str::FromStr};

use super::fields::{Assembly, Found};
use crate::{
    Address, DeviationKind, IdentifierError, Msgid, PecMsgid, Text, TimeError, Value, time::Form,
};

impl Assembly<'_> {
    pub(super) fn word<T: FromStr>(
        &mut self,
        found: Found,
        text: &str,
        attribute: &'static str,
    ) -> Value<T> {
        let value = Value::from(self.trimmed(found, text));
        if matches!(value, Value::Text(_)) {
            self.note(found, DeviationKind::UnknownWord(attribute));
        }
        value
    }

    pub(super) fn address(&mut self, found: Found, text: &str) -> Value<Address> {
        let text = self.trimmed(found, text);
        text.parse().map_or_else(
            |error| {
                self.note(found, DeviationKind::BadAddress(error));
                Value::Text(text.to_owned())
            },
            Value::Known,
        )
    }

    pub(super) fn pec_msgid(&mut self, found: Found, text: &str) -> Value<PecMsgid> {
        let text = self.trimmed(found, text);
        let bare = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        self.identifier(found, text, bare.map(str::to_owned))
    }

    pub(super) fn msgid(&mut self, found: Found, text: &str) -> Value<Msgid> {
        let text = self.trimmed(found, text);
        let bracketed = (!text.starts_with('<')).then(|| format!("<{text}>"));
        self.identifier(found, text, bracketed)
    }

    /// An identifier as written, or else in its other form, with or without angle brackets.
    fn identifier<T: FromStr<Err = IdentifierError>>(
        &mut self,
        found: Found,
        text: &str,
        other_form: Option<String>,
    ) -> Value<T> {
        let error = match text.parse() {
            Ok(value) => return Value::Known(value),
            Err(error) => error,
        };
        if let Some(value) = other_form.and_then(|form| form.parse().ok()) {
            self.note(found, DeviationKind::AngleBrackets);
            return Value::Known(value);
        }
        self.note(found, DeviationKind::BadIdentifier(error));
        Value::Text(text.to_owned())
    }

    pub(super) fn line(&mut self, found: Found, text: &str) -> Value<Text> {
        let mut text = Cow::Borrowed(text);
        if memchr::memchr2(b'\r', b'\n', text.as_bytes()).is_some() {
            self.note(found, DeviationKind::LineBreak);
            text = Cow::Owned(folded(&text));
        }
        match Text::new(text.as_ref()) {
            Ok(value) => Value::Known(value),
            Err(error) => {
                self.note(found, DeviationKind::BadText(error));
                Value::Text(text.into_owned())
            }
        }
    }

    pub(super) fn note_form<T>(&mut self, found: Found, form: Option<Form<T>>, error: TimeError) {
        match form {
            Some(Form::Prescribed(_)) => {}
            Some(Form::Deviant(_)) => self.note(found, DeviationKind::TimeForm),
            None => self.note(found, DeviationKind::BadTime(error)),
        }
    }

    pub(super) fn trimmed<'v>(&mut self, found: Found, text: &'v str) -> &'v str {
        let trimmed = text.trim_matches([' ', '\t', '\r', '\n']);
        if trimmed.len() != text.len() {
            self.note(found, DeviationKind::SurroundingBlanks);
        }
        trimmed
    }

    fn note(&mut self, found: Found, kind: DeviationKind) {
        self.deviation(found.at, found.element, kind);
    }
}

/// Each line break, with the blanks around it, becomes one blank; at the ends it goes.
fn folded(text: &str) -> String {
    let lines = text.split(['\r', '\n']).map(|line| line.trim_matches([' ', '\t']));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
