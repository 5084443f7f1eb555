#![doc = include_str!("../README.md")]
//!
//! # By task
//!
//! | you have | you want | call |
//! |---|---|---|
//! | a copy of what was sent | to follow it | [`Sent::from_claimed`], [`Follows::send`] |
//! | any message of the mailbox, judged | to learn what it changes | [`Follows::feed`] |
//! | a transmission | what became of it for each recipient | [`Follow::recipients`] |
//! | | when to look again | [`Follow::next_deadline`] |
//! | messages of a transmission | a dossier | [`Dossier::make`] |
//! | a dossier and a time-stamp token | both together | [`Dossier::add_stamp`] |
//! | a ZIP archive | a dossier | [`Dossier::read_zip`] |
//! | the files of a folder | a dossier | [`Files::insert`], [`Dossier::from_files`] |
//! | a dossier | whether it holds | [`Dossier::verify`] |

pub mod dossier;
pub mod follow;
#[doc(hidden)]
pub mod fuzzing;
pub mod limits;

pub use dossier::{
    CopyProof, Dossier, DossierError, Examination, FileError, Files, Finding, Judge, MakeError,
    Manifest, ManifestError, Parts, StampError, Verdict,
};
pub use follow::{
    Contradiction, Correlation, Deadline, DeadlineKind, Failure, Fed, Follow, Follows, NotAReceipt,
    Progress, Receipt, RecipientState, RecipientStatus, Sent, SentError, Taken, Unmatched,
    UnmatchedReason,
};
