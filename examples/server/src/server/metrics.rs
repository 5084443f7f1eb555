//! Metrics and health over HTTP, for this host alone.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::listen::{Port, Stop};
use crate::shell::Gestore;

/// Answers `/metrics` and `/health` until the stop.
pub(super) async fn serve(port: Port, gestore: Gestore, mut stop: Stop) {
    let handle = recorder();
    loop {
        let accepted = tokio::select! {
            accepted = port.listener.accept() => accepted,
            () = stop.wait() => return,
        };
        if let Ok((stream, _)) = accepted {
            let answering = answer(stream, &gestore, handle.as_ref());
            let _ = timeout(Duration::from_secs(5), answering).await;
        }
    }
}

async fn answer(
    mut stream: TcpStream,
    gestore: &Gestore,
    handle: Option<&PrometheusHandle>,
) -> std::io::Result<()> {
    let mut request = Vec::with_capacity(1024);
    while !request.windows(4).any(|four| four == b"\r\n\r\n") && request.len() < 8192 {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let line = request.split(|octet| *octet == b'\r').next().unwrap_or_default();
    let (status, body) = match line.split(|octet| *octet == b' ').nth(1) {
        Some(b"/metrics") if line.starts_with(b"GET ") => {
            ("200 OK", handle.map(PrometheusHandle::render).unwrap_or_default())
        }
        Some(b"/health") if line.starts_with(b"GET ") => health(gestore).await,
        _ => ("404 Not Found", "/metrics and /health are here\n".to_owned()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

/// Healthy is who can read the store.
async fn health(gestore: &Gestore) -> (&'static str, String) {
    let reading = gestore.store().read(|view| view.next_wake()).await;
    match reading {
        Ok(_) => ("200 OK", "ok\n".to_owned()),
        Err(error) => ("503 Service Unavailable", format!("{error}\n")),
    }
}

/// The process has one recorder, however many gestori run in it.
fn recorder() -> Option<PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let held = HANDLE.get_or_init(|| {
        let handle = PrometheusBuilder::new().install_recorder();
        if let Err(error) = &handle {
            tracing::warn!(%error, "metrics are recorded by somebody else");
        }
        handle.ok()
    });
    held.clone()
}
