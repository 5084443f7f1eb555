//! Reports and deadlines: what becomes of a transmission after it was planned (RFC 6109 §3.1.6).

use crate::{Context, Key, Plan, Report, Snapshot};

pub(crate) fn report(_: Option<&Snapshot>, _: &Report, _: &Context<'_>) -> Plan {
    unimplemented!()
}

pub(crate) fn deadline(_: Option<&Snapshot>, _: &Key, _: &Context<'_>) -> Plan {
    unimplemented!()
}
