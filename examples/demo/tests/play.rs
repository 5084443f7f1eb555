//! The whole play, and what it leaves.
#![expect(clippy::unwrap_used, reason = "a fault stops the test")]

use std::fs;
use std::path::{Path, PathBuf};

use pec_demo::{Order, run};

#[tokio::test(flavor = "multi_thread")]
async fn everything_happens_as_the_norm_asks() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let order = Order { out: Some(out.clone()), is_quiet: true, ..Order::default() };
    assert!(run(&order).await.unwrap());
    let messages = messages(&out.join("mail"));
    // 10 messages handed in, one from outside: 34 messages come of them.
    assert_eq!(messages.len(), 34, "{messages:?}");
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(!page.contains("http://") && !page.contains("https://"), "it loads nothing");
    assert!(page.contains("10 messages handed in") || page.contains("<b>10</b>"));
    for file in ["ca.pem", "logs/alfa.example.log", "logs/beta.example.jsonl"] {
        assert!(out.join(file).is_file(), "{file}");
    }
}

fn messages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(messages(&path));
        } else {
            found.push(path);
        }
    }
    found
}
