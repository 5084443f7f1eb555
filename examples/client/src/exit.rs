//! What the process says when it ends.

/// How a command ended. The codes are documented for scripts and closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done; every answer is a yes.
    #[default]
    Done,
    /// Done; some answer cannot be given: an indeterminate verdict.
    Undecided,
    /// Done; some answer is a no: an invalid signature, another hash, a failed delivery.
    No,
    /// Something could not be done: a file, the configuration, the network.
    Failed,
}

impl Exit {
    /// The code of the process. 2 is the command line's: clap ends with it.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Undecided => 3,
            Self::Failed => 4,
        }
    }

    /// The worse of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}
