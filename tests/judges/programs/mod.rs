//! Runs programs of others, and what they are told.
#![allow(dead_code, unreachable_pub, reason = "each judge uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::world::Provider;

pub const MARIO: &str = "mario@alfa.example";
pub const LUIGI: &str = "luigi@beta.example";

/// Runs a program and gives its output; what it says when it fails.
pub async fn run(program: &str, arguments: &[String], input: &str) -> Result<Vec<u8>, String> {
    let (program, arguments) = (program.to_owned(), arguments.to_vec());
    let input = input.to_owned();
    let running = tokio::task::spawn_blocking(move || {
        let mut child = Command::new(find(&program))
            .args(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}; run tests/judges/install.sh"));
        let mut stdin = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, input.as_bytes()).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        match output.status.success() {
            true => Ok(output.stdout),
            false => {
                let said = [output.stdout, output.stderr].concat();
                Err(format!("{program}: {}", String::from_utf8_lossy(&said)))
            }
        }
    });
    running.await.unwrap()
}

pub fn find(program: &str) -> PathBuf {
    let sbin = Path::new("/usr/sbin").join(program);
    if sbin.exists() { sbin } else { PathBuf::from(program) }
}

pub fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

pub fn authorities(provider: &Provider) -> String {
    provider.folder.join("trust/tls-authorities.pem").to_str().unwrap().to_owned()
}

pub fn only_mine(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}
