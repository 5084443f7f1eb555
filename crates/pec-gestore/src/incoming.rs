//! The incoming point (*punto di ricezione*, RFC 6109 §3.2).

use crate::{Arrival, Context, Plan, Snapshot};

pub(crate) fn arrive(_: Option<&Snapshot>, _: &Arrival, _: &Context<'_>) -> Plan {
    unimplemented!()
}
