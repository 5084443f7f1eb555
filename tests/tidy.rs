//! The files of the repository keep its conventions.

use pec_tests::problem::{self, Problem};
use pec_tests::{architecture, tidy, workspace};

#[test]
fn rust_files_are_tidy() {
    let problems = of_files(".rs", &|path, text| tidy::check_rust(path, text));
    assert!(problems.is_empty(), "\n{}\n", problem::list(&problems));
}

#[test]
fn no_file_is_large() {
    let root = workspace::root();
    let size = |path: &String| root.join(path).metadata().unwrap().len();
    let files = workspace::files(root).unwrap();
    let problems: Vec<Problem> =
        files.iter().flat_map(|path| tidy::check_size(path, size(path))).collect();
    assert!(problems.is_empty(), "\n{}\n", problem::list(&problems));
}

#[test]
fn every_crate_has_its_papers() {
    let root = workspace::root();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    let files = workspace::files(root).unwrap();
    let manifests = files.iter().filter_map(|path| path.strip_suffix("/Cargo.toml"));
    let crates = manifests.filter(|folder| folder.starts_with("crates/"));
    let problems: Vec<Problem> =
        crates.flat_map(|folder| tidy::check_crate(folder, &read)).collect();
    assert!(problems.is_empty(), "\n{}\n", problem::list(&problems));
}

#[test]
fn links_lead_somewhere() {
    let exists = |path: &str| workspace::root().join(path).exists();
    let problems = of_files(".md", &|path, text| tidy::check_links(path, text, &exists));
    assert!(problems.is_empty(), "\n{}\n", problem::list(&problems));
}

#[test]
fn the_book_lists_its_chapters() {
    let files = workspace::files(workspace::root()).unwrap();
    let chapters: Vec<&str> =
        files.iter().filter_map(|path| path.strip_prefix("docs/src/")).collect();
    let problems = tidy::check_summary(&read("docs/src/SUMMARY.md"), &chapters);
    assert!(problems.is_empty(), "\n{}\n", problem::list(&problems));
}

#[test]
fn the_manual_agrees_with_the_manifests() {
    let members = workspace::members(workspace::root()).unwrap();
    let chapter = read(architecture::ARCHITECTURE);
    let mut problems = architecture::check_arrows(&chapter, &members);
    let chapter = read(architecture::DEPENDENCIES);
    problems.extend(architecture::check_dependencies(&chapter, &members));
    assert!(problems.is_empty(), "\n{}\n", problem::list(&problems));
}

fn read(path: &str) -> String {
    std::fs::read_to_string(workspace::root().join(path)).unwrap()
}

fn of_files(suffix: &str, check: &dyn Fn(&str, &str) -> Vec<Problem>) -> Vec<Problem> {
    let files = workspace::files(workspace::root()).unwrap();
    let chosen = files.iter().filter(|path| path.ends_with(suffix));
    chosen.flat_map(|path| check(path, &read(path))).collect()
}
