//! Places in lists that several rooms speak of, so that one is not taken for the other.

/// The place of a name server in the order of asking, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerIndex(usize);

impl ServerIndex {
    /// As a number, for lists.
    pub fn get(self) -> usize {
        self.0
    }
}

impl From<usize> for ServerIndex {
    fn from(place: usize) -> Self {
        Self(place)
    }
}

/// The place of a set in the declaration of its segment, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetIndex(usize);

impl SetIndex {
    /// As a number, for lists.
    pub fn get(self) -> usize {
        self.0
    }
}

impl From<usize> for SetIndex {
    fn from(place: usize) -> Self {
        Self(place)
    }
}
