//! Name constraints (RFC 5280 §4.2.1.10 and §6.1.3 (b), (c)).
//!
//! AgID CA 1 lists the domains of the providers it certifies in this extension, so it is what stops
//! a CA of one register from naming another provider (norms 58).

use super::certificate::Certificate;
use super::general_name::GeneralName;
use super::tlv::{DerError, Reader, tag};

/// The subtrees of one nameConstraints extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameConstraints {
    permitted: Vec<GeneralName>,
    excluded: Vec<GeneralName>,
}

/// How a name breaks a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breach {
    Excluded,
    /// The name, or the constraint on its kind, is of a form that cannot be compared.
    Incomparable,
    NotPermitted,
    /// More comparisons would be needed than are allowed.
    TooMany,
}

/// How often names may still be compared.
#[derive(Debug)]
pub(crate) struct Comparisons(pub(crate) usize);

impl Comparisons {
    fn take(&mut self) -> Result<(), Breach> {
        self.0 = self.0.checked_sub(1).ok_or(Breach::TooMany)?;
        Ok(())
    }
}

impl NameConstraints {
    pub(crate) fn read(mut fields: Reader<'_>) -> Result<Self, DerError> {
        let permitted = read_subtrees(&mut fields, 0)?;
        let excluded = read_subtrees(&mut fields, 1)?;
        fields.finish()?;
        Ok(Self { permitted, excluded })
    }

    /// Checks every name of a certificate: the subject, the subjectAltNames, and the e-mail
    /// addresses in the subject when there is no subjectAltName.
    ///
    /// RFC 5280 §6.1.4 (g) intersects the permitted subtrees of all certificates. A name lies in an
    /// intersection exactly if it lies in each set, so the sets are checked one after the other and
    /// the intersection is never built.
    pub(crate) fn check(
        &self,
        certificate: &Certificate,
        budget: &mut Comparisons,
    ) -> Result<(), Breach> {
        let subject = certificate.subject_name();
        if !subject.is_empty() {
            self.check_name(&GeneralName::Directory(subject.key().clone()), budget)?;
        }
        match &certificate.extensions().subject_alt_name {
            Some(names) => names.iter().try_for_each(|name| self.check_name(name, budget)),
            None => certificate
                .email_addresses()
                .into_iter()
                .try_for_each(|address| self.check_name(&GeneralName::Rfc822(address), budget)),
        }
    }

    fn check_name(&self, name: &GeneralName, budget: &mut Comparisons) -> Result<(), Breach> {
        for subtree in &self.excluded {
            budget.take()?;
            if is_within(name, subtree)? == Some(true) {
                return Err(Breach::Excluded);
            }
        }
        let mut permitted = None;
        for subtree in &self.permitted {
            budget.take()?;
            match is_within(name, subtree)? {
                Some(true) => return Ok(()),
                Some(false) => permitted = Some(false),
                None => {}
            }
        }
        if permitted == Some(false) { Err(Breach::NotPermitted) } else { Ok(()) }
    }
}

/// Reads `[number] GeneralSubtrees OPTIONAL`.
fn read_subtrees(fields: &mut Reader<'_>, number: u8) -> Result<Vec<GeneralName>, DerError> {
    let mut subtrees = Vec::new();
    let Some(element) = fields.optional(tag::constructed(number))? else {
        return Ok(subtrees);
    };
    let mut list = element.contents();
    while !list.is_empty() {
        let subtree = list.expect(tag::SEQUENCE)?;
        let mut fields = subtree.contents();
        let base = GeneralName::from_tlv(fields.next()?)?;
        if let Some(minimum) = fields.optional(tag::context(0))? {
            // "Within this profile, the minimum and maximum fields are not used": a subtree that
            // starts lower down means something this code does not do.
            if minimum.small_unsigned()? != 0 {
                return Err(minimum.bad_value());
            }
        }
        fields.finish()?;
        if let GeneralName::Ip(range) = &base
            && !is_ip_range(range)
        {
            return Err(subtree.bad_value());
        }
        subtrees.push(base);
    }
    Ok(subtrees)
}

/// An address and a mask of the same size, the mask being a run of ones (RFC 4632).
fn is_ip_range(range: &[u8]) -> bool {
    if !matches!(range.len(), 8 | 32) {
        return false;
    }
    let (_, mask) = range.split_at(range.len() / 2);
    let mut bits = mask.iter().flat_map(|octet| (0..8).map(move |bit| octet & (0x80 >> bit) != 0));
    !bits.by_ref().skip_while(|bit| *bit).any(|bit| bit)
}

