//! A complete transmission of certified mail between two providers, seen.
mod picture;
mod report;
mod story;

fn main() {
    let story = story::Story::default();
    let _ = report::page(&story, "", "");
}
