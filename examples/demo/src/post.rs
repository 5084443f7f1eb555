//! Handing messages in and fetching them, over TLS, as any mail program does.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use pec_client::pop3;
use pec_client::smtp::{self, SmtpError, Submission};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::problem::{Problem, Result};
use crate::providers::{PASSWORD, Provider};

/// Hands a message in; what the server said, accepted or not.
///
/// # Errors
/// When there was no answer.
pub(crate) async fn submit(
    provider: &Provider,
    account: &str,
    reverse_path: &str,
    recipients: &[String],
    octets: &[u8],
) -> Result<String> {
    let wire = provider.tls()?.connect(&provider.submission()?, smtp::PORT).await?;
    let submission =
        Submission { client: "pc.example", user: account, from: reverse_path, recipients, octets };
    match smtp::send(wire, &submission, PASSWORD).await {
        Ok(text) => Ok(format!("250 {text}")),
        Err(SmtpError::Refused { code, text, .. }) => Ok(format!("{code} {text}")),
        Err(error) => Err(error.into()),
    }
}

/// Fetches what is in a mailbox and was not `seen` before.
///
/// # Errors
/// When the server does not answer.
pub(crate) async fn fetch(
    provider: &Provider,
    mailbox: &str,
    seen: &mut BTreeSet<(String, String)>,
) -> Result<Vec<Vec<u8>>> {
    let wire = provider.tls()?.connect(&provider.pop3()?, pop3::PORT).await?;
    let mut open = pop3::Mailbox::open(wire, mailbox, PASSWORD).await?;
    let mut messages = Vec::new();
    for listed in open.list().await? {
        if seen.insert((mailbox.to_owned(), listed.uid)) {
            messages.push(open.message(listed.number).await?);
        }
    }
    open.close().await;
    Ok(messages)
}

/// Hands a message in as a server of the ordinary world does, in plain text.
///
/// # Errors
/// When a command is refused.
pub(crate) async fn from_outside(
    to: SocketAddr,
    from: &str,
    recipient: &str,
    octets: &[u8],
) -> Result<String> {
    let mut stream = BufReader::new(TcpStream::connect(to).await?);
    let mut said = reply(&mut stream).await?;
    for command in [
        "EHLO mx.example.it".to_owned(),
        format!("MAIL FROM:<{from}>"),
        format!("RCPT TO:<{recipient}>"),
        "DATA".to_owned(),
    ] {
        if !said.starts_with('2') {
            return Err(Problem::new(said));
        }
        stream.write_all(format!("{command}\r\n").as_bytes()).await?;
        said = reply(&mut stream).await?;
    }
    stream.write_all(octets).await?;
    stream.write_all(b".\r\n").await?;
    let said = reply(&mut stream).await?;
    stream.write_all(b"QUIT\r\n").await?;
    Ok(said)
}

/// The last line of a reply.
async fn reply(stream: &mut BufReader<TcpStream>) -> Result<String> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(Problem::new("the server closed the connection"));
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(line.trim_end().to_owned());
        }
    }
}
