//! What is followed outlives the program: the state is the set of receipts, as JSON or in any
//! other form that serde writes.

use chrono::{DateTime, Utc};
use postacert::{Follows, Sent, read};

const SENT: &[u8] = b"Message-ID: <m.42@host.example>\r\nFrom: mario@alfa.example\r\n\
    To: anna@beta.example\r\nDate: Sat, 21 Nov 2026 10:00:00 +0100\r\n\r\nIn allegato.\r\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let now: DateTime<Utc> = "2026-11-21T09:15:00Z".parse()?;
    // ANCHOR: code
    let mut follows = Follows::new();
    follows.send(Sent::from_claimed(&read(SENT).claimed())?);
    let kept = serde_json::to_string(&follows)?; // where nobody else writes: it is believed later

    let follows: Follows = serde_json::from_str(&kept)?;
    for follow in follows.iter() {
        let next = follow.next_deadline(now).map(|deadline| deadline.at);
        println!("{:?}: {:?}, look again at {next:?}", follow.msgid(), follow.progress(now));
    }
    // ANCHOR_END: code
    assert_eq!(follows.iter().count(), 1);
    Ok(())
}
