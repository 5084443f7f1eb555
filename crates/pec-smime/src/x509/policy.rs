//! Certificate policies: RFC 5280 §6.1.2 to §6.1.5 with the graph of RFC 9618.
//!
//! The tree of RFC 5280 doubles with every certificate that maps two policies to one another; the
//! graph of RFC 9618 has one node for each policy at each depth and gives the same answers.

use std::collections::{BTreeMap, BTreeSet};

use super::Oid;
use super::certificate::Certificate;
use super::oid::known;

/// What the caller asks about policies (RFC 5280 §6.1.1 (c), (e), (f), (g)).
#[derive(Debug, Clone, Default)]
pub(crate) struct PolicyInputs {
    /// The user-initial-policy-set; nothing stands for anyPolicy.
    pub(crate) initial: Option<BTreeSet<Oid>>,
    pub(crate) explicit: bool,
    pub(crate) inhibit_mapping: bool,
    pub(crate) inhibit_any: bool,
}

/// The policies for which a path is valid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PathPolicies {
    /// The policies that the authorities of the path allow, in the anchor's terms; `2.5.29.32.0`
    /// stands for any.
    pub authority: Vec<Oid>,
    /// Those of them that the caller asked for.
    pub user: Vec<Oid>,
    /// Whether a policy had to be found.
    pub explicit: bool,
}

/// Why a path is not valid for any policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyFailure {
    /// RFC 5280 §6.1.3 (f), §6.1.5: one was required.
    NoPolicy,
    /// RFC 5280 §6.1.4 (a).
    AnyPolicyMapped,
}

/// The state of §6.1.2 that concerns policies.
pub(crate) struct PolicyState {
    inputs: PolicyInputs,
    /// One level for each certificate so far, the first for the anchor; empty for the null graph.
    levels: Vec<Vec<Node>>,
    explicit_policy: usize,
    policy_mapping: usize,
    inhibit_any: usize,
}

/// A policy at one depth.
struct Node {
    policy: Oid,
    /// What a certificate further down must call this policy.
    expected: Vec<Oid>,
    /// Places of its parents, one level up.
    parents: Vec<usize>,
}

impl PolicyState {
    /// §6.1.2 (a), (d), (e), (f), and what RFC 5937 takes from an anchor's own certificate.
    pub(crate) fn new(
        mut inputs: PolicyInputs,
        anchor: Option<&Certificate>,
        path_length: usize,
    ) -> Self {
        let never = path_length.saturating_add(1);
        let count = |zero| if zero { 0 } else { never };
        if let Some(policies) = anchor.and_then(|anchor| anchor.extensions().policies.as_ref()) {
            inputs.restrict_to(policies);
        }
        let mut state = Self {
            explicit_policy: count(inputs.explicit),
            policy_mapping: count(inputs.inhibit_mapping),
            inhibit_any: count(inputs.inhibit_any),
            levels: vec![vec![Node { policy: any(), expected: vec![any()], parents: Vec::new() }]],
            inputs,
        };
        if let Some(anchor) = anchor {
            state.lower_counts(anchor);
        }
        state
    }

    /// §6.1.3 (d), (e), (f).
    pub(crate) fn process(
        &mut self,
        certificate: &Certificate,
        is_final: bool,
    ) -> Result<(), PolicyFailure> {
        let next = match (&certificate.extensions().policies, self.levels.last()) {
            (Some(policies), Some(previous)) => {
                let any_allowed =
                    self.inhibit_any > 0 || (!is_final && certificate.is_self_issued());
                next_level(previous, policies, any_allowed)
            }
            _ => Vec::new(),
        };
        self.enter(next);
        if self.explicit_policy > 0 || !self.is_null() {
            Ok(())
        } else {
            Err(PolicyFailure::NoPolicy)
        }
    }

    /// §6.1.4 (a), (b), (h), (i), (j).
    pub(crate) fn prepare_next(&mut self, certificate: &Certificate) -> Result<(), PolicyFailure> {
        if let Some(mappings) = &certificate.extensions().policy_mappings {
            self.map(mappings)?;
        }
        if !certificate.is_self_issued() {
            self.explicit_policy = self.explicit_policy.saturating_sub(1);
            self.policy_mapping = self.policy_mapping.saturating_sub(1);
            self.inhibit_any = self.inhibit_any.saturating_sub(1);
        }
        self.lower_counts(certificate);
        Ok(())
    }

    /// §6.1.5 (a), (b), (g).
    pub(crate) fn wrap_up(mut self, last: &Certificate) -> Result<PathPolicies, PolicyFailure> {
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        let constraints = last.extensions().policy_constraints.unwrap_or_default();
        if constraints.require_explicit_policy == Some(0) {
            self.explicit_policy = 0;
        }
        let authority = self.authority_policies();
        let user: BTreeSet<Oid> = match &self.inputs.initial {
            None => authority.clone(),
            Some(wanted) if authority.contains(&any()) => wanted.clone(),
            Some(wanted) => authority.intersection(wanted).cloned().collect(),
        };
        let explicit = self.explicit_policy == 0;
        if explicit && user.is_empty() {
            return Err(PolicyFailure::NoPolicy);
        }
        Ok(PathPolicies {
            authority: authority.into_iter().collect(),
            user: user.into_iter().collect(),
            explicit,
        })
    }

