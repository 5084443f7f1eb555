//! mail-parser as a second opinion, over its own corpus where its sources are at hand.

use mail_parser::{MessageParser, MimeHeaders, PartType};
use pec_message::{PartKind, read};

/// The sources of mail-parser, which hold its corpus, if cargo has unpacked them.
fn corpus() -> Vec<Vec<u8>> {
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || std::env::home_dir().unwrap_or_default().join(".cargo"),
        std::path::PathBuf::from,
    );
    let Ok(registries) = std::fs::read_dir(home.join("registry/src")) else { return Vec::new() };
    let mut messages = Vec::new();
    for registry in registries.flatten() {
        let eml = registry.path().join("mail-parser-0.11.9/resources/eml");
        let mut folders = vec![eml];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "eml") {
                    messages.push((path.clone(), std::fs::read(path).unwrap()));
                }
            }
        }
    }
    messages.sort();
    messages.into_iter().map(|(_, octets)| octets).collect()
}

/// What both see of a leaf.
struct Leaf {
    media_type: String,
    octets: Vec<u8>,
    is_damaged: bool,
}

fn ours(message: &[u8]) -> Vec<Leaf> {
    let mail = read(message);
    let leaf = |part: pec_message::Part<'_, '_>| Leaf {
        media_type: part.media_type().to_owned(),
        octets: part.decode().octets().to_vec(),
        is_damaged: part.decode().is_damaged(),
    };
    mail.parts().filter(|part| part.kind() == PartKind::Leaf).map(leaf).collect()
}

fn theirs(message: &mail_parser::Message<'_>, leaves: &mut Vec<Leaf>) {
    for part in &message.parts {
        let octets = match &part.body {
            PartType::Multipart(_) => continue,
            PartType::Message(inner) => {
                theirs(inner, leaves);
                continue;
            }
            PartType::Text(text) | PartType::Html(text) => text.as_bytes().to_vec(),
            PartType::Binary(octets) | PartType::InlineBinary(octets) => octets.to_vec(),
        };
        let media_type = part.content_type().map_or("text/plain".to_owned(), |found| {
            format!("{}/{}", found.ctype(), found.subtype().unwrap_or_default()).to_lowercase()
        });
        leaves.push(Leaf { media_type, octets, is_damaged: part.is_encoding_problem });
    }
}

/// The structure agrees wherever the message is sound; the octets of what is no text too.
#[test]
fn mail_parser_sees_the_same_parts() {
    let corpus = corpus();
    if corpus.is_empty() {
        println!("skipped: the sources of mail-parser are not unpacked");
        return;
    }
    let (mut same, mut odd) = (0, 0);
    let mut different = Vec::new();
    for (number, message) in corpus.iter().enumerate() {
        let (ours, mut leaves) = (ours(message), Vec::new());
        let Some(parsed) = MessageParser::default().parse(message) else { continue };
        theirs(&parsed, &mut leaves);
        let is_same = ours.len() == leaves.len()
            && ours.iter().zip(&leaves).all(|(one, other)| {
                let is_text =
                    one.media_type.starts_with("text/") || other.media_type.ends_with('/');
                is_text || one.is_damaged || one.octets == other.octets
            });
        if is_same {
            same += 1;
        } else if !read(message).oddities().is_empty() {
            odd += 1;
        } else {
            different.push((number, ours.len(), leaves.len()));
        }
    }
    println!("{same} messages alike, {odd} odd ones differ, of {}", corpus.len());
    assert!(different.is_empty(), "{different:?}");
    assert!(same > 80, "the corpus is mostly sound");
}
