//! What resolvers that were named still answer clients. Nothing of it is counted for a share.

use std::net::SocketAddr;
use std::time::Duration;

use super::answer::Fault;

/// One of the resolvers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolverReading {
    /// Where it is asked.
    pub address: SocketAddr,
    /// Questions that have ended.
    pub asked: u64,
    /// How many of them brought no answer.
    pub failed: u64,
    /// Why the newest one brought none; `None`: it did.
    pub fault: Option<Fault>,
    /// Its newest answer.
    pub answer: Option<ResolverAnswer>,
}

/// The newest answer of a resolver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolverAnswer {
    /// Where it comes from, as the sets are declared now.
    pub of: AnswerOf,
    /// Whether it was picked before the newest change was seen; `None`: it cannot be told, because no TTL is declared.
    pub is_old: Option<bool>,
    /// Until when it is handed out, as time since the start of the run.
    pub until: Duration,
}

/// Where the answer of a resolver comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerOf {
    /// The set with this identifier.
    Set(String),
    /// What it holds is not declared any more; the set with this identifier had it.
    Former(String),
    /// Several sets can have given it.
    Several,
    /// No set can have given it, as far as is known.
    Nobody,
}

impl AnswerOf {
    /// The identifier of the set, if one can be named.
    pub fn set(&self) -> Option<&str> {
        match self {
            Self::Set(set) | Self::Former(set) => Some(set),
            Self::Several | Self::Nobody => None,
        }
    }
}
