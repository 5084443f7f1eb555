//! Structured fields with parameters: Content-Type, Content-Disposition (RFC 2045 §5.1, RFC 2231).

use crate::limits;

/// A value with parameters, such as `multipart/signed; boundary="x"`.
///
/// Comments are skipped, quoted strings are unquoted, continued parameters (`name*0`) are joined
/// and percent escapes (`name*`) decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterizedValue {
    value: String,
    parameters: Vec<Parameter>,
    malformed: bool,
    repeated: bool,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    name: String,
    octets: Vec<u8>,
    charset: Option<String>,
}

impl Parameter {
    /// The name in lower case, without the marks of RFC 2231.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value, unquoted and joined, in its own charset.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The value as text: in the charset it names, else UTF-8, else windows-1252.
    #[must_use]
    pub fn text(&self) -> String {
        let named = self.charset.as_deref();
        let encoding = named.and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes()));
        match (encoding, std::str::from_utf8(&self.octets)) {
            (Some(encoding), _) => {
                encoding.decode_without_bom_handling(&self.octets).0.into_owned()
            }
            (None, Ok(text)) => text.to_owned(),
            (None, Err(_)) => {
                encoding_rs::WINDOWS_1252.decode_without_bom_handling(&self.octets).0.into_owned()
            }
        }
    }
}

impl ParameterizedValue {
    /// Parses an unfolded field value. Never fails; see
    /// [`is_malformed`](ParameterizedValue::is_malformed).
    #[must_use]
    pub fn parse(field: &[u8]) -> Self {
        let mut lexer = Lexer { rest: field, malformed: false };
        let mut parsed = Self { value: lexer.value(), ..Self::default() };
        let mut segments: Vec<Segment> = Vec::new();
        while let Some(segment) = lexer.parameter() {
            if segments.len() == limits::PARAMETERS {
                lexer.malformed = true;
                // What is not read may repeat anything.
                parsed.repeated = true;
                break;
            }
            segments.push(segment);
        }
        parsed.malformed = lexer.malformed;
        parsed.join(segments);
        parsed
    }

    /// The value before the parameters, in lower case, such as `multipart/signed`.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether the part before the slash is `kind`, given in lower case.
    #[must_use]
    pub fn is_of_type(&self, kind: &str) -> bool {
        self.value.split_once('/').is_some_and(|(found, _)| found == kind)
    }

    /// All parameters in order.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The first parameter called `name`, given in lower case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Whether something could not be read and was skipped.
    #[must_use]
    pub const fn is_malformed(&self) -> bool {
        self.malformed
    }

    /// Whether a parameter stands twice, or may: there are too many to tell. Programs differ in
    /// which of the two they believe.
    #[must_use]
    pub const fn is_repeated(&self) -> bool {
        self.repeated
    }

    /// Joins the segments of continued parameters in the order of their numbers (RFC 2231 §3).
    fn join(&mut self, segments: Vec<Segment>) {
        for segment in &segments {
            let known = self.parameters.iter().any(|parameter| parameter.name == segment.name);
            if known && (segment.number.is_none() || segment.number == Some(0)) {
                self.repeated = true;
            }
            if known {
                continue;
            }
            let mut same: Vec<&Segment> = segments
                .iter()
                .filter(|other| other.name == segment.name && other.number.is_some())
                .collect();
            let parameter = if segment.number.is_none() {
                self.repeated |= !same.is_empty();
                Segment::joined(&segment.name, [segment])
            } else {
                same.sort_by_key(|other| other.number);
                let mut pairs = same.iter().zip(same.iter().skip(1));
                self.repeated |= pairs.any(|(one, next)| one.number == next.number);
                let in_sequence =
                    same.iter().zip(0_u32..).take_while(|(other, n)| other.number == Some(*n));
                let run: Vec<&Segment> = in_sequence.map(|(other, _)| *other).collect();
                self.malformed |= run.len() != same.len();
                Segment::joined(&segment.name, run)
            };
            self.parameters.push(parameter);
        }
    }
}

