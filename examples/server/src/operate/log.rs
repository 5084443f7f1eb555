//! The log, read.

use chrono::{DateTime, Utc};
use pec_gestore::log::statistics::Statistics;
use pec_gestore::log::{Extract, Record};
use pec_store::Store;

use super::{LogOrder, OrderError};

/// Records that are read at once.
const PAGE: u32 = 1000;

/// A part of the log, in the text form or as JSON lines.
pub(super) async fn extract(store: &Store, order: LogOrder) -> Result<String, OrderError> {
    let mailbox = order.mailbox.clone().map(Extract::of);
    let mut text = String::new();
    let mut fault = None;
    let write = |record: &Record| {
        let is_wanted = order.from.is_none_or(|from| from <= record.time)
            && order.until.is_none_or(|until| record.time < until)
            && (order.transmission.is_none() || record.pec_msgid == order.transmission)
            && mailbox.as_ref().is_none_or(|extract| extract.takes(record));
        if !is_wanted {
            return;
        }
        if !order.json {
            text.push_str(&record.to_line());
            text.push('\n');
            return;
        }
        match record.to_json_line() {
            Ok(line) => {
                text.push_str(line.trim_end());
                text.push('\n');
            }
            Err(error) => fault = Some(error.to_string()),
        }
    };
    each(store, write).await?;
    fault.map_or(Ok(text), |fault| Err(OrderError::Record(fault)))
}

/// Numbers of messages by mailbox and day, as CSV (norms 77).
pub(super) async fn statistics(
    store: &Store,
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
) -> Result<String, OrderError> {
    let mut statistics = Statistics::default();
    let count = |record: &Record| {
        if from.is_none_or(|from| from <= record.time) && until.is_none_or(|to| record.time < to) {
            statistics.add(record);
        }
    };
    each(store, count).await?;
    Ok(statistics.to_csv())
}

/// Calls `visit` for every record of every node.
async fn each(store: &Store, mut visit: impl FnMut(&Record)) -> Result<(), OrderError> {
    let heads = store.read(|view| view.heads()).await?;
    for head in heads {
        let mut from = 1;
        loop {
            let node = head.node.clone();
            let page = store.read(move |view| view.log(&node, from, PAGE)).await?;
            let Some(last) = page.last() else { break };
            from = last.number.saturating_add(1);
            page.iter().for_each(|entry| visit(&entry.record));
        }
    }
    Ok(())
}
