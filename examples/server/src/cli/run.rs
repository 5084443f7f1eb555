//! `gestore run`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::Failure;
use crate::clock::SystemClock;
use crate::config::{Config, LogSection};
use crate::server::Server;

/// How long sessions may take to end after the store failed: whatever they do is put off.
const LAST_WORDS: Duration = Duration::from_secs(5);

pub(super) async fn run(folder: &Path) -> Result<(), Failure> {
    let config = Config::read(folder)?;
    start_log(&config.log)?;
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let running = Server::start(folder, config, Arc::new(SystemClock)).await?;
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
        error = running.failed() => {
            // Only recovery tells what the disk holds: whoever watches over us starts us again.
            tracing::error!(%error, "ALARM: the store failed; the gestore ends, start it again");
            let _ = tokio::time::timeout(LAST_WORDS, running.stop()).await;
            return Err(format!("the store failed: {error}").into());
        }
    }
    tracing::info!("stopping: what is under way is finished");
    tokio::select! {
        () = running.stop() => tracing::info!("stopped"),
        _ = int.recv() => tracing::warn!("stopped at once; what was acknowledged is stored"),
    }
    Ok(())
}

fn start_log(section: &LogSection) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&section.level)
        .map_err(|error| format!("log.level: {error}; write info, or pec_server=debug,info"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if section.json {
        log.json().try_init()?;
    } else {
        log.with_ansi(false).try_init()?;
    }
    Ok(())
}