/// One `name=value` as written; several may make one parameter.
struct Segment {
    name: String,
    /// The number of a continuation.
    number: Option<u32>,
    /// Whether percent escapes are in force.
    escaped: bool,
    octets: Vec<u8>,
}

impl Segment {
    fn new(name: &[u8], octets: Vec<u8>) -> Self {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let (bare, escaped) = name.strip_suffix('*').map_or((name.as_str(), false), |b| (b, true));
        let numbered = bare
            .split_once('*')
            .and_then(|(bare, number)| Some((bare, number.parse::<u32>().ok()?)));
        let (bare, number) = numbered.map_or((bare, None), |(bare, number)| (bare, Some(number)));
        Self { name: bare.to_owned(), number, escaped, octets }
    }

    fn joined<'s>(name: &str, segments: impl IntoIterator<Item = &'s Self>) -> Parameter {
        let mut parameter = Parameter { name: name.to_owned(), octets: Vec::new(), charset: None };
        for (position, segment) in segments.into_iter().enumerate() {
            let mut octets = segment.octets.as_slice();
            if segment.escaped && position == 0 {
                // charset'language'value
                let mut fields = octets.splitn(3, |octet| *octet == b'\'');
                if let (Some(charset), Some(_), Some(value)) =
                    (fields.next(), fields.next(), fields.next())
                {
                    let charset = String::from_utf8_lossy(charset).to_ascii_lowercase();
                    parameter.charset = (!charset.is_empty()).then_some(charset);
                    octets = value;
                }
            }
            if segment.escaped {
                push_unescaped(&mut parameter.octets, octets);
            } else {
                parameter.octets.extend_from_slice(octets);
            }
        }
        parameter
    }
}