/// Whether `name` lies in `subtree`; nothing if they are of different kinds.
fn is_within(name: &GeneralName, subtree: &GeneralName) -> Result<Option<bool>, Breach> {
    use GeneralName as N;
    Ok(Some(match (name, subtree) {
        (N::Directory(name), N::Directory(base)) => name.is_within(base),
        (N::Rfc822(address), N::Rfc822(base)) => {
            mailbox_is_within(address, base).ok_or(Breach::Incomparable)?
        }
        (N::Dns(host), N::Dns(base)) => dns_is_within(host, base),
        (N::Uri(uri), N::Uri(base)) => uri_is_within(uri, base).ok_or(Breach::Incomparable)?,
        (N::Ip(address), N::Ip(range)) => ip_is_within(address, range),
        (N::Other { tag: a, .. }, N::Other { tag: b, .. }) if a == b => {
            return Err(Breach::Incomparable);
        }
        _ => return Ok(None),
    }))
}

/// A constraint is one mailbox, all of one host, or (with a leading dot) all hosts below a domain.
fn mailbox_is_within(address: &str, base: &str) -> Option<bool> {
    let (local, host) = address.rsplit_once('@').filter(|(local, _)| !local.is_empty())?;
    Some(match base.rsplit_once('@') {
        // RFC 5280 §7.5: the local part is compared exactly, the host without regard to case.
        Some((base_local, base_host)) => {
            local == base_local && host.eq_ignore_ascii_case(base_host)
        }
        None => host_is_within(host, base),
    })
}

/// A host equals the base, or lies below it if the base begins with a dot.
fn host_is_within(host: &str, base: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    if base.starts_with('.') {
        host.len() > base.len() && ends_with_ignoring_case(host, base)
    } else {
        base.is_empty() || host.eq_ignore_ascii_case(base)
    }
}

/// A DNS name equals the base or has more labels to its left. A leading dot, which the standard
/// does not have but CAs write, asks for one more label.
fn dns_is_within(host: &str, base: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    if base.is_empty() || base.starts_with('.') {
        return host_is_within(host, base);
    }
    if host.len() == base.len() {
        return host.eq_ignore_ascii_case(base);
    }
    let dot = host.len().checked_sub(base.len()).and_then(|start| start.checked_sub(1));
    dot.is_some_and(|dot| host.as_bytes().get(dot) == Some(&b'.'))
        && ends_with_ignoring_case(host, base)
}

/// Compares the host of a URI. A URI without one, or with an address, cannot be compared.
fn uri_is_within(uri: &str, base: &str) -> Option<bool> {
    let (_, after) = uri.split_once("://")?;
    let authority = after.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.starts_with('[') {
        return None;
    }
    let host = host.split(':').next().filter(|host| !host.is_empty())?;
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return None;
    }
    Some(host_is_within(host, base))
}

fn ip_is_within(address: &[u8], range: &[u8]) -> bool {
    let (base, mask) = range.split_at(range.len() / 2);
    address.len() == base.len()
        && address
            .iter()
            .zip(base.iter().zip(mask))
            .all(|(octet, (base, mask))| octet & mask == base & mask)
}

