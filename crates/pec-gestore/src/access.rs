//! The access point (*punto di accesso*, RFC 6109 §3.1).

use crate::{Context, Plan, Submission};

pub(crate) fn submit(_submission: &Submission, _ctx: &Context<'_>) -> Plan {
    unimplemented!()
}
