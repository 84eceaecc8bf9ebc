//! What a plan speaks of.

/// A fault that is typical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The set at this place, from 0, is never answered; the others share what it should get.
    SetDead(usize),
    /// Ten points (or all it has) go from the largest set to the next one.
    Shifted,
    /// The same at one of the name servers only.
    ShiftedAtOneServer,
}
