//! The messages that users hand in.

use std::fmt::Write as _;

use encodify::base64;

/// A message to be handed in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Original {
    /// The header `From`.
    pub(crate) from: String,
    /// The header `To`.
    pub(crate) to: Vec<String>,
    /// The header `Cc`.
    pub(crate) cc: Vec<String>,
    /// The subject, US-ASCII.
    pub(crate) subject: String,
    /// `X-TipoRicevuta`.
    pub(crate) receipt: Option<&'static str>,
    /// The text, US-ASCII.
    pub(crate) text: String,
    /// Attachments: name, media type, content.
    pub(crate) attachments: Vec<(String, &'static str, Vec<u8>)>,
}

impl Original {
    /// The message as it goes over the wire.
    pub(crate) fn to_octets(&self, number: usize, date: &str) -> Vec<u8> {
        let Self { from, to, cc, subject, .. } = self;
        let mut header = format!(
            "Date: {date}\r\nFrom: {from}\r\nTo: {}\r\nSubject: {subject}\r\n\
             Message-ID: <demo{number}@pc.example>\r\nMIME-Version: 1.0\r\n",
            to.join(", ")
        );
        if !cc.is_empty() {
            let _ = write!(header, "Cc: {}\r\n", cc.join(", "));
        }
        if let Some(receipt) = self.receipt {
            let _ = write!(header, "X-TipoRicevuta: {receipt}\r\n");
        }
        let text = format!("Content-Type: text/plain; charset=us-ascii\r\n\r\n{}\r\n", self.text);
        if self.attachments.is_empty() {
            return (header + &text).into_bytes();
        }
        let boundary = format!("=_demo_{number}");
        let _ = write!(header, "Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n");
        let mut message = format!("{header}\r\n--{boundary}\r\n{text}").into_bytes();
        for (name, media_type, content) in &self.attachments {
            let head = format!(
                "--{boundary}\r\nContent-Type: {media_type}; name=\"{name}\"\r\n\
                 Content-Disposition: attachment; filename=\"{name}\"\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n"
            );
            message.extend_from_slice(head.as_bytes());
            message.extend_from_slice(base64::MIME.encode(content).trim_end().as_bytes());
            message.extend_from_slice(b"\r\n");
        }
        message.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        message
    }
}

/// A PDF of one page that says something (ISO 32000-1 §7.5: header, objects, table, trailer).
pub(crate) fn pdf(words: &str) -> Vec<u8> {
    let stream = format!("BT /F1 24 Tf 72 720 Td ({words}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", pdf.len());
        let _ = writeln!(pdf, "{} 0 obj\n{object}\nendobj", index.saturating_add(1));
    }
    let start = pdf.len();
    let count = objects.len().saturating_add(1);
    let _ = write!(
        pdf,
        "xref\n0 {count}\n{table}trailer\n<< /Size {count} /Root 1 0 R >>\n\
         startxref\n{start}\n%%EOF\n"
    );
    pdf.into_bytes()
}

/// The test string that all scanners know, in two pieces so that they leave this program alone.
pub(crate) fn eicar() -> String {
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat()
}

/// Octets without a pattern, the same in every run.
pub(crate) fn noise(octets: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let words = octets.div_ceil(8);
    let mut noise: Vec<u8> = (0..words)
        .flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        })
        .collect();
    noise.truncate(octets);
    noise
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pdf_says_where_its_objects_are() {
        let pdf = String::from_utf8(pdf("Contratto")).unwrap();
        let start: usize = pdf.lines().rev().nth(1).unwrap().parse().unwrap();
        assert!(pdf[start..].starts_with("xref\n0 6\n"));
        let third = pdf[start..].lines().nth(5).unwrap();
        let place: usize = third.split(' ').next().unwrap().parse().unwrap();
        assert!(pdf[place..].starts_with("3 0 obj"));
    }

    #[test]
    fn messages_have_the_parts_that_they_say() {
        let original = Original {
            from: "a@alfa.example".into(),
            to: vec!["b@beta.example".into()],
            subject: "x".into(),
            attachments: vec![("a.pdf".into(), "application/pdf", pdf("x"))],
            ..Original::default()
        };
        let octets = original.to_octets(1, "Sat, 21 Nov 2026 10:00:00 +0100");
        let mail = pec_message::read(&octets);
        let attachment = mail.parts().find(|part| part.name() == Some("a.pdf")).unwrap();
        assert_eq!(attachment.decode().octets(), pdf("x"));
    }
}
