//! What keys ask of the run and not of the picture, and what is said about it: whoever owns the run does the one and gives
//! back the other.

/// What a key asks of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Count anew.
    CountAnew,
    /// Read the weights now.
    ReadWeights,
    /// Ask more often.
    Faster,
    /// Ask less often.
    Slower,
    /// Make HTTP requests again, or no more.
    SwitchHttp,
    /// Copy something to the clipboard of the terminal.
    Copy(Copied),
    /// Write statistics and report to files.
    Write,
    /// Give the terminal back until the shell continues the program.
    Suspend,
}

/// What is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// The run in three lines.
    Brief,
    /// The final statistics as Markdown.
    Statistics,
    /// The command that undoes the last change.
    Undo,
    /// The command that leads to the next stage.
    Next,
}

/// The order of the sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As they are declared.
    #[default]
    Declared,
    /// What fails or is off by more than chance first, and then the largest difference.
    WorstFirst,
    /// By their names.
    Name,
}

impl Order {
    /// The one that follows.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Declared => Self::WorstFirst,
            Self::WorstFirst => Self::Name,
            Self::Name => Self::Declared,
        }
    }
}

/// What is said about a key for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Counting begins anew.
    CountedAnew,
    /// It has begun only just now.
    JustBegan,
    /// The weights are being read.
    Reading,
    /// They are being read already.
    ReadingAlready,
    /// The API has asked for patience.
    Patient,
    /// So many queries a second are sent.
    Rate(u32),
    /// There is no higher rate.
    Highest(u32),
    /// There is no lower rate.
    Lowest(u32),
    /// HTTP requests are made, or are not.
    Http(bool),
    /// They cannot be switched on.
    NoHttp,
    /// In which order the sets stand.
    Sorted(Order),
    /// The terminal was given something for its clipboard.
    Copied(Copied),
    /// It was given the command to the next stage, while the one in force still waits for this.
    CopiedEarly(String),
    /// It was given a command that leads to what was left for this reason.
    CopiedDespite(String),
    /// There is no command that undoes a change.
    NothingToUndo,
    /// There is no command that leads to another stage.
    NoNextStage,
    /// Files are being written.
    Writing,
    /// Files were written, with these names.
    Written([String; 2]),
    /// A file could not be written.
    NotWritten {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
    /// There is no shell that could continue the program.
    NoShell,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_orders_follow_one_another() {
        let all = [Order::Declared, Order::WorstFirst, Order::Name];
        let next = [Order::WorstFirst, Order::Name, Order::Declared];
        assert_eq!(all.map(Order::next), next);
    }
}
