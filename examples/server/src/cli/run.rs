//! `gestore run`.

use std::path::Path;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::Failure;
use crate::clock::SystemClock;
use crate::config::{Config, LogSection};
use crate::server::Server;

pub(super) async fn run(folder: &Path) -> Result<(), Failure> {
    let config = Config::read(folder)?;
    start_log(&config.log)?;
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let running = Server::start(folder, config, Arc::new(SystemClock)).await?;
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
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