/// Appends `octets` with `%41` turned into `A`; anything else that follows a `%` stays.
fn push_unescaped(out: &mut Vec<u8>, octets: &[u8]) {
    let mut rest = octets;
    while let Some((first, after)) = rest.split_first() {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                out.push(high << 4 | low);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
}

fn hex_digit(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

struct Lexer<'a> {
    rest: &'a [u8],
    malformed: bool,
}

impl Lexer<'_> {
    /// Everything up to the first semicolon, blanks and comments left out.
    fn value(&mut self) -> String {
        let mut value = String::new();
        loop {
            self.skip_blanks_and_comments();
            let octets = self.take_while(|octet| !matches!(octet, b';' | b'(' | b' ' | b'\t'));
            if octets.is_empty() {
                return value;
            }
            value.push_str(&octets.to_ascii_lowercase());
        }
    }

    /// The next parameter; what is none is skipped.
    fn parameter(&mut self) -> Option<Segment> {
        loop {
            self.skip_blanks_and_comments();
            if self.rest.is_empty() {
                return None;
            }
            if !self.take(b';') {
                self.malformed = true;
                self.take_while(|octet| octet != b';');
                continue;
            }
            self.skip_blanks_and_comments();
            let name = self.take_while(is_name_octet);
            self.skip_blanks_and_comments();
            if name.is_empty() || !self.take(b'=') {
                // A semicolon at the end is common; anything else is odd.
                let skipped = self.take_while(|octet| octet != b';');
                self.malformed |= !name.is_empty() || !skipped.trim().is_empty();
                continue;
            }
            self.skip_blanks_and_comments();
            let octets = if self.take(b'"') {
                self.quoted()
            } else {
                // Wider than `token`: deployed boundaries hold `=`, `/`, `:` and `?` unquoted.
                let octets = self.take_octets_while(|o| !matches!(o, b';' | b' ' | b'\t' | b'('));
                octets.to_vec()
            };
            return Some(Segment::new(name.as_bytes(), octets));
        }
    }

    /// The rest of a quoted string, unquoted.
    fn quoted(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        loop {
            match self.rest {
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return octets;
                }
                [b'\\', escaped, rest @ ..] => {
                    octets.push(*escaped);
                    self.rest = rest;
                }
                [octet, rest @ ..] => {
                    octets.push(*octet);
                    self.rest = rest;
                }
                [] => {
                    self.malformed = true;
                    return octets;
                }
            }
        }
    }

    fn skip_blanks_and_comments(&mut self) {
        loop {
            self.rest = self.rest.trim_ascii_start();
            if !self.take(b'(') {
                return;
            }
            let mut depth = 1_usize;
            while depth > 0 {
                match self.rest {
                    [b'\\', _, rest @ ..] => self.rest = rest,
                    [b'(', rest @ ..] => (depth, self.rest) = (depth.saturating_add(1), rest),
                    [b')', rest @ ..] => (depth, self.rest) = (depth.saturating_sub(1), rest),
                    [_, rest @ ..] => self.rest = rest,
                    [] => {
                        self.malformed = true;
                        return;
                    }
                }
            }
        }
    }

    fn take(&mut self, octet: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == octet => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn take_while(&mut self, accept: impl Fn(u8) -> bool) -> String {
        String::from_utf8_lossy(self.take_octets_while(accept)).into_owned()
    }

    fn take_octets_while(&mut self, accept: impl Fn(u8) -> bool) -> &[u8] {
        let end = self.rest.iter().position(|octet| !accept(*octet)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }
}

fn is_name_octet(octet: u8) -> bool {
    octet.is_ascii_graphic() && !matches!(octet, b';' | b'=' | b'"' | b'(' | b')' | b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(field: &str, name: &str) -> Option<String> {
        ParameterizedValue::parse(field.as_bytes()).parameter(name).map(Parameter::text)
    }

    #[test]
    fn plain_quoted_and_commented() {
        let field = r#"Multipart/Signed (c (d)); BOUNDARY="a\"b;c" ; micalg = sha1; x=a=b/c; "#;
        let parsed = ParameterizedValue::parse(field.as_bytes());
        assert_eq!(parsed.value(), "multipart/signed");
        assert!(parsed.is_of_type("multipart") && !parsed.is_malformed() && !parsed.is_repeated());
        assert_eq!(text(field, "boundary").unwrap(), r#"a"b;c"#);
        assert_eq!(text(field, "micalg").unwrap(), "sha1");
        assert_eq!(text(field, "x").unwrap(), "a=b/c");
    }

    #[test]
    fn rfc_2231() {
        let field = "a/b; name*1*=%20rest; name*0*=utf-8'it'perch%c3%a9; \
             title*=iso-8859-1''%e9%zz; n*0=x; n*1=\"y z\"";
        assert_eq!(text(field, "name").unwrap(), "perch\u{e9} rest");
        assert_eq!(text(field, "title").unwrap(), "\u{e9}%zz");
        assert_eq!(text(field, "n").unwrap(), "xy z");
        let gap = ParameterizedValue::parse(b"a/b; n*0=x; n*2=z");
        assert!(gap.is_malformed());
        assert_eq!(gap.parameter("n").unwrap().octets(), b"x");
    }

    #[test]
    fn repetitions_and_rubbish_are_said() {
        for field in ["a/b; boundary=x; boundary=y", "a/b; n=x; n*0=y", "a/b; n*0=y; n=x"] {
            assert!(ParameterizedValue::parse(field.as_bytes()).is_repeated(), "{field}");
        }
        let twice = ParameterizedValue::parse(b"a/b; n*0=x; n*1=y; n*1=z");
        assert!(twice.is_repeated(), "a segment stands twice");
        let past = format!("a/b; n=x{}; n=y", "; m=x".repeat(limits::PARAMETERS));
        assert!(ParameterizedValue::parse(past.as_bytes()).is_repeated());
        for field in ["a/b; =x", "a/b; novalue", "a/b; n=\"open", "a/b (open", "a/b; n=\"x\" y"] {
            assert!(ParameterizedValue::parse(field.as_bytes()).is_malformed(), "{field}");
        }
        let many = |count: usize| format!("a/b{}", "; n=x".repeat(count));
        assert!(!ParameterizedValue::parse(many(limits::PARAMETERS).as_bytes()).is_malformed());
        assert!(ParameterizedValue::parse(many(limits::PARAMETERS + 1).as_bytes()).is_malformed());
    }
}
