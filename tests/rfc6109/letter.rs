//! Messages that users write.

/// A message, sound until a test spoils it.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    fields: Vec<(&'static str, String)>,
    body: String,
}

impl Letter {
    /// From Mario of Alfa to these, about a contract.
    pub(crate) fn to(addresses: &[&str]) -> Self {
        let fields = vec![
            ("Date", "Sat, 21 Nov 2026 10:00:00 +0100".to_owned()),
            ("From", "Mario Rossi <mario@alfa.example>".to_owned()),
            ("To", addresses.join(", ")),
            ("Subject", "Contratto n. 12".to_owned()),
            ("Message-ID", "<m1@pc.example>".to_owned()),
        ];
        Self { fields, body: "Ecco il contratto.\r\n".to_owned() }
    }

    /// With one more field at the end.
    pub(crate) fn and(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, value.to_owned()));
        self
    }

    /// With another value of a field.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        for field in self.fields.iter_mut().filter(|field| field.0 == name) {
            field.1 = value.to_owned();
        }
        self
    }

    /// Without a field.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|field| field.0 != name);
        self
    }

    /// With another body.
    pub(crate) fn saying(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        self
    }

    /// The octets.
    pub(crate) fn octets(&self) -> Vec<u8> {
        let mut message = String::new();
        for (name, value) in &self.fields {
            message.push_str(&format!("{name}: {value}\r\n"));
        }
        format!("{message}\r\n{}", self.body).into_bytes()
    }
}
