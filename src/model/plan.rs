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

/// How many answers something takes. No number: more than ten million, or more than the bounded work could find out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Half of the runs are done by then.
    pub median: Option<u64>,
    /// Nine in ten of the runs are done by then.
    pub nine_in_ten: Option<u64>,
    /// The number of runs behind this; below ten the numbers are rough.
    pub runs: usize,
}
