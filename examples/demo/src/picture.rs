//! The picture of a transmission: who sent which message to whom, from top to bottom, as SVG.

use std::fmt::Write as _;

use pec_message::MessageKind;

use crate::story::{Letter, Story, Transmission};

const LANES: [&str; 4] = ["Sender", "Sender's provider", "Recipient's provider", "Recipient"];
const WIDTH: u32 = 810;
const TOP: u32 = 46;
const STEP: u32 = 30;

/// An arrow of the picture.
#[derive(Debug, PartialEq, Eq)]
struct Arrow {
    from: usize,
    to: usize,
    label: String,
    time: String,
    class: &'static str,
}

/// Draws a transmission.
#[must_use]
pub(crate) fn draw(story: &Story, transmission: &Transmission) -> String {
    let arrows = arrows(story, transmission);
    let rows = u32::try_from(arrows.len()).unwrap_or(u32::MAX);
    let height = rows.saturating_mul(STEP).saturating_add(TOP).saturating_add(16);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Messages of the transmission, in order\">"
    );
    for (lane, name) in LANES.iter().enumerate() {
        let x = lane_x(lane);
        let bottom = height.saturating_sub(8);
        let _ = write!(
            svg,
            "<text class=\"lane\" x=\"{x}\" y=\"18\">{name}</text>\
             <line class=\"lane\" x1=\"{x}\" x2=\"{x}\" y1=\"28\" y2=\"{bottom}\"/>"
        );
    }
    let mut y = TOP;
    for arrow in &arrows {
        draw_arrow(&mut svg, arrow, y);
        y = y.saturating_add(STEP);
    }
    svg.push_str("</svg>");
    svg
}

fn draw_arrow(svg: &mut String, arrow: &Arrow, y: u32) {
    let (from, to) = (lane_x(arrow.from), lane_x(arrow.to));
    // The head is a triangle at the end, so that no marker needs an identifier in the page.
    let back = if to > from { to.saturating_sub(9) } else { to.saturating_add(9) };
    let (up, down) = (y.saturating_sub(5), y.saturating_add(5));
    let middle = from.midpoint(to);
    let above = y.saturating_sub(5);
    let Arrow { label, time, class, .. } = arrow;
    let label = escape(label);
    // The text clears a little space round itself, so the line comes after it.
    let _ = write!(
        svg,
        "<g class=\"{class}\"><text x=\"{middle}\" y=\"{above}\">{label}</text>\
         <text class=\"time\" x=\"4\" y=\"{down}\">{time}</text>\
         <line x1=\"{from}\" x2=\"{back}\" y1=\"{y}\" y2=\"{y}\"/>\
         <path d=\"M{to} {y}L{back} {up}V{down}Z\"/></g>"
    );
}

fn lane_x(lane: usize) -> u32 {
    let lane = u32::try_from(lane).unwrap_or(0);
    lane.saturating_mul(212).saturating_add(110)
}

fn arrows(story: &Story, transmission: &Transmission) -> Vec<Arrow> {
    let mut arrows = vec![Arrow {
        from: 0,
        to: 1,
        label: "message".into(),
        time: String::new(),
        class: "plain",
    }];
    let letters = transmission.id.as_deref().map(|id| story.letters_of(id)).unwrap_or_default();
    let accepted = letters.iter().find(|letter| letter.kind == Some(MessageKind::Acceptance));
    let sender = accepted.and_then(|letter| letter.provider.clone());
    arrows.extend(letters.into_iter().filter_map(|letter| arrow(letter, sender.as_deref())));
    arrows
}

/// The arrow of a message; `sender` is the name of the sender's provider.
fn arrow(letter: &Letter, sender: Option<&str>) -> Option<Arrow> {
    let is_of_sender = letter.provider.as_deref() == sender;
    let (from, to, what, class) = match letter.kind? {
        MessageKind::Acceptance => (1, 0, "acceptance", "good"),
        MessageKind::NonAcceptance => (1, 0, "non-acceptance", "bad"),
        MessageKind::TransportEnvelope => (1, 3, "transport envelope", "plain"),
        MessageKind::TakeInCharge => (2, 1, "take-in-charge", "plain"),
        MessageKind::Delivery => (2, 0, "delivery", "good"),
        // RFC 6109 §3.2.4: a virus that was found on the other side is told by this one.
        MessageKind::DeliveryError if is_of_sender => (1, 0, "delivery error", "bad"),
        MessageKind::DeliveryError => (2, 0, "delivery error", "bad"),
        MessageKind::DeliveryNotice if letter.is_final_notice => (1, 0, "24 h notice", "bad"),
        MessageKind::DeliveryNotice => (1, 0, "12 h notice", "warn"),
        MessageKind::VirusDetection => (2, 1, "virus detected", "bad"),
        MessageKind::AnomalyEnvelope => (2, 3, "anomaly envelope", "warn"),
    };
    let about = match (letter.kind?, letter.delivered_to.as_deref()) {
        (MessageKind::TransportEnvelope, _) => format!(": {}", letter.mailbox),
        (_, Some(recipient)) => format!(": {recipient}"),
        (_, None) => String::new(),
    };
    let time = letter.time.map(|time| time.format("%d/%m %H:%M:%S").to_string());
    Some(Arrow { from, to, label: what.to_owned() + &about, time: time.unwrap_or_default(), class })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_comes_from_the_provider_that_issued_it() {
        let letter = |kind, provider: &str| Letter {
            kind: Some(kind),
            provider: Some(provider.to_owned()),
            transmission: Some("1".to_owned()),
            ..Letter::default()
        };
        let letters = vec![
            letter(MessageKind::Acceptance, "Alfa"),
            letter(MessageKind::DeliveryError, "Beta"),
            letter(MessageKind::DeliveryError, "Alfa"),
        ];
        let story = Story { letters, ..Story::default() };
        let transmission = Transmission {
            title: String::new(),
            id: Some("1".to_owned()),
            sender: String::new(),
            recipients: Vec::new(),
            smtp: String::new(),
        };
        let ends: Vec<_> = arrows(&story, &transmission).iter().map(|a| (a.from, a.to)).collect();
        assert_eq!(ends, [(0, 1), (1, 0), (2, 0), (1, 0)]);
    }
}
