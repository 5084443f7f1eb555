//! The socket of a running gestore, in its folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pec_gestore::log::{LostReceipt, UnknownEvent};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Mutex;

use super::{Order, OrderError, carry_out, credentials, users};
use crate::accounts::Gate;
use crate::listen::Stop;
use crate::shell::Gestore;

/// The name of the socket within the folder of a gestore.
pub const SOCKET: &str = "control/socket";
/// Longest order, in octets.
const ORDER_OCTETS: u64 = 1024 * 1024;

/// Why an order did not reach the running gestore, or what it said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// Nobody listens at the socket.
    #[error("{}: {reason}; is the gestore running under another user?", socket.display())]
    Socket {
        /// The socket.
        socket: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The order was not carried out.
    #[error("{0}")]
    Refused(String),
}

#[derive(Serialize, Deserialize)]
enum Answer {
    Done(String),
    Failed(String),
}

/// Carries out orders until the stop. The socket belongs to the owner of the process alone.
pub async fn serve(folder: PathBuf, gestore: Gestore, gate: Arc<Gate>, mut stop: Stop) {
    let socket = folder.join(SOCKET);
    let listener = match bind(&socket) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::warn!(%error, socket = %socket.display(), "no orders can be taken");
            return;
        }
    };
    let changing = Arc::new(Mutex::new(()));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.wait() => break,
        };
        if let Ok((stream, _)) = accepted {
            let (gestore, gate) = (gestore.clone(), Arc::clone(&gate));
            let changing = Arc::clone(&changing);
            tokio::spawn(async move {
                if let Err(error) = answer(stream, &gestore, &gate, &changing).await {
                    tracing::warn!(%error, "an order broke off");
                }
            });
        }
    }
    let _ = std::fs::remove_file(&socket);
}

fn bind(socket: &Path) -> std::io::Result<UnixListener> {
    // The folder is closed to others before there is a socket: whoever reaches it commands us.
    if let Some(folder) = socket.parent() {
        use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    // Left over from a process that died; the store is ours, so nobody else listens.
    if socket.exists() {
        std::fs::remove_file(socket)?;
    }
    UnixListener::bind(socket)
}

async fn answer(
    stream: UnixStream,
    gestore: &Gestore,
    gate: &Gate,
    changing: &Mutex<()>,
) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    BufReader::new(reader.take(ORDER_OCTETS)).read_line(&mut line).await?;
    let answer = match serde_json::from_str::<Order>(&line) {
        Ok(order) => {
            tracing::info!(?order, "an operator's order");
            // Between looking at a mailbox and changing it nobody else does: a new password of the
            // holder must not undo what the operator has just decided.
            let _alone = if order.changes_a_mailbox() { Some(changing.lock().await) } else { None };
            match carry_out_running(gestore, gate, order).await {
                Ok(text) => Answer::Done(text),
                Err(error) => Answer::Failed(error.to_string()),
            }
        }
        Err(error) => Answer::Failed(format!("the order is not understood: {error}")),
    };
    let text = serde_json::to_vec(&answer).unwrap_or_default();
    writer.write_all(&text).await?;
    writer.shutdown().await
}

async fn carry_out_running(
    gestore: &Gestore,
    gate: &Gate,
    order: Order,
) -> Result<String, OrderError> {
    let (store, now) = (gestore.store(), gestore.now());
    let (holder, transmission, event, recipient) = match order {
        Order::Reissue { holder, transmission, event, recipient } => {
            (holder, transmission, event, recipient)
        }
        Order::ChangePassword { address, current, password } => {
            let current = credentials(&address, current);
            return users::change_password(store, Some(gate), current, &password, now).await;
        }
        other => return carry_out(store, other, now).await,
    };
    let failed = |reason: &dyn std::fmt::Display| OrderError::Reissue(reason.to_string());
    let event = event.parse().map_err(|error: UnknownEvent| failed(&error))?;
    let lost = LostReceipt { holder: holder.clone(), pec_msgid: transmission, event, recipient };
    gestore.reissue(lost).await.map_err(|error| failed(&error))?;
    Ok(format!("The receipt is sent to {holder} again.\n"))
}

/// Sends an order to the gestore that runs in a folder; what it says.
///
/// # Errors
///
/// [`ControlError`].
pub async fn send(folder: &Path, order: &Order) -> Result<String, ControlError> {
    let socket = folder.join(SOCKET);
    let failed = |reason: &dyn std::fmt::Display| ControlError::Socket {
        socket: socket.clone(),
        reason: reason.to_string(),
    };
    let mut stream = UnixStream::connect(&socket).await.map_err(|error| failed(&error))?;
    let mut line = serde_json::to_vec(order).map_err(|error| failed(&error))?;
    line.push(b'\n');
    stream.write_all(&line).await.map_err(|error| failed(&error))?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await.map_err(|error| failed(&error))?;
    match serde_json::from_slice(&text).map_err(|error| failed(&error))? {
        Answer::Done(text) => Ok(text),
        Answer::Failed(reason) => Err(ControlError::Refused(reason)),
    }
}
