//! Users who hand messages in, over connections that they keep.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pec_client::smtp::PORT;
use pec_client::wire::Wire;
use pec_demo::{PASSWORD, Problem, Provider, Result};

const MARIO: &str = "mario@alfa.example";
pub const ANNA: &str = "anna@beta.example";

/// A message with an attachment of so many octets.
pub fn message(octets: usize) -> Vec<u8> {
    let line = "A".repeat(76) + "\r\n";
    let lines = octets.div_ceil(57);
    format!(
        "Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: {MARIO}\r\nTo: {ANNA}\r\n\
         Subject: Carico\r\nMIME-Version: 1.0\r\n\
         Content-Type: application/octet-stream; name=\"a.bin\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}",
        line.repeat(lines)
    )
    .into_bytes()
}

/// Messages in the sender's mailbox.
pub async fn receipts(alfa: &Provider) -> Result<u64> {
    let mario = MARIO.parse()?;
    let store = alfa.running()?.gestore().store();
    let mailbox = store.read(move |view| view.mailbox(&mario)).await?;
    mailbox.map(|mailbox| mailbox.messages).ok_or_else(|| Problem::new("there is no mailbox"))
}

/// Hands so many messages in over so many connections, each message after the one before it was
/// acknowledged.
pub async fn send_all(alfa: &Provider, message: &[u8], messages: u32, senders: u32) -> Result<()> {
    let (tls, server) = (alfa.tls()?, alfa.submission()?);
    let message: Arc<Vec<u8>> = Arc::new([message, b".\r\n"].concat());
    let left = Arc::new(AtomicU32::new(messages));
    let mut tasks = Vec::new();
    for _ in 0..senders {
        let mut wire = tls.connect(&server, PORT).await?;
        let (message, left) = (Arc::clone(&message), Arc::clone(&left));
        tasks.push(tokio::spawn(async move {
            log_in(&mut wire).await?;
            let take = |left: u32| left.checked_sub(1);
            while left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok() {
                send(&mut wire, &message).await?;
            }
            Ok::<(), Problem>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

async fn log_in(wire: &mut Wire) -> Result<()> {
    expect(wire, "220").await?;
    wire.send(b"EHLO pc.example\r\n").await?;
    expect(wire, "250").await?;
    let login = encodify::base64::STANDARD.encode(format!("\0{MARIO}\0{PASSWORD}"));
    wire.send(format!("AUTH PLAIN {login}\r\n").as_bytes()).await?;
    expect(wire, "235").await
}

async fn send(wire: &mut Wire, message: &[u8]) -> Result<()> {
    let commands = format!("MAIL FROM:<{MARIO}>\r\nRCPT TO:<{ANNA}>\r\nDATA\r\n");
    wire.send(commands.as_bytes()).await?;
    for code in ["250", "250", "354"] {
        expect(wire, code).await?;
    }
    wire.send(message).await?;
    expect(wire, "250").await
}

async fn expect(wire: &mut Wire, code: &str) -> Result<()> {
    loop {
        let line = wire.line().await?;
        if !line.starts_with(code.as_bytes()) {
            return Err(Problem::new(String::from_utf8_lossy(&line)));
        }
        if line.get(3) != Some(&b'-') {
            return Ok(());
        }
    }
}
