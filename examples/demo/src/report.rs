//! `report.html`: one self-contained page, light and dark, for people and for the archive.

use askama::Template;
use chrono::{DateTime, FixedOffset};

use crate::picture;
use crate::story::{Finding, Letter, Story, Transmission};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    story: &'a Story,
    acts: Vec<Act<'a>>,
    verified: usize,
    certified: usize,
    kept: usize,
    started: &'a str,
    openssl: &'a str,
}

struct Act<'a> {
    number: usize,
    transmission: &'a Transmission,
    picture: String,
    letters: Vec<&'a Letter>,
}

/// Writes the page. `started` is when the run began, `openssl` the line that checks a message.
///
/// # Errors
/// Those of the template.
pub(crate) fn page(story: &Story, started: &str, openssl: &str) -> Result<String, askama::Error> {
    let acts = story.transmissions.iter().enumerate().map(|(index, transmission)| Act {
        number: index.saturating_add(1),
        transmission,
        picture: picture::draw(story, transmission),
        letters: transmission.id.as_deref().map(|id| story.letters_of(id)).unwrap_or_default(),
    });
    let certified = story.letters.iter().filter(|letter| letter.kind.is_some());
    let (mut all, mut verified) = (0_usize, 0_usize);
    for letter in certified {
        all = all.saturating_add(1);
        verified = verified.saturating_add(usize::from(letter.fault.is_none()));
    }
    let kept = story.findings.iter().filter(|finding| finding.instead.is_none()).count();
    let acts = acts.collect();
    Page { story, acts, verified, certified: all, kept, started, openssl }.render()
}

/// A cell of a table: the time of day, with the day before it when it is not the first one.
fn cell(time: &Option<DateTime<FixedOffset>>) -> String {
    time.map(|time| time.format("%d/%m %H:%M:%S").to_string()).unwrap_or_else(|| "–".to_owned())
}

/// How a cell looks: an empty one is nothing to look at.
const fn tone(time: &Option<DateTime<FixedOffset>>, tone: &'static str) -> &'static str {
    if time.is_some() { tone } else { "none" }
}

fn outcome(finding: &Finding) -> &str {
    finding.instead.as_deref().unwrap_or("as prescribed")
}

fn issuer(letter: &Letter) -> &str {
    letter.provider.as_deref().unwrap_or("–")
}
