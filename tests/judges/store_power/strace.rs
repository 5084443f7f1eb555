//! Runs a child under strace, and reads what it did to the disk.

use std::fs;
use std::io::Read;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use crate::scenario::Fact;

/// The socket that the child tells its parent through: `send` is no call that strace makes fail.
pub const SOCKET: &str = "POSTACERT_STORE_SOCKET";
/// The folder that the child works in.
pub const FOLDER: &str = "POSTACERT_STORE_FOLDER";
/// Whether the child lives a whole life or only opens the store.
pub const PART: &str = "POSTACERT_STORE_PART";

/// What a child was told, and where strace wrote.
pub struct Ran {
    pub facts: Vec<Fact>,
    pub traces: PathBuf,
}

/// Runs this test program as a child, with these arguments for strace.
pub fn run(work: &Path, folder: &Path, part: &str, arguments: &[&str]) -> Ran {
    let traces = work.join("traces");
    drop(fs::remove_dir_all(&traces));
    fs::create_dir_all(&traces).unwrap();
    let socket = work.join("socket");
    drop(fs::remove_file(&socket));
    let listener = UnixListener::bind(&socket).unwrap();
    let listening = thread::spawn(move || {
        let mut told = String::new();
        // A child that strace stops before it connects never comes.
        listener.set_nonblocking(false).unwrap();
        if let Ok((mut stream, _)) = listener.accept() {
            drop(stream.read_to_string(&mut told));
        }
        told
    });
    let mut child = Command::new("strace")
        .args(["-ff", "-qq", "-o"])
        .arg(traces.join("t"))
        .args(arguments)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--test-threads=1", "child"])
        .env(SOCKET, &socket)
        .env(FOLDER, folder)
        .env(PART, part)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("strace: run tests/judges/install.sh");
    child.wait().unwrap();
    // Lets the listener go if nobody came.
    drop(std::os::unix::net::UnixStream::connect(&socket));
    let told = listening.join().unwrap();
    let facts = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Ran { facts, traces }
}

/// One system call that ended well.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it ended: from then on its effect is certain.
    pub ended: u128,
    pub name: String,
    /// The arguments as strace prints them, strings decoded.
    pub arguments: Vec<Argument>,
    pub result: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    Octets(Vec<u8>),
    Word(String),
}

impl Call {
    pub fn path(&self, index: usize) -> PathBuf {
        match &self.arguments[index] {
            Argument::Octets(octets) => PathBuf::from(String::from_utf8(octets.clone()).unwrap()),
            Argument::Word(word) => panic!("{word} is no path"),
        }
    }

    pub fn octets(&self, index: usize) -> &[u8] {
        match &self.arguments[index] {
            Argument::Octets(octets) => octets,
            Argument::Word(word) => panic!("{word} are no octets"),
        }
    }

    pub fn number(&self, index: usize) -> i64 {
        self.word(index).parse().unwrap()
    }

    pub fn word(&self, index: usize) -> &str {
        match &self.arguments[index] {
            Argument::Word(word) => word,
            Argument::Octets(_) => panic!("octets are no word"),
        }
    }
}

/// All calls of all threads that succeeded, in the order of their ends.
pub fn calls(traces: &Path) -> Vec<Call> {
    let mut calls = Vec::new();
    for file in fs::read_dir(traces).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        calls.extend(text.lines().filter_map(call));
    }
    calls.sort_by_key(|call| call.ended);
    calls
}

/// `1795308847.077821883 pwrite64(3, "\x68", 1, 3) = 1 <0.000012861>`
fn call(line: &str) -> Option<Call> {
    let (time, rest) = line.split_once(' ')?;
    let (name, rest) = rest.split_once('(')?;
    let (rest, duration) = rest.rsplit_once(" <")?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let result: i64 = result.split(' ').next()?.parse().ok()?;
    if result < 0 {
        return None;
    }
    let arguments = arguments.trim_end().strip_suffix(')')?;
    let ended = nanoseconds(time)? + nanoseconds(duration.strip_suffix('>')?)?;
    let arguments = arguments.split(", ").map(argument).collect();
    Some(Call { ended, name: name.to_owned(), arguments, result })
}

fn nanoseconds(text: &str) -> Option<u128> {
    let (seconds, fraction) = text.split_once('.')?;
    Some(seconds.parse::<u128>().ok()? * 1_000_000_000 + fraction.parse::<u128>().ok()?)
}

/// With `-xx` every octet of a string is `\xNN`, so no comma or quote is inside one.
fn argument(text: &str) -> Argument {
    let Some(inner) = text.strip_prefix('"') else { return Argument::Word(text.to_owned()) };
    let inner = inner.strip_suffix('"').expect("a whole string: strace -s is too small");
    let octet = |hex: &str| u8::from_str_radix(hex, 16).unwrap();
    Argument::Octets(inner.split("\\x").skip(1).map(octet).collect())
}
