//! What belongs together: the records of each provider.

use std::collections::{HashMap, hash_map::Entry};

use super::{
    Record,
    findings::Findings,
    record::{self, Context, Role, Said},
};
use crate::{
    BaseRoot, Contents, DeviationKind, Environment, Provider, ReadError, SecondaryEnvironment,
    Text,
    error::{LineError, LineFault},
    lines::Value,
    name::{NameError, RecordName},
};

/// The records read so far. Secondary environments wait until every main one is known.
#[derive(Default)]
pub(super) struct Assembly {
    contents: Contents,
    base_line: Option<usize>,
    /// Line and place of each provider, by the key of its name.
    providers: HashMap<String, (usize, usize)>,
    waiting: Vec<Waiting>,
}

struct Waiting {
    line: usize,
    unit: Text,
    provider: Text,
    /// The name if each fold in it stands for a blank.
    with_blanks: Option<(Text, Text)>,
    said: Said,
}

impl Assembly {
    pub(super) fn add(
        &mut self,
        record: Record<'_>,
        context: &mut Context<'_>,
    ) -> Result<(), ReadError> {
        let line = record.name.line;
        let Some(name) = name(&record.name, &mut context.findings) else {
            return Ok(());
        };
        match name {
            RecordName::Base => {
                if let Some(first) = self.base_line.replace(line) {
                    return Err(same_name(line, first));
                }
                let said = record::read(&record, Role::Base, context)?;
                let descriptions = said.environment.descriptions;
                self.contents.base = Some(BaseRoot { location: said.location, descriptions });
            }
            RecordName::Main(name) => {
                let index = self.contents.providers.len();
                match self.providers.entry(name.key()) {
                    Entry::Occupied(first) => return Err(same_name(line, first.get().0)),
                    Entry::Vacant(place) => _ = place.insert((line, index)),
                }
                let said = record::read(&record, Role::Main, context)?;
                compare(&said.provider, Some(&name), &mut context.findings);
                compare(&said.unit, None, &mut context.findings);
                let mut provider = Provider::new(name, said.environment);
                provider.location = said.location;
                self.contents.providers.push(provider);
            }
            RecordName::Secondary { unit, provider, plural } => {
                if plural {
                    context.findings.at(&record.name, DeviationKind::ProviderUnits);
                }
                let said = record::read(&record, Role::Secondary, context)?;
                let with_blanks = with_blanks(&record.name);
                self.waiting.push(Waiting { line, unit, provider, with_blanks, said });
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self, findings: &mut Findings) -> Result<Contents, ReadError> {
        let mut units = HashMap::new();
        for waiting in std::mem::take(&mut self.waiting) {
            let line = waiting.line;
            let (index, unit, environment) = self.resolve(waiting, findings);
            match units.entry((index, unit.key())) {
                Entry::Occupied(first) => return Err(same_name(line, *first.get())),
                Entry::Vacant(place) => _ = place.insert(line),
            }
            if let Some(provider) = self.contents.providers.get_mut(index) {
                provider.secondary.push(SecondaryEnvironment { unit, environment });
            }
        }
        Ok(self.contents)
    }

    /// Finds the provider of a secondary environment, or makes one without a main environment.
    fn resolve(
        &mut self,
        mut waiting: Waiting,
        findings: &mut Findings,
    ) -> (usize, Text, Environment) {
        let mut add = |kind| findings.add(waiting.line, Some("dn".into()), kind);
        let mut found = self.providers.get(&waiting.provider.key()).map(|(_, index)| *index);
        if found.is_none()
            && let Some((unit, provider)) = waiting.with_blanks
            && let Some((_, index)) = self.providers.get(&provider.key())
        {
            add(DeviationKind::LostBlank);
            found = Some(*index);
            waiting.provider = provider;
            // The attribute decides where two readings of the unit are possible.
            if waiting.said.unit.as_ref().is_some_and(|(_, said)| said.key() == unit.key()) {
                waiting.unit = unit;
            }
        }
        let index = found.unwrap_or_else(|| {
            add(DeviationKind::NoMainEnvironment);
            let index = self.contents.providers.len();
            self.providers.insert(waiting.provider.key(), (waiting.line, index));
            self.contents.providers.push(Provider {
                name: waiting.provider.clone(),
                location: None,
                main: None,
                secondary: Vec::new(),
            });
            index
        });
        compare(&waiting.said.provider, Some(&waiting.provider), findings);
        compare(&waiting.said.unit, Some(&waiting.unit), findings);
        (index, waiting.unit, waiting.said.environment)
    }
}

fn name(value: &Value<'_>, findings: &mut Findings) -> Option<RecordName> {
    let name = record::text(value, findings)?;
    match RecordName::parse(name) {
        Ok(name) => Some(name),
        Err(error) => {
            findings.at(
                value,
                match error {
                    NameError::Malformed => DeviationKind::BadName,
                    NameError::Foreign => DeviationKind::ForeignRecord,
                },
            );
            None
        }
    }
}

fn with_blanks(name: &Value<'_>) -> Option<(Text, Text)> {
    match RecordName::parse(&name.with_blanks_at_folds()?) {
        Ok(RecordName::Secondary { unit, provider, .. }) => Some((unit, provider)),
        _ => None,
    }
}

/// The attribute repeats what the name of the record says.
fn compare(said: &Option<(usize, Text)>, name: Option<&Text>, findings: &mut Findings) {
    if let Some((line, said)) = said
        && name.is_none_or(|name| name.key() != said.key())
    {
        findings.add(*line, None, DeviationKind::NameDiffers);
    }
}

fn same_name(line: usize, first: usize) -> ReadError {
    let fault = LineFault::SameName { first };
    LineError { line, attribute: Some("dn".into()), fault }.into()
}