    fn is_null(&self) -> bool {
        self.levels.is_empty()
    }

    /// Adds a level; an empty one makes the graph null for good.
    fn enter(&mut self, level: Vec<Node>) {
        if level.is_empty() {
            self.levels.clear();
        } else if !self.is_null() {
            self.levels.push(level);
        }
    }

    /// §6.1.4 (a), (b).
    fn map(&mut self, mappings: &[(Oid, Oid)]) -> Result<(), PolicyFailure> {
        let mut targets: BTreeMap<&Oid, Vec<Oid>> = BTreeMap::new();
        for (issuer_domain, subject_domain) in mappings {
            if is_any(issuer_domain) || is_any(subject_domain) {
                return Err(PolicyFailure::AnyPolicyMapped);
            }
            targets.entry(issuer_domain).or_default().push(subject_domain.clone());
        }
        let Some(mut level) = self.levels.pop() else {
            return Ok(());
        };
        if self.policy_mapping == 0 {
            level.retain(|node| !targets.contains_key(&node.policy));
        } else {
            for node in &mut level {
                if let Some(subject_domain) = targets.remove(&node.policy) {
                    node.expected = subject_domain;
                }
            }
            if let Some(parents) =
                level.iter().find(|node| is_any(&node.policy)).map(|node| node.parents.clone())
            {
                level.extend(targets.into_iter().map(|(policy, expected)| Node {
                    policy: policy.clone(),
                    expected,
                    parents: parents.clone(),
                }));
            }
        }
        if level.is_empty() {
            self.levels.clear();
        } else {
            self.levels.push(level);
        }
        Ok(())
    }

    /// §6.1.4 (i), (j).
    fn lower_counts(&mut self, certificate: &Certificate) {
        let extensions = certificate.extensions();
        let constraints = extensions.policy_constraints.unwrap_or_default();
        lower(&mut self.explicit_policy, constraints.require_explicit_policy);
        lower(&mut self.policy_mapping, constraints.inhibit_policy_mapping);
        lower(&mut self.inhibit_any, extensions.inhibit_any_policy);
    }

    /// The `valid_policy_node_set` of RFC 9618 §5.6: policies that hang below anyPolicy and lead to
    /// the last certificate. Walking up from the last level makes pruning on the way unnecessary.
    fn authority_policies(&self) -> BTreeSet<Oid> {
        let mut found = BTreeSet::new();
        let Some(last) = self.levels.last() else {
            return found;
        };
        let mut reached: BTreeSet<usize> = (0..last.len()).collect();
        let above = self.levels.iter().rev().skip(1);
        for (depth, (level, parents)) in self.levels.iter().rev().zip(above).enumerate() {
            let mut next = BTreeSet::new();
            for node in reached.iter().filter_map(|place| level.get(*place)) {
                let is_root = node
                    .parents
                    .iter()
                    .filter_map(|place| parents.get(*place))
                    .any(|parent| is_any(&parent.policy));
                // anyPolicy itself counts only where it reaches the last certificate.
                if is_root && (depth == 0 || !is_any(&node.policy)) {
                    found.insert(node.policy.clone());
                }
                next.extend(node.parents.iter().copied());
            }
            reached = next;
        }
        found
    }
}

impl PolicyInputs {
    /// RFC 5937 §3.2: the policies in an anchor's certificate bound what the caller asks for.
    fn restrict_to(&mut self, policies: &[Oid]) {
        if policies.iter().any(is_any) {
            return;
        }
        let allowed: BTreeSet<Oid> = policies.iter().cloned().collect();
        self.initial = Some(match self.initial.take() {
            None => allowed,
            Some(wanted) => wanted.intersection(&allowed).cloned().collect(),
        });
    }
}

/// §6.1.3 (d)(1) and (2). Policies are distinct (checked when the extension was read), and the
/// parents of all new nodes together are at most the expected policies of the previous level.
fn next_level(previous: &[Node], policies: &[Oid], any_allowed: bool) -> Vec<Node> {
    let mut expecting: BTreeMap<&Oid, Vec<usize>> = BTreeMap::new();
    for (place, node) in previous.iter().enumerate() {
        for policy in &node.expected {
            expecting.entry(policy).or_default().push(place);
        }
    }
    let any_parent = previous.iter().position(|node| is_any(&node.policy));
    let node = |policy: &Oid, parents| Node {
        policy: policy.clone(),
        expected: vec![policy.clone()],
        parents,
    };
    let mut level = Vec::new();
    for policy in policies.iter().filter(|policy| !is_any(policy)) {
        if let Some(parents) = expecting.remove(policy) {
            level.push(node(policy, parents));
        } else if let Some(parent) = any_parent {
            level.push(node(policy, vec![parent]));
        }
    }
    if any_allowed && policies.iter().any(is_any) {
        level.extend(expecting.into_iter().map(|(policy, parents)| node(policy, parents)));
    }
    level
}

fn lower(count: &mut usize, limit: Option<u32>) {
    if let Some(limit) = limit {
        *count = (*count).min(usize::try_from(limit).unwrap_or(usize::MAX));
    }
}

fn any() -> Oid {
    Oid::from_content(known::ANY_POLICY)
}

fn is_any(policy: &Oid) -> bool {
    policy.content() == known::ANY_POLICY
}
