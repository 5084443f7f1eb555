//! What a sender is told of ordinary recipients that were not reached: an ordinary report of
//! delivery (RFC 3464), which the incoming point puts into an anomaly envelope.

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_gestore::SmtpEnvelope;

use super::Gestore;

/// A recipient that was not reached, and what the next hop said.
pub(super) struct Unreached<'a> {
    pub recipient: &'a Address,
    pub code: u16,
    pub said: &'a str,
}

impl Gestore {
    /// Hands a report to our own incoming point. `false` when it could not be stored: try again.
    pub(super) async fn bounce(&self, sender: &Address, unreached: &[Unreached<'_>]) -> bool {
        let is_ours =
            self.provider().domains.iter().any(|own| own.eq_ignore_ascii_case(sender.domain()));
        if !is_ours || sender.is_same_mailbox(self.provider().system.address()) {
            return true;
        }
        let Ok(id) = self.fresh_id(self.now()) else { return false };
        let message =
            report(self.provider().system.address(), sender, unreached, id.as_str(), self.now());
        let forward_paths = vec![sender.clone()];
        let envelope = SmtpEnvelope { reverse_path: None, forward_paths };
        let peer = "localhost".to_owned();
        let reply = self.arrive(peer, true, envelope, message.into_bytes().into()).await;
        (200..300).contains(&reply.code) || reply.code >= 500
    }
}

fn report(
    system: &Address,
    sender: &Address,
    unreached: &[Unreached<'_>],
    id: &str,
    now: DateTime<Utc>,
) -> String {
    let domain = system.domain();
    let boundary = format!("=_{}", id.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
    let boundary = boundary.chars().take(70).collect::<String>();
    let mut text = String::new();
    let mut fields = format!("Reporting-MTA: dns; {domain}\r\n");
    for Unreached { recipient, code, said } in unreached {
        let said = one_line(said);
        text.push_str(&format!("  {recipient}: {code} {said}\r\n"));
        let class = if *code >= 500 { "5.0.0" } else { "4.4.7" };
        fields.push_str(&format!(
            "\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: {class}\r\n\
             Diagnostic-Code: smtp; {code} {said}\r\n"
        ));
    }
    let date = now.to_rfc2822();
    format!(
        "From: Mail Delivery Subsystem <MAILER-DAEMON@{domain}>\r\nTo: {sender}\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nDate: {date}\r\nMessage-ID: <{id}>\r\n\
         Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status;\r\n\
         \x20boundary=\"{boundary}\"\r\n\r\n\
         --{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n\
         Il messaggio non ha raggiunto questi destinatari di posta ordinaria:\r\n\r\n{text}\r\n\
         --{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n{fields}\r\n\
         --{boundary}--\r\n"
    )
}

/// What another host said, as it can stand in a header field.
fn one_line(said: &str) -> String {
    let legal = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    said.chars().take(400).map(legal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_says_cannot_forge_fields() {
        let (system, sender) = ("posta-certificata@alfa.example", "mario@alfa.example");
        let recipient = "tom@example.it".parse().unwrap();
        let said = "no\r\nSubject: forged";
        let unreached = [Unreached { recipient: &recipient, code: 550, said }];
        let report = report(
            &system.parse().unwrap(),
            &sender.parse().unwrap(),
            &unreached,
            "pec1.1@alfa.example",
            DateTime::<Utc>::UNIX_EPOCH,
        );
        assert!(report.contains("Diagnostic-Code: smtp; 550 no??Subject: forged\r\n"));
        assert!(!report.contains("\r\nSubject: forged"));
        let mail = pec_message::read(report.as_bytes());
        assert_eq!(mail.parts().count(), 3);
    }
}