fn ends_with_ignoring_case(text: &str, end: &str) -> bool {
    text.len()
        .checked_sub(end.len())
        .and_then(|start| text.as_bytes().get(start..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn within(name: GeneralName, base: GeneralName) -> Result<Option<bool>, Breach> {
        is_within(&name, &base)
    }

    fn rfc822(text: &str) -> GeneralName {
        GeneralName::Rfc822(text.to_owned())
    }

    fn constraints(permitted: Vec<GeneralName>, excluded: Vec<GeneralName>) -> NameConstraints {
        NameConstraints { permitted, excluded }
    }

    fn check(constraints: &NameConstraints, name: &GeneralName) -> Result<(), Breach> {
        constraints.check_name(name, &mut Comparisons(100))
    }

    #[test]
    fn mail_constraints_name_a_mailbox_a_host_or_a_domain() {
        for (address, base, expected) in [
            ("posta-certificata@pec.acme.it", "posta-certificata@pec.acme.it", true),
            ("posta-certificata@PEC.ACME.IT", "posta-certificata@pec.acme.it", true),
            ("Posta-certificata@pec.acme.it", "posta-certificata@pec.acme.it", false),
            ("a@pec.acme.it", "pec.acme.it", true),
            ("a@x.pec.acme.it", "pec.acme.it", false),
            ("a@x.pec.acme.it", ".pec.acme.it", true),
            ("a@pec.acme.it", ".pec.acme.it", false),
            ("a@notpec.acme.it", "pec.acme.it", false),
            ("\"a@evil.it\"@pec.acme.it", "evil.it", false),
            ("a@anything.it", "", true),
        ] {
            assert_eq!(
                within(rfc822(address), rfc822(base)),
                Ok(Some(expected)),
                "{address} {base}"
            );
        }
        assert_eq!(within(rfc822("no-host"), rfc822("acme.it")), Err(Breach::Incomparable));
        assert_eq!(within(rfc822("@acme.it"), rfc822("acme.it")), Err(Breach::Incomparable));
    }

    #[test]
    fn dns_constraints_add_whole_labels_on_the_left() {
        for (host, base, expected) in [
            ("acme.it", "acme.it", true),
            ("a.b.ACME.it", "acme.it", true),
            ("notacme.it", "acme.it", false),
            ("acme.it", ".acme.it", false),
            ("a.acme.it", ".acme.it", true),
            ("it", "acme.it", false),
            ("acme.it.", "acme.it", true),
            ("anything", "", true),
        ] {
            let (host, base) = (GeneralName::Dns(host.into()), GeneralName::Dns(base.into()));
            assert_eq!(within(host.clone(), base.clone()), Ok(Some(expected)), "{host:?} {base:?}");
        }
    }

    #[test]
    fn uri_constraints_look_at_the_host_alone() {
        let uri = |text: &str, base: &str| {
            within(GeneralName::Uri(text.into()), GeneralName::Uri(base.into()))
        };
        assert_eq!(uri("http://acme.it/evil.it", "acme.it"), Ok(Some(true)));
        assert_eq!(uri("http://acme.it@evil.it/", "acme.it"), Ok(Some(false)));
        assert_eq!(uri("http://evil.it#@acme.it/", "acme.it"), Ok(Some(false)));
        assert_eq!(uri("ldap://a.acme.it:389/x", ".acme.it"), Ok(Some(true)));
        assert_eq!(uri("ldap://a.acme.it:389/x", "acme.it"), Ok(Some(false)));
        for incomparable in ["mailto:a@acme.it", "http://10.0.0.1/", "http://[::1]/", "http:///x"] {
            assert_eq!(uri(incomparable, "acme.it"), Err(Breach::Incomparable), "{incomparable}");
        }
    }

    #[test]
    fn ip_constraints_are_an_address_and_a_mask() {
        let ip = |octets: &[u8]| GeneralName::Ip(octets.into());
        let range = ip(&[10, 1, 0, 0, 255, 255, 0, 0]);
        assert_eq!(within(ip(&[10, 1, 2, 3]), range.clone()), Ok(Some(true)));
        assert_eq!(within(ip(&[10, 2, 2, 3]), range.clone()), Ok(Some(false)));
        assert_eq!(within(ip(&[0; 16]), range), Ok(Some(false)));
        assert!(is_ip_range(&[10, 0, 0, 0, 255, 128, 0, 0]));
        assert!(!is_ip_range(&[10, 0, 0, 0, 255, 0, 255, 0]));
        assert!(!is_ip_range(&[10, 0, 0, 0, 255]));
    }

    #[test]
    fn kinds_that_cannot_be_compared_are_refused_and_others_are_left_alone() {
        let other = GeneralName::Other { tag: 0xa0, encoded: Box::default() };
        let registered = GeneralName::Other { tag: 0x88, encoded: Box::default() };
        assert_eq!(within(other.clone(), other.clone()), Err(Breach::Incomparable));
        assert_eq!(within(other, registered), Ok(None));
        assert_eq!(within(rfc822("a@b.it"), GeneralName::Dns("b.it".into())), Ok(None));
    }

    #[test]
    fn exclusion_wins_over_permission() {
        let both = constraints(vec![rfc822(".acme.it")], vec![rfc822("x.acme.it")]);
        assert_eq!(check(&both, &rfc822("a@y.acme.it")), Ok(()));
        assert_eq!(check(&both, &rfc822("a@x.acme.it")), Err(Breach::Excluded));
        assert_eq!(check(&both, &rfc822("a@other.it")), Err(Breach::NotPermitted));
        assert_eq!(check(&both, &GeneralName::Dns("other.it".into())), Ok(()));
    }

    #[test]
    fn comparisons_run_out_instead_of_running_on() {
        let many = constraints(vec![rfc822("acme.it"); 100], Vec::new());
        let mut budget = Comparisons(50);
        assert_eq!(many.check_name(&rfc822("a@b.it"), &mut budget), Err(Breach::TooMany));
    }

    proptest! {
        #[test]
        fn a_host_is_within_a_domain_exactly_if_its_last_labels_are_it(
            left in "[a-z]{0,3}", dot in prop::bool::ANY, base in "[a-z]{1,3}\\.it",
        ) {
            let host = format!("{left}{}{base}", if dot { "." } else { "" });
            let labels = |name: &str| name.split('.').map(str::to_owned).collect::<Vec<_>>();
            prop_assume!(!host.starts_with('.'));
            let expected = labels(&host).ends_with(&labels(&base));
            prop_assert_eq!(dns_is_within(&host, &base), expected);
        }

        #[test]
        fn no_text_makes_a_comparison_panic(name in "\\PC{0,20}", base in "\\PC{0,20}") {
            let _ = mailbox_is_within(&name, &base);
            let _ = dns_is_within(&name, &base);
            let _ = uri_is_within(&name, &base);
        }
    }
}
