//! The formal checks of RFC 6109 §3.1.1 and the provider's rules, each a function of its own.

use std::collections::HashSet;

use pec_daticert::Address;

use super::FormalFault;
use crate::{HeaderFault, Limits, MailboxFacts, Scan, Submission};

/// Everything that is wrong with a submission, in the order of the norm.
// rfc6109 §3.1.1#1, norms 19
pub(super) fn faults(
    submission: &Submission,
    recipients: &[Address],
    mailbox: &MailboxFacts,
    limits: &Limits,
) -> Vec<FormalFault> {
    let check = Check { submission, recipients, mailbox, limits };
    let rules = [
        Check::header,
        Check::octets,
        Check::from,
        Check::reverse_path,
        Check::forward_paths,
        Check::addressed,
        Check::bcc,
        Check::product,
        Check::count,
        Check::attachments,
        Check::correspondents,
    ];
    rules.iter().flat_map(|rule| rule(&check)).collect()
}

struct Check<'c> {
    submission: &'c Submission,
    /// The forward paths, each once.
    recipients: &'c [Address],
    mailbox: &'c MailboxFacts,
    limits: &'c Limits,
}

impl Check<'_> {
    /// Fields as RFC 5322 wants them, `From` and `To` with addresses.
    // norms 66
    fn header(&self) -> Vec<FormalFault> {
        self.submission.facts.faults.iter().copied().map(FormalFault::Header).collect()
    }

    /// Octets that transport leaves alone.
    // norms 66
    fn octets(&self) -> Vec<FormalFault> {
        self.submission.facts.not_canonical.map(FormalFault::NotCanonical).into_iter().collect()
    }

    /// One address in `From`. That there is one, the header's own faults say.
    fn from(&self) -> Vec<FormalFault> {
        let addresses = self.submission.facts.from.len();
        let is_repeated = self.submission.facts.faults.contains(&HeaderFault::Duplicate("From"));
        one_if(addresses > 1 && !is_repeated, || FormalFault::SeveralFrom { addresses })
    }

    /// The reverse path is the address in `From`.
    fn reverse_path(&self) -> Vec<FormalFault> {
        let path = self.submission.envelope.reverse_path.as_ref();
        let (Some(path), [from]) = (path, self.submission.facts.from.as_slice()) else {
            return Vec::new();
        };
        one_if(!path.is_same_mailbox(from), || FormalFault::ReversePathDiffers {
            reverse_path: path.clone(),
            from: from.clone(),
        })
    }

    /// Every recipient is named in `To` or `Cc`.
    fn forward_paths(&self) -> Vec<FormalFault> {
        let facts = &self.submission.facts;
        let named: HashSet<String> = facts.to.iter().chain(&facts.cc).map(mailbox_key).collect();
        let unnamed = self.recipients.iter().filter(|one| !named.contains(&mailbox_key(one)));
        unnamed.cloned().map(FormalFault::NotInHeader).collect()
    }

    /// Everybody named in `To` or `Cc` is a recipient.
    fn addressed(&self) -> Vec<FormalFault> {
        let facts = &self.submission.facts;
        let mut known: HashSet<String> = self.recipients.iter().map(mailbox_key).collect();
        // Whoever is named twice and is no recipient is told of once.
        let missing = facts.to.iter().chain(&facts.cc).filter(|one| known.insert(mailbox_key(one)));
        missing.cloned().map(FormalFault::NotInForwardPath).collect()
    }

    /// `Bcc` is empty.
    // norms 7
    fn bcc(&self) -> Vec<FormalFault> {
        one_if(self.submission.facts.has_bcc, || FormalFault::BccNotEmpty)
    }

    /// Size times recipients within the limit.
    // rfc6109 §3.1.1#2, norms 24
    fn product(&self) -> Vec<FormalFault> {
        let (octets, limit) = (self.submission.facts.octets, self.limits.product());
        let recipients = self.recipients.len();
        let count = u64::try_from(recipients).unwrap_or(u64::MAX);
        one_if(octets.saturating_mul(count) > limit, || FormalFault::ProductTooLarge {
            octets,
            recipients,
            limit,
        })
    }

    /// Not more recipients than the provider takes.
    // norms 24
    fn count(&self) -> Vec<FormalFault> {
        let (recipients, limit) = (self.recipients.len(), self.limits.recipients());
        one_if(recipients > limit, || FormalFault::TooManyRecipients { recipients, limit })
    }

    // norms 68
    fn attachments(&self) -> Vec<FormalFault> {
        match &self.submission.scan {
            Scan::Forbidden(name) => vec![FormalFault::ForbiddenAttachment(name.clone())],
            Scan::Clean | Scan::Infected(_) | Scan::Failed => Vec::new(),
        }
    }

    // norms 96
    fn correspondents(&self) -> Vec<FormalFault> {
        let closed = self.recipients.iter().filter(|one| !self.mailbox.correspondents.admit(one));
        closed.cloned().map(FormalFault::ClosedCorrespondent).collect()
    }
}

fn one_if(applies: bool, fault: impl FnOnce() -> FormalFault) -> Vec<FormalFault> {
    if applies { vec![fault()] } else { Vec::new() }
}

/// What two spellings of one mailbox have in common.
fn mailbox_key(address: &Address) -> String {
    address.as_str().to_ascii_lowercase()
}

/// The forward paths, each mailbox once, as it was first written.
pub(super) fn distinct(forward_paths: &[Address]) -> Vec<Address> {
    let mut seen = HashSet::new();
    forward_paths.iter().filter(|path| seen.insert(mailbox_key(path))).cloned().collect()
}
