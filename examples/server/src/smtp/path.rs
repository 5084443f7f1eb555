//! The paths of MAIL and RCPT with their parameters.

use std::borrow::Cow;

use pec_daticert::Address;
use smtp_proto::{
    MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MAIL_BODY_BINARYMIME, MAIL_SMTPUTF8, MailFrom, RcptTo,
};

use super::{Reply, Rules};

/// The reverse path: MAIL FROM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReversePath {
    /// The address; `None` is the null path `<>`.
    pub address: Option<Address>,
    /// The size that the client announces, in octets.
    pub size: Option<u64>,
    /// The client announces octets above 127 (RFC 6152).
    pub is_eight_bit: bool,
}

/// A forward path: RCPT TO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardPath {
    /// The address.
    pub address: Address,
}

/// Extensions that are not announced; their parameters are refused, not ignored: that includes
/// those of DSN (RFC 3461). What becomes of a message is told by receipts, which nobody can decline
/// or ask for, and which bear no `ENVID`.
const NOT_OFFERED: u64 = !(MAIL_BODY_7BIT | MAIL_BODY_8BITMIME);

pub(super) fn reverse(from: MailFrom<Cow<'_, str>>, rules: &Rules) -> Result<ReversePath, Reply> {
    if from.flags & MAIL_SMTPUTF8 != 0 {
        return Err(REFUSED_UTF8);
    }
    if from.flags & MAIL_BODY_BINARYMIME != 0 {
        return Err(Reply::new(555, "5.6.1", "BINARYMIME is not offered"));
    }
    let has_other = from.flags & NOT_OFFERED != 0
        || from.by != 0
        || from.hold_for != 0
        || from.hold_until != 0
        || from.mt_priority != 0
        || from.trans_id.is_some()
        || from.solicit.is_some()
        || from.mtrk.is_some()
        || from.env_id.is_some();
    if has_other {
        return Err(NOT_OFFERED_HERE);
    }
    let size = u64::try_from(from.size).unwrap_or(u64::MAX);
    if size > rules.message_octets {
        return Err(too_large(rules));
    }
    Ok(ReversePath {
        address: if from.address.is_empty() { None } else { Some(address(&from.address)?) },
        size: (size > 0).then_some(size),
        is_eight_bit: from.flags & MAIL_BODY_8BITMIME != 0,
    })
}

pub(super) fn forward(to: RcptTo<Cow<'_, str>>, rules: &Rules) -> Result<ForwardPath, Reply> {
    if to.flags != 0 || to.rrvs != 0 || to.orcpt.is_some() {
        return Err(NOT_OFFERED_HERE);
    }
    // smtp-proto gives <postmaster> as an empty path; RFC 5321 §3.6.2 makes a null path no
    // recipient, and the caller has refused it.
    let postmaster = format!("postmaster@{}", rules.postmaster_domain);
    let written = if to.address.is_empty() { postmaster.as_str() } else { &to.address };
    Ok(ForwardPath { address: address(written)? })
}

fn address(written: &str) -> Result<Address, Reply> {
    if !written.is_ascii() {
        return Err(REFUSED_UTF8);
    }
    let refused = Reply::new(553, "5.1.3", "");
    written.parse().map_err(|error| refused.with_text(format!("<{written}>: {error}")))
}

pub(super) fn too_large(rules: &Rules) -> Reply {
    Reply::new(552, "5.3.4", "")
        .with_text(format!("The message is larger than {} octets", rules.message_octets))
}

const NOT_OFFERED_HERE: Reply =
    Reply::new(555, "5.5.4", "Parameter of an extension that is not offered");

/// Certified mail has no internationalised addresses: refused in the open (RFC 6531 §3.5).
const REFUSED_UTF8: Reply =
    Reply::new(553, "5.6.7", "Internationalised addresses are not taken (SMTPUTF8)");
