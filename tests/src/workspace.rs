//! The repository as files and as cargo members.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Folders that hold no source: build output and what tools leave behind.
const SKIPPED: [&str; 6] =
    [".git", "target", "docs/book", "fuzz/target", "fuzz/artifacts", "fuzz/coverage"];

/// The root of the repository.
///
/// # Panics
/// Never: the package stands one folder below the root.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent folder")
}

/// All files under `root`, as sorted paths relative to it with `/` between the parts. Symbolic
/// links are left alone: they lead out of the repository.
///
/// # Errors
/// A folder cannot be read.
pub fn files(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let name = path.to_string_lossy().replace('\\', "/");
            if SKIPPED.contains(&name.as_str()) || name.ends_with(".profraw") {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A member of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its package name.
    pub name: String,
    /// Its folder, relative to the root.
    pub folder: String,
    /// Members that it is built on (development dependencies are no arrows of the architecture).
    pub workspace: Vec<String>,
    /// Dependencies from outside, of any kind.
    pub external: Vec<String>,
}

/// The members as cargo sees them.
///
/// # Errors
/// Cargo cannot be run, or refuses the manifests.
pub fn members(root: &Path) -> io::Result<Vec<Member>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let mut members: Vec<Member> = entries(&metadata, "packages")
        .iter()
        .map(|package| member(package, text(&metadata, "workspace_root")))
        .collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

fn member(package: &Value, workspace_root: &str) -> Member {
    let mut workspace = Vec::new();
    let mut external = Vec::new();
    for dependency in entries(package, "dependencies") {
        let name = text(dependency, "name").to_owned();
        if dependency.get("path").is_none() {
            external.push(name);
        } else if text(dependency, "kind") != "dev" {
            workspace.push(name);
        }
    }
    for names in [&mut workspace, &mut external] {
        names.sort();
        names.dedup();
    }
    let manifest = text(package, "manifest_path");
    let folder = manifest.strip_prefix(workspace_root).unwrap_or(manifest);
    Member {
        name: text(package, "name").to_owned(),
        folder: folder.trim_end_matches("/Cargo.toml").trim_start_matches('/').to_owned(),
        workspace,
        external,
    }
}

fn entries<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
